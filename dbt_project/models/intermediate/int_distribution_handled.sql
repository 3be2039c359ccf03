{{ config(materialized='view') }}

-- Distributors' sales to outlets are purchases of the outlets; audits and a chain's own stock
-- figures see what stands there, and only in the outlets they look at.
with

observed as (

    select
        'selling' as basis,
        week_start_date,
        outlet_code,
        sku_code,
        true as is_handled
    from {{ ref('int_sellout_outlet_sku_week') }}
    where sale_quantity_pieces > 0
    union all
    select
        'audited' as basis,
        {{ iso_week_start('visit_date') }} as week_start_date,
        outlet_code,
        sku_code,
        is_present or coalesce(stock_pieces, 0) > 0 as is_handled
    from {{ ref('fct_check_sku') }}
    union all
    select
        'stocking' as basis,
        {{ iso_week_start('sold_date') }} as week_start_date,
        outlet_code,
        sku_code,
        on_hand_pieces > 0 as is_handled
    from {{ ref('fct_ka_pos') }}
    where on_hand_pieces is not null

),

-- an outlet handles what it had or bought at any time of the week, from whichever distributor
handled_sku as (

    select
        basis,
        week_start_date,
        outlet_code,
        sku_code,
        bool_or(is_handled) as is_handled
    from observed
    group by basis, week_start_date, outlet_code, sku_code

),

sku as (

    select
        sku_code,
        brand,
        category
    from {{ ref('dim_sku') }}
    where is_current

)

select
    basis,
    week_start_date,
    outlet_code,
    'sku' as item_level,
    sku_code as item_code,
    is_handled
from handled_sku
{%- for item_level in ['brand', 'category'] %}
    union all
    -- a brand or category is the union of its SKUs, not their sum
    select
        handled_sku.basis,
        handled_sku.week_start_date,
        handled_sku.outlet_code,
        '{{ item_level }}' as item_level,
        sku.{{ item_level }} as item_code,
        bool_or(handled_sku.is_handled) as is_handled
    from handled_sku
    inner join sku on handled_sku.sku_code = sku.sku_code
    where sku.{{ item_level }} is not null
    group by
        handled_sku.basis,
        handled_sku.week_start_date,
        handled_sku.outlet_code,
        sku.{{ item_level }}
{%- endfor %}
union all
select
    basis,
    week_start_date,
    outlet_code,
    'all' as item_level,
    'all' as item_code,
    bool_or(is_handled) as is_handled
from handled_sku
group by basis, week_start_date, outlet_code
