"""Turns a built warehouse into a snapshot readers see: candidate, audit, swap, roll back."""

from pipelines.publishing.packaging import verify
from pipelines.publishing.snapshot import PublishResult, publish, rehearse, rollback
from pipelines.publishing.store import Rollback, SnapshotInfo, current, rolled_back, snapshots

__all__ = [
    "PublishResult",
    "Rollback",
    "SnapshotInfo",
    "current",
    "publish",
    "rehearse",
    "rollback",
    "rolled_back",
    "snapshots",
    "verify",
]
