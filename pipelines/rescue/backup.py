"""A copy of what cannot be made again, laid out like a deployment, with the sha256 of every file.

Files are written whole or not at all and the manifest last, so a backup that was cut off is the
one before it plus some files. What a backup has already is not copied again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines import durable
from pipelines.errors import ConfigError, DaquError
from pipelines.landing.receipts import all_receipts, raw_path
from pipelines.settings import Settings

MANIFEST = "manifest.json"
CONFIGURED = ("mappings", "reference", "corrections")
WAREHOUSE = "warehouse/daqu.duckdb"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BackedUp:
    """What a backup did.

    Attributes:
        files: Files it holds now.
        copied: Files that were copied this time.
        removed: Files it does not hold any more, because the deployment does not keep them.
        bytes: Size of what it holds.
    """

    files: int
    copied: int
    removed: int
    bytes: int


@dataclass(frozen=True)
class _File:
    path: str
    bytes: int
    sha256: str


def back_up(
    settings: Settings,
    folder: Path,
    *,
    with_warehouse: bool = False,
    on_progress: Progress | None = None,
) -> BackedUp:
    """Copy what cannot be made again, or what is new of it since the last time.

    Args:
        settings: The deployment; the caller holds the writer's lock.
        folder: New folder, empty one, or an earlier backup of this deployment.
        with_warehouse: Whether to copy the warehouse too, which can be made again.
        on_progress: Told how many files are done, of how many.

    Raises:
        ConfigError: The folder holds something else.
        DaquError: A raw file is gone, or the deployment lost receipts the backup has.
    """
    before = _earlier(settings, folder)
    _refuse_loss(settings, before)
    if with_warehouse:
        _checkpoint(settings)
    if not before:
        # what is cut off from here on is known for a backup and goes on the next time
        _write_manifest(settings, folder, [])
    names = sorted(_names(settings, with_warehouse))
    files, copied = [], 0
    for number, name in enumerate(names, start=1):
        file, is_new = _store(settings.home / name, folder, name, before.get(name))
        files.append(file)
        copied += is_new
        if on_progress:
            on_progress(number, len(names))
    _write_manifest(settings, folder, files)
    removed = _remove(folder, before.keys() - set(names))
    return BackedUp(len(files), copied, removed, sum(file.bytes for file in files))


def verify(folder: Path, on_progress: Progress | None = None) -> list[str]:
    """Read every file of a backup and compare it with the manifest.

    Args:
        folder: The backup.
        on_progress: Told how many files are done, of how many.

    Returns:
        What is wrong, a line each; nothing when the backup is whole.

    Raises:
        ConfigError: The folder is no backup.
    """
    listed = _manifest(folder)
    faults = []
    for number, file in enumerate(listed.values(), start=1):
        path = folder / file.path
        if not path.is_file():
            faults.append(f"{file.path}: gone | 缺失")
        elif path.stat().st_size != file.bytes or _sha256(path) != file.sha256:
            faults.append(f"{file.path}: other bytes than written | 内容已改变")
        if on_progress:
            on_progress(number, len(listed))
    return faults


def _names(settings: Settings, with_warehouse: bool) -> Iterator[str]:
    """Paths below the deployment of everything that cannot be made again."""
    yield "deployment.yaml"
    for part in CONFIGURED:
        yield from _below(settings.home, settings.home / part)
    yield from _below(settings.home, settings.receipts, "*.json")
    for sha256 in {r.file_sha256 for r in all_receipts(settings) if r.is_kept}:
        raw = raw_path(settings, sha256)
        if not raw.is_file():
            raise DaquError(
                f"The raw file {sha256[:12]} is gone; the backup stays as it was.",
                f"原始文件 {sha256[:12]} 已丢失；备份保持不变。",
                "`daqu doctor` says which deliveries it is of: restore it from an earlier backup.",
                "`daqu doctor` 会指出相关报送：请从较早的备份恢复。",
            )
        yield raw.relative_to(settings.home).as_posix()
    if with_warehouse and settings.warehouse_file.is_file():
        yield WAREHOUSE


def _below(home: Path, folder: Path, pattern: str = "*") -> Iterator[str]:
    for file in folder.rglob(pattern):
        if file.is_file() and not file.name.startswith("."):
            yield file.relative_to(home).as_posix()


def _store(source: Path, folder: Path, name: str, before: _File | None) -> tuple[_File, bool]:
    """Copy a file unless the backup has it; raw files never change and are told by their name."""
    target, size = folder / name, source.stat().st_size
    is_raw = name.startswith("landing/raw/")
    has_it = target.is_file() and target.stat().st_size == size
    if is_raw and has_it:
        return _File(name, size, source.name), False
    sha256 = _sha256(source)
    if is_raw and sha256 != source.name:
        raise DaquError(
            f"The raw file {source.name[:12]} holds other bytes than were received.",
            f"原始文件 {source.name[:12]} 的内容与接收时不同。",
            "Restore it from an earlier backup; `daqu doctor --deep` finds all such files.",
            "请从较早的备份恢复；`daqu doctor --deep` 可找出全部此类文件。",
        )
    file = _File(name, size, sha256)
    if has_it and file == before:
        return file, False
    durable.copy(source, target)
    return file, True


def _earlier(settings: Settings, folder: Path) -> dict[str, _File]:
    if not folder.exists() or not any(folder.iterdir()):
        return {}
    if settings.home.is_relative_to(folder.resolve()) or not (folder / MANIFEST).is_file():
        raise ConfigError(
            f"{folder} is neither empty nor a backup; nothing was written.",
            f"{folder} 既非空目录也不是备份，未写入任何内容。",
            "Name a new folder: daqu backup DIR",
            "请指定一个新目录：daqu backup DIR",
        )
    return _manifest(folder)


def _refuse_loss(settings: Settings, before: dict[str, _File]) -> None:
    """Never let an emptied deployment empty its backup."""
    lost = [
        name
        for name in before
        if name.startswith("landing/receipts/") and not (settings.home / name).is_file()
    ]
    if lost:
        raise DaquError(
            f"The backup has {len(lost)} receipts this deployment has lost; it stays as it was.",
            f"备份中有 {len(lost)} 份收件凭证在本部署中已丢失；备份保持不变。",
            "Restore them first (docs/how-to/rescue.md), or name another folder.",
            "请先恢复（见 docs/how-to/rescue.md），或指定其他目录。",
        )


def _checkpoint(settings: Settings) -> None:
    """Bring the write-ahead log into the file, so that the file alone is the warehouse."""
    if settings.warehouse_file.is_file():
        with duckdb.connect(str(settings.warehouse_file)) as con:
            con.execute("checkpoint")


def _write_manifest(settings: Settings, folder: Path, files: list[_File]) -> None:
    content = {
        "name": settings.name,
        "made_at": settings.now().isoformat(),
        "files": {file.path: {"bytes": file.bytes, "sha256": file.sha256} for file in files},
    }
    durable.write_json(folder / MANIFEST, content, indent=1)


def _manifest(folder: Path) -> dict[str, _File]:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        datetime.fromisoformat(content["made_at"])
        files = {path: _File(path, **told) for path, told in content["files"].items()}
        if any(Path(path).is_absolute() or ".." in Path(path).parts for path in files):
            raise ValueError("a path leads out of the backup")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder} is no backup: its {MANIFEST} cannot be read.",
            f"{folder} 不是备份：无法读取其 {MANIFEST}。",
        ) from error
    return files


def _remove(folder: Path, names: set[str]) -> int:
    """Files the deployment keeps no more: restored, an old mapping would count again."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    return len(names)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
