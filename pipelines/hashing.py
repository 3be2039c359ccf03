"""Hashes of files and folders: the same hash means the same names and contents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

IGNORED_FOLDERS = {"target", "logs", "dbt_packages", "__pycache__"}


def folder_hash(folder: Path, pattern: str = "*") -> str:
    """Hash names and contents of the files below a folder; an absent folder is an empty one."""
    files = (
        file
        for file in folder.rglob(pattern)
        if file.is_file() and not _is_ignored(file.relative_to(folder))
    )
    return file_hash(files, folder)


def file_hash(files: Iterable[Path], root: Path) -> str:
    """Hash files under their names relative to a root."""
    named = sorted((file.relative_to(root).as_posix(), file) for file in files)
    return digest(
        f"{name}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
        for name, file in named
        if file.is_file()
    )


def digest(chunks: Iterable[bytes]) -> str:
    """Hash of some bytes one after the other, 64 hex digits."""
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()


def _is_ignored(path: Path) -> bool:
    return path.name.startswith(".") or bool(IGNORED_FOLDERS.intersection(path.parts))
