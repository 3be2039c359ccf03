-- Who has too much of a SKU and who needs it, where a lane leads from one to the other. What may
-- not be there is not moved, and what is on its way is called off before anything else.
with

lane as (

    select * from {{ ref('int_transfer_lane') }}

),

coming as (

    select
        distributor_code,
        sku_code,
        sum(quantity_pieces) as open_pieces
    from {{ ref('int_inbound') }}
    where order_status = 'open'
    group by distributor_code, sku_code

),

geo as (

    select
        city,
        province
    from {{ ref('dim_geo') }}

),

-- a territory is a province; left joins: what is not known is a territory of its own
position as (

    select
        health.distributor_code,
        health.sku_code,
        coalesce(geo.province, supply.city) as territory,
        coalesce(sku.pieces_per_case, 1) as pieces_per_case,
        case
            when health.is_phantom or not (health.is_over or health.is_dead) then 0
            else
                least(
                    greatest(health.excess_pieces - coalesce(coming.open_pieces, 0), 0),
                    health.good_stock_pieces
                )
        end as excess_pieces,
        case
            when health.is_phantom or health.is_over or health.is_dead or not health.is_listed
                then 0
            else
                greatest(
                    health.order_up_to_pieces - health.good_stock_pieces - health.inbound_pieces, 0
                )
        end as need_pieces,
        health.lost_pieces,
        {{ unit_margin('sku') }} as margin_per_piece,
        sku.std_cost_per_piece * (1 - threshold.salvage_ratio) as write_off_per_piece
    from {{ ref('stock_health') }} as health
    inner join {{ ref('int_supply') }} as supply
        on health.distributor_code = supply.distributor_code
    cross join {{ ref('int_threshold_applied') }} as threshold
    left join geo on supply.city = geo.city
    left join coming
        on
            health.distributor_code = coming.distributor_code
            and health.sku_code = coming.sku_code
    left join {{ ref('dim_sku') }} as sku
        on health.sku_code = sku.sku_code and sku.is_current
    where health.is_latest and not health.is_blind and health.verdict_basis = 'forecast'

),

-- only where somebody can give to somebody
pair as (

    select distinct
        giver.sku_code,
        giver.distributor_code as from_distributor_code,
        taker.distributor_code as to_distributor_code
    from position as giver
    inner join lane on giver.distributor_code = lane.from_distributor_code
    inner join position as taker
        on
            giver.sku_code = taker.sku_code
            and lane.to_distributor_code = taker.distributor_code
    where
        giver.excess_pieces >= giver.pieces_per_case
        and taker.need_pieces >= taker.pieces_per_case

),

concerned as (

    select
        sku_code,
        from_distributor_code as distributor_code
    from pair
    union
    select
        sku_code,
        to_distributor_code as distributor_code
    from pair

)

select
    position.sku_code,
    position.distributor_code,
    position.territory,
    position.pieces_per_case,
    cast(position.excess_pieces as double) as excess_pieces,
    cast(position.need_pieces as double) as need_pieces,
    cast(position.lost_pieces as double) as lost_pieces,
    cast(position.margin_per_piece as double) as margin_per_piece,
    cast(position.write_off_per_piece as double) as write_off_per_piece
from position
semi join concerned
    on
        position.sku_code = concerned.sku_code
        and position.distributor_code = concerned.distributor_code
