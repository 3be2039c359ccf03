{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['check_category'], 'column': 'visit_date'}},
) }}

with

last_told as (

    {{ checks_told_last('stg_check_category', 'category') }}

),

sorted as (

    select
        visit_date,
        visit_id,
        outlet_code,
        rep_code,
        category,
        total_facings,
        our_facings,
        is_plausible,
        their_outlet_code,
        _delivery_id,
        _row_no
    from last_told
    order by visit_date, outlet_code, visit_id, category

)

select * from sorted
