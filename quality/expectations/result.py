"""The outcome of one check, of whatever layer, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "error", "warning", "info"]
"""critical keeps the old snapshot; error keeps a file or a row out; the others only tell."""


@dataclass(frozen=True)
class CheckResult:
    """One line of `quality.check_result`.

    Attributes:
        layer: L0 intake, L1 row contract, L2 delivery, L4 models, L5 audit, L6 publish.
        rule_id: Stable name of the rule.
        severity: What a failure means.
        passed: Whether the rule held; False too when the check itself is broken.
        broken: Whether the check could not be carried out: a fault of ours, not of the data.
        observed: What was found.
        expected: What should have been found.
        failed_rows: How many rows or items broke the rule.
        sender: Sender the result is about; None for all.
        feed: Feed the result is about; None for all.
        period: Period of the delivery the result is about; None for all.
        owner_role: Who fixes it.
        title_en: The rule in a sentence.
        title_zh: The same in Chinese.
        hint_en: What to do when it fails.
        hint_zh: The same in Chinese.
    """

    layer: str
    rule_id: str
    severity: Severity
    passed: bool
    broken: bool = False
    observed: str = ""
    expected: str = ""
    failed_rows: int = 0
    sender: str | None = None
    feed: str | None = None
    period: str | None = None
    owner_role: str = ""
    title_en: str = ""
    title_zh: str = ""
    hint_en: str = ""
    hint_zh: str = ""


def closes_gate(results: Iterable[CheckResult]) -> bool:
    """Whether a critical rule failed or could not be checked."""
    return any(result.severity == "critical" and not result.passed for result in results)
