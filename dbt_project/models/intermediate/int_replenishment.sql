-- How many cases each distributor is to order of a SKU, up to what sells until the delivery after
-- the next order and safety stock, once what is moved to it is there. Nothing is ordered of stock
-- that may not be there, was pushed, or is too much already.
with

health as (

    select
        health.*,
        coalesce(sku.pieces_per_case, 1) as pieces_per_case
    from {{ ref('stock_health') }} as health
    -- left join: a SKU without a master row has no case
    left join {{ ref('dim_sku') }} as sku
        on health.sku_code = sku.sku_code and sku.is_current
    where health.is_latest and not health.is_blind and health.verdict_basis = 'forecast'

),

taken_in as (

    select
        to_distributor_code as distributor_code,
        sku_code,
        sum(pieces) as moved_in_pieces
    from {{ ref('int_transfer') }}
    group by to_distributor_code, sku_code

),

wanted as (

    select
        health.*,
        coalesce(taken_in.moved_in_pieces, 0) as moved_in_pieces,
        health.good_stock_pieces
        + coalesce(health.inbound_pieces, 0)
        + coalesce(taken_in.moved_in_pieces, 0) as position_pieces,
        supply.moq_cases,
        supply.lead_days
    from health
    inner join {{ ref('int_supply') }} as supply
        on health.distributor_code = supply.distributor_code
    left join taken_in
        on
            health.distributor_code = taken_in.distributor_code
            and health.sku_code = taken_in.sku_code
    where
        health.is_listed
        and not health.is_phantom
        and not health.is_pushed
        and not health.is_over
        and not health.is_dead

),

-- no more whole cases than sell within the highest cover
counted as (

    select
        *,
        least(
            ceil((order_up_to_pieces - position_pieces) / pieces_per_case),
            greatest(floor(
                (max_cover_demand_pieces + safety_stock_pieces - position_pieces) / pieces_per_case
            ), 0)
        ) as order_cases
    from wanted
    where order_up_to_pieces > position_pieces

)

select
    distributor_code,
    sku_code,
    pieces_per_case,
    good_stock_pieces,
    inbound_pieces,
    cast(moved_in_pieces as decimal(18, 3)) as moved_in_pieces,
    cast(position_pieces as decimal(18, 3)) as position_pieces,
    supply_demand_pieces,
    safety_stock_pieces,
    order_up_to_pieces,
    max_cover_demand_pieces,
    lead_days,
    moq_cases,
    cast(order_cases as bigint) as order_cases
from counted
where order_cases > 0
