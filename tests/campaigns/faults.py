"""Faults of every kind of the catalogue, planted in clean deliveries, and who notices.

    make campaign-faults [SIZE=small|full]

Every case is a sender of its own with one fault in its last week, after as many clean weeks as the
fault needs to be seen. It is caught when what the catalogue says of its kind is said of it, or,
where it is to be repaired, when the lines land as they were meant. All other deliveries are clean:
none may be held or refused.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from benchmarks.report import show
from pipelines.contracts.faults import load_faults
from pipelines.settings import PROJECT
from tests.campaigns.clean import (
    HEADER,
    MASTERS_RECEIVED,
    MOVEMENT_HEADER,
    RECEIVED,
    STOCK_HEADER,
    WEEK_START,
    Line,
    masters,
    movement,
    sellout,
    stock,
    table,
)
from tests.campaigns.planted import KINDS, Case, File, Kind
from tests.integration.region import Region

CASES_PER_KIND = {"small": 2, "full": 12}
CLEAN_SENDERS = {"small": 20, "full": 400}
REPORTS = (
    "sellout", "stock", "movement", "claim", "check_sku", "check_category", "check_question",
)  # fmt: skip
FEEDS = ("sku", "outlet", "assignment", "map_sku", "promotion", *REPORTS)
FAULTY = "d.received_at >= '2026-11-23' and d.sender like 'D%'"
SAID = """
    select d.sender, d.status from landing.delivery as d where {faulty}
    union all
    select d.sender, split_part(d.reason_code, ':', 1) from landing.delivery as d
    where {faulty} and d.reason_code is not null
    union all
    select d.sender, v.rule_id from landing.delivery_finding as v
    inner join landing.delivery as d on v.delivery_id = d.delivery_id where {faulty}
    union all
    select d.sender, unnest(v.reasons) from landing.quarantined_row as v
    inner join landing.delivery as d on v.delivery_id = d.delivery_id where {faulty}"""
SAID_OF_ROWS = """
    union all
    select d.sender, unnest(v._warnings) from landing.{feed} as v
    inner join landing.delivery as d on v._delivery_id = d.delivery_id where {faulty}
    union all
    select d.sender, v._verdict ->> 'kind' from landing.{feed}_all as v
    inner join landing.delivery as d on v._delivery_id = d.delivery_id
    where {faulty} and v._verdict is not null"""
LANDED = """
    select v._sender, v.document_no, v.sold_date, v.outlet_code, v.sku_code, v.quantity_pieces,
        v.reported_amount, v.doc_type
    from landing.sellout as v
    inner join landing.delivery as d on v._delivery_id = d.delivery_id where {faulty}"""
DOC_TYPES = {"销售": "sale", "退货": "return"}


@dataclass(frozen=True)
class Result:
    """What became of the planted and the clean deliveries.

    Attributes:
        caught: Kind → one entry for each of its cases.
        clean: Clean deliveries.
        stopped: Those of them that were held or refused, or had a row held back.
        doubted: Those of them something was said of.
    """

    caught: dict[Kind, list[bool]]
    clean: int
    stopped: list[str]
    doubted: int

    def share(self, faults: set[str]) -> float:
        """Share of the planted cases of these faults that were caught."""
        found = [each for kind in self.caught if kind.fault in faults for each in self.caught[kind]]
        return sum(found) / len(found)


def run(kinds: Sequence[Kind], per_kind: int, clean_senders: int, folder: Path) -> Result:
    """Plant, land, and see what was noticed."""
    cases = _cases(kinds, per_kind)
    clean = [f"C{number:04d}" for number in range(clean_senders)]
    region = _deployment([*(case.sender for _, case in cases), *clean], folder)
    files = [File(name, data, MASTERS_RECEIVED) for name, data in _masters(cases, clean).items()]
    files += [file for kind, case in cases for file in (*_before(kind, case.sender), *case.files)]
    files += [file for sender in clean for file in _week(sender, 0, "sellout", "stock")]
    for file in files:
        region.put(file.name, file.data, file.received_at)
    region.land()
    return _result(region, cases)


def _cases(kinds: Sequence[Kind], per_kind: int) -> list[tuple[Kind, Case]]:
    cases = []
    for place, kind in enumerate(kind for kind in kinds for _ in range(per_kind)):
        case = Case(f"D{place:04d}", Random(f"{kind.name} {place}"))
        kind.plant(case)
        cases.append((kind, case))
    return cases


def _masters(cases: list[tuple[Kind, Case]], clean: list[str]) -> dict[str, bytes]:
    senders = [sender for _, case in cases for sender in (case.sender, f"{case.sender}X")]
    return masters([*senders, *clean], [line for _, case in cases for line in case.maps])


def _deployment(senders: list[str], folder: Path) -> Region:
    (folder / "mappings").mkdir(parents=True)
    (folder / "deployment.yaml").write_text(f"name: faults\nfeeds: [{', '.join(FEEDS)}]\n")
    named = ", ".join(each for sender in senders for each in (sender, f"{sender}X"))
    feeds = "".join(f"  {feed}: {{codes: ours}}\n" for feed in REPORTS)
    (folder / "mappings" / "all.yaml").write_text(f"senders: [{named}]\nfeeds:\n{feeds}")
    return Region(folder)


def _before(kind: Kind, sender: str) -> list[File]:
    files = [
        file
        for weeks in range(1, kind.weeks + 1)
        for file in _week(sender, weeks, "sellout", *(["stock"] if weeks == 1 else []))
    ]
    for month in range(1, kind.months + 1):
        data = table(MOVEMENT_HEADER, [balance.cells() for balance in movement(sender, month)])
        name = f"{sender}/movement/{sender}_movement_2026-{month:02d}.csv"
        files.append(File(name, data, f"2026-{month + 1:02d}-04 09:00:00"))
    return files


def _week(sender: str, weeks_before: int, *feeds: str) -> list[File]:
    """Clean files of a week, received on the Monday after it."""
    monday = WEEK_START - timedelta(weeks=weeks_before)
    received = f"{monday + timedelta(days=7)} 09:00:00" if weeks_before else RECEIVED
    made = {
        "sellout": (HEADER, [line.cells() for line in sellout(sender, monday)]),
        "stock": (STOCK_HEADER, [batch.cells() for batch in stock(sender, monday)]),
    }
    return [
        File(f"{sender}/{feed}/{sender}_{feed}_{monday:%GW%V}.csv", table(*made[feed]), received)
        for feed in feeds
    ]


def _result(region: Region, cases: list[tuple[Kind, Case]]) -> Result:
    said, landed = defaultdict[str, set[str]](set), defaultdict[str, list[tuple]](list)
    rows = "".join(SAID_OF_ROWS.format(feed=feed, faulty=FAULTY) for feed in FEEDS)
    for sender, rule in region.query(SAID.format(faulty=FAULTY) + rows):
        said[sender.removesuffix("X")].add(rule)
    for sender, *line in region.query(LANDED.format(faulty=FAULTY)):
        landed[sender].append(tuple(line))
    caught: dict[Kind, list[bool]] = {}
    for kind, case in cases:
        told = bool(said[case.sender] & set(kind.said))
        meant = case.lines is not None and sorted(map(_meant, case.lines)) == sorted(
            landed[case.sender]
        )
        caught.setdefault(kind, []).append(told if kind.said else meant)
    clean = region.query(f"""
        select d.sender || ' ' || d.file_name, d.status in ('held', 'refused')
            or d.rows_quarantined > 0, coalesce(d.rows_warned, 0) > 0 or exists (
                select 1 from landing.delivery_finding as v where v.delivery_id = d.delivery_id)
        from landing.delivery as d where not ({FAULTY})""")
    stopped = [name for name, is_stopped, _ in clean if is_stopped]
    return Result(caught, len(clean), stopped, sum(doubted for *_, doubted in clean))


def _meant(line: Line) -> tuple:
    return (
        line.document,
        line.day,
        line.outlet,
        line.sku,
        Decimal(line.quantity),
        Decimal(f"{line.amount:.2f}"),
        DOC_TYPES[line.kind],
    )


def main() -> int:
    size = os.environ.get("SIZE", "small")
    with tempfile.TemporaryDirectory() as folder:
        found = run(KINDS, CASES_PER_KIND[size], CLEAN_SENDERS[size], Path(folder) / "home")
    faults = load_faults(PROJECT / "quality" / "faults.yaml")
    by_kind = {how: {f.id for f in faults if f.catchable == how} for how in ("rule", "judgement")}
    rows = [
        [kind.fault, kind.name, "yes" if kind.fault in by_kind["rule"] else "points at it",
         f"{len(caught)}", f"{sum(caught)}"]
        for kind, caught in found.caught.items()
    ]  # fmt: skip
    figures = {
        "planted": sum(map(len, found.caught.values())),
        "catchable_caught_share": round(found.share(by_kind["rule"]), 4),
        "judgement_noticed_share": round(found.share(by_kind["judgement"]), 4),
        "clean_deliveries": found.clean,
        "clean_stopped": len(found.stopped),
        "clean_remarked": found.doubted,
    }
    goals = {"catchable_caught_share_min": 0.99, "clean_stopped": 0.0}
    show("faults", ["fault", "as", "a rule can tell", "planted", "caught"], rows, figures, goals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
