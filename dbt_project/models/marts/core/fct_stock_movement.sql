{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['movement'], 'column': 'period_start_date'}},
) }}

with movements as (

    select * from {{ ref('stg_movement') }}
    {% if is_incremental() %}
        where period_start_date in {{ touched_dates() }}
    {% endif %}

),

-- a gap is shown, never plugged; without any stock there is nothing to compare with
explained as (

    select
        *,
        cast(case
            when opening_pieces is not null or closing_pieces is not null
                then
                    coalesce(opening_pieces, 0)
                    + receipts_pieces
                    + transfer_in_pieces
                    + customer_returns_pieces
                    + adjustment_pieces
                    - sellout_pieces
                    - return_to_company_pieces
                    - damage_pieces
                    - samples_pieces
                    - transfer_out_pieces
                    - coalesce(closing_pieces, 0)
        end as decimal(18, 3)) as unexplained_pieces
    from movements

),

sorted as (

    select
        period_start_date,
        period_end_date,
        distributor_code,
        sku_code,
        opening_pieces,
        receipts_pieces,
        transfer_in_pieces,
        customer_returns_pieces,
        sellout_pieces,
        return_to_company_pieces,
        damage_pieces,
        samples_pieces,
        transfer_out_pieces,
        adjustment_pieces,
        closing_pieces,
        unexplained_pieces,
        their_sku_code,
        _delivery_id,
        _row_no
    from explained
    order by period_start_date, sku_code, distributor_code

)

select * from sorted
