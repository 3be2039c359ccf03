with

week as (

    select
        week_start_date,
        iso_week
    from {{ ref('dim_week') }}

),

compared_week as (

    select week_start_date
    from {{ ref('int_week_comparison') }}
    where basis = 'iso'

),

-- what was sold a year ago and not now lowers the growth of its node, so it has its row too
sold as (

    select
        week_start_date,
        distributor_code,
        city,
        channel,
        sku_code,
        coalesce(sum(quantity_pieces), 0) as sellout_pieces,
        case when sum(line_count) > 0 then sum(net_amount) else 0 end as sellout_net_amount,
        coalesce(sum(return_quantity_pieces), 0) as return_pieces,
        case when sum(line_count) > 0 then sum(return_amount) else 0 end as return_net_amount,
        coalesce(sum(free_quantity_pieces), 0) as free_pieces,
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(active_outlet_count), 0) as active_outlet_count,
        sum(iso_quantity_pieces) as last_year_pieces,
        sum(iso_net_amount) as last_year_net_amount
    from {{ ref('int_growth_cell_week') }}
    group by week_start_date, distributor_code, city, channel, sku_code
    -- left out: what was sold only around the festival a year ago
    having sum(line_count) > 0 or sum(iso_line_count) > 0

),

grown as (

    select
        sold.*,
        week.iso_week,
        -- without a year before there is nothing to grow from; with one, a new item grew from 0
        case
            when compared_week.week_start_date is not null
                then coalesce(sold.last_year_net_amount, 0)
        end as yoy_iso_den
    from sold
    inner join week on sold.week_start_date = week.week_start_date
    left join compared_week on sold.week_start_date = compared_week.week_start_date

)

select
    week_start_date,
    iso_week,
    distributor_code,
    city,
    channel,
    sku_code,
    cast(sellout_pieces as decimal(18, 3)) as sellout_pieces,
    cast(sellout_net_amount as decimal(18, 2)) as sellout_net_amount,
    cast(return_pieces as decimal(18, 3)) as return_pieces,
    cast(return_net_amount as decimal(18, 2)) as return_net_amount,
    cast(free_pieces as decimal(18, 3)) as free_pieces,
    cast(line_count as bigint) as line_count,
    cast(active_outlet_count as bigint) as active_outlet_count,
    cast(last_year_pieces as decimal(18, 3)) as last_year_pieces,
    cast(last_year_net_amount as decimal(18, 2)) as last_year_net_amount,
    cast(sellout_net_amount - yoy_iso_den as decimal(18, 2)) as yoy_iso_num,
    cast(yoy_iso_den as decimal(18, 2)) as yoy_iso_den,
    case
        when yoy_iso_den > 0
            then {{ safe_ratio('sellout_net_amount - yoy_iso_den', 'yoy_iso_den') }}
    end as yoy_iso_ratio,
    case when coalesce(yoy_iso_den, 0) <= 0 then 'no_base' else 'ok' end as status
from grown
