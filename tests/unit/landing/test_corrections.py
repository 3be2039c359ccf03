from pathlib import Path

import pytest

from pipelines.contracts import load_contracts
from pipelines.errors import ContractError
from pipelines.landing.identify import Identity
from pipelines.landing.mapping import PLAIN
from pipelines.landing.periods import parse_period
from pipelines.landing.rows.corrections import load_corrections
from pipelines.settings import PROJECT

CONTRACTS = load_contracts(PROJECT / "quality" / "contracts")
GOOD = """- id: C1
  match: {sender: D001, period: 2026-W46, document_no: A1}
  value: {quantity: 10}
  expect: {quantity: 120}
  reason: Pieces written as cases
  reported: 2026-11-18
"""


def loaded(folder: Path, text: str, feed: str = "sellout"):
    (folder / f"{feed}.yaml").write_text(text, encoding="utf-8")
    return load_corrections(folder, CONTRACTS)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sender: D001, ", "", "line 2: `0.match` names no sender"),
        ("2026-W46", "week 46", "line 2: `0.match.period` is no period"),
        ("document_no: A1", "document: A1", "line 2: `0.match.document` is no column of sellout"),
        ("value: {quantity: 10}", "action: drop\n  value: {quantity: 1}", "drop has none"),
        ("  value: {quantity: 10}\n", "", "set needs a value"),
        ("{quantity: 120}", "{}", "line 4: `0.expect` says nothing"),
        ("reason: Pieces written as cases", "why: x", "line 5: `0.why`"),
        ("reported: 2026-11-18", "reported: yesterday", "line 6: `0.reported`"),
    ],
)
def test_a_correction_that_is_not_as_it_should_be_is_told_with_its_line(
    old: str, new: str, said: str, tmp_path: Path
):
    assert old in GOOD
    with pytest.raises(ContractError, match="line") as told:
        loaded(tmp_path, GOOD.replace(old, new))
    assert said in told.value.message_en


def test_two_corrections_of_one_name_are_refused(tmp_path: Path):
    with pytest.raises(ContractError, match="name of another correction"):
        loaded(tmp_path, GOOD + GOOD)


def test_corrections_of_no_feed_are_refused(tmp_path: Path):
    with pytest.raises(ContractError, match="is no feed"):
        loaded(tmp_path, GOOD, feed="selout")


@pytest.mark.parametrize(
    ("sender", "period", "meant"),
    [("D001", "2026-W46", 1), ("D001", "2026-W47", 0), ("D002", "2026-W46", 0), ("D001", "", 1)],
)
def test_a_correction_may_concern_the_files_of_its_sender_and_period(
    sender: str, period: str, meant: int, tmp_path: Path
):
    corrections = loaded(tmp_path, GOOD)
    identity = Identity(sender, "sellout", parse_period(period), PLAIN)
    assert len(corrections.of(identity)) == meant


def test_a_correction_that_is_fixed_is_a_record_and_no_more(tmp_path: Path):
    corrections = loaded(tmp_path, GOOD + "  status: fixed\n")
    identity = Identity("D001", "sellout", parse_period("2026-W46"), PLAIN)
    assert corrections.of(identity) == ()
