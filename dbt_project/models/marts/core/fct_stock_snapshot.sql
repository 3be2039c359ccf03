{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['stock'], 'column': 'snapshot_date'}},
) }}

with batches as (

    select * from {{ ref('stg_stock') }}
    {% if is_incremental() %}
        where snapshot_date in {{ touched_dates() }}
    {% endif %}

),

sorted as (

    select
        snapshot_date,
        week_start_date,
        distributor_code,
        warehouse_code,
        sku_code,
        batch_no,
        production_date,
        expiry_date,
        stock_status,
        quantity_pieces,
        their_sku_code,
        _delivery_id,
        _row_no
    from batches
    order by snapshot_date, sku_code, distributor_code

)

select * from sorted
