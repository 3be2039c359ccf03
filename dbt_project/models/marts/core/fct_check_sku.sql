{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['check_sku'], 'column': 'visit_date'}},
) }}

with

last_told as (

    {{ checks_told_last('stg_check_sku', 'sku_code') }}

),

sorted as (

    select
        visit_date,
        visit_id,
        outlet_code,
        rep_code,
        sku_code,
        is_present,
        oos_reason,
        stock_pieces,
        facings,
        shelf_price,
        promo_price,
        production_date,
        their_outlet_code,
        their_sku_code,
        _delivery_id,
        _row_no
    from last_told
    order by visit_date, outlet_code, visit_id, sku_code

)

select * from sorted
