-- Weeks in which outlets bought, summed over a period and the weeks it is set against: what rate of
-- sale is divided by. Additive over weeks, unlike the outlets of the period; so months are summed
-- first, and longer periods are sums of months.
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

-- one row is a month, and a week that counts in it: as its own, or as one it is set against
week_of_month as (

    select
        period_start_date as month_start_date,
        week_start_date,
        'now' as side
    from period
    where period_type = 'month'
    union all
    select
        period.period_start_date as month_start_date,
        comparison.base_week_start_date as week_start_date,
        comparison.basis as side
    from period
    inner join comparison on period.week_start_date = comparison.week_start_date
    where period.period_type = 'month'

),

by_month as (

    select
        week_of_month.month_start_date,
        active.node_type,
        active.node_code,
        active.item_level,
        active.item_code,
        {%- for side in ['now', 'iso', 'festival'] %}
            coalesce(
                sum(active.active_outlet_count) filter (where week_of_month.side = '{{ side }}'), 0
            ) as {{ side }}_count
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from active
    inner join week_of_month on active.week_start_date = week_of_month.week_start_date
    group by
        week_of_month.month_start_date,
        active.node_type,
        active.node_code,
        active.item_level,
        active.item_code

),

by_period as (

    select
        kind.period_type,
        cast(date_trunc(kind.period_type, by_month.month_start_date) as date) as period_start_date,
        by_month.node_type,
        by_month.node_code,
        by_month.item_level,
        by_month.item_code,
        sum(by_month.now_count) as now_count,
        sum(by_month.iso_count) as iso_count,
        sum(by_month.festival_count) as festival_count
    from by_month
    cross join (values ('month'), ('quarter'), ('year')) as kind (period_type)
    group by
        kind.period_type,
        cast(date_trunc(kind.period_type, by_month.month_start_date) as date),
        by_month.node_type,
        by_month.node_code,
        by_month.item_level,
        by_month.item_code

)

{% for basis in ['iso', 'festival'] %}
    select
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        '{{ basis }}' as basis,
        cast(now_count as bigint) as outlet_week_count,
        cast({{ basis }}_count as bigint) as base_outlet_week_count
    from by_period
    where now_count + {{ basis }}_count > 0
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
