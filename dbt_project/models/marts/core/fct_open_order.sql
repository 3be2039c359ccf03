{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['open_order'], 'column': 'as_of_date'}},
) }}

with lines as (

    select * from {{ ref('stg_open_order') }}
    {% if is_incremental() %}
        where as_of_date in {{ touched_dates() }}
    {% endif %}

),

sorted as (

    select
        as_of_date,
        distributor_code,
        order_no,
        line_no,
        order_date,
        eta_date,
        order_status,
        sku_code,
        quantity_pieces,
        their_sku_code,
        _delivery_id,
        _row_no
    from lines
    order by as_of_date, distributor_code, sku_code

)

select * from sorted
