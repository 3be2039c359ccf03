"""The contracts as they stand."""

from __future__ import annotations

import pytest

from pipelines.contracts import Contract, load_contracts
from pipelines.settings import PROJECT


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "quality" / "contracts")
