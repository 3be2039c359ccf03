-- SKUs are told for those who are given targets by SKU; by city, province and banner brands do.
{% set keys = ['month_start_date', 'assignment_basis'] %}
{% set sums = [
    'sum(sellout_pieces) as sellout_pieces',
    'sum(sellout_net_amount) as sellout_net_amount',
    'sum(return_net_amount) as return_net_amount',
] %}

with

sku as (

    select
        sku_code,
        brand,
        category
    from {{ ref('dim_sku') }}
    where is_current

),

cell as (

    select
        sales.*,
        coalesce(sku.brand, 'UNKNOWN') as brand,
        coalesce(sku.category, 'UNKNOWN') as category
    from {{ ref('int_sales_cell_month') }} as sales
    left join sku on sales.sku_code = sku.sku_code

),

node as (

    {{ by_node('cell', keys + ['category', 'brand', 'sku_code'], sums) }}

),

item as (

    {{ by_item('node', keys + ['node_type', 'node_code'], sums) }}

)

select
    month_start_date,
    assignment_basis,
    node_type,
    node_code,
    item_level,
    item_code,
    cast(sellout_pieces as decimal(18, 3)) as sellout_pieces,
    cast(sellout_net_amount as decimal(18, 2)) as sellout_net_amount,
    cast(return_net_amount as decimal(18, 2)) as return_net_amount
from item
where item_level != 'sku' or node_type not in ('province', 'city', 'banner')
