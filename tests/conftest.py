"""How tests are shared out among processes: what is dear to make is made in one of them."""

from __future__ import annotations

import pytest

REGION = frozenset({"tiny_sample", "first_run", "published", "eventful"})
"""Session fixtures that take a sample region through landing, dbt or a publish."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep all tests on the sample region in one process, and those of a file together."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        on_region = not REGION.isdisjoint(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("region" if on_region else item.path.as_posix()))
