{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['check_sku'], 'column': 'visit_date'}},
) }}

with checks as (

    select * from {{ ref('stg_check_sku') }}
    {% if is_incremental() %}
        where visit_date in {{ touched_dates() }}
    {% endif %}

),

delivery as (

    select
        delivery_id,
        received_at,
        file_sha256
    from {{ source('landing', 'delivery') }}

),

-- a visit told of again in the file of another day counts once, as it was told last
last_told as (

    select checks.*
    from checks
    inner join delivery on checks._delivery_id = delivery.delivery_id
    qualify row_number() over (
        partition by checks.visit_date, checks.visit_id, checks.sku_code
        order by delivery.received_at desc, delivery.file_sha256 desc, checks._row_no desc
    ) = 1

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
