-- Days on which an outlet bought a SKU of a must-stock list, or was seen to have it.
with

listed as (

    select distinct sku_code
    from {{ ref('int_msl_due') }}

),

observed as (

    select
        outlet_code,
        sku_code,
        sold_date as handled_date,
        'selling' as basis
    from {{ ref('fct_sellout_line') }}
    where doc_type = 'sale' and quantity_pieces > 0
    union all
    select
        outlet_code,
        sku_code,
        sold_date as handled_date,
        'stocking' as basis
    from {{ ref('fct_ka_pos') }}
    where quantity_pieces > 0 or on_hand_pieces > 0
    union all
    select
        outlet_code,
        sku_code,
        visit_date as handled_date,
        'audited' as basis
    from {{ ref('fct_check_sku') }}
    where is_present or stock_pieces > 0

)

select
    observed.outlet_code,
    observed.sku_code,
    observed.handled_date,
    bool_or(observed.basis = 'selling') as is_bought,
    bool_or(observed.basis = 'stocking') as is_stocked,
    bool_or(observed.basis = 'audited') as is_seen
from observed
-- the fact holds every SKU: only those somebody must stock matter here
inner join listed on observed.sku_code = listed.sku_code
group by observed.outlet_code, observed.sku_code, observed.handled_date
