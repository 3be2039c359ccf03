"""What people decide about a delivery: release, reject, withdraw.

A decision is a small file in the inbox, sent by `self` and landed like any other, so that a
rebuild replays it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import ConfigError
from pipelines.own_deliveries import put_own_row
from pipelines.settings import Settings

Action = Literal["release", "reject", "withdraw"]
FEED = "decision"
FITS: Mapping[str, tuple[str, ...]] = {
    "release": ("held", "rejected", "withdrawn"),
    "reject": ("held",),
    "withdraw": ("loaded", "superseded"),
}
"""Statuses in which a delivery can be the subject of each action."""


def subject(found: Sequence[Mapping[str, Any]], action: Action) -> Mapping[str, Any]:
    """The delivery of a file the action is about: the newest one it fits.

    Args:
        found: Deliveries of the file, the newest first.
        action: What is to be done.

    Raises:
        ConfigError: It fits none of them.
    """
    for delivery in found:
        if delivery["status"] in FITS[action]:
            return delivery
    newest = found[0]
    wanted = " / ".join(FITS[action])
    raise ConfigError(
        f"{newest['file_name']} is {newest['status']}: {action} is for a file that is {wanted}.",
        f"{newest['file_name']} 的状态为 {newest['status']}：{action} 只适用于 {wanted} 的文件。",
    )


def write_decision(
    settings: Settings, delivery: Mapping[str, Any], action: Action, reason: str, by: str
) -> Path:
    """Put a decision into the inbox.

    Args:
        settings: The deployment.
        delivery: Line of the ledger it is about.
        action: What was decided.
        reason: Why.
        by: Who decided.

    Raises:
        ConfigError: The reason is empty.
    """
    if not reason.strip():
        raise ConfigError("Say why: --reason.", "请用 --reason 说明理由。")
    name = f"{settings.now():%Y%m%dT%H%M%S}-{action}-{delivery['delivery_id']}.csv"
    row = {
        "delivery_id": delivery["delivery_id"],
        "action": action,
        "reason": reason,
        "decided_by": by,
        "file_name": delivery["file_name"],
    }
    return put_own_row(settings, FEED, name, row)
