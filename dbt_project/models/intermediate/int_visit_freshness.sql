-- How long what stands on the shelf may still be sold. A product whose stock was not counted stands
-- for the one piece whose date was read.
with

seen as (

    select
        visit_id,
        visit_date,
        outlet_code,
        sku_code,
        production_date,
        coalesce(stock_pieces, 1) as pieces
    from {{ ref('fct_check_sku') }}
    where production_date <= visit_date and coalesce(stock_pieces, 1) > 0

),

dated as (

    select
        seen.*,
        sku.shelf_life_days,
        seen.production_date + cast(sku.shelf_life_days as integer)
        - cast(threshold.last_sale_days_before_expiry as integer) as last_sale_date,
        threshold.shelf_rsl_min_ratio
    from seen
    cross join {{ ref('int_threshold_applied') }} as threshold
    inner join {{ ref('dim_sku') }} as sku
        on
            seen.sku_code = sku.sku_code
            and seen.visit_date >= sku.valid_from
            and seen.visit_date < sku.valid_to
    where sku.shelf_life_days > 0

),

-- the last day of sale is still a day of sale
lasting as (

    select
        *,
        greatest(last_sale_date - visit_date + 1, 0) as days_left
    from dated

)

select
    visit_id,
    visit_date,
    outlet_code,
    sku_code,
    production_date,
    last_sale_date,
    pieces,
    {{ safe_ratio('days_left', 'shelf_life_days') }} as shelf_life_left_ratio,
    days_left > 0 and days_left >= shelf_rsl_min_ratio * shelf_life_days as is_fresh
from lasting
