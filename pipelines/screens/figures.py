"""The figures of the overview, read from the published snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.screens.published import published, rows
from pipelines.settings import Settings

Row = Mapping[str, Any]

LISTED = 5
"""Lines of each list on the screen; the rest is counted."""

RECENT_DAYS = 28
"""Reports due in these days before the as-of date are news; older ones are in the tables."""

FILES = """
    select
        status, count(*) as files, sum(rows_read) as rows_read, sum(rows_loaded) as rows_loaded,
        sum(rows_quarantined) as rows_quarantined, sum(rows_structural) as rows_structural
    from quality.file_ledger
    group by status
"""
REFUSED = """
    select file_name, coalesce(sender, '?') as sender, reason_en, reason_zh, hint_en, hint_zh
    from quality.file_ledger
    where status in ('refused', 'held')
    order by received_at desc, file_name
"""
REPORTS = """
    select status, count(*) as reports
    from quality.submission_status
    where status in ('missing', 'late', 'partial') and cast(due_at as date) > $1 - $2
    group by status
"""
OWED = """
    select sender, feed, period, due_at, status, lateness_hours
    from quality.submission_status
    where status in ('missing', 'late', 'partial') and cast(due_at as date) > $1 - $2
    order by status != 'missing', due_at desc, lateness_hours desc, sender, feed
    limit $3
"""
REASONS = """
    select feed, reason, count(*) as rows, count(distinct sender) as senders
    from (
        select feed, sender, unnest(reasons) as reason
        from quality.quarantined_row
        where is_current
    )
    group by feed, reason
    order by rows desc, feed, reason
    limit $1
"""
ALERTS = """
    select *
    from marts.alert
    where area = 'stock' and alert_rank is not null
    order by alert_rank
    limit $1
"""
ALERT_COUNT = """
    select count(*) as alerts
    from marts.alert
    where area = 'stock' and alert_rank is not null
"""
CHECKS = """
    select count(*) filter (holds) as passed, count(*) filter (not holds) as failed
    from (
        select rule_id, bool_and(passed) as holds
        from quality.check_result
        where layer in ('L2', 'L4', 'L5')
        group by rule_id
    )
"""
WARNED = """
    select
        rule_id, any_value(title_en) as title_en, any_value(title_zh) as title_zh,
        -- a rule about deliveries has one line for all of them beside one for each
        arg_max(observed, sender is null) as observed
    from quality.check_result
    where layer in ('L2', 'L4', 'L5') and not passed
    group by rule_id
    order by rule_id
    limit $1
"""


@dataclass(frozen=True)
class Figures:
    """What the overview shows.

    Attributes:
        snapshot_id: Name of the snapshot the figures are from.
        as_of: Day they are told as of.
        files: Number of files and their rows by status of the ledger.
        refused: Files that were refused or are held, latest first.
        reports: Number of reports by status, due in the last days.
        owed: The most pressing of them.
        reasons: Why most rows are quarantined.
        alerts: The most valuable stock alerts that wait for somebody.
        alert_count: How many there are.
        checks: Number of rules on deliveries, models and candidate that held and did not.
        warned: Rules that did not hold.
    """

    snapshot_id: str
    as_of: date
    files: Mapping[str, Row]
    refused: list[dict[str, Any]]
    reports: Mapping[str, int]
    owed: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    alert_count: int
    checks: Row
    warned: list[dict[str, Any]]

    def total(self, column: str) -> int:
        """Sum of a column over all files of the ledger."""
        return sum(row[column] or 0 for row in self.files.values())


def read_figures(settings: Settings) -> Figures:
    """Read the overview's figures from the current snapshot.

    Raises:
        DaquError: Nothing is published yet.
    """
    with published(settings) as con:
        snapshot = rows(con, "select snapshot_id, as_of from meta.snapshot")[0]
        recent = (snapshot["as_of"], RECENT_DAYS)
        return Figures(
            **snapshot,
            files={row["status"]: row for row in rows(con, FILES)},
            refused=rows(con, REFUSED),
            reports={row["status"]: row["reports"] for row in rows(con, REPORTS, *recent)},
            owed=rows(con, OWED, *recent, LISTED),
            reasons=rows(con, REASONS, LISTED),
            alerts=rows(con, ALERTS, LISTED),
            alert_count=rows(con, ALERT_COUNT)[0]["alerts"],
            checks=rows(con, CHECKS)[0],
            warned=rows(con, WARNED, LISTED),
        )
