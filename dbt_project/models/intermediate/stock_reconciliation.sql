select distributor_code, sku_code, true as is_latest, 'pass' as status from {{ ref('fct_stock_movement') }} where false
