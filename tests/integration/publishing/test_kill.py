"""Killed while publishing: readers never notice, the next run finishes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from pipelines import publishing
from pipelines.failpoints import KILLED, VARIABLE
from pipelines.publishing import publish, rollback
from pipelines.settings import PROJECT, Settings
from tests.integration.publishing.conftest import on

# the audit is not the point here, and its library takes seconds to load in each process
PUBLISH = """
import sys
from datetime import date
from pathlib import Path
from pipelines.publishing import snapshot
from pipelines.settings import Settings

snapshot.audit = lambda *_: []
snapshot.check_deliveries = lambda *_: type("Nothing", (), {"results": []})
root = Path(sys.argv[1])
settings = Settings(
    home=root / "home", name="Test | 测试", timezone="Asia/Shanghai", currency="CNY",
    language="en", feeds=("sellout", "roster"), as_of=date(2026, 11, 23), project=root,
)
getattr(snapshot, sys.argv[2])(settings)
"""

pytestmark = pytest.mark.usefixtures("unaudited")


def killed_at(settings: Settings, failpoint: str, action: str = "publish") -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH, str(settings.project), action],
        env=os.environ | {VARIABLE: failpoint},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == KILLED, done.stderr


def shown(settings: Settings) -> str:
    info = publishing.current(settings)
    assert info is not None
    assert publishing.verify((settings.published / "daqu.duckdb").resolve().parent) == []
    return info.snapshot_id


def nothing_left_over(settings: Settings) -> bool:
    hidden = {path.name for path in settings.published.glob(".*")}
    return hidden <= {".lock"}


@pytest.mark.parametrize(
    ("failpoint", "is_shown"),
    [
        ("publish.after_candidate", False),
        ("publish.after_audit", False),
        ("publish.before_rename", False),
        ("publish.before_swap", False),
        ("publish.after_swap", True),
    ],
)
def test_killed_while_publishing(settings: Settings, failpoint: str, is_shown: bool) -> None:
    first = publish(settings)
    killed_at(settings, failpoint)
    assert (shown(settings) != first.snapshot_id) == is_shown

    result = publish(on(settings, 23))
    assert result.status == ("unchanged" if is_shown else "published")
    assert shown(settings) == result.snapshot_id
    assert len(publishing.snapshots(settings)) == 2
    assert nothing_left_over(settings)


def test_killed_before_anything_was_shown(settings: Settings) -> None:
    killed_at(settings, "publish.before_swap")
    assert publishing.current(settings) is None
    assert publish(on(settings, 23)).status == "published"
    assert len(publishing.snapshots(settings)) == 1


def test_killed_while_rolling_back(settings: Settings, change: Callable[[str], None]) -> None:
    first = publish(settings)
    second = publish(on(settings, 23))
    killed_at(settings, "rollback.before_swap", "rollback")
    assert shown(settings) == second.snapshot_id
    assert rollback(settings).snapshot_id == first.snapshot_id
