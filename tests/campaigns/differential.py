"""Row rules compiled from the contracts against an independent implementation in dataframely.

    make campaign-differential [SIZE=small|full]

Random tables of four feeds are landed, and judged once more by `agreed`. Both must take the same
rows.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import show
from tests.campaigns.agreed import accepted
from tests.campaigns.frames import FAMILIES, MASTER, PERIODS, RECEIVED, table
from tests.integration.region import Region

# rows are compared: no file is to be stopped for how many of them are bad
THRESHOLDS = """threshold_id,value
quarantine_hold_ratio,2
wrong_period_ratio,2
"""
FRAMES = {"small": 100, "full": 1_000}


@dataclass(frozen=True)
class Outcome:
    """What both made of the tables of a family.

    Attributes:
        rows: Rows judged.
        taken: Rows both took.
        only_landed: (seed, row number) of rows only landing took.
        only_agreed: (seed, row number) of rows only the independent implementation took.
    """

    rows: int
    taken: int
    only_landed: list[tuple[int, int]]
    only_agreed: list[tuple[int, int]]


def compared(family: str, seeds: range, folder: Path) -> Outcome:
    """Land the tables of these seeds and judge them once more."""
    tables = {seed: table(family, seed) for seed in seeds}
    landed = _landed(family, tables, folder)
    agreed = {(seed, row) for seed, rows in tables.items() for row in accepted(family, rows)}
    return Outcome(
        rows=sum(len(rows) - 1 for rows in tables.values()),
        taken=len(landed & agreed),
        only_landed=sorted(landed - agreed),
        only_agreed=sorted(agreed - landed),
    )


def _landed(family: str, tables: dict[int, list[list[str]]], folder: Path) -> set[tuple[int, int]]:
    region = _deployment(family, tables, folder)
    for seed, rows in tables.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        name = f"D{seed}/{family}/D{seed}_{family}_{PERIODS[family]}.csv"
        region.put(name, text.getvalue().encode(), RECEIVED)
    region.land()
    found = region.query(f"select _sender, _row_no from landing.{family} where _sender <> 'self'")
    return {(int(sender[1:]), row) for sender, row in found}


def _deployment(family: str, tables: dict[int, list[list[str]]], folder: Path) -> Region:
    folder.mkdir(parents=True)
    feeds = sorted({"sku", "threshold", family})
    (folder / "reference").mkdir()
    (folder / "reference" / "threshold.csv").write_text(THRESHOLDS)
    (folder / "deployment.yaml").write_text(f"name: differential\nfeeds: [{', '.join(feeds)}]\n")
    (folder / "mappings").mkdir()
    senders = ", ".join(f"D{seed}" for seed in tables)
    (folder / "mappings" / "all.yaml").write_text(
        f"senders: [{senders}]\nfeeds:\n  {family}: {{codes: ours}}\n"
    )
    region = Region(folder)
    if family != "sku":
        region.put("self/sku/sku.csv", MASTER.encode(), "2026-01-01 09:00:00")
        region.land()
    return region


def main() -> int:
    frames = FRAMES[os.environ.get("SIZE", "small")]
    rows, different = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            found = compared(family, range(frames), Path(folder) / family)
            ours, theirs = len(found.only_landed), len(found.only_agreed)
            different += ours + theirs
            counts = (frames, found.rows, found.taken, ours, theirs)
            rows.append([family, *(f"{count:,}" for count in counts)])
            _tell(family, found)
    figures = {"rows_judged_differently": different, "tables_per_family": frames}
    goals = {"rows_judged_differently": 0.0}
    headings = ["family", "tables", "rows", "taken by both", "only landing", "only dataframely"]
    show("differential", headings, rows, figures, goals)
    return 0


def _tell(family: str, found: Outcome) -> None:
    for who, wrong in (("landing", found.only_landed), ("dataframely", found.only_agreed)):
        for seed, row in wrong[:5]:
            lines = table(family, seed)
            said = dict(zip(lines[0], lines[row - 1], strict=True))
            print(f"{family}, table {seed}, row {row}: only {who} takes {said}")


if __name__ == "__main__":
    sys.exit(main())
