-- Four things called out of stock, kept apart: nothing left at the count; days without stock within
-- the week; far less sold than usual while stock ran short; not on the shelf where it was looked
-- for. Sales are called lost only of the first.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

position as (

    select * from {{ ref('int_stock_position') }}

),

received as (

    select
        distributor_code,
        sku_code,
        {{ iso_week_start('delivered_date') }} as week_start_date,
        sum(quantity_pieces) as received_pieces
    from {{ ref('fct_sellin_line') }}
    where delivered_date is not null
    group by distributor_code, sku_code, {{ iso_week_start('delivered_date') }}

),

-- what was delivered is known only in weeks the company sent its invoices for
invoiced as (

    select distinct week_start_date
    from received

),

demand as (

    select * from {{ ref('int_demand_week') }}

),

-- what there was to sell in a week beside what is usually asked for
available as (

    select
        position.week_start_date,
        position.distributor_code,
        position.sku_code,
        position.good_pieces,
        coalesce(demand.sold_pieces, 0) as sold_pieces,
        demand.mark,
        case
            when demand.mark = 'out_of_stock' then demand.demand_pieces
            else before.mean_weekly_pieces
        end as expected_pieces,
        case
            when invoiced.week_start_date is not null
                then greatest(before.good_pieces + coalesce(received.received_pieces, 0), 0)
        end as available_pieces
    from position
    inner join position as before
        on
            position.distributor_code = before.distributor_code
            and position.sku_code = before.sku_code
            and position.week_start_date - 7 = before.week_start_date
    -- left joins: what did not sell, was not delivered, or of which no invoice is known
    left join demand
        on
            position.distributor_code = demand.distributor_code
            and position.sku_code = demand.sku_code
            and position.week_start_date = demand.week_start_date
    left join received
        on
            position.distributor_code = received.distributor_code
            and position.sku_code = received.sku_code
            and position.week_start_date = received.week_start_date
    left join invoiced on position.week_start_date = invoiced.week_start_date
    where
        position.is_demand_known
        and position.demand_week_start_date = position.week_start_date
        and coalesce(demand.mark not in ('unreported', 'partial'), true)

),

judged as (

    select
        available.week_start_date,
        available.distributor_code,
        available.sku_code,
        available.good_pieces <= 0
        and coalesce(available.mark = 'out_of_stock', false) as is_distributor_oos,
        7 * greatest(
            0, 1 - available.available_pieces / nullif(available.expected_pieces, 0)
        ) as out_of_stock_days,
        available.good_pieces > 0
        and available.sold_pieces < threshold.demand_partial_ratio * available.expected_pieces
        and available.available_pieces < available.expected_pieces as is_partial,
        available.expected_pieces,
        available.sold_pieces,
        case
            when available.good_pieces <= 0 and available.mark = 'out_of_stock'
                then greatest(available.expected_pieces - available.sold_pieces, 0)
            else 0
        end as lost_pieces
    from available
    cross join threshold

),

-- a void - nobody there ever had it - is a gap in distribution, not on the shelf
looked_for as (

    select
        {{ iso_week_start('msl.visit_date') }} as week_start_date,
        visit.distributor_code,
        msl.sku_code,
        count(*) as shelf_checks,
        count(*) filter (where not msl.is_on_shelf) as shelf_gaps
    from {{ ref('int_visit_msl') }} as msl
    inner join {{ ref('int_visit') }} as visit
        on
            msl.visit_id = visit.visit_id
            and msl.visit_date = visit.visit_date
            and msl.outlet_code = visit.outlet_code
    where msl.is_checked and not msl.is_void and visit.distributor_code is not null
    group by {{ iso_week_start('msl.visit_date') }}, visit.distributor_code, msl.sku_code

),

-- full join: shelves are looked at where no stock is counted
told as (

    select
        coalesce(judged.week_start_date, looked_for.week_start_date) as week_start_date,
        coalesce(judged.distributor_code, looked_for.distributor_code) as distributor_code,
        coalesce(judged.sku_code, looked_for.sku_code) as sku_code,
        judged.is_distributor_oos,
        judged.out_of_stock_days,
        judged.is_partial,
        judged.expected_pieces,
        judged.sold_pieces,
        judged.lost_pieces,
        coalesce(looked_for.shelf_checks, 0) as shelf_checks,
        coalesce(looked_for.shelf_gaps, 0) as shelf_gaps
    from judged
    full outer join looked_for
        on
            judged.week_start_date = looked_for.week_start_date
            and judged.distributor_code = looked_for.distributor_code
            and judged.sku_code = looked_for.sku_code

)

select
    told.week_start_date,
    told.distributor_code,
    told.sku_code,
    coalesce(told.is_distributor_oos, false) as is_distributor_oos,
    cast(told.out_of_stock_days as decimal(18, 3)) as out_of_stock_days,
    coalesce(told.is_partial, false) as is_partial,
    cast(told.shelf_checks as bigint) as shelf_checks,
    cast(told.shelf_gaps as bigint) as shelf_gaps,
    cast(told.expected_pieces as decimal(18, 3)) as expected_pieces,
    cast(told.sold_pieces as decimal(18, 3)) as sold_pieces,
    cast(coalesce(told.lost_pieces, 0) as decimal(18, 3)) as lost_pieces,
    cast(
        coalesce(told.lost_pieces, 0) * {{ unit_margin('sku') }} as decimal(18, 2)
    ) as lost_margin_amount
from told
-- left join: a SKU without a master row has no margin
left join {{ ref('dim_sku') }} as sku
    on told.sku_code = sku.sku_code and sku.is_current
where
    coalesce(told.is_distributor_oos, false)
    or coalesce(told.out_of_stock_days, 0) > 0
    or coalesce(told.is_partial, false)
    or told.shelf_gaps > 0
