"""Campaign order: whatever arrives in whatever order, the warehouse is that of a fresh start.

Each sequence is processed as it is shuffled, over several runs, and compared with the same files
landed from scratch in the order they were received; then a file that counts is delivered again.
`SIZE=full` tries 2,000 sequences on landing and ledger and 40 through dbt.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.report import show
from tests.campaigns.small_region import SmallRegion, different, new_region
from tests.campaigns.stories import Story, stories
from tests.integration.region import differences

SEQUENCES = {"small": 60, "full": 2000}
THROUGH_DBT = {"small": 2, "full": 40}
REDELIVER_EVERY = 4
GOALS = {"sequences_that_differ": 0.0, "rows_added_by_redelivery": 0.0, "marts_that_differ": 0.0}
ROWS = "select count(*) from landing.{0}{1}"


def replayed(story: Story, home: Path, *, build: bool = False) -> SmallRegion:
    """The region after its runs; built in the middle and at the end where asked."""
    region = new_region(home)
    for number, run in enumerate(story.runs, start=1):
        for index in run:
            story.arrivals[index].arrive(region)
        region.land()
        if build and number in (len(story.runs) // 2, len(story.runs)):
            region.build()
    return region


def from_scratch(story: Story, home: Path, *, build: bool = False) -> SmallRegion:
    """The same files, received in the order of their stamps, in one go."""
    region = new_region(home)
    for arrival in sorted(story.arrivals, key=lambda a: a.received_at):
        arrival.arrive(region)
    region.land()
    if build:
        region.build()
    return region


def rows_added(region: SmallRegion) -> int:
    """Rows that the newest delivery that counts adds when its bytes come once more."""
    found = region.query(
        """select file_name, file_sha256, max(received_at) over () + interval 1 hour
        from landing.delivery where status = 'loaded' and sender <> 'self'
        order by received_at desc, file_sha256 desc limit 1"""
    )
    if not found:
        return 0
    name, _, later = found[0]
    before = _rows(region)
    folder, _, file = name.rpartition("/")
    region.put(f"{folder}/again {file}", region.sent(name), f"{later}")
    region.land()
    return abs(_rows(region) - before)


def _rows(region: SmallRegion) -> int:
    counts = [ROWS.format(f, k) for f in ("sellout", "stock") for k in ("", "_history")]
    return sum(row[0] for row in region.query(" union all ".join(counts)))


def land_stories(number: int) -> dict[str, Any]:
    """Replay that many sequences on landing and ledger; what differed and how often."""
    told: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    @_many(number)
    def replay(story: Story) -> None:
        with tempfile.TemporaryDirectory() as folder:
            one = replayed(story, Path(folder) / "one")
            other = from_scratch(story, Path(folder) / "other")
            found = different(one.settings, other.settings)
            again = told["sequences"] % REDELIVER_EVERY == 0
            added = rows_added(one) if again else 0
        told["redelivered_at_the_end"] += again
        told["sequences"] += 1
        told["arrivals"] += len(story.arrivals)
        told["runs"] += len(story.runs)
        told["sequences_that_differ"] += bool(found)
        told["rows_added_by_redelivery"] += added
        seen.update(story.kinds)
        if told["sequences"] % 100 == 0:
            _progress(f"{told['sequences']} of {number}, {told['sequences_that_differ']} differ")
        if found or added:
            _tell(story, [str(table) for table in found], added)

    replay()
    return {**_zeros("sequences_that_differ", "rows_added_by_redelivery"), **told, "kinds": seen}


def build_stories(number: int) -> dict[str, Any]:
    """Replay that many sequences through dbt, incrementally and from scratch."""
    told: Counter[str] = Counter()

    @_many(number)
    def replay(story: Story) -> None:
        with tempfile.TemporaryDirectory() as folder:
            one = replayed(story, Path(folder) / "one", build=True)
            other = from_scratch(story, Path(folder) / "other", build=True)
            found = differences(one, other)
        told["sequences_through_dbt"] += 1
        told["marts_that_differ"] += len(found)
        _progress(f"{told['sequences_through_dbt']} of {number} through dbt")
        if found:
            _tell(story, [str(found)], 0)

    replay()
    return {**_zeros("marts_that_differ"), **told}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _zeros(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)


def _many(number: int) -> Any:
    """Run a test that takes a story that often, with the same stories every time."""
    limits = settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: limits(given(stories())(test))


def _tell(story: Story, found: list[str], added: int) -> None:
    print(f"differs: {found}, {added} rows added; processed {story.runs}")
    for number, arrival in enumerate(story.arrivals):
        print(f"  {number} {arrival.received_at} {arrival.name} {len(arrival.data)} B", flush=True)


def main(size: str) -> None:
    """Run the campaign and print its figures."""
    began = time.monotonic()
    landed = land_stories(SEQUENCES[size])
    half = time.monotonic()
    built = build_stories(THROUGH_DBT[size])
    kinds = landed.pop("kinds")
    figures = landed | built
    figures |= {"landing_seconds": round(half - began)}
    figures |= {"dbt_seconds": round(time.monotonic() - half)}
    rows = [[name.replace("_", " "), f"{value:,}"] for name, value in figures.items()]
    rows += [[f"  {kind}", f"{times:,}"] for kind, times in sorted(kinds.items())]
    show("order", ["", "figure"], rows, figures, GOALS)


if __name__ == "__main__":
    os.environ.setdefault("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test")
    main(os.environ.get("SIZE", "small"))
