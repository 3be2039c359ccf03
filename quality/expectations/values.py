"""Publish gate: are the figures possible, unique, described and explained?"""

import duckdb

from quality.expectations.engine import Expectation, no_more_than
from quality.expectations.frames import (
    MISSING_DESCRIPTIONS,
    columns,
    duplicate_keys,
    metrics_of_both,
    part_exists,
    rows_where,
    union,
)

READ_AS_FIGURES = "schema_name in ('marts', 'meta')"
SHARES = (
    f"{READ_AS_FIGURES} and ends_with(column_name, '_ratio') "
    "and not regexp_matches(column_name, "
    "'^(yoy|growth|plan_uplift|trade_spend|restatement|uplift|running_uplift|roi_net|return|"
    "spend|claimed|gross_margin|contribution_margin|landing|plan_to_target|achievement|pace|"
    "price_deviation|index|share|wape|node_wape|sold_wape|bias|tracking|mase|fva_statistical|"
    "fva_override|backtest_wape|backtest_bias)_')"
)
"""Ratios of a part to its whole; a change, a cost against sales, a margin, what is reached of a
target, a return, an error against demand or a factor of a forecast may leave 0 to 1."""

FACT_DATES = (
    ("fct_sellout_line", "sold_date"),
    ("fct_stock_snapshot", "snapshot_date"),
    ("fct_claim_line", "claim_month"),
    ("fct_sellin_line", "invoice_date"),
    ("fct_open_order", "as_of_date"),
    ("fct_ka_pos", "sold_date"),
    ("fct_check_sku", "visit_date"),
    ("fct_check_category", "visit_date"),
    ("fct_check_posm", "visit_date"),
    ("fct_check_question", "visit_date"),
)


def _later_than_as_of(con: duckdb.DuckDBPyConnection) -> str:
    there = {(table, column) for _, table, column in columns(con, "schema_name = 'marts'")}
    return union(
        f"""
        select '{table}.{column}' as item, count(*)::double as value
        from candidate.marts.{table} where {column} > getvariable('as_of')
        """
        for table, column in FACT_DATES
        if (table, column) in there
    )


