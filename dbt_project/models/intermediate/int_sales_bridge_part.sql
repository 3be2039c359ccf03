-- The bars of the sales bridge side by side.
with

sku_period as (

    select
        *,
        case when basis = 'festival' then sold_pieces - promotion_pieces end as pieces,
        case when basis = 'festival' then sold_amount - promotion_amount end as amount,
        case when basis = 'festival' then base_sold_pieces - base_promotion_pieces end
            as base_pieces,
        case when basis = 'festival' then base_sold_amount - base_promotion_amount end
            as base_amount
    from {{ ref('int_growth_sku_period') }}

),

-- a SKU is an innovation for the 52 weeks after its launch
compared as (

    select
        *,
        pieces > 0 and base_pieces > 0 as is_continuing,
        pieces > 0 and base_pieces <= 0 and coalesce(launch_date >= period_start_date - 364, false)
            as is_innovation,
        pieces > 0
        and base_pieces <= 0
        and not coalesce(launch_date >= period_start_date - 364, false) as is_new,
        pieces <= 0 as is_lost,
        case
            when base_pieces > 0 then {{ exact_product('pieces', 'base_amount', 'base_pieces') }}
        end as amount_at_base_price,
        case
            when pieces > 0 then {{ exact_product('base_pieces', 'amount', 'pieces') }}
        end as base_amount_at_price
    from sku_period

),

{%- set keys = ['period_type', 'period_start_date', 'week_count', 'node_type', 'node_code'] %}

summed as (

    select
        {{ keys | join(', ') }},
        {{ item_level(['category']) }} as item_level,
        {{ item_code(['category']) }} as item_code,
        sum(base_net_amount) filter (where basis = 'iso') as last_year_amount,
        sum(case when basis = 'festival' then base_net_amount else -base_net_amount end)
            as calendar_amount,
        sum(net_amount) filter (where basis = 'festival') as this_year_amount,
        coalesce(bool_and(net_weight_grams is not null) filter (where is_continuing), false)
            as is_in_kg,
        {%- for side in ['', 'base_'] %}
            cast(sum({{ side }}pieces) filter (where is_continuing) as double)
                as {{ side }}pieces,
            cast(sum({{ side }}pieces * net_weight_grams) filter (where is_continuing) as double)
            / 1000 as {{ side }}kg,
            sum({{ side }}amount) filter (where is_continuing) as {{ side }}amount,
        {%- endfor %}
        cast(sum(amount_at_base_price) filter (where is_continuing) as double)
            as amount_at_base_price,
        cast(sum(base_amount_at_price) filter (where is_continuing) as double)
            as base_amount_at_price,
        coalesce(sum(amount - base_amount) filter (where is_innovation), 0) as innovation_amount,
        coalesce(sum(amount - base_amount) filter (where is_new), 0) as new_amount,
        coalesce(sum(amount - base_amount) filter (where is_lost), 0) as delist_amount,
        sum(promotion_amount - base_promotion_amount) filter (where basis = 'festival')
            as promotion_amount,
        sum(
            case
                when basis = 'festival'
                    then net_amount - sold_amount - base_net_amount + base_sold_amount
            end
        ) as returns_amount
    from compared
    group by {{ item_sets(keys, ['category']) }}  -- noqa: PRS

),

measured as (

    select
        summed.*,
        case when summed.is_in_kg then summed.kg else summed.pieces end as q1,
        case when summed.is_in_kg then summed.base_kg else summed.base_pieces end as q0,
        nullif(active.outlet_week_count, 0) as n1,
        nullif(active.base_outlet_week_count, 0) as n0
    from summed
    -- left join: what only came back was bought by no outlet
    left join {{ ref('int_active_outlet_period') }} as active
        on
            {%- for key in keys if key != 'week_count' %}
                summed.{{ key }} = active.{{ key }} and
            {%- endfor %}
            active.basis = 'festival'
            and summed.item_level = active.item_level
            and summed.item_code = active.item_code

),

-- volume is outlets times pieces an outlet, each at the mean of the other and of the price
explained as (

    select
        *,
        (n1 - n0) * (q1 / n1 + q0 / n0) / 2 * (amount / q1 + base_amount / q0) / 2
            as distribution,
        (q1 - q0) * (amount / q1 + base_amount / q0) / 2 as volume,
        (q1 + q0) / 4 * (
            amount_at_base_price / q1 + amount / q1 - base_amount / q0 - base_amount_at_price / q0
        ) as mix
    from measured

),

rounded as (

    select
        *,
        cast(coalesce(round(distribution, 2), 0) as decimal(18, 2)) as distribution_amount,
        cast(coalesce(round(volume - coalesce(distribution, 0), 2), 0) as decimal(18, 2))
            as rate_of_sale_amount,
        cast(coalesce(round(mix, 2), 0) as decimal(18, 2)) as mix_amount
    from explained

)

select
    {{ keys | join(', ') }},
    item_level,
    item_code,
    last_year_amount,
    calendar_amount,
    distribution_amount,
    rate_of_sale_amount,
    coalesce(amount - base_amount, 0) - distribution_amount - rate_of_sale_amount - mix_amount
        as price_amount,
    mix_amount,
    innovation_amount,
    new_amount,
    delist_amount,
    promotion_amount,
    returns_amount,
    this_year_amount
from rounded
