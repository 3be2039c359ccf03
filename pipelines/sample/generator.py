"""Making the sample region in a deployment's home, and taking an earlier one away."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.errors import ConfigError
from pipelines.sample.arrivals import Content, period_label
from pipelines.sample.checks import send_checks
from pipelines.sample.claims import make_claims
from pipelines.sample.cleaning import send_cleaning
from pipelines.sample.company_stock import send_company_stock
from pipelines.sample.goals import send_goals
from pipelines.sample.mappings import write_mappings
from pipelines.sample.movement import make_movements
from pipelines.sample.open_orders import send_open_orders
from pipelines.sample.outbox import Outbox, Progress, send_feed
from pipelines.sample.overrides import send_overrides
from pipelines.sample.patrol import send_patrols
from pipelines.sample.plan import AS_OF, SEED, Plan
from pipelines.sample.pos import send_pos
from pipelines.sample.promoted import promoted, promotion_costs, promotion_truth
from pipelines.sample.receivables import send_receivables
from pipelines.sample.reference import write_reference
from pipelines.sample.region import Region, make_region
from pipelines.sample.self_files import send_masters
from pipelines.sample.sellin import make_invoices, sellin_truth, send_sellin
from pipelines.sample.sellout import make_lines, make_sellout
from pipelines.sample.stock import make_stock, stock_truth
from pipelines.sample.tickets import send_tickets
from pipelines.sample.truth import Truth
from pipelines.settings import PROJECT

STAMPS = "received.csv"
MARKER = "sample.json"
PART = "sample.part"


@dataclass(frozen=True)
class SampleSummary:
    """What was made.

    Attributes:
        home: The deployment it was made in.
        files: Files in the inbox.
        rows: Rows of data in all files that can be read.
        bad_rows: Rows that must be quarantined, in files that are read.
        sellout_lines: Sell-out lines that hold in the end.
        size_bytes: Size of the files in the inbox.
    """

    home: Path
    files: int
    rows: int
    bad_rows: int
    sellout_lines: int
    size_bytes: int


def generate(
    home: Path,
    *,
    seed: int = SEED,
    size: str = "small",
    as_of: date = AS_OF,
    on_progress: Progress | None = None,
) -> SampleSummary:
    """Make the sample region: inbox, mappings, reference tables and the truth beside them.

    Args:
        home: Folder of the deployment; `deployment.yaml` is written where there is none.
        seed: The same seed makes the same bytes.
        size: `tiny`, `small` or `full`.
        as_of: Nothing is received after this day.
        on_progress: Called with files done and files expected.

    Raises:
        ConfigError: The size is unknown, or the inbox holds files that are not the sample's.
    """
    plan = Plan(seed, size, as_of)
    _make_room(home, plan)
    region = make_region(plan)
    # the list of files is written before any of them is in the inbox: a run that was cut off
    # leaves nothing the next one would not know as its own
    outbox = Outbox(home / PART, Truth(), on_progress, _files_expected(region))
    _send_all(region, outbox)
    _write_stamps(outbox)
    outbox.truth.write(home / "truth")
    _write_demand(region, home / "truth" / "demand.parquet")
    _into_inbox(home)
    write_mappings(home / "mappings")
    write_reference(plan, home / "reference")
    _write_deployment(home, plan)
    return _summary(home, outbox.truth)


def _send_all(region: Region, outbox: Outbox) -> None:
    earned = promoted(region)
    send_masters(region, promotion_costs(region, earned), outbox)
    send_patrols(region.plan, outbox)
    send_cleaning(region.plan, outbox)
    send_tickets(region.plan, outbox)
    lines = make_lines(region)
    invoices = make_invoices(region, lines)
    send_sellin(region, invoices, outbox)
    send_receivables(region, invoices, outbox)
    coming = send_open_orders(region, invoices, outbox)
    can_be_sent = send_company_stock(region, outbox)
    send_goals(region, invoices, outbox)
    send_overrides(region, outbox)
    send_pos(region, outbox)
    send_checks(region, outbox)
    sellout = make_sellout(region, lines)
    send_feed(region, "sellout", sellout, outbox)
    stock = make_stock(region)
    send_feed(region, "stock", stock, outbox)
    claims = make_claims(region, sellout, earned)
    send_feed(region, "claim", claims, outbox)
    send_feed(region, "movement", make_movements(region, lines), outbox)
    outbox.truth.missing += _missing(region)
    outbox.truth.planted |= {
        "promotion": promotion_truth(region, earned, claims),
        "sellin": sellin_truth(region, invoices),
        "open_order": coming,
        "company_stock": can_be_sent,
        "stock": stock_truth(region, stock),
    }


def _into_inbox(home: Path) -> None:
    """Move the finished files to where they arrive."""
    for path in sorted((home / PART).rglob("*")):
        if path.is_file():
            target = home / "inbox" / path.relative_to(home / PART)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    shutil.rmtree(home / PART)


def _missing(region: Region) -> list[tuple[str, str, str]]:
    return [
        (f"D{sender:03d}", feed, period_label(region.plan, Content(feed, sender, slot)))
        for feed, sender, slot in region.schedule.missing
    ]


def _files_expected(region: Region) -> int:
    """About how many files there will be: the distributors', masters, those of the offices."""
    plan = region.plan
    balances = (plan.as_of - plan.daily_from).days
    return len(region.schedule.arrivals) + 25 + 17 * plan.size.weekly + 8 * balances + 20


