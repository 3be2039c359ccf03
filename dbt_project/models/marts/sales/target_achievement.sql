-- Targets beside what was reached. A figure told by weeks stands for its month by the sum of the
-- weeks whose Thursday lies in it, a ratio by the last of them.
with

target as (

    select
        *,
        target_value is null as is_qualitative
    from {{ ref('fct_target') }}

),

month as (

    select
        month_start_date,
        count(*) filter (where is_workday) as workday_count,
        count(*) filter (where is_workday and date_day <= {{ as_of() }}) as elapsed_workdays
    from {{ ref('dim_date') }}
    group by month_start_date

),

figure as (

    select
        metric_id,
        period_type,
        period_start_date,
        case
            when period_type = 'month' then period_start_date
            else cast(date_trunc('month', period_start_date + 3) as date)
        end as month_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        numerator,
        denominator,
        value
    from {{ ref('kpi_value') }}
    where
        period_type in ('month', 'week')
        and metric_id in (select target.metric_id from target)

),

reached as (

    select
        metric_id,
        period_type,
        month_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        -- a ratio without a base has no denominator either, and no value
        bool_and(denominator is null and value is not null) as is_additive,
        case
            when bool_and(denominator is null and value is not null) then sum(numerator)
            else arg_max(value, period_start_date)
        end as actual_value
    from figure
    group by
        metric_id, period_type, month_start_date, node_type, node_code, item_level, item_code
    qualify row_number() over (
        partition by metric_id, month_start_date, node_type, node_code, item_level, item_code
        order by period_type
    ) = 1

),

direction as (

    select
        metric_id,
        direction
    from {{ ref('int_metric') }}

),

-- left joins: a target nobody has sold anything for, or of a metric that is not registered, stays
compared as (

    select
        target.*,
        direction.direction,
        direction.metric_id is not null as is_registered,
        reached.actual_value,
        coalesce(reached.is_additive, false) as is_additive,
        month.workday_count,
        month.elapsed_workdays
    from target
    left join direction on target.metric_id = direction.metric_id
    left join month on target.target_month = month.month_start_date
    left join reached
        on
            target.metric_id = reached.metric_id
            and target.target_month = reached.month_start_date
            and target.node_type = reached.node_type
            and target.node_code = reached.node_code
            and target.item_level = reached.item_level
            and target.item_code = reached.item_code

),

achieved as (

    select
        *,
        case when is_qualitative then reported_ratio else actual_value end as achievement_num,
        case when is_qualitative then 1 else target_value end as achievement_den
    from compared

)

select
    target_month,
    node_type,
    node_code,
    item_level,
    item_code,
    metric_id,
    objective,
    owner_role,
    is_qualitative,
    direction,
    cast(target_value as double) as target_value,
    cast(actual_value as double) as actual_value,
    cast(achievement_num as double) as achievement_num,
    cast(achievement_den as double) as achievement_den,
    case when achievement_den > 0 then {{ safe_ratio('achievement_num', 'achievement_den') }} end
        as achievement_ratio,
    cast(elapsed_workdays as bigint) as time_gone_num,
    cast(workday_count as bigint) as time_gone_den,
    {{ safe_ratio('elapsed_workdays', 'workday_count') }} as time_gone_ratio,
    -- achievement over time gone: 1 is on course, for what adds up over the month
    case
        when is_additive and achievement_den > 0
            then
                {{ safe_ratio('achievement_num', 'achievement_den') }}
                / nullif({{ safe_ratio('elapsed_workdays', 'workday_count') }}, 0)
    end as pace_ratio,
    case when is_additive then {{ safe_ratio('actual_value', 'elapsed_workdays') }} end
        as current_per_workday,
    case
        when is_additive
            then
                {{ safe_ratio(
                    'greatest(target_value - actual_value, 0)', 'workday_count - elapsed_workdays'
                ) }}
    end as required_per_workday,
    case
        when is_qualitative then reported_ratio >= 1
        when direction = 'down' then actual_value <= target_value
        else actual_value >= target_value
    end as is_reached,
    case
        when is_qualitative and reported_ratio is null then 'not_reported'
        when is_qualitative then 'ok'
        when not is_registered then 'unknown_metric'
        when coalesce(target_value, 0) <= 0 then 'no_base'
        when actual_value is null then 'no_actual'
        else 'ok'
    end as status
from achieved
