-- Who wants how much of each SKU of which the company cannot send all that is wanted. A SKU that is
-- not on the newest list of company stock is not known to be short.
with

wanted as (

    select
        *,
        order_cases * pieces_per_case as wanted_pieces,
        sum(order_cases * pieces_per_case) over (partition by sku_code) as all_wanted_pieces
    from {{ ref('int_replenishment') }}

),

newest as (

    select max(as_of_date) as as_of_date
    from {{ ref('stg_company_stock') }}
    where as_of_date <= {{ as_of() }}

),

-- several warehouses of the company may each send their own list
available as (

    select
        listed.sku_code,
        listed.as_of_date as listed_date,
        sum(listed.quantity_pieces) as available_pieces
    from {{ ref('stg_company_stock') }} as listed
    inner join newest on listed.as_of_date = newest.as_of_date
    group by listed.sku_code, listed.as_of_date

)

select
    wanted.sku_code,
    wanted.distributor_code,
    available.listed_date,
    cast(available.available_pieces as decimal(18, 3)) as available_pieces,
    cast(wanted.all_wanted_pieces as decimal(18, 3)) as all_wanted_pieces,
    wanted.pieces_per_case,
    wanted.position_pieces,
    cast(wanted.wanted_pieces as decimal(18, 3)) as need_pieces,
    wanted.supply_demand_pieces as demand_pieces,
    -- safety stock is so many deviations of the same demand
    cast(coalesce(
        wanted.safety_stock_pieces
        / nullif(greatest({{ normal_quantile('threshold.service_level_ratio') }}, 0), 0),
        0
    ) as decimal(18, 3)) as demand_sd_pieces,
    -- what earns nothing, or has no price, is shared by the pieces that would be missed
    cast(greatest({{ unit_margin('sku') }}, 0.01) as double) as margin_per_piece
from wanted
inner join available on wanted.sku_code = available.sku_code
cross join {{ ref('int_threshold_applied') }} as threshold
-- left join: a SKU without a master row has no price
left join {{ ref('dim_sku') }} as sku on wanted.sku_code = sku.sku_code and sku.is_current
where wanted.all_wanted_pieces > available.available_pieces
