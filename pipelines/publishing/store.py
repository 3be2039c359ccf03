"""The folder `published/`: which snapshots are there, which one readers see, which may go."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipelines.durable import sync
from pipelines.errors import DaquError
from pipelines.publishing.packaging import DATABASE_FILE, SNAPSHOT_FILE, write_json
from pipelines.settings import Settings

CURRENT = "current"
CANDIDATE_PREFIX = ".candidate-"
REFUSED_PREFIX = ".refused-"
ROLLBACK_FILE = ".rollback.json"
LOCK_FILE = ".lock"


@dataclass(frozen=True)
class SnapshotInfo:
    """A snapshot on the disk.

    Attributes:
        snapshot_id: Its name.
        path: Its folder.
        as_of: The day it is told as of.
        built_at: When it was built, local time of the deployment.
        fingerprint: Hash of everything it is made from.
        is_current: Whether readers see it.
        warnings: Checks that failed without closing the gate.
    """

    snapshot_id: str
    path: Path
    as_of: date
    built_at: datetime
    fingerprint: str
    is_current: bool
    warnings: int

    @property
    def database(self) -> Path:
        """Its DuckDB file."""
        return self.path / DATABASE_FILE


@dataclass(frozen=True)
class Rollback:
    """A rollback that still holds: nothing was published since.

    Attributes:
        away_from: Fingerprint of the snapshot that was left.
        back_to: Name of the snapshot readers see since.
    """

    away_from: str
    back_to: str


def snapshots(settings: Settings) -> list[SnapshotInfo]:
    """Snapshots that can be shown, in the order they were built."""
    if not settings.published.is_dir():
        return []
    shown = _shown(settings)
    found = [
        _info(folder, folder.name == shown)
        for folder in settings.published.iterdir()
        if not folder.name.startswith(".") and folder.name != CURRENT and folder.is_dir()
        if (folder / SNAPSHOT_FILE).is_file()
    ]
    return sorted(found, key=lambda info: (info.built_at, info.snapshot_id))


def current(settings: Settings) -> SnapshotInfo | None:
    """The snapshot readers see; None before the first one."""
    return next((info for info in snapshots(settings) if info.is_current), None)


def _shown(settings: Settings) -> str | None:
    link = settings.published / CURRENT
    return link.readlink().name if link.is_symlink() else None


def _info(folder: Path, is_current: bool) -> SnapshotInfo:
    content = json.loads((folder / SNAPSHOT_FILE).read_text(encoding="utf-8"))
    return SnapshotInfo(
        snapshot_id=content["snapshot_id"],
        path=folder,
        as_of=date.fromisoformat(content["as_of"]),
        built_at=datetime.fromisoformat(content["built_at"]),
        fingerprint=content["fingerprint"],
        is_current=is_current,
        warnings=content["warnings"],
    )


def is_whole(info: SnapshotInfo) -> bool:
    """Whether every file of a snapshot is there with the size it was written with."""
    content = json.loads((info.path / SNAPSHOT_FILE).read_text(encoding="utf-8"))
    return all(
        (info.path / file["path"]).is_file()
        and (info.path / file["path"]).stat().st_size == file["bytes"]
        for file in content["files"]
    )


def show(settings: Settings, snapshot_id: str) -> None:
    """Let readers see a snapshot: one atomic rename of the link `current`."""
    _link(settings.published / CURRENT, Path(snapshot_id))


def keep_constant_links(settings: Settings) -> None:
    """Put the names that never change, which lead through `current`, where they are missing."""
    link = settings.published / DATABASE_FILE
    if not link.is_symlink():
        _link(link, Path(CURRENT) / DATABASE_FILE)


def _link(link: Path, target: Path) -> None:
    new = link.with_name(f".new-{link.name}")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)
    sync(link.parent)


def free_name(settings: Settings, snapshot_id: str) -> str:
    """A name no snapshot has: the given one, or it with `.2`, `.3` and so on behind it."""
    names = [snapshot_id, *(f"{snapshot_id}.{number}" for number in range(2, 1000))]
    return next(name for name in names if not (settings.published / name).exists())


def remove_leftovers(settings: Settings) -> None:
    """Remove what killed runs left behind."""
    for folder in settings.published.glob(f"{CANDIDATE_PREFIX}*"):
        shutil.rmtree(folder)
    for link in settings.published.glob(".new-*"):
        link.unlink()


def keep_refused(settings: Settings, candidate: Path, snapshot_id: str) -> Path:
    """Keep a refused candidate for inspection, instead of the one kept before."""
    for folder in settings.published.glob(f"{REFUSED_PREFIX}*"):
        shutil.rmtree(folder)
    return candidate.rename(settings.published / f"{REFUSED_PREFIX}{snapshot_id}")


def remove_old(settings: Settings, also_keep: str | None = None) -> list[str]:
    """Remove the oldest snapshots beyond the number kept.

    Args:
        settings: The deployment; `retention.snapshots` counts the one readers see.
        also_keep: A snapshot that stays however old it is.

    Returns:
        Names of those removed. The one readers see is never among them.
    """
    found = snapshots(settings)
    removable = [i for i in found if not i.is_current and i.snapshot_id != also_keep]
    surplus = max(0, len(found) - settings.retention.snapshots)
    for info in removable[:surplus]:
        # under a hidden name first: a half-removed folder must not look like a snapshot
        hidden = info.path.rename(settings.published / f"{CANDIDATE_PREFIX}old-{info.path.name}")
        shutil.rmtree(hidden)
    return [info.snapshot_id for info in removable[:surplus]]


def rolled_back(settings: Settings) -> Rollback | None:
    """The rollback that still holds; None when there is none."""
    file = settings.published / ROLLBACK_FILE
    if not file.is_file():
        return None
    return Rollback(**json.loads(file.read_text(encoding="utf-8")))


def note_rollback(settings: Settings, rollback: Rollback | None) -> None:
    """Remember a rollback until something new is published; None forgets it."""
    file = settings.published / ROLLBACK_FILE
    if rollback is None:
        file.unlink(missing_ok=True)
        return
    new = file.with_name(f".new-{file.name}")
    write_json(new, {"away_from": rollback.away_from, "back_to": rollback.back_to})
    sync(new)
    new.replace(file)
    sync(file.parent)


@contextmanager
def only_one(settings: Settings) -> Generator[None]:
    """Let one process at a time change what is published; the system frees it when that ends.

    Raises:
        DaquError: Another process is at it.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    handle = os.open(settings.published / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise DaquError(
            "Another `daqu` command is publishing right now.",
            "另一条 `daqu` 命令正在发布。",
            "Wait for it to end, then try again.",
            "请等待其结束后重试。",
        ) from error
    try:
        yield
    finally:
        os.close(handle)
