-- Worked out again from shares and prices, as the definition has it, from this year back to the
-- last.
with

forward as (

    select * from {{ ref('price_volume_mix') }}
    where item_level = 'all' and variant = 'midpoint' and status = 'ok'

),

sold as (

    select
        sku_period.*,
        case when forward.quantity_unit = 'kg' then sku_period.net_weight_grams / 1000 else 1 end
            as quantity_per_piece
    from {{ ref('int_growth_sku_period') }} as sku_period
    inner join forward
        on
            sku_period.period_type = forward.period_type
            and sku_period.period_start_date = forward.period_start_date
            and sku_period.node_type = forward.node_type
            and sku_period.node_code = forward.node_code
            and sku_period.basis = forward.basis

),

measured as (

    select
        *,
        sold_pieces * quantity_per_piece as quantity,
        base_sold_pieces * quantity_per_piece as base_quantity
    from sold
    where sold_pieces > 0 and base_sold_pieces > 0

),

continuing as (

    select
        period_type,
        period_start_date,
        node_type,
        node_code,
        basis,
        cast(sold_amount / quantity as double) as price_from,
        cast(base_sold_amount / base_quantity as double) as price_to,
        cast(quantity / sum(quantity) over node as double) as share_from,
        cast(base_quantity / sum(base_quantity) over node as double) as share_to,
        cast(sum(quantity) over node as double) as total_from,
        cast(sum(base_quantity) over node as double) as total_to
    from measured
    window node as (partition by period_type, period_start_date, node_type, node_code, basis)

),

reversed as (

    select
        period_type,
        period_start_date,
        node_type,
        node_code,
        basis,
        (any_value(total_to) - any_value(total_from))
        * (sum(share_from * price_from) + sum(share_to * price_to)) / 2 as volume_effect,
        (any_value(total_to) + any_value(total_from)) / 2
        * sum((price_to - price_from) * (share_from + share_to) / 2) as price_effect,
        (any_value(total_to) + any_value(total_from)) / 2
        * sum((share_to - share_from) * (price_from + price_to) / 2) as mix_effect
    from continuing
    group by period_type, period_start_date, node_type, node_code, basis

)

select forward.*
from forward
left join reversed
    on
        forward.period_type = reversed.period_type
        and forward.period_start_date = reversed.period_start_date
        and forward.node_type = reversed.node_type
        and forward.node_code = reversed.node_code
        and forward.basis = reversed.basis
where
    -- half a cent of rounding each, a whole one where it is left over
    not coalesce(
        abs(forward.volume_effect_amount + reversed.volume_effect) <= 0.0051
        and abs(forward.mix_effect_amount + reversed.mix_effect) <= 0.0051
        and abs(forward.price_effect_amount + reversed.price_effect) <= 0.0101,
        false
    )
