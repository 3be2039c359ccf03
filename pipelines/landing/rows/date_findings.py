"""What can be wrong with the day of a row."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.rows.finding import Finding

FIRST_PLAUSIBLE = "date '2000-01-01'"


def usual_days(contract: Contract) -> tuple[str, str]:
    """First and last day of which nothing is to be said, as SQL over `batch_file`."""
    earliest = "period_start"
    if contract.is_plan or contract.late_is_usual:
        earliest += f" - {contract.period_grace_days}"
    last = "period_end" if contract.is_plan else "least(period_end, received_on)"
    return f"greatest({earliest}, {FIRST_PLAUSIBLE})", last


def of_period(contract: Contract) -> list[Finding]:
    """Days outside the period, in the future, or before anybody kept such records."""
    day = contract.business_date
    if day is None:
        return []
    ancient = f"{day} < {FIRST_PLAUSIBLE}"
    earliest = f"_f_period_start - {contract.period_grace_days}"
    outside = f"({day} > _f_period_end or {day} < {earliest}) and not {ancient}"
    if contract.is_plan:
        return [_said(day, "out_of_period", outside), _said(day, "ancient_date", ancient)]
    future = f"{day} > _f_received_on"
    found = [
        _said(day, "out_of_period", f"{outside} and not {future}"),
        _said(day, "future_date", future),
        _said(day, "ancient_date", ancient),
    ]
    if contract.late_is_usual:
        return found
    late = f"{day} < _f_period_start and {day} >= {earliest}"
    return [*found, _said(day, "late_document", late, warning=True)]


def _said(day: str, reason: str, condition: str, warning: bool = False) -> Finding:
    """Which of these it is, asked of no row that has a usual day: one comparison for them all."""
    unusual = f"{day} not between _f_first_day and _f_last_day"
    return Finding(unusual, f"case when {condition} then '{reason}' end", warning)
