"""Publish gate: is every row accounted for, from the file to the mart?"""

from quality.expectations.engine import Expectation, at_least
from quality.expectations.frames import copied_rows, difference, landed_rows

SIGNED = "case when doc_type = 'return' then -abs({0}) else {0} end"

EXPECTATIONS = (
    Expectation(
        rule_id="something_was_read",
        severity="critical",
        title_en="At least one of the files received could be read",
        title_zh="收到的文件中至少有一个可以读取",
        expected="1 file or more",
        hint_en="`daqu status` names the refused files and what their senders should mend.",
        hint_zh="`daqu status` 列出被拒的文件及发送方应更正之处。",
        frame="""
            select 'files read' as item, count(*)::double as value
            from candidate.quality.file_ledger
            where rows_read is not null
        """,
        build=at_least(1),
    ),
    Expectation(
        rule_id="every_row_accounted",
        severity="critical",
        title_en="Rows read are rows loaded, quarantined or structural, in every file",
        title_zh="每个文件的读取行数等于入库、隔离与结构行之和",
        expected="0 files that differ, per feed",
        hint_en="Find the files with `daqu status`; this is a fault of landing: report it.",
        hint_zh="用 `daqu status` 找到文件；这是入库环节的缺陷，请上报。",
        frame="""
            select feed as item, count(*) filter (
                rows_read is distinct from rows_loaded + rows_quarantined + rows_structural
            )::double as value
            from candidate.quality.file_ledger
            where rows_read is not null
            group by feed
        """,
        least_rows=0,
    ),
    Expectation(
        rule_id="ledger_is_complete",
        severity="critical",
        title_en="Every delivery received is in the published file ledger",
        title_zh="收到的每个交付都在已发布的文件台账中",
        expected="0 deliveries more or fewer",
        hint_en="Run `daqu build`, then publish again.",
        hint_zh="请执行 `daqu build` 后重新发布。",
        frame=difference(
            landing="select count(*) from daqu.landing.delivery",
            published="select count(*) from candidate.quality.file_ledger",
        ),
    ),
    Expectation(
        rule_id="loaded_rows_are_landed",
        severity="critical",
        title_en="Rows the ledger says were loaded are in landing, current or superseded",
        title_zh="台账记载的入库行都在落地表中（当前或历史）",
        expected="0 rows more or fewer, per feed",
        hint_en="Rebuild the warehouse from the raw files; raw files are never changed.",
        hint_zh="请从原始文件重建数仓；原始文件从不改动。",
        frame=landed_rows,
    ),
    Expectation(
        rule_id="quarantined_rows_are_listed",
        severity="critical",
        title_en="Every quarantined row is listed with its reason",
        title_zh="每个隔离行都已列出并注明原因",
        expected="0 deliveries whose list differs, per feed",
        hint_en="Run `daqu build`, then publish again; if it stays, report it.",
        hint_zh="请执行 `daqu build` 后重新发布；若仍出现请上报。",
        frame="""
            with listed as (
                select delivery_id, count(*) as row_count from candidate.quality.quarantined_row
                where len(reasons) > 0
                group by delivery_id
            )
            select ledger.feed as item, count(*) filter (
                ledger.rows_quarantined <> coalesce(listed.row_count, 0)
            )::double as value
            from candidate.quality.file_ledger as ledger
            left join listed using (delivery_id)
            where ledger.is_current
            group by ledger.feed
        """,
        least_rows=0,
    ),
    Expectation(
        rule_id="build_is_complete",
        severity="critical",
        title_en="Nothing has landed that the marts have not seen",
        title_zh="没有已入库但尚未进入数据集市的数据",
        expected="0 touched dates waiting",
        hint_en="Run `daqu build`, then publish again.",
        hint_zh="请执行 `daqu build` 后重新发布。",
        frame="""
            select 'touched dates' as item, count(*)::double as value
            from daqu.landing.touched_date
        """,
    ),
    Expectation(
        rule_id="marts_copied_whole",
        severity="critical",
        title_en="Every published mart has exactly the rows the warehouse has",
        title_zh="每个已发布数据集市的行数与数仓一致",
        expected="0 rows more or fewer, per mart",
        hint_en="A line of meta.coverage is there twice: look at its feed, node and period.",
        hint_zh="meta.coverage 存在重复行：请检查其 feed、节点与期间。",
        frame=copied_rows,
    ),
    Expectation(
        rule_id="sellout_rows_reach_marts",
        severity="critical",
        title_en="Every landed sell-out line is one line of the fact",
        title_zh="每条入库的销售流向都是事实表中的一行",
        expected="0 lines more or fewer",
        hint_en="A join in fct_sellout_line loses or doubles lines: `daqu build --full-refresh`.",
        hint_zh="fct_sellout_line 的关联丢失或重复了行：请执行 `daqu build --full-refresh`。",
        requires=("sellout",),
        frame=difference(
            landing="select count(*) from daqu.landing.sellout",
            fact="select count(*) from candidate.marts.fct_sellout_line",
        ),
    ),
    Expectation(
        rule_id="sellout_quantity_reconciles",
        severity="critical",
        title_en="Sell-out quantity is the same in landing, fact and sales_week",
        title_zh="销售数量在落地表、事实表与 sales_week 中一致",
        expected="0 pieces difference",
        hint_en="Compare the week totals; then `daqu build --full-refresh`.",
        hint_zh="请逐周比对合计；随后执行 `daqu build --full-refresh`。",
        requires=("sellout",),
        frame=difference(
            landing=f"select sum({SIGNED.format('quantity_pieces')}) from daqu.landing.sellout",
            fact="select sum(quantity_pieces) from candidate.marts.fct_sellout_line",
            sales_week="select sum(sellout_pieces) from candidate.marts.sales_week",
        ),
    ),
    Expectation(
        rule_id="sellout_amount_reconciles",
        severity="critical",
        title_en="Sell-out amounts are kept to the cent, as reported and net",
        title_zh="销售金额（原报与不含税）逐分一致",
        expected="0.00 difference",
        hint_en="Compare the week totals; then `daqu build --full-refresh`.",
        hint_zh="请逐周比对合计；随后执行 `daqu build --full-refresh`。",
        requires=("sellout",),
        frame=difference(
            landing="select sum(reported_amount) from daqu.landing.sellout",
            fact="select sum(reported_amount) from candidate.marts.fct_sellout_line",
        )
        + " union all "
        + difference(
            fact_net="select sum(net_amount) from candidate.marts.fct_sellout_line",
            sales_week_net="select sum(sellout_net_amount) from candidate.marts.sales_week",
        ),
    ),
    Expectation(
        rule_id="stock_quantity_reconciles",
        severity="critical",
        title_en="Stock is the same in landing and fact",
        title_zh="库存在落地表与事实表中一致",
        expected="0 pieces and 0 rows difference",
        hint_en="Compare by snapshot date; then `daqu build --full-refresh`.",
        hint_zh="请按库存日期比对；随后执行 `daqu build --full-refresh`。",
        requires=("stock",),
        frame=difference(
            landing="select sum(quantity_pieces) from daqu.landing.stock",
            fact="select sum(quantity_pieces) from candidate.marts.fct_stock_snapshot",
        )
        + " union all "
        + difference(
            landing_rows="select count(*) from daqu.landing.stock",
            fact_rows="select count(*) from candidate.marts.fct_stock_snapshot",
        ),
    ),
    Expectation(
        rule_id="claim_amount_reconciles",
        severity="critical",
        title_en="Claimed money is the same in landing, fact and trade_spend",
        title_zh="核销金额在落地表、事实表与 trade_spend 中一致",
        expected="0.00 difference",
        hint_en="Compare by claim month; then `daqu build --full-refresh`.",
        hint_zh="请按费用月份比对；随后执行 `daqu build --full-refresh`。",
        requires=("claim",),
        frame=difference(
            landing="select sum(claimed_amount) from daqu.landing.claim",
            fact="select sum(claimed_amount) from candidate.marts.fct_claim_line",
            trade_spend="""
                select sum(claimed_amount + rejected_amount) from candidate.marts.trade_spend
                where claim_type = 'all'
            """,
        ),
    ),
    Expectation(
        rule_id="patrol_rounds_reconcile",
        severity="critical",
        title_en="Every planned patrol round is one round of the fact",
        title_zh="每个计划巡查轮次都是事实表中的一行",
        expected="0 rounds difference",
        hint_en="Compare by day and area; then `daqu build --full-refresh`.",
        hint_zh="请按日期与区域比对；随后执行 `daqu build --full-refresh`。",
        requires=("patrol_plan", "patrol_log"),
        frame=difference(
            landing="""
                select count(*) from (
                    select distinct area_code, plan_date, round_no from daqu.landing.patrol_plan
                )
            """,
            fact="select count(*) from candidate.marts.fct_patrol_round where is_planned",
        ),
    ),
    Expectation(
        rule_id="obligations_cover_roster",
        severity="critical",
        title_en="Every sender in force on the roster owes at least one report",
        title_zh="名册中在效的每个发送方至少有一项应报义务",
        expected="1 obligation or more, per feed and sender",
        hint_en="Check the roster's dates and the deadline in the feed's contract.",
        hint_zh="请检查名册日期与该报表合同中的时限。",
        owner_role="sales_operations",
        requires=("roster",),
        build=at_least(1),
        least_rows=0,
        frame="""
            select roster.feed || ' of ' || roster.sender as item,
                count(obligation.period)::double as value
            from daqu.landing.roster as roster
            inner join daqu.landing.contract as contract
                on roster.feed = contract.feed and contract.is_subscribed
                and contract.sla_unit is not null
            left join candidate.quality.obligation as obligation
                on roster.feed = obligation.feed and roster.sender = obligation.sender
            where coalesce(roster.valid_from, date '1970-01-01') <= getvariable('as_of')
                and coalesce(roster.valid_to, date '9999-12-31') > getvariable('as_of') + 62
            group by roster.feed, roster.sender
        """,
    ),
    Expectation(
        rule_id="obligations_have_status",
        severity="critical",
        title_en="Every report owed has exactly one status",
        title_zh="每项应报义务有且仅有一个状态",
        expected="0 obligations with none or several",
        hint_en="The join in submission_status loses or doubles obligations: report it.",
        hint_zh="submission_status 的关联有误，请上报。",
        frame="""
            select 'obligations' as item, count(*)::double as value
            from (
                select count(status.status) as statuses
                from candidate.quality.obligation as obligation
                left join candidate.quality.submission_status as status
                    using (feed, sender, period)
                group by feed, sender, period
                having count(status.status) <> 1
            )
        """,
    ),
)
