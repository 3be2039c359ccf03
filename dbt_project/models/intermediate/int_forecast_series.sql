-- What is forecast: every SKU of a distributor, and each of its categories as a whole. A pool is
-- whose season a series shares: its category's, or its own where it sells in one quarter only.
with

demand as (

    select
        distributor_code,
        category,
        sku_code,
        {{ week_no('week_start_date') }} as week_no,
        demand_pieces
    from {{ ref('int_demand_week') }}
    where demand_pieces > 0

),

learnt as (

    select
        min(origin_week_no) as oldest_origin_week_no,
        max(origin_week_no) as newest_origin_week_no,
        min(first_week_no) as first_week_no
    from {{ ref('int_forecast_origin') }}

),

-- the year before the oldest origin; where there is none, the year before the running cycle
sku_week as (

    select
        demand.sku_code,
        demand.week_no,
        cast(sum(demand.demand_pieces) as double) as demand_pieces
    from demand
    cross join learnt
    where
        demand.week_no < case
            when learnt.oldest_origin_week_no - learnt.first_week_no >= 52
                then learnt.oldest_origin_week_no
            else learnt.newest_origin_week_no
        end
        and demand.week_no >= case
            when learnt.oldest_origin_week_no - learnt.first_week_no >= 52
                then learnt.oldest_origin_week_no - 52
            else learnt.newest_origin_week_no - 52
        end
    group by demand.sku_code, demand.week_no

),

quarter as (

    select
        sku_code,
        week_no,
        demand_pieces,
        sum(demand_pieces) over (
            partition by sku_code
            order by week_no
            range between 12 preceding and current row
        ) as quarter_pieces
    from sku_week

),

concentrated as (

    select sku_code
    from quarter
    group by sku_code
    having count(*) >= 5 and max(quarter_pieces) >= 0.8 * sum(demand_pieces)

),

reported as (

    select
        distributor_code,
        {{ week_no('max(week_start_date)') }} as last_report_week_no
    from {{ ref('int_demand_week') }}
    where sold_pieces is not null
    group by distributor_code

),

sku as (

    select
        sku_code,
        {{ week_no(iso_week_start('delist_date')) }} as delist_week_no
    from {{ ref('dim_sku') }}
    where is_current

),

leaf as (

    select
        'sku' as series_level,
        demand.distributor_code,
        demand.category,
        demand.sku_code,
        coalesce(concentrated.sku_code, demand.category) as pool_code,
        min(demand.week_no) as first_week_no
    from demand
    left join concentrated on demand.sku_code = concentrated.sku_code
    group by
        demand.distributor_code, demand.category, demand.sku_code, concentrated.sku_code

),

parent as (

    select
        'category' as series_level,
        distributor_code,
        category,
        null as sku_code,
        category as pool_code,
        min(week_no) as first_week_no
    from demand
    group by distributor_code, category

),

series as (

    select * from leaf
    union all
    select * from parent

)

-- left join: a SKU that is never taken off the list, or has no master row
select
    row_number() over (
        order by
            series.series_level,
            series.distributor_code,
            series.category,
            series.sku_code nulls last
    ) as series_no,
    dense_rank() over (order by series.series_level, series.pool_code) as pool_no,
    series.*,
    reported.last_report_week_no,
    sku.delist_week_no
from series
inner join reported on series.distributor_code = reported.distributor_code
left join sku on series.sku_code = sku.sku_code
