"""A fixed slice of the campaign, and that it would find a rule that is not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns import agreed
from tests.campaigns.differential import compared
from tests.campaigns.frames import FAMILIES

SEEDS = range(12)


@pytest.mark.parametrize("family", FAMILIES)
def test_landing_and_an_independent_implementation_take_the_same_rows(
    family: str, tmp_path: Path
) -> None:
    found = compared(family, SEEDS, tmp_path / "home")
    assert (found.only_landed, found.only_agreed) == ([], [])
    assert 0.3 < found.taken / found.rows < 0.9


def test_a_rule_only_one_of_them_keeps_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(agreed.SCHEMAS, "claim", agreed.Accepted)
    found = compared("claim", range(3), tmp_path / "home")
    assert found.only_agreed
    assert not found.only_landed
