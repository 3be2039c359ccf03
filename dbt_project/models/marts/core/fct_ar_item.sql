{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['receivable'], 'column': 'as_of_date'}},
) }}

with items as (

    select * from {{ ref('stg_receivable') }}
    {% if is_incremental() %}
        where as_of_date in {{ touched_dates() }}
    {% endif %}

),

sorted as (

    select
        as_of_date,
        distributor_code,
        document_no,
        document_date,
        due_date,
        document_amount,
        open_amount,
        paid_date,
        paid_amount,
        is_disputed,
        _delivery_id,
        _row_no
    from items
    order by as_of_date, distributor_code, document_no

)

select * from sorted
