with

distribution as (

    select * from {{ ref('distribution') }}
    where status = 'ok'

),

sku as (

    select
        sku_code,
        brand,
        category
    from {{ ref('dim_sku') }}
    where is_current

),

points as (

    select
        distribution.week_start_date,
        distribution.node_type,
        distribution.node_code,
        distribution.basis,
        sku.brand,
        sku.category,
        -- exact: a sum of doubles would depend on the order of its rows
        cast(100 * distribution.weighted_distribution_ratio as decimal(18, 9)) as points
    from distribution
    inner join sku on distribution.item_code = sku.sku_code
    where distribution.item_level = 'sku' and distribution.numeric_distribution_num > 0

),

{%- set key = 'week_start_date, node_type, node_code, basis' %}

total as (

    {%- for item_level, item_code in [
        ('all', "'all'"), ('category', 'category'), ('brand', 'brand'),
    ] %}
        select
            {{ key }},
            '{{ item_level }}' as item_level,
            {{ item_code }} as item_code,
            count(*) as sku_count,
            cast(sum(points) as decimal(18, 9)) as tdp_points
        from points
        {%- if item_level != 'all' %}
            where {{ item_code }} is not null
        {%- endif %}
        group by all
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}

),

compared as (

    select
        total.week_start_date,
        total.node_type,
        total.node_code,
        total.item_level,
        total.item_code,
        total.basis,
        total.sku_count,
        total.tdp_points,
        total.tdp_points as items_carried_num,
        cast(100 * distribution.weighted_distribution_ratio as decimal(18, 9)) as items_carried_den
    from total
    inner join distribution
        on
            total.week_start_date = distribution.week_start_date
            and total.node_type = distribution.node_type
            and total.node_code = distribution.node_code
            and total.item_level = distribution.item_level
            and total.item_code = distribution.item_code
            and total.basis = distribution.basis

)

select
    week_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    basis,
    sku_count,
    tdp_points,
    items_carried_num,
    items_carried_den,
    {{ safe_ratio('items_carried_num', 'items_carried_den') }} as items_carried_skus
from compared
