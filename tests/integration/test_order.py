"""Files may come in any order, twice, over many runs: the same rows stand in the same ledger."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

import pytest

from tests.integration.region import Region

# random sequences are the campaign's; here it is the files of a whole region
SEED = 1
RUNS = 5
REDELIVERED = 12


@pytest.fixture(scope="module")
def stamped(tiny_sample: Path) -> dict[str, str]:
    """Every file of the sample, and when it was received."""
    with (tiny_sample / "inbox" / "received.csv").open(encoding="utf-8", newline="") as handle:
        return {row["file"]: row["received_at"] for row in csv.DictReader(handle)}


def nothing_received(sample: Path, folder: Path) -> Region:
    """The sample's deployment with an empty inbox."""
    ignored = shutil.ignore_patterns("inbox", "truth")
    return Region(Path(shutil.copytree(sample, folder / "home", ignore=ignored)))


def deliver(region: Region, sample: Path, names: list[str], stamped: dict[str, str]) -> None:
    for name in names:
        region.put(name, (sample / "inbox" / name).read_bytes(), stamped[name])
    region.land()


def test_files_in_any_order_over_many_runs_land_the_same(
    tiny_sample: Path,
    stamped: dict[str, str],
    published: Region,
    tmp_path: Path,
) -> None:
    order = random.Random(SEED)
    names = sorted(stamped)
    arrivals = names + order.sample(names, REDELIVERED)
    order.shuffle(arrivals)
    region = nothing_received(tiny_sample, tmp_path)
    for start in range(RUNS):
        deliver(region, tiny_sample, arrivals[start::RUNS], stamped)
    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()
    assert region.findings() == published.findings()


@pytest.mark.parametrize("late", [("map_sku",), ("sku", "map_outlet", "map_uom")])
def test_masters_that_come_last_count_as_if_they_had_come_first(
    late: tuple[str, ...],
    tiny_sample: Path,
    stamped: dict[str, str],
    published: Region,
    tmp_path: Path,
) -> None:
    region = nothing_received(tiny_sample, tmp_path)
    masters = [name for name in stamped if name.split("/")[1] in late]
    assert len(masters) >= len(late)
    deliver(region, tiny_sample, sorted(set(stamped) - set(masters)), stamped)
    assert region.landed() != published.landed()
    deliver(region, tiny_sample, masters, stamped)
    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()


def test_files_received_one_by_one_the_last_first_land_the_same(
    tiny_sample: Path, stamped: dict[str, str], tmp_path: Path
) -> None:
    """Every file of one distributor in a run of its own, against all of them in one go."""
    masters = [name for name in stamped if name.startswith("self/")]
    files = [name for name in sorted(stamped) if name.startswith("D004/sellout/")]
    at_once = nothing_received(tiny_sample, tmp_path / "at_once")
    deliver(at_once, tiny_sample, [*masters, *files], stamped)
    one_by_one = nothing_received(tiny_sample, tmp_path / "one_by_one")
    for name in reversed(files):
        deliver(one_by_one, tiny_sample, [name], stamped)
    deliver(one_by_one, tiny_sample, masters, stamped)
    assert one_by_one.ledger() == at_once.ledger()
    assert one_by_one.landed() == at_once.landed()


def test_a_mapping_mended_later_counts_as_if_it_had_been_right_at_first(
    tiny_sample: Path, stamped: dict[str, str], published: Region, tmp_path: Path
) -> None:
    region = nothing_received(tiny_sample, tmp_path)
    mapping = region.settings.mappings / "en.yaml"
    right = mapping.read_text(encoding="utf-8")
    mapping.write_text(right.replace("CS: case", "CS: piece"), encoding="utf-8")
    deliver(region, tiny_sample, list(stamped), stamped)
    assert region.landed()["sellout"] != published.landed()["sellout"]
    mapping.write_text(right, encoding="utf-8")
    region.land()
    assert region.ledger() == published.ledger()
    assert region.landed() == published.landed()
