with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

-- must-stock SKUs that became void in the last four weeks: older ones are no news
dropped as (

    select
        void.distributor_code,
        void.sku_code,
        count(*) as outlet_count
    from {{ ref('void') }} as void
    cross join threshold
    where
        void.void_type = 'lapsed'
        and void.distributor_code is not null
        and void.last_handled_date
        > {{ as_of() }} - cast(7 * threshold.void_weeks as integer) - 28
    group by void.distributor_code, void.sku_code

),

-- what an outlet that still buys the SKU takes, over the weeks that make a void
bought as (

    select
        sold.distributor_code,
        sold.sku_code,
        cast(sum(sold.quantity_pieces) as double)
        / count(distinct sold.outlet_code)
        / any_value(threshold.void_weeks) as weekly_pieces
    from {{ ref('int_sellout_outlet_sku_week') }} as sold
    cross join threshold
    where
        sold.week_start_date > {{ as_of() }} - cast(7 * threshold.void_weeks as integer)
        and sold.week_start_date <= {{ as_of() }}
    group by sold.distributor_code, sold.sku_code

),

-- four weeks until it is back in the outlet
dropped_sku as (

    select
        dropped.distributor_code,
        dropped.sku_code,
        dropped.outlet_count,
        cast(4 * dropped.outlet_count * greatest(bought.weekly_pieces, 0) as decimal(18, 3))
            as lost_pieces,
        sku.list_price_per_piece - sku.std_cost_per_piece as margin_per_piece,
        coalesce(sku.sku_name_en, sku.sku_name_zh, dropped.sku_code) as name_en,
        coalesce(sku.sku_name_zh, sku.sku_name_en, dropped.sku_code) as name_zh
    from dropped
    -- left joins: nobody may buy it any more, and a SKU may be known by its code only
    left join bought
        on
            dropped.distributor_code = bought.distributor_code
            and dropped.sku_code = bought.sku_code
    left join {{ ref('dim_sku') }} as sku
        on dropped.sku_code = sku.sku_code and sku.is_current

),

void_found as (

    select
        'must_sell_dropped' as alert_type,
        dropped_sku.distributor_code,
        '' as period,
        'medium' as severity,
        'Must-stock SKUs dropped' as title_en,
        '必备品中断' as title_zh,
        'Bring them back: ' || sum(dropped_sku.outlet_count) || ' gaps, most of all '
        || arg_max(dropped_sku.name_en, (dropped_sku.outlet_count, dropped_sku.sku_code))
            as action_en,
        '恢复经营：' || sum(dropped_sku.outlet_count) || ' 处空白，最多为 '
        || arg_max(dropped_sku.name_zh, (dropped_sku.outlet_count, dropped_sku.sku_code))
            as action_zh,
        sum(dropped_sku.lost_pieces) as quantity_pieces,
        sum(dropped_sku.lost_pieces * greatest(dropped_sku.margin_per_piece, 0))
            as value_at_risk_amount,
        json_object(
            'gaps', sum(dropped_sku.outlet_count),
            'skus', count(*),
            'weeks', 4,
            'lost_pieces', sum(dropped_sku.lost_pieces)
        ) as arithmetic
    from dropped_sku
    cross join threshold
    group by dropped_sku.distributor_code, threshold.void_alert_outlets
    having sum(dropped_sku.outlet_count) >= threshold.void_alert_outlets

),

-- the running month beside the one before, where both were visited enough to be compared
score as (

    select
        score.month_start_date,
        score.node_code as distributor_code,
        score.block,
        score.visit_count,
        score.block_ratio,
        earlier.visit_count as visit_count_before,
        earlier.block_ratio as block_ratio_before,
        earlier.block_ratio - score.block_ratio as fall_ratio
    from {{ ref('bbx_node_month') }} as score
    inner join {{ ref('bbx_node_month') }} as earlier
        on
            score.node_type = earlier.node_type
            and score.node_code = earlier.node_code
            and score.block = earlier.block
            and score.month_start_date = earlier.month_start_date + interval 1 month
    where
        score.node_type = 'distributor'
        and score.node_code != 'UNKNOWN'
        and score.month_start_date = cast(date_trunc('month', {{ as_of() }}) as date)

),

worst_block as (

    select
        distributor_code,
        arg_max(block, (fall_ratio, block)) as block,
        max(fall_ratio) as fall_ratio
    from score
    where block not in ('perfect_store', 'pass_all') and fall_ratio > 0
    group by distributor_code

),

fall_found as (

    select
        'perfect_store_fall' as alert_type,
        score.distributor_code,
        strftime(score.month_start_date, '%Y-%m') as period,
        case
            when score.fall_ratio > 2 * threshold.bbx_fall_max_ratio then 'high' else 'medium'
        end as severity,
        'Perfect-store score fell' as title_en,
        '完美门店得分下降' as title_zh,
        'Visit the outlets, ' || coalesce(worst_block.block, 'every block') || ' first: score '
        || round(100 * score.block_ratio_before, 1) || ' → ' || round(100 * score.block_ratio, 1)
            as action_en,
        '走访门店，先查 ' || coalesce(worst_block.block, '各模块') || '：得分 '
        || round(100 * score.block_ratio_before, 1) || ' → ' || round(100 * score.block_ratio, 1)
            as action_zh,
        null as quantity_pieces,
        null as value_at_risk_amount,
        json_object(
            'score', round(score.block_ratio, 4),
            'score_before', round(score.block_ratio_before, 4),
            'visits', score.visit_count,
            'visits_before', score.visit_count_before,
            'worst_block', worst_block.block,
            'worst_block_fall', round(worst_block.fall_ratio, 4)
        ) as arithmetic
    from score
    cross join threshold
    -- left join: no single block need have fallen
    left join worst_block on score.distributor_code = worst_block.distributor_code
    where
        score.block = 'perfect_store'
        and score.fall_ratio >= threshold.bbx_fall_max_ratio
        and least(score.visit_count, score.visit_count_before) >= threshold.bbx_alert_min_visits

),

found as (

    select * from void_found
    union all
    select * from fall_found

)

select
    md5(concat_ws('|', found.alert_type, found.distributor_code, found.period)) as alert_key,
    found.alert_type,
    'execution' as area,
    found.severity,
    'distributor' as entity_type,
    found.distributor_code as entity_code,
    coalesce(distributor.distributor_name, found.distributor_code) as entity_name,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as batch_no,
    nullif(found.period, '') as period,
    found.title_en,
    found.title_zh,
    found.action_en,
    found.action_zh,
    cast(found.quantity_pieces as decimal(18, 3)) as quantity_pieces,
    cast(found.value_at_risk_amount as decimal(18, 2)) as value_at_risk_amount,
    cast(found.arithmetic as varchar) as arithmetic,
    'sales_manager' as owner_role,
    {{ as_of() }} + 7 as due_date,
    {{ as_of() }} as as_of_date
from found
-- left join: a distributor may be known from its reports only
left join {{ ref('dim_distributor') }} as distributor
    on found.distributor_code = distributor.distributor_code and distributor.is_current
