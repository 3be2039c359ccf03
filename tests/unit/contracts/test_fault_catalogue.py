"""The catalogue of faults names rules that exist, and each fault is shown in a golden story."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from pipelines.contracts import FILE_REASONS, load_contracts
from pipelines.contracts.faults import load_faults, stories_of
from pipelines.contracts.reasons import reasons_of
from pipelines.errors import ContractError
from pipelines.settings import PROJECT

FAULTS = load_faults(PROJECT / "quality" / "faults.yaml")
NOW = [fault.id for fault in FAULTS if not fault.later]
# what never came leaves no file: the model's own unit tests of submission_status show it
WITHOUT_FILE = {"B01"}
# what a delivery is, what a row is instead of data
STATUSES = {"loaded", "superseded", "duplicate", "refused", "held", "rejected", "withdrawn"}
KINDS = {"blank_row", "total_row", "repeated_header", "repeated_row", "not_ours"}


def submission_statuses() -> set[str]:
    """Statuses of what is owed, as the model's own test lists them."""
    model = PROJECT / "dbt_project" / "models" / "quality" / "submission_status.yml"
    columns = yaml.safe_load(model.read_text(encoding="utf-8"))["models"][0]["columns"]
    [status] = [column for column in columns if column["name"] == "status"]
    [listed] = [
        test["accepted_values"] for test in status["data_tests"] if "accepted_values" in test
    ]
    return set(listed["arguments"]["values"])


@pytest.mark.parametrize("fault", [fault.id for fault in FAULTS])
def test_what_is_said_of_a_fault_can_be_said(fault: str) -> None:
    contracts = load_contracts(PROJECT / "quality" / "contracts")
    of_rows = {reason.reason_id for feed in contracts.values() for reason in reasons_of(feed)}
    sayable = of_rows | set(FILE_REASONS) | STATUSES | KINDS | submission_statuses()
    [found] = [each for each in FAULTS if each.id == fault]
    assert [r for r in found.rules if not any(fnmatch(said, r) for said in sayable)] == []


@pytest.mark.parametrize("fault", sorted(set(NOW) - WITHOUT_FILE))
def test_a_golden_story_shows_the_fault(fault: str) -> None:
    assert stories_of(PROJECT / "tests" / "golden").get(fault)


def test_stories_name_faults_of_the_catalogue() -> None:
    assert set(stories_of(PROJECT / "tests" / "golden")) <= {fault.id for fault in FAULTS}


def test_every_fault_of_the_catalogue_is_there() -> None:
    assert [fault.id for fault in FAULTS] == [f"B{number:02d}" for number in range(1, 56)]
    assert [fault.id for fault in FAULTS if fault.later] == ["B49", "B51"]


def test_a_catalogue_with_an_unknown_key_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(
        "- {id: B01, en: Late, zh: 迟, handling: [warn], catchable: rule, rule: late}\n"
    )
    with pytest.raises(ContractError, match="rule"):
        load_faults(file)
