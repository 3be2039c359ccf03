"""Whether a file as a whole can be taken: its period, its share of bad rows, any rows at all.

What is asked here rests on the file, its contract and its mapping alone, so that the answer does
not depend on what else arrived.
"""

from __future__ import annotations

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.remarks import Remark, remark
from pipelines.landing.tables import all_table
from pipelines.landing.thresholds import thresholds

HOLDS = {"quarantine_share"}


def judge(
    con: duckdb.DuckDBPyConnection, contract: Contract, ids: list[int], nil_reports: set[int]
) -> dict[str, list[int]]:
    """Judge landed deliveries as a whole; what holds one back is noted as a finding.

    Args:
        con: Connection, inside the transaction that landed them.
        contract: The feed.
        ids: The deliveries, their rows counted.
        nil_reports: Those of them that may have no rows.

    Returns:
        Reason of a refusal → deliveries it concerns.
    """
    if not ids:
        return {}
    limits = thresholds(con)
    suspects = con.execute(
        """select delivery_id, rows_quarantined, rows_loaded + rows_quarantined
        from landing.delivery
        where delivery_id = any($ids) and rows_quarantined >= $share * rows_loaded""",
        {"ids": ids, "share": min(limits["quarantine_hold_ratio"], limits["wrong_period_ratio"])},
    ).fetchall()
    empty = [delivery_id for delivery_id, _, rows in suspects if not rows]
    empty = [delivery_id for delivery_id in empty if delivery_id not in nil_reports]
    bad = {delivery_id: rows for delivery_id, quarantined, rows in suspects if quarantined}
    wrong = _of_another_period(con, contract, list(bad), limits["wrong_period_ratio"])
    _hold(con, contract, ids, bad, limits)
    refused = {"empty_file": empty, "wrong_period": wrong}
    return {code: those for code, those in refused.items() if those}


def _of_another_period(
    con: duckdb.DuckDBPyConnection, contract: Contract, ids: list[int], share: float
) -> list[int]:
    """Deliveries of which that share of the dated rows lies outside their own period."""
    day = contract.business_date
    if day is None or not ids:
        return []
    rows = con.execute(
        f"""
        select r._delivery_id
        from {all_table(contract.feed)} as r
        inner join landing.delivery as d on r._delivery_id = d.delivery_id
        where r._delivery_id = any($ids) and r.{day} is not null and d.period_start is not null
        group by 1
        having count(*) filter (r.{day} < d.period_start - {contract.period_grace_days}
            or r.{day} > d.period_end) >= $share * count(*)""",
        {"ids": ids, "share": share},
    ).fetchall()
    return sorted(row[0] for row in rows)


def _hold(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    ids: list[int],
    bad: dict[int, int],
    limits: dict[str, float],
) -> None:
    """Note the deliveries too many of whose rows are refused; codes nobody mapped do not count."""
    rows = con.execute(
        """
        select delivery_id, count(*)
        from landing.quarantined_row
        where feed = $feed and delivery_id = any($ids)
            and len(list_filter(reasons, lambda r: not starts_with(r, 'unmapped_')
                and not starts_with(r, 'held_'))) > 0
        group by 1""",
        {"feed": contract.feed, "ids": list(bad)},
    ).fetchall()
    found = [
        Remark(
            delivery_id=delivery_id,
            rule_id="quarantine_share",
            observed=f"{refused} / {bad[delivery_id]}",
            expected=f"< {limits['quarantine_hold_ratio']:.0%}",
        )
        for delivery_id, refused in rows
        if bad[delivery_id] >= limits["quarantine_hold_rows"]
        and refused >= limits["quarantine_hold_ratio"] * bad[delivery_id]
    ]
    remark(con, found, ids, HOLDS)