EXPECTATIONS = (
    Expectation(
        rule_id="ratios_within_bounds",
        severity="critical",
        title_en="Every share lies between 0 and 1",
        title_zh="所有占比都在 0 与 1 之间",
        expected="0 rows outside, per column; null where there is no base",
        hint_en="Look at numerator and denominator of the rows outside; correct the model.",
        hint_zh="请查看越界行的分子与分母，并修正模型。",
        least_rows=0,
        frame=rows_where("{column} < 0 or {column} > 1", SHARES),
    ),
    Expectation(
        rule_id="numerators_within_denominators",
        severity="critical",
        title_en="No numerator exceeds its denominator, none is below zero",
        title_zh="分子不大于分母，且均不为负",
        expected="0 rows, per ratio",
        hint_en="The numerator counts something the denominator does not: correct the model.",
        hint_zh="分子包含了分母之外的对象，请修正模型。",
        least_rows=0,
        frame=rows_where(
            '"{stem}_num" > "{stem}_den" or "{stem}_num" < 0', f"{SHARES} and {part_exists()}"
        ),
    ),
    Expectation(
        rule_id="ratios_equal_their_parts",
        severity="critical",
        title_en="Every ratio is its numerator over its denominator",
        title_zh="每个比率都等于其分子除以分母",
        expected="0 rows, per ratio",
        hint_en="Use the macro safe_ratio on the published parts.",
        hint_zh="请对已发布的分子分母使用 safe_ratio 宏。",
        least_rows=0,
        frame=rows_where(
            """{column} is not null and not coalesce(
                abs({column} - "{stem}_num" / nullif("{stem}_den"::double, 0)) <= 1e-9, false
            )""",
            f"{READ_AS_FIGURES} and {part_exists()}",
        ),
    ),
    Expectation(
        rule_id="numbers_are_finite",
        severity="critical",
        title_en="No figure is infinite or not a number",
        title_zh="没有无穷大或非数值",
        expected="0 rows, per column",
        hint_en="A division by zero: use the macro safe_ratio.",
        hint_zh="存在除以零，请使用 safe_ratio 宏。",
        least_rows=0,
        frame=rows_where(
            "not isfinite({column})", f"{READ_AS_FIGURES} and data_type in ('DOUBLE', 'FLOAT')"
        ),
    ),
    Expectation(
        rule_id="mart_keys_are_unique",
        severity="critical",
        title_en="No two rows of a mart share its key",
        title_zh="数据集市中没有主键重复的行",
        expected="0 rows, per mart",
        hint_en="A join doubles rows: look at the key named in the model's file.",
        hint_zh="关联产生了重复行：请检查模型文件中声明的主键。",
        least_rows=0,
        frame=duplicate_keys,
    ),
    Expectation(
        rule_id="marts_state_their_key",
        severity="warning",
        title_en="Every mart says what one row is by its key",
        title_zh="每个数据集市都声明了主键",
        expected="a key, per mart",
        hint_en="Add `meta: {grain: […]}` or a uniqueness test to the model's file.",
        hint_zh="请在模型文件中添加 `meta: {grain: […]}` 或唯一性测试。",
        frame="""
            select mart.name as item, count(*) filter (key.mart is null)::double as value
            from candidate.meta.mart as mart
            left join gate_grain as key on mart.name = key.mart
            group by mart.name
        """,
    ),
    Expectation(
        rule_id="no_future_dates",
        severity="warning",
        title_en="No fact is dated after the as-of day",
        title_zh="没有晚于数据截止日的事实",
        expected="0 rows, per date",
        hint_en="Publish with a later --as-of, or look at who sent dates to come.",
        hint_zh="请使用更晚的 --as-of 发布，或查明谁报送了未来日期。",
        owner_role="data_steward",
        least_rows=0,
        frame=_later_than_as_of,
    ),
    Expectation(
        rule_id="money_is_exact",
        severity="warning",
        title_en="Every amount is a decimal with two places",
        title_zh="所有金额均为两位小数的定点数",
        expected="decimal(…,2), per column",
        hint_en="Cast the column to decimal(18,2) in the model.",
        hint_zh="请在模型中将该列转换为 decimal(18,2)。",
        least_rows=0,
        frame="""
            select table_name || '.' || column_name as item,
                (not regexp_matches(data_type, '^DECIMAL\\([0-9]+,2\\)$'))::double as value
            from duckdb_columns()
            where database_name = 'candidate' and ends_with(column_name, '_amount')
        """,
    ),
    Expectation(
        rule_id="columns_are_described",
        severity="warning",
        title_en="Every table and column is described in English and Chinese",
        title_zh="所有表和列都有中英文说明",
        expected="0 without, per table",
        hint_en="Add a description `English | 中文` to the model's file.",
        hint_zh="请在模型文件中补充“English | 中文”说明。",
        frame=MISSING_DESCRIPTIONS,
    ),
    Expectation(
        rule_id="metrics_are_in_both",
        severity="critical",
        title_en="Every metric with rows in its mart has rows in kpi_value, and no other has",
        title_zh="数据集市中有数据的指标都在 kpi_value 中，反之亦然",
        expected="0 metrics in one only",
        hint_en="Run `make generate`, then build: kpi_value is made from the models' yml.",
        hint_zh="请执行 `make generate` 后重新构建：kpi_value 由模型的 yml 生成。",
        least_rows=0,
        frame=metrics_of_both,
    ),
    Expectation(
        rule_id="every_mart_is_listed",
        severity="critical",
        title_en="meta.mart lists every mart, with its true row count",
        title_zh="meta.mart 列出每个数据集市及其真实行数",
        expected="0 missing",
        hint_en="This is a fault of publishing: report it.",
        hint_zh="这是发布环节的缺陷，请上报。",
        frame="""
            select tables.table_name as item, count(*) filter (mart.name is null)::double as value
            from duckdb_tables() as tables
            left join candidate.meta.mart as mart on tables.table_name = mart.name
            where tables.database_name = 'candidate' and tables.schema_name = 'marts'
            group by tables.table_name
        """,
    ),
    Expectation(
        rule_id="empty_marts_say_why",
        severity="critical",
        title_en="Every mart that is not ready says why in both languages",
        title_zh="未就绪的数据集市都以中英文说明原因",
        expected="two reasons, per mart that is not ready",
        hint_en="Add `meta: {requires: […]}` to the model's file.",
        hint_zh="请在模型文件中添加 `meta: {requires: […]}`。",
        least_rows=0,
        frame="""
            select name as item,
                (coalesce(reason_en, '') = '' or coalesce(reason_zh, '') = '')::double as value
            from candidate.meta.mart where status <> 'ready'
        """,
    ),
    Expectation(
        rule_id="unsubscribed_marts_are_empty",
        severity="warning",
        title_en="A mart whose feeds are not subscribed is empty",
        title_zh="未订阅报表的数据集市为空",
        expected="0 rows, per mart",
        hint_en="The model does not rest on what `meta.requires` says: correct one of them.",
        hint_zh="模型与其 `meta.requires` 不一致，请修正其一。",
        least_rows=0,
        frame="""
            select name as item, row_count::double as value
            from candidate.meta.mart where status = 'unsubscribed'
        """,
    ),
    Expectation(
        rule_id="coverage_is_known",
        severity="warning",
        title_en="Figures say how much of the expected reports they rest on",
        title_zh="指标注明其所依据的应报数据比例",
        expected="a tenth of the rows at most without coverage, per mart",
        hint_en="Compare the mart's period and node with meta.coverage.",
        hint_zh="请比对数据集市与 meta.coverage 的期间和节点。",
        build=no_more_than(0.1),
        least_rows=0,
        frame=lambda con: union(
            f"""
            select '{table}' as item,
                coalesce(avg((coverage_ratio is null)::int), 0)::double as value
            from candidate.{schema}.{table}
            """
            for schema, table, _ in columns(
                con, "schema_name = 'marts' and column_name = 'coverage_ratio'"
            )
        ),
    ),
    Expectation(
        rule_id="model_tests_passed",
        severity="critical",
        title_en="No model failed, and no model test that blocks",
        title_zh="没有失败的模型，也没有未通过的阻断性测试",
        expected="0 failures",
        hint_en="Run `daqu build`; it names the model or test and the rows.",
        hint_zh="请执行 `daqu build`，其输出会指出模型、测试与问题行。",
        frame="""
            select 'model tests' as item,
                count(*) filter (severity = 'critical' and not passed)::double as value
            from candidate.quality.check_result where layer = 'L4'
        """,
    ),
    Expectation(
        rule_id="model_tests_ran",
        severity="warning",
        title_en="The last build ran model tests",
        title_zh="最近一次构建执行了模型测试",
        expected="1 test or more",
        hint_en="Run `daqu build` without a selection.",
        hint_zh="请执行不带选择条件的 `daqu build`。",
        frame="""
            select 'model tests' as item, (count(*) = 0)::double as value
            from candidate.quality.check_result where layer = 'L4'
        """,
    ),
)
