{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['claim'], 'column': 'claim_month', 'grain': 'month'}},
) }}

with lines as (

    select * from {{ ref('stg_claim') }}
    {% if is_incremental() %}
        where claim_month in {{ touched_dates() }}
    {% endif %}

),

-- lines without a number are told apart by their order
numbered as (

    select
        * exclude (line_no),
        coalesce(
            line_no,
            row_number() over (
                partition by distributor_code, claim_month, claim_no, line_no
                order by _delivery_id, _sheet, _row_no
            )
        ) as line_no
    from lines

),

sorted as (

    select
        claim_month,
        distributor_code,
        claim_no,
        line_no,
        agreement_no,
        promo_code,
        claim_type,
        outlet_code,
        banner,
        sku_code,
        brand,
        claimed_amount,
        tax_amount,
        evidence_ref,
        claim_status,
        _delivery_id,
        _row_no
    from numbered
    order by claim_month, distributor_code, claim_no

)

select * from sorted
