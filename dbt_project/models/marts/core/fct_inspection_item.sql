{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['cleaning'], 'column': 'inspection_date'}},
) }}

with inspections as (

    select
        *,
        'cleaning' as inspection_type
    from {{ ref('stg_cleaning') }}
    {% if is_incremental() %}
        where inspection_date in {{ touched_dates() }}
    {% endif %}

),

sorted as (

    select
        inspection_date,
        inspection_type,
        area_code,
        round_no,
        item_code,
        inspection_no,
        inspected_at,
        score,
        is_passed,
        defect_code,
        photo_ref,
        contractor_code,
        inspector_code,
        _delivery_id,
        _row_no
    from inspections
    order by inspection_date, area_code, round_no

)

select * from sorted
