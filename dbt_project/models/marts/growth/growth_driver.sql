-- Sales are outlets times pieces an outlet times price. Each effect is the mean of what its change
-- brings over all orders in which the three can change; rounding is left over in the price effect.
with

sku_period as (

    select * from {{ ref('int_growth_sku_period') }}

),

{%- set keys = [
    'period_type', 'period_start_date', 'week_count', 'node_type', 'node_code', 'basis',
] %}

summed as (

    select
        {{ keys | join(', ') }},
        {{ item_level() }} as item_level,
        {{ item_code() }} as item_code,
        {%- for side in ['', 'base_'] %}
            sum({{ side }}net_amount) as {{ side }}net_amount,
            sum({{ side }}sold_amount) as {{ side }}sold_amount,
            sum({{ side }}sold_pieces) as {{ side }}sold_pieces
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from sku_period
    group by {{ item_sets(keys) }}  -- noqa: PRS

),

counted as (

    select
        summed.*,
        coalesce(active.outlet_week_count, 0) as outlet_week_count,
        coalesce(active.base_outlet_week_count, 0) as base_outlet_week_count
    from summed
    -- left join: an item that only came back was bought by no outlet
    left join {{ ref('int_active_outlet_period') }} as active
        on
            {%- for key in keys if key != 'week_count' %}
                summed.{{ key }} = active.{{ key }} and
            {%- endfor %}
            summed.item_level = active.item_level
            and summed.item_code = active.item_code

),

rated as (

    select
        *,
        cast(outlet_week_count as double) as n1,
        cast(base_outlet_week_count as double) as n0,
        coalesce({{ safe_ratio('sold_pieces', 'outlet_week_count') }}, 0) as r1,
        coalesce({{ safe_ratio('base_sold_pieces', 'base_outlet_week_count') }}, 0) as r0,
        coalesce({{ safe_ratio('sold_amount', 'sold_pieces') }}, 0) as p1,
        coalesce({{ safe_ratio('base_sold_amount', 'base_sold_pieces') }}, 0) as p0
    from counted

),

explained as (

    select
        *,
        cast(
            round((n1 - n0) * ((r0 * p0 + r1 * p1) / 3 + (r0 * p1 + r1 * p0) / 6), 2)
            as decimal(18, 2)
        ) as distribution_effect_amount,
        cast(
            round((r1 - r0) * ((n0 * p0 + n1 * p1) / 3 + (n0 * p1 + n1 * p0) / 6), 2)
            as decimal(18, 2)
        ) as rate_of_sale_effect_amount
    from rated

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
    cast(net_amount as decimal(18, 2)) as net_amount,
    cast(base_net_amount as decimal(18, 2)) as base_net_amount,
    outlet_week_count,
    base_outlet_week_count,
    cast(sold_pieces as decimal(18, 3)) as rate_of_sale_num,
    outlet_week_count as rate_of_sale_den,
    {{ safe_ratio('sold_pieces', 'outlet_week_count') }} as rate_of_sale_pieces,
    {{ safe_ratio('base_sold_pieces', 'base_outlet_week_count') }} as base_rate_of_sale_pieces,
    {{ safe_ratio('sold_amount', 'sold_pieces') }} as price_per_piece,
    {{ safe_ratio('base_sold_amount', 'base_sold_pieces') }} as base_price_per_piece,
    distribution_effect_amount,
    rate_of_sale_effect_amount,
    cast(
        sold_amount - base_sold_amount - distribution_effect_amount - rate_of_sale_effect_amount
        as decimal(18, 2)
    ) as price_effect_amount,
    cast(net_amount - sold_amount - base_net_amount + base_sold_amount as decimal(18, 2))
        as returns_effect_amount,
    case
        when outlet_week_count = 0 and base_outlet_week_count = 0 then 'no_outlet'
        when base_outlet_week_count = 0 then 'no_base'
        else 'ok'
    end as status
from explained
