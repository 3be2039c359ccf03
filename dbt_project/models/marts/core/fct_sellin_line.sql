{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['sellin'], 'column': 'invoice_date'}},
) }}

with lines as (

    select * from {{ ref('stg_sellin') }}
    {% if is_incremental() %}
        where invoice_date in {{ touched_dates() }}
    {% endif %}

),

valued as (

    select
        * exclude (net_amount),
        cast(
            coalesce(net_amount, gross_amount - coalesce(discount_amount, 0)) as decimal(18, 2)
        ) as net_amount
    from lines

),

sorted as (

    select
        invoice_date,
        week_start_date,
        distributor_code,
        invoice_no,
        line_no,
        order_no,
        order_date,
        requested_date,
        shipped_date,
        delivered_date,
        sku_code,
        batch_no,
        production_date,
        doc_type,
        ordered_pieces,
        shipped_pieces,
        quantity_pieces,
        gross_amount,
        discount_amount,
        net_amount,
        vat_amount,
        their_sku_code,
        _delivery_id,
        _row_no
    from valued
    order by invoice_date, sku_code, distributor_code

)

select * from sorted
