"""The gate on deliveries (L2), run once a run over what each delivery came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from quality.expectations.engine import Expectation, Outcome, judge, no_more_than, result_of
from quality.expectations.result import CheckResult

WARN_SHARE = 0.01

METRICS = """
    with unmapped as (
        select delivery_id, count(*) as row_count
        from {landing}.quarantined_row
        where len(reasons) > 0
            and len(list_filter(reasons, lambda reason: not starts_with(reason, 'unmapped_'))) = 0
        group by delivery_id
    )
    select
        d.delivery_id, d.delivery_id::varchar as item, d.sender, d.feed, d.period, d.file_name,
        d.rows_loaded + d.rows_quarantined as data_rows,
        (d.rows_quarantined - coalesce(u.row_count, 0))::double
            / nullif(d.rows_loaded + d.rows_quarantined, 0) as quarantined_share,
        case when d.status = 'held' then 1.0 else 0.0 end as held,
        (d.control_quantity - coalesce(d.quantity_loaded, 0) - coalesce(d.quantity_quarantined, 0)
        )::double as quantity_difference,
        (d.control_amount - coalesce(d.amount_loaded, 0) - coalesce(d.amount_quarantined, 0)
        )::double as amount_difference
    from {landing}.delivery as d
    left join unmapped as u using (delivery_id)
    where (d.is_current or d.status = 'held')
        and ($1 is null or d.batch_id = $1)
    order by d.delivery_id
"""


@dataclass(frozen=True)
class DeliveryCheck:
    """A rule of the batch gate that a delivery broke.

    Attributes:
        delivery_id: The delivery.
        result: What was found, naming sender, feed and period.
    """

    delivery_id: int
    result: CheckResult


@dataclass(frozen=True)
class BatchResult:
    """What the batch gate found.

    Attributes:
        rules: One result per rule over all deliveries checked.
        broken: The rules that were broken, by delivery.
    """

    rules: tuple[CheckResult, ...]
    broken: tuple[DeliveryCheck, ...]

    @property
    def results(self) -> list[CheckResult]:
        """All results, for `quality.check_result`."""
        return [*self.rules, *(check.result for check in self.broken)]


@dataclass(frozen=True)
class Rule:
    """An expectation on one metric of a delivery; a null metric is not judged.

    Attributes:
        metric: Column of the metrics.
        expectation: The expectation.
    """

    metric: str
    expectation: Expectation


def _rule(rule_id: str, metric: str, limit: float, *words: str) -> Rule:
    title_en, title_zh, expected, hint_en, hint_zh = words
    expectation = Expectation(
        rule_id=rule_id,
        severity="warning",
        title_en=title_en,
        title_zh=title_zh,
        expected=expected,
        hint_en=hint_en,
        hint_zh=hint_zh,
        owner_role="sender",
        frame=METRICS,
        build=no_more_than(limit),
        least_rows=0,
    )
    return Rule(metric, expectation)


RULES = (
    _rule(
        "no_delivery_is_held",
        "held",
        0.0,
        "No delivery waits to be released or rejected",
        "没有暂缓待处理的报送",
        "0 held",
        "See `daqu explain FILE`, then `daqu release FILE` or `daqu reject FILE`.",
        "请查看 `daqu explain FILE`，再执行 `daqu release FILE` 或 `daqu reject FILE`。",
    ),
    _rule(
        "quarantine_share_warns",
        "quarantined_share",
        WARN_SHARE,
        "At most a hundredth of a delivery's rows is quarantined, unmapped codes aside",
        "交付的隔离行不超过百分之一（未映射编码不计）",
        "1 % at most",
        "Tell the sender which rows: `daqu explain FILE` lists them.",
        "请告知发送方问题行：`daqu explain FILE` 列出问题行。",
    ),
    _rule(
        "control_quantity_matches",
        "quantity_difference",
        0.0005,
        "The file's own total quantity is the sum of its rows",
        "文件自带的数量合计等于各行之和",
        "0 difference",
        "Ask the sender which is right, the total line or the rows.",
        "请向发送方确认合计行与明细哪个正确。",
    ),
    _rule(
        "control_amount_matches",
        "amount_difference",
        0.005,
        "The file's own total amount is the sum of its rows",
        "文件自带的金额合计等于各行之和",
        "0.00 difference",
        "Ask the sender which is right, the total line or the rows.",
        "请向发送方确认合计行与明细哪个正确。",
    ),
)


def check_deliveries(
    con: duckdb.DuckDBPyConnection, landing: str = "landing", batch_id: str | None = None
) -> BatchResult:
    """Check the current deliveries, or those of one batch, against every rule.

    Args:
        con: Connection to the warehouse.
        landing: Schema with the ledger, with its database in front where it is attached.
        batch_id: Only deliveries of this batch; None for all.
    """
    metrics = con.execute(METRICS.format(landing=landing), [batch_id]).df()
    outcomes = [(rule, _outcome(metrics, rule)) for rule in RULES]
    return BatchResult(
        rules=tuple(result_of(rule.expectation, outcome, "L2") for rule, outcome in outcomes),
        broken=tuple(c for rule, outcome in outcomes for c in _broken(metrics, rule, outcome)),
    )


def _outcome(metrics: pd.DataFrame, rule: Rule) -> Outcome:
    frame = metrics.assign(value=metrics[rule.metric])[["item", "value"]]
    return judge(frame[frame["value"].notna()], rule.expectation.build, least_rows=0)


def _broken(metrics: pd.DataFrame, rule: Rule, outcome: Outcome) -> Iterator[DeliveryCheck]:
    failing = metrics[metrics["item"].isin(list(outcome.failing))]
    for row in failing.to_dict("records"):
        result = replace(
            result_of(rule.expectation, outcome, "L2"),
            sender=row["sender"],
            feed=row["feed"],
            period=row["period"],
            observed=f"{row['file_name']}: {row[rule.metric]:,.4g}",
            failed_rows=int(row["data_rows"]),
        )
        yield DeliveryCheck(int(row["delivery_id"]), result)
