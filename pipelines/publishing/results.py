"""Writes `quality.check_result`: what every layer found, in one table."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pipelines.publishing.candidate import (
    CANDIDATE,
    WAREHOUSE,
    SnapshotKey,
    insert_rows,
    write_table,
)
from pipelines.publishing.catalogue import quoted
from quality.expectations.result import CheckResult

TABLE = "quality.check_result"
LANDING = f"{WAREHOUSE}.landing"
COLUMNS = {
    "run_id": ("varchar", "Run that checked | 运行标识"),
    "snapshot_id": ("varchar", "Snapshot the result belongs to | 快照标识"),
    "layer": (
        "varchar",
        "L0 intake, L1 row rules, L2 delivery, L3 timeliness, L4 models, L5 audit | 检查层级",
    ),
    "rule_id": ("varchar", "Stable name of the rule | 规则标识"),
    "severity": (
        "varchar",
        "critical keeps the old snapshot, error keeps a file or row out, warning, info | 严重程度",
    ),
    "sender": ("varchar", "Sender it is about; null for all | 发送方；空为全部"),
    "feed": ("varchar", "Feed it is about; null for all | 报表；空为全部"),
    "period": ("varchar", "Period it is about; null for all | 期间；空为全部"),
    "passed": ("boolean", "Whether the rule held | 是否通过"),
    "broken": ("boolean", "Whether the check itself could not be carried out | 检查本身是否出错"),
    "observed": ("varchar", "What was found | 实际"),
    "expected": ("varchar", "What should have been found | 期望"),
    "failed_rows": ("bigint", "Rows or items that broke the rule | 违反的行数或项数"),
    "fix_hint": ("varchar", "What to do, in English | 处理办法（英文）"),
    "owner_role": ("varchar", "Who fixes it | 负责角色"),
    "title_en": ("varchar", "The rule in a sentence, in English | 规则说明（英文）"),
    "title_zh": ("varchar", "The rule in a sentence, in Chinese | 规则说明（中文）"),
    "fix_hint_zh": ("varchar", "What to do, in Chinese | 处理办法（中文）"),
}

FILES = """
    select
        'L0', coalesce(reason_code, 'file_refused'), 'error', sender, feed, period, false, false,
        file_name, 'a file that can be read', 1, hint_en, 'sender', reason_en, reason_zh, hint_zh
    from {landing}.delivery
    where status = 'refused'
    union all
    select
        'L0', 'files_accepted', 'info', null, null, null, true, false,
        format('{{}} files, {{}} refused', count(*), count(*) filter (status = 'refused')),
        'every file is accounted for', count(*) filter (status = 'refused'), null, 'data_steward',
        'Files that were received and can be read', '收到且可读取的文件', null
    from {landing}.delivery
"""

ROWS = """
    with broken as (
        select delivery_id, feed, unnest(reasons) as rule_id
        from {landing}.quarantined_row
        where is_current
        {warnings}
    ),
    counted as (
        select delivery_id, feed, rule_id, count(*) as failed_rows from broken group by all
    ),
    by_delivery as (
        select c.feed, c.rule_id, d.sender, d.period, sum(c.failed_rows)::bigint as failed_rows
        from counted as c
        inner join {landing}.delivery as d using (delivery_id)
        group by all
    ),
    by_feed as (
        select
            coalesce(r.feed, b.feed) as feed, coalesce(r.rule_id, b.rule_id) as rule_id,
            null as sender, null as period, coalesce(sum(b.failed_rows), 0)::bigint as failed_rows
        from {landing}.rule as r
        full join by_delivery as b on b.feed = r.feed and b.rule_id = r.rule_id
        group by all
    )
    select
        'L1', f.rule_id, coalesce(r.severity, 'error'), f.sender, f.feed, f.period,
        f.failed_rows = 0, false, format('{{}} rows', f.failed_rows), '0 rows', f.failed_rows,
        r.message_en, 'sender', r.message_en, r.message_zh, r.message_zh
    from (from by_delivery union all by name from by_feed) as f
    left join {landing}.rule as r on r.feed = f.feed and r.rule_id = f.rule_id
"""

REPORTS = """
    select
        'L3', 'report_' || status, 'warning', sender, feed, period, false, false, status,
        'a report that is on time', 1,
        'Ask the sender for the report and agree on a date.', 'sender',
        'A report that is owed came late or not at all', '应报数据迟到或缺失',
        '请向发送方催报并约定日期。'
    from {candidate}.quality.submission_status
    where status in ('late', 'missing', 'partial')
"""


def write_check_table(con: duckdb.DuckDBPyConnection, key: SnapshotKey) -> None:
    """Create the table with what intake, row rules and deadlines found (L0, L1, L3)."""
    comment = "One row is the result of a check | 一行是一次检查的结果"
    write_table(con, TABLE, comment, COLUMNS)
    for query in (FILES, ROWS, REPORTS):
        text = query.format(landing=LANDING, candidate=CANDIDATE, warnings=_warnings(con))
        con.execute(
            f"insert into {CANDIDATE}.{TABLE} select $1, $2, * from ({text}) order by all",
            [key.run_id, key.snapshot_id],
        )


def _warnings(con: duckdb.DuckDBPyConnection) -> str:
    feeds = con.execute(f"select feed from {LANDING}.contract order by feed").fetchall()
    parts = (
        f"union all select _delivery_id, '{feed}', unnest(_warnings) from {LANDING}.{quoted(feed)}"
        for (feed,) in feeds
    )
    return "\n".join(parts)


def add_results(
    con: duckdb.DuckDBPyConnection, key: SnapshotKey, results: Iterable[CheckResult]
) -> None:
    """Append results of deliveries, models or the audit."""
    insert_rows(con, f"{CANDIDATE}.{TABLE}", [_row(key, result) for result in results])


def _row(key: SnapshotKey, result: CheckResult) -> tuple[object, ...]:
    return (
        key.run_id,
        key.snapshot_id,
        result.layer,
        result.rule_id,
        result.severity,
        result.sender,
        result.feed,
        result.period,
        result.passed,
        result.broken,
        result.observed,
        result.expected,
        result.failed_rows,
        result.hint_en,
        result.owner_role,
        result.title_en,
        result.title_zh,
        result.hint_zh,
    )
