"""What the models cost over years of real lines: Iowa's liquor wholesale, 2014 to 2019.

    make bench-models SIZE=full        (skips when DAQU_REAL_DATA does not name the real data)

Stores of one three-digit ZIP area are one distributor; every distributor sends a sell-out file for
every ISO week, and all of it goes through landing by configuration alone (one mapping). `small`
takes the last year, `full` all six: 13.6 million lines.

The facts and the base aggregate are built by touched dates, so a day must cost what is new, however
long the history. Measured are the seconds these two models take, dbt's start excluded; beside them
what they take when nothing is new at all, which is dbt's own work in a model. That is taken off
before a changed week is set against the rebuild, and left in where two histories are compared. In
one run, on the same files:

- the full rebuild, and a week in the middle that every distributor reports again with another
  quantity in each line;
- a new week over all the history, and the same week over the last tenth of it.

Last the whole build with every model and test, its seconds and the most memory it took.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.models.builds import Cost, built, forget_marks, small_build
from benchmarks.models.deliveries import (
    SOURCE,
    UNKNOWN_STORES,
    YEARS,
    cut,
    items,
    say_again,
    stores,
)
from benchmarks.report import show
from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.settings import Settings

DEPLOYMENT = """
name: Iowa
timezone: America/Chicago
currency: USD
language: en
as_of: {as_of}
feeds: [sku, outlet, distributor, sellout]
"""
MAPPING = """
senders: [{senders}]
language: en
feeds:
  sellout: {{match: "{{period}}.csv", codes: ours}}
"""
STEPS = (
    "rebuild, a tenth",
    "nothing new, a tenth",
    "new week, a tenth",
    "rebuild",
    "nothing new",
    "new week",
    "changed week",
    "everything",
)
GOALS = {"changed_week_to_rebuild": 1 / 50, "ten_times_the_history": 1.10}


def deployment(home: Path, as_of: date, outlets: pl.DataFrame) -> Settings:
    """A deployment that has its masters and has received nothing yet."""
    senders = sorted({*outlets["distributor_code"].drop_nulls(), UNKNOWN_STORES})
    said = {
        "deployment.yaml": DEPLOYMENT.format(as_of=as_of),
        "mappings/iowa.yaml": MAPPING.format(senders=", ".join(senders)),
    }
    for name, text in said.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    reference = home / "reference"
    reference.mkdir()
    outlets.write_csv(reference / "outlet.csv")
    items().write_csv(reference / "sku.csv")
    pl.DataFrame({"distributor_code": senders}).write_csv(reference / "distributor.csv")
    return Settings.load(home)


def receive(settings: Settings, folder: Path, mondays: list[date], name: str = "") -> None:
    """Take these weeks into the inbox and land them; every file must have got through."""
    for monday in mondays:
        for file in (folder / f"{monday}").rglob("*.csv"):
            sent = file.relative_to(folder / f"{monday}")
            target = settings.inbox / sent.with_stem(f"{sent.stem}{name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    landed = land(settings, load_contracts(settings.contracts))
    odd = {status: n for status, n in landed.statuses.items() if status != "loaded"}
    if odd:
        sys.exit(f"files were not loaded: {odd}")


def over(
    home: Path, folder: Path, weeks: list[date], outlets: pl.DataFrame
) -> tuple[Cost, Cost, Cost]:
    """Costs of a rebuild of all weeks but the last, of nothing new, and of the last one."""
    *history, new = weeks
    settings = deployment(home, new + timedelta(days=9), outlets)
    receive(settings, folder, history)
    rebuild = built(home, full_refresh=True)
    forget_marks(home)
    nothing = small_build(home)
    receive(settings, folder, [new])
    return rebuild, nothing, small_build(home)


def main(size: str) -> None:
    """Run the benchmark and print its figures."""
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no iowa_liquor; nothing to do")
        return
    outlets = stores()
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / "sent", Path(scratch) / "all"
        weeks = cut(folder, YEARS[size], outlets)
        tenth = weeks[-1 - len(weeks) // 10 :]
        costs = _named(STEPS[:3], over(Path(scratch) / "tenth", folder, tenth, outlets))
        costs |= _named(STEPS[3:6], over(home, folder, weeks, outlets))
        middle = weeks[len(weeks) // 2]
        say_again(folder, middle)
        receive(Settings.load(home), folder, [middle], name="-again")
        costs[STEPS[6]] = small_build(home)
        costs[STEPS[7]] = built(home, full_refresh=True, whole=True)
        with duckdb.connect(str(Settings.load(home).warehouse_file), read_only=True) as con:
            found = con.execute("select count(*) from marts.fct_sellout_line").fetchone()
    assert found
    _show(size, costs, {"rows": found[0], "weeks": len(weeks), "weeks_of_a_tenth": len(tenth)})


def _named(steps: Sequence[str], costs: Sequence[Cost]) -> dict[str, Cost]:
    return dict(zip(steps, costs, strict=True))


def _show(size: str, costs: dict[str, Cost], figures: dict[str, float]) -> None:
    sql = {step: cost.sql_seconds for step, cost in costs.items()}
    fixed = sql["nothing new"]
    figures |= {
        "changed_week_to_rebuild": round(
            (sql["changed week"] - fixed) / (sql["rebuild"] - fixed), 4
        ),
        "changed_week_to_rebuild_with_dbt": round(sql["changed week"] / sql["rebuild"], 4),
        "ten_times_the_history": round(sql["new week"] / sql["new week, a tenth"], 3),
        "whole_build_seconds": round(costs["everything"].seconds, 1),
        "whole_build_peak_mb": round(costs["everything"].peak_mb),
    }
    figures |= {f"{step} sql_seconds": round(seconds, 3) for step, seconds in sql.items()}
    rows = [
        [
            step,
            f"{c.sql_seconds:.2f}",
            f"{c.test_seconds:.2f}",
            f"{c.seconds:.1f}",
            f"{c.peak_mb:,.0f}",
        ]
        for step, c in costs.items()
    ]
    headings = ["build of", "sql s", "tests s", "whole s", "peak MB"]
    show(f"models ({size})", headings, rows, figures, GOALS)


if __name__ == "__main__":
    main(os.environ.get("SIZE", "small"))
