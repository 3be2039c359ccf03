-- Stock nobody has sold of for weeks on end, though others sold it: how likely that is by chance
-- when it is there, by how often the SKU sold in a week before. Weeks nobody reported, without
-- stock, or in which those who had it did not sell it either say nothing.
with

held as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sum(good_pieces) as good_pieces
    from {{ ref('int_stock_batch_week') }}
    group by week_start_date, distributor_code, sku_code

),

latest as (

    select
        distributor_code,
        sku_code,
        week_start_date
    from {{ ref('int_stock_position') }}
    where is_latest and good_pieces > 0

),

sold as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sold_pieces
    from {{ ref('int_demand_sold') }}

),

-- a report that came in part does not say that nothing was sold
partial as (

    select *
    from {{ ref('int_demand_silent') }}
    where mark = 'partial'

),

reported as (

    select distinct
        sold.week_start_date,
        sold.distributor_code
    from sold
    anti join partial
        on
            sold.week_start_date = partial.week_start_date
            and sold.distributor_code = partial.distributor_code

),

-- a year of counted weeks in which the SKU could have been sold
seen as (

    select
        latest.distributor_code,
        latest.sku_code,
        held.week_start_date,
        coalesce(sold.sold_pieces, 0) > 0 as is_sold
    from latest
    inner join held
        on
            latest.distributor_code = held.distributor_code
            and latest.sku_code = held.sku_code
            and latest.week_start_date >= held.week_start_date
            and latest.week_start_date - 364 < held.week_start_date
    inner join reported
        on
            held.distributor_code = reported.distributor_code
            and held.week_start_date = reported.week_start_date
    left join sold
        on
            held.distributor_code = sold.distributor_code
            and held.sku_code = sold.sku_code
            and held.week_start_date = sold.week_start_date
    where held.good_pieces > 0

),

elsewhere as (

    select
        held.week_start_date,
        held.sku_code,
        count(*) as holder_count,
        count(*) filter (where sold.sold_pieces > 0) as seller_count
    from held
    inner join reported
        on
            held.distributor_code = reported.distributor_code
            and held.week_start_date = reported.week_start_date
    left join sold
        on
            held.distributor_code = sold.distributor_code
            and held.sku_code = sold.sku_code
            and held.week_start_date = sold.week_start_date
    where held.good_pieces > 0
    group by held.week_start_date, held.sku_code

),

-- where nobody else has it there is nobody to compare with, and every week counts
telling as (

    select seen.*
    from seen
    inner join elsewhere
        on
            seen.week_start_date = elsewhere.week_start_date
            and seen.sku_code = elsewhere.sku_code
    where seen.is_sold or elsewhere.holder_count = 1 or elsewhere.seller_count > 0

),

-- a sale ends the row whatever else is known of its week: of a report that came in part, too, or
-- of the last piece there was
last_sale as (

    select
        latest.distributor_code,
        latest.sku_code,
        max(sold.week_start_date) as last_sold_week_start_date
    from latest
    inner join sold
        on
            latest.distributor_code = sold.distributor_code
            and latest.sku_code = sold.sku_code
            and latest.week_start_date - 364 < sold.week_start_date
    where sold.sold_pieces > 0
    group by latest.distributor_code, latest.sku_code

),

-- left join: it sold, but in no week that tells
counted as (

    select
        last_sale.distributor_code,
        last_sale.sku_code,
        last_sale.last_sold_week_start_date,
        count(*) filter (
            where telling.week_start_date > last_sale.last_sold_week_start_date
        ) as unsold_weeks,
        count(*) filter (
            where telling.week_start_date <= last_sale.last_sold_week_start_date
        ) as known_weeks,
        count(*) filter (where telling.is_sold) as sold_weeks
    from last_sale
    left join telling
        on
            last_sale.distributor_code = telling.distributor_code
            and last_sale.sku_code = telling.sku_code
    group by
        last_sale.distributor_code,
        last_sale.sku_code,
        last_sale.last_sold_week_start_date

)

select
    distributor_code,
    sku_code,
    last_sold_week_start_date,
    cast(unsold_weeks as bigint) as unsold_weeks,
    -- rule of succession: few weeks seen make nothing certain
    cast(power(1 - (sold_weeks + 1) / (known_weeks + 2), unsold_weeks) as double)
        as unsold_chance_ratio
from counted
