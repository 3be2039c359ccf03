"""Thousands of spoilt files through landing: nothing dies, nothing hangs, every row is accounted.

    make campaign-fuzz [SIZE=small|full]

The files land in processes of their own, which notes how long each file took to read and how much
memory the guarded child came to. Rows of every readable file are counted again by `counting`, which
shares no code with the reader.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.report import show
from pipelines.contracts import Contract, load_contracts
from pipelines.landing import land
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.reading.readers import Reader, TableFile
from pipelines.settings import Settings
from tests.campaigns.counting import csv_rows, xlsx_rows
from tests.campaigns.spoil import HEADERS, Sample, samples

SIZES = {"slice": (60, 60, 40), "small": (120, 120, 60), "full": (4_000, 4_000, 2_000)}
FILES_PER_PROCESS = 500
GOALS = {"parent_deaths": 0, "hangs_over_30_s": 0, "child_peak_mb": 2048, "rows_unaccounted": 0,
         "files_unaccounted": 0, "accounted_ratio_min": 1.0}  # fmt: skip
SEED = 20261123
DEPLOYMENT = "name: fuzz\nas_of: 2026-11-30\nfeeds: [sellout]\n"


class WatchedReader(Reader):
    """Notes how long each file takes to read and how much memory the child has come to."""

    noted: list[dict[str, Any]] = []  # noqa: RUF012

    def read(self, raw: Path, contract: Contract, mapping: FeedMapping) -> TableFile:
        started = time.monotonic()
        try:
            return super().read(raw, contract, mapping)
        finally:
            spent = time.monotonic() - started
            self.noted.append({"seconds": spent, "child_kb": _peak(self._workbooks.pid)})


def _peak(pid: int | None) -> int:
    """Greatest address space of a process so far, in kB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(li.split()[1]) for li in status.splitlines() if li.startswith("VmPeak")), 0)


@dataclass
class Outcome:
    """What the campaign found."""

    deaths: int = 0
    slowest: float = 0.0
    child_kb: int = 0
    readable: int = 0
    uncounted: int = 0
    missing: int = 0
    rows_wrong: list[str] = field(default_factory=list)
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def land_all(home: Path) -> None:
    """Body of the process that lands: prints how long the slowest file took."""
    setattr(sys.modules["pipelines.landing.land"], "Reader", WatchedReader)  # noqa: B010
    settings = Settings.load(home)
    land(settings, load_contracts(settings.contracts))
    noted = WatchedReader.noted
    print(json.dumps({
        "seconds": max((note["seconds"] for note in noted), default=0),
        "child_kb": max((note["child_kb"] for note in noted), default=0),
    }))  # fmt: skip


def run(made: list[Sample], work: Path) -> Outcome:
    """Land the files, batch by batch, and count their rows again."""
    outcome = Outcome()
    for first in range(0, len(made), FILES_PER_PROCESS):
        batch = made[first : first + FILES_PER_PROCESS]
        home = work / f"home{first}"
        names = _put(batch, home)
        command = [sys.executable, "-m", "tests.campaigns.fuzz", str(home)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            outcome.deaths += 1
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        outcome.slowest = max(outcome.slowest, told["seconds"])
        outcome.child_kb = max(outcome.child_kb, told["child_kb"])
        _judge(home, names, outcome)
    return outcome


def _put(batch: list[Sample], home: Path) -> dict[str, Sample]:
    """Each file from a sender of its own, so that none takes the place of another."""
    home.mkdir(parents=True)
    (home / "deployment.yaml").write_text(DEPLOYMENT)
    names = {}
    for number, sample in enumerate(batch):
        ending = "csv" if sample.kind == "csv" else "xlsx"
        name = f"D{number:04d}/sellout/2026-W47.{ending}"
        file = home / "inbox" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(sample.data)
        names[name] = sample
    return names


def _judge(home: Path, names: dict[str, Sample], outcome: Outcome) -> None:
    with duckdb.connect(str(Settings.load(home).warehouse_file), read_only=True) as con:
        rows = con.execute(
            "select file_name, status, reason_code, encoding, sheet, rows_read, "
            "rows_loaded + rows_quarantined + rows_structural, "
            "(select count(*) from landing.sellout_all as a where a._delivery_id = d.delivery_id), "
            "header_row from landing.delivery as d"
        ).fetchall()
    outcome.missing += len(names) - len(rows)
    for name, status, reason, encoding, sheet, read, accounted, kept, header in rows:
        sample = names[name]
        outcome.reasons[f"{sample.kind} {sample.how}"][reason or status] += 1
        if status == "refused":
            continue
        outcome.readable += 1
        counted = count(sample, encoding, sheet)
        if counted is None:
            outcome.uncounted += 1
            print(f"not counted: {name} {sample.kind} {sample.how} {encoding}", file=sys.stderr)
        if {read, accounted, kept + header} != {counted or read}:
            outcome.rows_wrong.append(
                f"{name} {sample.kind} {sample.how}: counted {counted}, read {read}, "
                f"accounted {accounted}, kept {kept} below row {header}"
            )


def count(sample: Sample, encoding: str, sheet: str | None) -> int | None:
    """Rows of a readable file by other code than the reader's; None where that cannot tell."""
    if sample.rows is not None:
        return sample.rows
    if encoding == "xlsx":
        return xlsx_rows(sample.data, sheet or "")
    if encoding in ("xls", "xlsb", "ods"):
        return None
    return csv_rows(sample.data, encoding, sample.delimiter, len(HEADERS))


def campaign(size: str) -> tuple[list[list[str]], dict[str, float]]:
    """Run the campaign: lines of its table, and its figures."""
    made = samples(SEED, *SIZES[size])
    with tempfile.TemporaryDirectory() as name:
        outcome = run(made, Path(name))
    for line in outcome.rows_wrong:
        print(line, file=sys.stderr)
    rows = [
        [how, str(found.total()), ", ".join(f"{k} {n}" for k, n in found.most_common())]
        for how, found in sorted(outcome.reasons.items())
    ]
    sure = outcome.readable - outcome.uncounted
    figures = {
        "files": len(made),
        "readable": outcome.readable,
        "counted_independently": sure,
        "accounted_ratio": round(1 - len(outcome.rows_wrong) / max(outcome.readable, 1), 6),
        "rows_unaccounted": len(outcome.rows_wrong),
        "files_unaccounted": outcome.missing,
        "parent_deaths": outcome.deaths,
        "hangs_over_30_s": int(outcome.slowest > 30),
        "slowest_seconds": round(outcome.slowest, 2),
        "child_peak_mb": round(outcome.child_kb / 1024),
    }
    return rows, figures


if __name__ == "__main__":
    if len(sys.argv) == 2:
        land_all(Path(sys.argv[1]))
    else:
        show(
            "fuzz", ["what", "files", "outcome"], *campaign(os.environ.get("SIZE", "small")), GOALS
        )
