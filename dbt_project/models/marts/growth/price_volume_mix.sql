-- Effects are rounded to cents; what rounding leaves over is in the price effect, so that each row
-- sums exactly. A SKU alone has no mix, and there price and volume are exact as well.
with

sku_period as (

    select * from {{ ref('int_growth_sku_period') }}

),

-- q is what went out and p what it brought a piece; A of a SKU is q1 p0, B is q0 p1
compared as (

    select
        *,
        net_weight_grams as grams,
        sold_pieces > 0 and base_sold_pieces > 0 as is_continuing,
        sold_pieces > 0 and base_sold_pieces <= 0 as is_new,
        sold_pieces <= 0 as is_lost,
        case
            when base_sold_pieces > 0
                then {{ exact_product('sold_pieces', 'base_sold_amount', 'base_sold_pieces') }}
        end as amount_at_base_price,
        case
            when sold_pieces > 0
                then {{ exact_product('base_sold_pieces', 'sold_amount', 'sold_pieces') }}
        end as base_amount_at_price
    from sku_period

),

{%- set keys = [
    'period_type', 'period_start_date', 'week_count', 'node_type', 'node_code', 'basis',
] %}

summed as (

    select
        {{ keys | join(', ') }},
        {{ item_level(['category', 'brand']) }} as item_level,
        {{ item_code(['category', 'brand']) }} as item_code,
        sum(net_amount) as net_amount,
        sum(base_net_amount) as base_net_amount,
        coalesce(bool_and(net_weight_grams is not null) filter (where is_continuing), false)
            as is_in_kg,
        {%- for side in ['', 'base_'] %}
            cast(sum({{ side }}sold_pieces) filter (where is_continuing) as double)
                as {{ side }}pieces,
            cast(sum({{ side }}sold_pieces * grams) filter (where is_continuing) as double) / 1000
                as {{ side }}kg,
            sum({{ side }}sold_amount) filter (where is_continuing) as {{ side }}amount,
        {%- endfor %}
        cast(sum(amount_at_base_price) filter (where is_continuing) as double)
            as amount_at_base_price,
        cast(sum(base_amount_at_price) filter (where is_continuing) as double)
            as base_amount_at_price,
        coalesce(sum(sold_amount - base_sold_amount) filter (where is_new), 0)
            as new_effect_amount,
        coalesce(sum(sold_amount - base_sold_amount) filter (where is_lost), 0)
            as lost_effect_amount,
        sum(net_amount - sold_amount) - sum(base_net_amount - base_sold_amount)
            as returns_effect_amount
    from compared
    group by {{ item_sets(keys, ['category', 'brand']) }}  -- noqa: PRS

),

measured as (

    select
        *,
        case when is_in_kg then kg else pieces end as quantity,
        case when is_in_kg then base_kg else base_pieces end as base_quantity
    from summed

),

varied as (

    select
        *,
        'midpoint' as variant,
        (quantity - base_quantity) * (amount / quantity + base_amount / base_quantity) / 2
            as volume_effect,
        (quantity + base_quantity) / 4 * (
            amount_at_base_price / quantity + amount / quantity
            - base_amount / base_quantity - base_amount_at_price / base_quantity
        ) as mix_effect
    from measured
    union all
    select
        *,
        'base_weighted' as variant,
        (quantity - base_quantity) * base_amount / base_quantity as volume_effect,
        amount_at_base_price - quantity * base_amount / base_quantity as mix_effect
    from measured

),

rounded as (

    select
        *,
        cast(coalesce(round(volume_effect, 2), 0) as decimal(18, 2)) as volume_effect_amount,
        cast(coalesce(round(mix_effect, 2), 0) as decimal(18, 2)) as mix_effect_amount
    from varied

)

select
    period_type,
    period_start_date,
    week_count,
    node_type,
    node_code,
    item_level,
    item_code,
    basis,
    variant,
    cast(net_amount as decimal(18, 2)) as net_amount,
    cast(base_net_amount as decimal(18, 2)) as base_net_amount,
    volume_effect_amount,
    cast(
        coalesce(amount - base_amount, 0) - volume_effect_amount - mix_effect_amount
        as decimal(18, 2)
    ) as price_effect_amount,
    mix_effect_amount,
    cast(new_effect_amount as decimal(18, 2)) as new_effect_amount,
    cast(lost_effect_amount as decimal(18, 2)) as lost_effect_amount,
    cast(returns_effect_amount as decimal(18, 2)) as returns_effect_amount,
    case when quantity is null then 'none' when is_in_kg then 'kg' else 'piece' end
        as quantity_unit,
    case when quantity is null then 'no_base' else 'ok' end as status
from rounded