def _make_room(home: Path, plan: Plan) -> None:
    """Take an earlier sample out of the inbox, and nothing else."""
    inbox, marker = home / "inbox", home / "truth" / MARKER
    ours = _files_of_earlier_sample(home) if marker.is_file() else set()
    present = {p.relative_to(inbox).as_posix() for p in inbox.rglob("*") if p.is_file()}
    strangers = sorted(name for name in present - ours if not name.startswith("."))
    if strangers:
        raise ConfigError(
            f"{inbox} holds {strangers[0]}, which is no file of an earlier sample.",
            f"{inbox} 中有 {strangers[0]}，并非先前的样例文件。",
            "Make the sample in an empty deployment, or take those files away first.",
            "请在空的部署中生成样例，或先移走这些文件。",
        )
    _refuse_another_sample(home, marker, plan)
    for name in ours & present:
        (inbox / name).unlink()
    for folder in ("truth", PART):
        shutil.rmtree(home / folder, ignore_errors=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps(_identity(plan)) + "\n", encoding="utf-8")


def _identity(plan: Plan) -> dict[str, object]:
    return {"seed": plan.seed, "size": plan.size_name, "as_of": plan.as_of.isoformat()}


def _files_of_earlier_sample(home: Path) -> set[str]:
    listed = home / "truth" / "files.csv"
    names = {STAMPS}
    if listed.is_file():
        with listed.open(encoding="utf-8", newline="") as handle:
            names |= {row["file"] for row in csv.DictReader(handle)}
    return names


def _refuse_another_sample(home: Path, marker: Path, plan: Plan) -> None:
    """Files of two samples must not mix in one warehouse."""
    if not (home / "landing" / "receipts").is_dir():
        return
    if marker.is_file() and json.loads(marker.read_text(encoding="utf-8")) == _identity(plan):
        return
    raise ConfigError(
        f"{home} has already received other files: another sample would mix with them.",
        f"{home} 已接收过其他文件，再生成样例会混在一起。",
        "Remove its folders landing, warehouse and published, or choose another --home.",
        "请删除其中的 landing、warehouse、published 目录，或用 --home 指定其他目录。",
    )


def _write_stamps(outbox: Outbox) -> None:
    lines = sorted(f"{f.file},{f.received_at:%Y-%m-%d %H:%M:%S}" for f in outbox.truth.files)
    (outbox.inbox / STAMPS).write_text(
        "\n".join(["file,received_at", *lines]) + "\n", encoding="utf-8"
    )


def _write_demand(region: Region, path: Path) -> None:
    """Weekly true demand beside what was sold, where there was either."""
    plan, skus, flows = region.plan, region.skus, region.flows
    series, week = flows.demand.nonzero()
    frame = pl.DataFrame(
        {
            "distributor_code": pl.Series(
                [f"D{n + 1:03d}" for n in range(plan.size.distributors)]
            ).gather(series // skus.count),
            "sku_code": pl.Series(skus.codes).gather(series % skus.count),
            "week": week,
            "demand_pieces": flows.demand[series, week],
            "sold_pieces": flows.sold[series, week],
        }
    )
    monday = pl.lit(plan.first_monday) + pl.duration(weeks=pl.col("week"))
    frame.select(monday.alias("week_start_date"), pl.all().exclude("week")).write_parquet(path)


def _write_deployment(home: Path, plan: Plan) -> None:
    """A `deployment.yaml` like that of the sample deployment, where there is none."""
    target = home / "deployment.yaml"
    if not target.is_file():
        text = (PROJECT / "data" / "deployment.yaml").read_text(encoding="utf-8")
        text = re.sub(r"(?m)^as_of:.*$", f"as_of: {plan.as_of}", text)
        target.write_text(text, encoding="utf-8")


def _summary(home: Path, truth: Truth) -> SampleSummary:
    loaded = [f for f in truth.files if f.status == "loaded" and f.feed == "sellout"]
    return SampleSummary(
        home=home,
        files=len(truth.files),
        rows=sum(f.rows for f in truth.files),
        bad_rows=len(truth.bad_rows),
        sellout_lines=sum(f.rows - f.bad_rows for f in loaded),
        size_bytes=sum((home / "inbox" / f.file).stat().st_size for f in truth.files),
    )
