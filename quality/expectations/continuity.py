"""Publish gate: does the candidate continue what readers see now?"""

import duckdb

from quality.expectations.engine import Expectation, no_more_than
from quality.expectations.frames import NOTHING

RESTATED_SHARE = 0.05
"""Share of the sell-out both snapshots tell of that may change without a word."""


def _restated(con: duckdb.DuckDBPyConnection) -> str:
    held = con.execute(
        """
        select count(*) from duckdb_tables()
        where table_name = 'sales_week' and database_name in ('candidate', 'previous')
        """
    ).fetchone()
    if not held or held[0] < 2:
        return NOTHING
    return """
        with now as (
            select week_start_date, sum(sellout_pieces) as pieces
            from candidate.marts.sales_week group by all
        ),
        before as (
            select week_start_date, sum(sellout_pieces) as pieces
            from previous.marts.sales_week group by all
        )
        select 'sell-out of weeks in both' as item, coalesce(
            sum(abs(now.pieces - before.pieces))::double / nullif(sum(abs(before.pieces)), 0), 0
        )::double as value
        from now inner join before using (week_start_date)
    """


ROWS_LOST = """
    select now.name as item,
        greatest(0, 1 - now.row_count::double / before.row_count) as value
    from candidate.meta.mart as now
    inner join previous.meta.mart as before using (name)
    where before.row_count >= 20 and now.status <> 'unsubscribed'
    -- what is to be done today is another list tomorrow
    and now.name not in ('alert', 'stock_action')
"""

EXPECTATIONS = (
    Expectation(
        rule_id="as_of_moves_forward",
        severity="critical",
        title_en="The snapshot is not told as of a day before the current one",
        title_zh="快照的截止日不早于当前快照",
        expected="0 days back",
        hint_en="To show an earlier day, roll back; or publish into another --home.",
        hint_zh="如需展示更早日期，请回滚，或发布到另一个 --home。",
        owner_role="data_steward",
        compares=True,
        frame="""
            select 'as of' as item,
                greatest(0, date_diff('day', getvariable('as_of'), as_of))::double as value
            from previous.meta.snapshot
        """,
    ),
    Expectation(
        rule_id="marts_still_there",
        severity="critical",
        title_en="Every mart readers have now is there again",
        title_zh="当前可见的数据集市全部保留",
        expected="0 missing",
        hint_en="A model was removed or failed: run `daqu build`, or note the change and roll on.",
        hint_zh="有模型被移除或失败：请执行 `daqu build`。",
        compares=True,
        frame="""
            select before.name as item, count(*) filter (now.name is null)::double as value
            from previous.meta.mart as before
            left join candidate.meta.mart as now using (name)
            group by before.name
        """,
    ),
    Expectation(
        rule_id="columns_still_there",
        severity="warning",
        title_en="Every column readers have now is there again, with its type",
        title_zh="当前可见的列全部保留且类型不变",
        expected="0 missing or changed, per table",
        hint_en="A breaking change: it needs a line in the CHANGELOG.",
        hint_zh="属于不兼容变更：需写入 CHANGELOG。",
        compares=True,
        frame="""
            select before.schema_name || '.' || before.table_name as item,
                count(*) filter (now.column_name is null)::double as value
            from (from duckdb_columns() where database_name = 'previous') as before
            left join (from duckdb_columns() where database_name = 'candidate') as now
                using (schema_name, table_name, column_name, data_type)
            where not (before.schema_name = 'meta' and before.table_name = 'snapshot')
            group by all
        """,
    ),
    Expectation(
        rule_id="files_still_there",
        severity="critical",
        title_en="Every file the ledger told of is told of again",
        title_zh="台账曾记载的每个文件仍在台账中",
        expected="0 missing, per feed",
        hint_en="The warehouse lost deliveries: run `daqu run`, it reads the kept raw files again.",
        hint_zh="数仓丢失了交付：请执行 `daqu run`，将重新读取留存的原始文件。",
        compares=True,
        least_rows=0,
        frame="""
            select coalesce(before.feed, 'no feed') as item,
                count(*) filter (now.delivery_id is null)::double as value
            from previous.quality.file_ledger as before
            left join candidate.quality.file_ledger as now using (delivery_id)
            group by all
        """,
    ),
    Expectation(
        rule_id="rows_are_kept",
        severity="critical",
        title_en="No mart lost half of its rows",
        title_zh="没有数据集市丢失一半以上的行",
        expected="half at most, per mart",
        hint_en="Look at withdrawn and refused files since the last snapshot (`daqu status`).",
        hint_zh="请查看上次快照以来撤回与拒收的文件（`daqu status`）。",
        owner_role="data_steward",
        compares=True,
        least_rows=0,
        build=no_more_than(0.5),
        frame=ROWS_LOST,
    ),
    Expectation(
        rule_id="rows_are_steady",
        severity="warning",
        title_en="No mart lost a tenth of its rows",
        title_zh="没有数据集市丢失一成以上的行",
        expected="a tenth at most, per mart",
        hint_en="Look at withdrawn and restated files since the last snapshot (`daqu status`).",
        hint_zh="请查看上次快照以来撤回与重报的文件（`daqu status`）。",
        owner_role="data_steward",
        compares=True,
        least_rows=0,
        build=no_more_than(0.1),
        frame=ROWS_LOST,
    ),
    Expectation(
        rule_id="restatement_is_small",
        severity="warning",
        title_en="Sell-out already told of has hardly changed",
        title_zh="已发布的销售数据变动不大",
        expected=f"{RESTATED_SHARE:.0%} of the pieces at most",
        hint_en="Look at restated and late files since the last snapshot (`daqu status`).",
        hint_zh="请查看上次快照以来重报与迟到的文件（`daqu status`）。",
        owner_role="data_steward",
        compares=True,
        least_rows=0,
        requires=("sellout",),
        build=no_more_than(RESTATED_SHARE),
        frame=_restated,
    ),
)
