with

week as (

    select
        week_start_date,
        last_year_week_start_date,
        iso_week
    from {{ ref('dim_week') }}

),

outlet as (

    select
        outlet_code,
        coalesce(city, 'UNKNOWN') as city,
        coalesce(channel, 'UNKNOWN') as channel,
        is_unknown,
        valid_from,
        valid_to
    from {{ ref('dim_outlet') }}

),

-- City and channel as they were at the end of the week.
sold as (

    select
        sellout.week_start_date,
        sellout.distributor_code,
        outlet.city,
        outlet.channel,
        sellout.sku_code,
        cast(sum(sellout.quantity_pieces) as decimal(18, 3)) as sellout_pieces,
        cast(sum(sellout.net_amount) as decimal(18, 2)) as sellout_net_amount,
        cast(sum(sellout.return_quantity_pieces) as decimal(18, 3)) as return_pieces,
        cast(sum(sellout.return_amount) as decimal(18, 2)) as return_net_amount,
        cast(sum(sellout.free_quantity_pieces) as decimal(18, 3)) as free_pieces,
        cast(sum(sellout.line_count) as bigint) as line_count,
        -- one row is an outlet here: within a distributor, city, channel and SKU it cannot repeat
        count(*) filter (where sellout.sale_quantity_pieces > 0 and not outlet.is_unknown)
            as active_outlet_count
    from {{ ref('int_sellout_outlet_sku_week') }} as sellout
    inner join outlet
        on
            sellout.outlet_code = outlet.outlet_code
            and sellout.week_start_date + 6 >= outlet.valid_from
            and sellout.week_start_date + 6 < outlet.valid_to
    group by
        sellout.week_start_date,
        sellout.distributor_code,
        outlet.city,
        outlet.channel,
        sellout.sku_code

),

-- Weeks that have a year before: those 364 days after a week with sell-out.
compared_week as (

    select
        week.week_start_date,
        week.last_year_week_start_date
    from week
    where
        week.week_start_date in (select sold.week_start_date from sold)
        and week.last_year_week_start_date in (select sold.week_start_date from sold)

),

last_year as (

    select
        compared_week.week_start_date,
        sold.distributor_code,
        sold.city,
        sold.channel,
        sold.sku_code,
        sold.sellout_pieces as last_year_pieces,
        sold.sellout_net_amount as last_year_net_amount
    from sold
    inner join compared_week on sold.week_start_date = compared_week.last_year_week_start_date

),

-- full join: what was sold a year ago and not now lowers the growth of its node
compared as (

    select
        coalesce(sold.week_start_date, last_year.week_start_date) as week_start_date,
        coalesce(sold.distributor_code, last_year.distributor_code) as distributor_code,
        coalesce(sold.city, last_year.city) as city,
        coalesce(sold.channel, last_year.channel) as channel,
        coalesce(sold.sku_code, last_year.sku_code) as sku_code,
        coalesce(sold.sellout_pieces, 0) as sellout_pieces,
        case when sold.sku_code is null then 0 else sold.sellout_net_amount end
            as sellout_net_amount,
        coalesce(sold.return_pieces, 0) as return_pieces,
        coalesce(sold.return_net_amount, 0) as return_net_amount,
        coalesce(sold.free_pieces, 0) as free_pieces,
        coalesce(sold.line_count, 0) as line_count,
        coalesce(sold.active_outlet_count, 0) as active_outlet_count,
        last_year.last_year_pieces,
        last_year.last_year_net_amount
    from sold
    full join last_year
        on
            sold.week_start_date = last_year.week_start_date
            and sold.distributor_code = last_year.distributor_code
            and sold.city = last_year.city
            and sold.channel = last_year.channel
            and sold.sku_code = last_year.sku_code

),

grown as (

    select
        compared.*,
        week.iso_week,
        -- without a year before there is nothing to grow from; with one, a new item grew from 0
        case
            when compared_week.week_start_date is not null
                then coalesce(compared.last_year_net_amount, 0)
        end as yoy_iso_den
    from compared
    inner join week on compared.week_start_date = week.week_start_date
    left join compared_week on compared.week_start_date = compared_week.week_start_date

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
    line_count,
    active_outlet_count,
    last_year_pieces,
    last_year_net_amount,
    cast(sellout_net_amount - yoy_iso_den as decimal(18, 2)) as yoy_iso_num,
    cast(yoy_iso_den as decimal(18, 2)) as yoy_iso_den,
    case
        when yoy_iso_den > 0
            then {{ safe_ratio('sellout_net_amount - yoy_iso_den', 'yoy_iso_den') }}
    end as yoy_iso_ratio,
    case when coalesce(yoy_iso_den, 0) <= 0 then 'no_base' else 'ok' end as status
from grown
