"""Receiving: every file that arrives is kept unchanged under its sha256, with a receipt.

A receipt is one small JSON file. Raw files and receipts are the truth from which the warehouse
can be made again; both are on disk before the sender's file leaves the inbox.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines import durable
from pipelines.errors import ConfigError
from pipelines.failpoints import failpoint
from pipelines.settings import Settings

STAMPS = "received.csv"
TEMPORARY = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True)
class Receipt:
    """One arrival of one file.

    Attributes:
        delivery_id: 63-bit hash of sender, feed, name, bytes and time: the same whatever the order.
        file_name: Path below the folder it was found in, with `/`; data, never opened.
        file_sha256: Of the bytes as received.
        file_size_bytes: Their number.
        received_at: Local time of the deployment it was received.
        sender: Said by whoever handed it in; None to find it from the path or a mapping.
        feed: The same for the feed.
        raw_removed_on: Day the retention policy removed the bytes; None while they are kept.
        ledger: The delivery's line of the ledger when they were removed, by column.
    """

    delivery_id: int
    file_name: str
    file_sha256: str
    file_size_bytes: int
    received_at: datetime
    sender: str | None = None
    feed: str | None = None
    raw_removed_on: date | None = None
    ledger: dict[str, Any] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the bytes are kept."""
        return self.raw_removed_on is None


def raw_path(settings: Settings, sha256: str) -> Path:
    """Where the bytes with that sha256 are kept."""
    return settings.raw / sha256[:2] / sha256


def receive(
    settings: Settings,
    paths: Iterable[Path],
    received_at: datetime | None = None,
    sender: str | None = None,
    feed: str | None = None,
) -> list[Receipt]:
    """Keep files handed in by name; folders are walked, the files themselves stay where they are.

    Args:
        settings: The deployment.
        paths: Files, or folders whose sub-folders name the sender, as in the inbox.
        received_at: Local time of receipt; default now, or what `received.csv` in a folder says.
        sender: Sender of all of them; None to find it from path or mapping.
        feed: Feed of all of them; None to find it from path or mapping.

    Raises:
        ConfigError: A path does not exist.
    """
    receipts = []
    for path in paths:
        if not path.exists():
            raise ConfigError(f"{path} does not exist.", f"{path} 不存在。")
        root = path if path.is_dir() else path.parent
        stamps = read_stamps(root)
        for file in files_below(path) if path.is_dir() else [path]:
            name = file.relative_to(root).as_posix()
            stamp = received_at or stamps.get(name) or settings.now()
            receipts.append(_keep(settings, file, name, stamp, sender, feed))
    return receipts


def receive_inbox(settings: Settings) -> list[Receipt]:
    """Keep every file of the inbox and take it out of there once it is safe on disk."""
    stamps = read_stamps(settings.inbox)
    receipts = []
    for file in files_below(settings.inbox) if settings.inbox.is_dir() else []:
        name = file.relative_to(settings.inbox).as_posix()
        stamp = stamps.get(name) or settings.now()
        receipts.append(_keep(settings, file, name, stamp, None, None))
        failpoint("landing.before_inbox_removal")
        file.unlink()
    return receipts


def receive_reference(settings: Settings, known: Iterable[Receipt]) -> list[Receipt]:
    """Keep the reference tables of the deployment that changed, as deliveries of `self`.

    Args:
        settings: The deployment.
        known: Every receipt so far; a table is compared with the last one of its name.
    """
    last = {r.file_name: r.file_sha256 for r in sorted(known, key=lambda r: r.received_at)}
    receipts = []
    for file in sorted(settings.reference.glob("*.csv")):
        name = f"reference/{file.name}"
        if last.get(name) != _sha256(file):
            receipts.append(_keep(settings, file, name, settings.now(), "self", file.stem))
    return receipts


def all_receipts(settings: Settings) -> Iterator[Receipt]:
    """Every receipt of the deployment, oldest name first."""
    for file in sorted(settings.receipts.glob("*/*.json")):
        values = json.loads(file.read_text(encoding="utf-8"))
        values["received_at"] = datetime.fromisoformat(values["received_at"])
        if "raw_removed_on" in values:
            values["raw_removed_on"] = date.fromisoformat(values["raw_removed_on"])
        yield Receipt(**values)


def files_below(folder: Path) -> list[Path]:
    """Files a sender may have put below a folder, in a stable order, without partial ones."""
    found = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        hidden = any(part.startswith((".", "~$")) for part in parts)
        partial = file.name.lower().endswith(TEMPORARY)
        is_own = file.is_file() and not file.is_symlink()  # a link may lead out of the inbox
        if is_own and not (hidden or partial or parts == (STAMPS,)):
            found.append(file)
    return found


def read_stamps(folder: Path) -> dict[str, datetime]:
    """Receipt stamps of a mail gateway or file server: `received.csv` with `file,received_at`.

    Raises:
        ConfigError: A stamp is not a time; the message names the line.
    """
    stamps: dict[str, datetime] = {}
    file = folder / STAMPS
    if not file.is_file():
        return stamps
    with file.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            try:
                stamps[row["file"]] = datetime.fromisoformat(row["received_at"])
            except (KeyError, TypeError, ValueError) as error:
                raise ConfigError(
                    f"{file}: {row} is not `file,received_at` with a time like 2026-11-16T17:30.",
                    f"{file}：{row} 不是有效的 `file,received_at`。",
                ) from error
    return stamps


def _keep(
    settings: Settings,
    file: Path,
    name: str,
    received_at: datetime,
    sender: str | None,
    feed: str | None,
) -> Receipt:
    sha256 = _sha256(file)
    stamp = _local(settings, received_at)
    receipt = Receipt(
        delivery_id=delivery_id(name, sha256, stamp, sender, feed),
        file_name=name,
        file_sha256=sha256,
        file_size_bytes=file.stat().st_size,
        received_at=stamp,
        sender=sender,
        feed=feed,
    )
    raw = raw_path(settings, sha256)
    # another size: a damaged copy, mended by who sends the file again
    if not raw.is_file() or raw.stat().st_size != receipt.file_size_bytes:
        durable.copy(file, raw)
    failpoint("landing.after_raw_copy")
    write_receipt(settings, receipt)
    return receipt


def delivery_id(
    name: str,
    sha256: str,
    received_at: datetime,
    sender: str | None = None,
    feed: str | None = None,
) -> int:
    """The 63-bit hash that names a delivery: the same whoever receives it in whatever order."""
    identity = "\x1f".join([sender or "", feed or "", name, sha256, received_at.isoformat()])
    digest = hashlib.sha256(identity.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _local(settings: Settings, moment: datetime) -> datetime:
    """Wall-clock time of the deployment, to the second; a stamp without a zone is that already."""
    if moment.tzinfo:
        moment = moment.astimezone(ZoneInfo(settings.timezone))
    return moment.replace(tzinfo=None, microsecond=0)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_receipt(settings: Settings, receipt: Receipt) -> None:
    """Write a receipt, or write it anew once its file is removed."""
    values = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(receipt).items()
        if value is not None or name in ("sender", "feed")
    }
    durable.write_json(receipt_path(settings, receipt), values)


def receipt_path(settings: Settings, receipt: Receipt) -> Path:
    """Where a receipt is kept."""
    name = f"{receipt.received_at:%Y%m%dT%H%M%S}-{receipt.delivery_id:019d}.json"
    return settings.receipts / f"{receipt.received_at:%Y-%m}" / name
