"""Looks a deployment over and says what is wrong and what to do."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from pipelines import publishing
from pipelines.contracts import load_contracts
from pipelines.errors import DaquError
from pipelines.landing.mapping import load_mappings
from pipelines.landing.receipts import files_below
from pipelines.rescue.looks import LOOKS, State, raw_files
from pipelines.settings import Settings

LEAST_FREE_BYTES = 1 << 30
FREE_PER_WAREHOUSE = 3
"""A run may need the warehouse's size again for the candidate, and once more to spill."""
PYTHONS = ((3, 11), (3, 14))
PINNED = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "dagster-dbt", "great-expectations")
LOCKED = re.compile(r"^([a-z0-9-]+)==([^\s\\;]+)")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name_en: What was looked at.
        name_zh: The same in Chinese.
        state: `ok`, `warn` (works, but) or `fail`.
        text_en: What was found, and what to do.
        text_zh: The same in Chinese.
    """

    name_en: str
    name_zh: str
    state: State
    text_en: str
    text_zh: str


def examine(settings: Settings, deep: bool = False) -> Iterator[Finding]:
    """Look at everything a run relies on, one finding at a time; nothing is changed.

    Args:
        settings: The deployment.
        deep: Whether to read every raw file to its last byte.
    """
    yield Finding("deployment", "部署", "ok", str(settings.home), str(settings.home))
    looks: tuple[tuple[str, str, Callable[[Settings], tuple[State, str, str]]], ...] = (
        ("contracts", "合同", _contracts),
        ("subscribed feeds", "订阅的报表", _feeds),
        ("mappings", "映射", _mappings),
        ("inbox", "收件箱", _inbox),
        ("raw files", "原始文件", partial(raw_files, deep=deep)),
        *LOOKS,
        ("published snapshot", "已发布快照", _published),
        ("disk space", "磁盘空间", _disk),
        ("versions", "版本", _versions),
    )
    for name_en, name_zh, look in looks:
        try:
            yield Finding(name_en, name_zh, *look(settings))
        except DaquError as error:
            text_en = f"{error.message_en} {error.hint_en}".strip()
            yield Finding(name_en, name_zh, "fail", text_en, error.message_zh + error.hint_zh)
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            text_en = f"a database cannot be read ({said}): `daqu rebuild`, then `daqu run`"
            text_zh = f"数据库无法读取（{said}）：请执行 `daqu rebuild`，再执行 `daqu run`"
            yield Finding(name_en, name_zh, "fail", text_en, text_zh)


def _contracts(settings: Settings) -> tuple[State, str, str]:
    number = len(load_contracts(settings.contracts))
    return "ok", f"{number} read strictly", f"{number} 份，严格读取通过"


def _feeds(settings: Settings) -> tuple[State, str, str]:
    known = load_contracts(settings.contracts)
    unknown = ", ".join(feed for feed in settings.feeds if feed not in known)
    if unknown:
        text = f"no contract for {unknown}: correct `feeds` in deployment.yaml"
        return "fail", text, f"{unknown} 没有合同：请更正 deployment.yaml 的 `feeds`"
    return "ok", ", ".join(settings.feeds), "、".join(known[f].title_zh for f in settings.feeds)


def _mappings(settings: Settings) -> tuple[State, str, str]:
    found = load_mappings(settings.mappings, load_contracts(settings.contracts))
    number = len(found.by_sender)
    return "ok", f"for {number} senders", f"{number} 个发送方"


def _inbox(settings: Settings) -> tuple[State, str, str]:
    waiting = len(files_below(settings.inbox)) if settings.inbox.is_dir() else 0
    if waiting:
        return "warn", f"{waiting} files wait: `daqu run`", f"{waiting} 个文件待处理：`daqu run`"
    return "ok", "empty", "为空"


def _published(settings: Settings) -> tuple[State, str, str]:
    shown = publishing.current(settings)
    if shown is None:
        return "warn", "nothing published yet: `daqu run`", "尚未发布：`daqu run`"
    damaged = publishing.verify(shown.path)
    if damaged:
        text = f"{shown.snapshot_id} is damaged ({damaged[0]}): `daqu rollback`"
        return "fail", text, f"{shown.snapshot_id} 已损坏（{damaged[0]}）：`daqu rollback`"
    if (settings.published / "daqu.duckdb").resolve() != shown.database.resolve():
        text = "published/daqu.duckdb does not lead to current/: run `daqu publish`"
        return "fail", text, "published/daqu.duckdb 未指向 current/：请执行 `daqu publish`"
    return "ok", f"{shown.snapshot_id}, equal to its meta", f"{shown.snapshot_id}，与自述一致"


def _disk(settings: Settings) -> tuple[State, str, str]:
    file = settings.warehouse_file
    size = file.stat().st_size if file.is_file() else 0
    wanted = max(LEAST_FREE_BYTES, FREE_PER_WAREHOUSE * size)
    free = shutil.disk_usage(settings.home).free
    text_en, text_zh = f"{free / 2**30:.1f} GiB free", f"可用 {free / 2**30:.1f} GiB"
    if free < wanted:
        need = f"{wanted / 2**30:.1f} GiB"
        return "warn", f"{text_en}, a run may need {need}", f"{text_zh}，一次运行可能需要 {need}"
    return "ok", text_en, text_zh


def _versions(settings: Settings) -> tuple[State, str, str]:
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    if not PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
        return "fail", f"{python}: use 3.11 to 3.13", f"{python}：请使用 3.11 至 3.13"
    wanted = _locked(settings.project / "requirements.lock")
    found = {name: _installed(name) for name in PINNED}
    wrong = [f"{n} {v or '–'} ≠ {wanted[n]}" for n, v in found.items() if wanted.get(n, v) != v]
    if wrong:
        text = ", ".join(wrong)
        return "warn", f"{text}: run `make setup`", f"{text}：请执行 `make setup`"
    text = ", ".join([python, *(f"{name} {number}" for name, number in found.items())])
    return "ok", text, text


def _locked(lock: Path) -> dict[str, str]:
    if not lock.is_file():
        return {}
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := LOCKED.match(line))}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
