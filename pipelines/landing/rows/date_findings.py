"""What can be wrong with the day of a row."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.rows.finding import Finding, finding

FIRST_PLAUSIBLE = "date '2000-01-01'"


def of_period(contract: Contract) -> list[Finding]:
    """Days outside the period, in the future, or before anybody kept such records."""
    day = contract.business_date
    if day is None:
        return []
    ancient = f"{day} < {FIRST_PLAUSIBLE}"
    earliest = f"_f_period_start - {contract.period_grace_days}"
    if contract.is_plan:
        outside = f"({day} < {earliest} or {day} > _f_period_end)"
        return [
            finding("out_of_period", f"{outside} and not {ancient}"),
            finding("ancient_date", ancient),
        ]
    future, after = f"{day} > _f_received_on", f"{day} > _f_period_end"
    before = f"{day} < _f_period_start"
    outside = f"({after} or {day} < {earliest}) and not {future} and not {ancient}"
    found = [finding("future_date", future), finding("ancient_date", ancient)]
    said = f"case when {outside} then 'out_of_period' end"
    if contract.late_is_usual:
        return [Finding(f"{after} or {day} < {earliest}", said), *found]
    found = [Finding(after, said), *found]
    late = f"case when {before} and {day} >= {earliest} then 'late_document' end"
    # whatever is too early is before the period: one comparison stands for both
    return [*found, Finding(before, late, warning=True)]
