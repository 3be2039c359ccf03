"""One fault of each kind among clean deliveries: it is noticed, the others are left alone."""

from __future__ import annotations

import pytest

from pipelines.contracts.faults import load_faults
from pipelines.settings import PROJECT
from tests.campaigns.faults import Result, run
from tests.campaigns.planted import KINDS, Kind

FAULTS = {fault.id: fault for fault in load_faults(PROJECT / "quality" / "faults.yaml")}
CATCHABLE = [kind for kind in KINDS if FAULTS[kind.fault].catchable == "rule"]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(KINDS, 1, 4, tmp_path_factory.mktemp("faults") / "home")


@pytest.mark.parametrize("kind", CATCHABLE, ids=lambda kind: f"{kind.fault}: {kind.name}")
def test_the_fault_is_noticed(kind: Kind, result: Result) -> None:
    assert result.caught[kind] == [True]


def test_no_clean_delivery_is_stopped(result: Result) -> None:
    assert result.stopped == []
    assert result.clean > 100


def test_every_kind_of_the_catalogue_is_planted() -> None:
    """What never came (B01) is no delivery: whether that is noticed, the obligations' tests say."""
    assert {fault.id for fault in FAULTS.values() if not fault.later} - {"B01"} == {
        k.fault for k in KINDS
    }


def test_every_kind_says_what_its_fault_may_say() -> None:
    for kind in KINDS:
        endings = tuple(rule.removeprefix("*") for rule in FAULTS[kind.fault].rules)
        assert all(said.endswith(endings) for said in kind.said), kind.name
