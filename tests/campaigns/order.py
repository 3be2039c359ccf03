"""Campaign order: whatever arrives in whatever order, the warehouse is that of a fresh start.

Each sequence is processed as it is shuffled, over several runs, and compared with the same files
landed from scratch in the order they were received; then a file that counts is delivered again.
`SIZE=full` tries 2,000 sequences on landing and ledger and 40 through dbt, in one process a core.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from benchmarks.report import show
from tests.campaigns.shares import Part, StoppedError, scratch, shared_out, stop_if_asked
from tests.campaigns.small_region import SmallRegion, different, new_region
from tests.campaigns.stories import Story, stories
from tests.integration.region import differences

SEQUENCES = {"small": 60, "full": 2000}
THROUGH_DBT = {"small": 2, "full": 40}
REDELIVER_EVERY = 4
FAULTS = ("sequences_that_differ", "rows_added_by_redelivery", "marts_that_differ")
KIND = "with_"
ROWS = "select count(*) from landing.{0}{1}"


def replayed(story: Story, home: Path, *, build: bool = False) -> SmallRegion:
    """The region after its runs; built in the middle and at the end where asked."""
    region = new_region(home)
    for number, run in enumerate(story.runs, start=1):
        for index in run:
            story.arrivals[index].arrive(region)
        stop_if_asked()
        region.land()
        if build and number in (len(story.runs) // 2, len(story.runs)):
            region.build()
    return region


def from_scratch(story: Story, home: Path, *, build: bool = False) -> SmallRegion:
    """The same files, received in the order of their stamps, in one go."""
    region = new_region(home)
    for arrival in sorted(story.arrivals, key=lambda a: a.received_at):
        arrival.arrive(region)
    stop_if_asked()
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


def land_stories(part: Part, number: int, told: Counter[str]) -> None:
    """Replay that many sequences on landing and ledger; note what differed and how often."""

    def replay(story: Story, folder: Path) -> None:
        one = replayed(story, folder / "one")
        other = from_scratch(story, folder / "other")
        found = different(one.settings, other.settings)
        again = told["sequences"] % REDELIVER_EVERY == 0
        added = rows_added(one) if again else 0
        told["redelivered_at_the_end"] += again
        told["sequences"] += 1
        told["arrivals"] += len(story.arrivals)
        told["runs"] += len(story.runs)
        told["sequences_that_differ"] += bool(found)
        told["rows_added_by_redelivery"] += added
        told.update({f"{KIND}{kind}": times for kind, times in story.kinds.items()})
        if found or added:
            _tell(story, [str(table) for table in found], added)

    _many(part, number, told, replay)


def build_stories(part: Part, number: int, told: Counter[str]) -> None:
    """Replay that many sequences through dbt, incrementally and from scratch."""

    def replay(story: Story, folder: Path) -> None:
        one = replayed(story, folder / "one", build=True)
        other = from_scratch(story, folder / "other", build=True)
        found = differences(one, other)
        told["sequences_through_dbt"] += 1
        told["marts_that_differ"] += len(found)
        if found:
            _tell(story, [str(found)], 0)

    _many(part, number, told, replay)


def _many(
    part: Part, number: int, told: Counter[str], replay: Callable[[Story, Path], None]
) -> None:
    """Replay that many stories, the same ones every time, each in a folder of its own."""
    limits = settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def one(story: Story) -> None:
        stop_if_asked()
        with tempfile.TemporaryDirectory(dir=part.folder) as folder:
            replay(story, Path(folder))
        part.tell(told)

    if number:
        with suppress(StoppedError):
            seed(part.number)(limits(given(stories())(one)))()


def _tell(story: Story, found: list[str], added: int) -> None:
    print(f"differs: {found}, {added} rows added; processed {story.runs}")
    for number, arrival in enumerate(story.arrivals):
        print(f"  {number} {arrival.received_at} {arrival.name} {len(arrival.data)} B", flush=True)


def campaign(part: Part, size: str) -> Counter[str]:
    """The sequences that fall to one part, and what came of them."""
    told: Counter[str] = Counter()
    began = time.monotonic()
    land_stories(part, part.share(SEQUENCES[size]), told)
    told["landing_seconds"] = round(time.monotonic() - began)
    build_stories(part, part.share(THROUGH_DBT[size]), told)
    told["dbt_seconds"] = round(time.monotonic() - began) - told["landing_seconds"]
    return told


def main(size: str) -> None:
    """Run the campaign and print its figures; seconds are those of all processes together."""
    began = time.monotonic()
    folder = scratch("order")
    told = shared_out(campaign, size, folder)
    shutil.rmtree(folder)
    figures = {**dict.fromkeys(FAULTS, 0), "sequences": 0, "sequences_through_dbt": 0, **told}
    figures["seconds"] = round(time.monotonic() - began)
    rows = [[name.replace("_", " "), f"{value:,}"] for name, value in figures.items()]
    goals = dict.fromkeys(FAULTS, 0.0)
    goals |= {"sequences_min": SEQUENCES[size], "sequences_through_dbt_min": THROUGH_DBT[size]}
    show("order", ["", "figure"], sorted(rows), figures, goals)


if __name__ == "__main__":
    # tables are compared with tables; what dbt tests of each is tried elsewhere
    os.environ.setdefault("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test test")
    main(os.environ.get("SIZE", "small"))
