"""What people do about an alert: ack, done, suppress.

An action is a small file in the inbox, sent by `self` and landed like any other. It holds for the
key of the alert; what becomes of it is said by `marts.alert`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import ConfigError
from pipelines.own_deliveries import put_own_row
from pipelines.settings import Settings

Action = Literal["ack", "done", "suppress"]
Outcome = Literal["confirmed", "false_alarm"]
FEED = "alert_action"


@dataclass(frozen=True)
class Act:
    """What somebody does about an alert.

    Attributes:
        action: Ack says somebody works on it, done closes it, suppress hides it until a day.
        by: Role or code that signs for it.
        reason: Why, or what was done; a suppression needs one.
        outcome: Of done, whether it was as the alert said; None where nobody looked.
        until: Of suppress, the day it is shown again.
    """

    action: Action
    by: str
    reason: str | None = None
    outcome: Outcome | None = None
    until: date | None = None


def write_action(settings: Settings, alert: Mapping[str, Any], act: Act) -> Path:
    """Put an action into the inbox.

    Args:
        settings: The deployment.
        alert: The alert it is about, a row of `marts.alert`.
        act: What is done about it.

    Returns:
        The delivery, which waits in the inbox for the next landing.

    Raises:
        ConfigError: The action does not fit the alert, or lacks its reason or day.
    """
    _check(settings, alert, act)
    now = settings.now()
    row = {
        "alert_key": alert["alert_key"],
        "acted_at": now,
        "acted_on": settings.as_of,
        "action": act.action,
        "reason": act.reason,
        "outcome": act.outcome,
        "suppressed_until": act.until,
        "acted_by": act.by,
        "alert_type": alert["alert_type"],
        "title": alert["title_zh"] if settings.language == "zh" else alert["title_en"],
    }
    name = f"{now:%Y%m%dT%H%M%S}-{act.action}-{alert['alert_key']}.csv"
    return put_own_row(settings, FEED, name, row)


def _check(settings: Settings, alert: Mapping[str, Any], act: Act) -> None:
    if alert["state"] == "expired" and act.action != "done":
        raise ConfigError(
            f"The alert has expired, the data show it no more: {act.action} has no use.",
            f"该预警已消失，数据中不再出现：无需 {act.action}。",
            "`daqu alert done` still says whether it was true.",
            "仍可用 `daqu alert done` 记录其是否属实。",
        )
    if act.action != "suppress":
        return
    if not (act.reason or "").strip():
        raise ConfigError("Say why: --reason.", "请用 --reason 说明理由。")
    if act.until is None or act.until <= settings.as_of:
        raise ConfigError(
            f"Say until which day after {settings.as_of} it is hidden: --until.",
            f"请用 --until 指明屏蔽至哪一日（须晚于 {settings.as_of}）。",
        )
