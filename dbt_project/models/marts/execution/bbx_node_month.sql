{%- set nodes = [
    'province', 'city', 'channel', 'banner', 'outlet_class', 'distributor_code',
    'supervisor_code', 'rep_code',
] -%}
with

visit as (

    select * from {{ ref('int_visit') }}

),

organisation as (

    select distinct
        outlet_code,
        visit_date,
        {{ nodes | join(', ') }}
    from visit

),

-- what is observed belongs to whom the outlet belonged to on the day of the visit, ...
observed as (

    select
        cast(date_trunc('month', visit_date) as date) as month_start_date,
        visit_date,
        outlet_code,
        block,
        1 as visit_count,
        block_num,
        block_den,
        price_deviation_num,
        price_deviation_den
    from {{ ref('int_visit_block') }}
    where is_counted

),

-- ... what is said of the outlet's month, to whom it belonged on the last visit in it
scored as (

    select
        month_start_date,
        last_visit_date as visit_date,
        outlet_code,
        block,
        visit_count,
        block_num,
        block_den
    from {{ ref('bbx_outlet_month') }}
    where block in ('perfect_store', 'pass_all')

),

block as (

    select * from observed
    union all by name
    select * from scored

),

cell as (

    select
        block.month_start_date,
        block.block,
        {%- for node in nodes %}
            organisation.{{ node }},
        {%- endfor %}
        sum(block.visit_count) as visit_count,
        sum(block.block_num) as block_num,
        sum(block.block_den) as block_den,
        sum(block.price_deviation_num) as price_deviation_num,
        sum(block.price_deviation_den) as price_deviation_den
    from block
    inner join organisation
        on
            block.outlet_code = organisation.outlet_code
            and block.visit_date = organisation.visit_date
    group by all

),

node as (

    select
        month_start_date,
        {{ node_type(nodes) }} as node_type,
        {{ node_code(nodes) }} as node_code,
        block,
        cast(sum(visit_count) as bigint) as visit_count,
        cast(sum(block_num) as decimal(18, 6)) as block_num,
        cast(sum(block_den) as decimal(18, 6)) as block_den,
        cast(sum(price_deviation_num) as decimal(18, 6)) as price_deviation_num,
        cast(sum(price_deviation_den) as bigint) as price_deviation_den
    from cell
    group by {{ node_sets(['month_start_date', 'block'], nodes) }}  -- noqa: PRS

)

select
    month_start_date,
    node_type,
    node_code,
    block,
    visit_count,
    block_num,
    block_den,
    {{ safe_ratio('block_num', 'block_den') }} as block_ratio,
    price_deviation_num,
    price_deviation_den,
    {{ safe_ratio('price_deviation_num', 'price_deviation_den') }} as price_deviation_ratio
from node
