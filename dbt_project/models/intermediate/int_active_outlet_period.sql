-- Weeks in which outlets bought, summed over a period and the weeks it is set against: what rate of
-- sale is divided by. Additive over weeks, unlike the outlets of the period.
with

active as (

    select * from {{ ref('int_active_outlet_week') }}

),

period as (

    select * from {{ ref('int_growth_period') }}

),

comparison as (

    select * from {{ ref('int_week_comparison') }}

),

placed as (

    select
        comparison.basis,
        comparison.week_start_date,
        active.node_type,
        active.node_code,
        active.item_level,
        active.item_code,
        active.active_outlet_count,
        0 as base_active_outlet_count
    from active
    inner join comparison on active.week_start_date = comparison.week_start_date
    union all
    select
        comparison.basis,
        comparison.week_start_date,
        active.node_type,
        active.node_code,
        active.item_level,
        active.item_code,
        0 as active_outlet_count,
        active.active_outlet_count as base_active_outlet_count
    from active
    inner join comparison on active.week_start_date = comparison.base_week_start_date

)

select
    period.period_type,
    period.period_start_date,
    placed.node_type,
    placed.node_code,
    placed.item_level,
    placed.item_code,
    placed.basis,
    cast(sum(placed.active_outlet_count) as bigint) as outlet_week_count,
    cast(sum(placed.base_active_outlet_count) as bigint) as base_outlet_week_count
from placed
inner join period on placed.week_start_date = period.week_start_date
group by
    period.period_type,
    period.period_start_date,
    placed.node_type,
    placed.node_code,
    placed.item_level,
    placed.item_code,
    placed.basis
