"""Where what Daqu writes for people lies: `HOME/answers/<sender>/`."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from pipelines.settings import Settings

UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
LONGEST_NAME_BYTES = 150


def answers_folder(settings: Settings, sender: str | None) -> Path:
    """The folder of what is written for one sender."""
    return settings.home / "answers" / safe_name(sender or "unknown")


def answer_file(settings: Settings, sender: str | None, file_name: str) -> Path:
    """Where the answer to a file is written; the sender's name for it is data, never a path."""
    name = safe_name(PurePosixPath(file_name.replace("\\", "/")).name)
    return answers_folder(settings, sender) / f"{name}.refused.xlsx"


def safe_name(text: str) -> str:
    """A text as one part of a path, on any system; never empty, hidden or `..`."""
    plain = UNSAFE.sub("_", text).strip(" .")
    cut = plain.encode("utf-8")[:LONGEST_NAME_BYTES].decode("utf-8", errors="ignore")
    return cut or "_"
