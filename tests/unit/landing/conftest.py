"""The contracts as they stand, and one feed most tests speak of."""

from __future__ import annotations

import pytest

from pipelines.contracts import Contract, load_contracts
from pipelines.settings import PROJECT


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "quality" / "contracts")


@pytest.fixture(scope="session")
def sellout(contracts: dict[str, Contract]) -> Contract:
    return contracts["sellout"]
