"""How tests are shared out among processes: what is dear to make is made in one of them."""

from __future__ import annotations

import pytest

REGION = frozenset({"tiny_sample", "first_run", "published", "eventful"})
"""Session fixtures that take a sample region through landing, dbt or a publish."""
REGION_GROUP = "region"


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep all tests on the sample region in one process, and those of a file together.

    Those on the region go first: they take longest, and what is short fills up the end.
    """
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        group = REGION_GROUP if _is_on_region(item) else item.path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not _is_on_region(item))


def _is_on_region(item: pytest.Item) -> bool:
    return not REGION.isdisjoint(getattr(item, "fixturenames", ()))
