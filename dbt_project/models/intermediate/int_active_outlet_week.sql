-- Outlets that bought an item in a week, by node. The unknown outlet of a distributor counts as
-- one: its pieces are in the sales, so it has to be in what they are divided by.
with

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

sku as (

    select
        sku_code,
        coalesce(brand, 'UNKNOWN') as brand,
        coalesce(category, 'UNKNOWN') as category
    from {{ ref('dim_sku') }}
    where is_current

),

sellout as (

    select
        week_start_date,
        distributor_code,
        outlet_code,
        sku_code
    from {{ ref('int_sellout_outlet_sku_week') }}
    where net_amount is not null and quantity_pieces > return_quantity_pieces

),

bought as (

    select
        sellout.week_start_date,
        sellout.outlet_code,
        sellout.sku_code,
        sku.brand,
        sku.category,
        {{ outlet_cell('sellout', 'organisation') }}
    from sellout
    inner join sku on sellout.sku_code = sku.sku_code
    inner join organisation
        on
            sellout.outlet_code = organisation.outlet_code
            and sellout.week_start_date + 6 >= organisation.valid_from
            and sellout.week_start_date + 6 < organisation.valid_to

),

-- one row is an outlet, a distributor it bought from, and an item
buyer as (

    select
        week_start_date,
        outlet_code,
        {{ cell_columns() }},
        {{ item_level() }} as item_level,
        {{ item_code() }} as item_code
    from bought
    group by {{ item_sets(['week_start_date', 'outlet_code', cell_columns()]) }}  -- noqa: PRS

),

{%- set nodes = cell_columns().split(', ') | reject('equalto', 'distributor_code') | list %}

-- an outlet that bought from two distributors is one outlet everywhere but there
outlet as (

    select distinct
        week_start_date,
        outlet_code,
        {{ nodes | join(', ') }},
        item_level,
        item_code
    from buyer

),

by_node as (

    select
        week_start_date,
        {{ node_type(nodes) }} as node_type,
        {{ node_code(nodes) }} as node_code,
        item_level,
        item_code,
        count(*) as active_outlet_count
    from outlet
    group by {{ node_sets(['week_start_date', 'item_level', 'item_code'], nodes) }}  -- noqa: PRS

),

by_distributor as (

    select
        week_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        item_level,
        item_code,
        count(*) as active_outlet_count
    from buyer
    group by week_start_date, distributor_code, item_level, item_code

)

select * from by_node
union all
select * from by_distributor
