-- What a node sold of a SKU in a period, and in the weeks it is set against on each basis.
with

period as (

    select * from {{ ref('int_growth_period') }}

),

week as (

    select * from {{ ref('int_growth_node_week') }}

),

sku as (

    select * from {{ ref('dim_sku') }}
    where is_current

),

summed as (

    select
        period.period_type,
        period.period_start_date,
        any_value(period.week_count) as week_count,
        week.node_type,
        week.node_code,
        week.sku_code,
        {{ summed_growth_measures() }}
    from week
    inner join period on week.week_start_date = period.week_start_date
    group by
        period.period_type,
        period.period_start_date,
        week.node_type,
        week.node_code,
        week.sku_code

),

by_basis as (

    {%- for basis in ['iso', 'festival'] %}
        select
            period_type,
            period_start_date,
            week_count,
            node_type,
            node_code,
            sku_code,
            '{{ basis }}' as basis,
            {%- for measure in growth_measures().split(', ') %}
                {{ measure }},
                {{ basis }}_{{ measure }} as base_{{ measure }}
                {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from summed
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}

)

select
    by_basis.*,
    coalesce(sku.brand, 'UNKNOWN') as brand,
    coalesce(sku.category, 'UNKNOWN') as category,
    nullif(sku.net_weight_grams, 0) as net_weight_grams,
    sku.launch_date
from by_basis
inner join sku on by_basis.sku_code = sku.sku_code
