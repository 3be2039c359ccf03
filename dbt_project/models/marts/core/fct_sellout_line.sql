{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['sellout'], 'column': 'sold_date', 'sku_vat': true}},
    post_hook='{{ keep_vat_applied() }}',
) }}

with lines as (

    select * from {{ ref('stg_sellout') }}
    {% if is_incremental() %}
        where sold_date in {{ touched_dates() }}
    {% endif %}

),

vat_rates as (

    select
        sku_code,
        valid_from,
        valid_to,
        vat_ratio
    from {{ ref('stg_sku') }}

),

-- lines without a number are told apart by their order; line_no in the partition keeps the
-- numbered ones out of the count
numbered as (

    select
        * exclude (line_no),
        coalesce(
            line_no,
            row_number() over (
                partition by distributor_code, sold_date, document_no, sku_code, line_no
                order by _delivery_id, _sheet, _row_no
            )
        ) as line_no
    from lines

),

-- left join: an SKU may be sold before the master knows it
rated as (

    select
        numbered.*,
        vat_rates.vat_ratio,
        numbered.tax_included and vat_rates.vat_ratio is null as is_vat_missing,
        case when numbered.tax_included then coalesce(vat_rates.vat_ratio, 0) else 0 end
            as contained_vat_ratio
    from numbered
    left join vat_rates
        on
            numbered.sku_code = vat_rates.sku_code
            and numbered.sold_date >= vat_rates.valid_from
            and numbered.sold_date < vat_rates.valid_to

),

valued as (

    select
        *,
        cast(round(cast(signed_amount as double) / (1 + contained_vat_ratio), 2) as decimal(18, 2))
            as net_amount
    from rated

),

sorted as (

    select
        sold_date,
        week_start_date,
        distributor_code,
        document_no,
        line_no,
        outlet_code,
        sku_code,
        doc_type,
        quantity_pieces,
        reported_amount,
        tax_included,
        vat_ratio,
        net_amount,
        is_vat_missing,
        promo_code,
        their_sku_code,
        their_outlet_code,
        _delivery_id,
        _row_no
    from valued
    order by sold_date, sku_code, outlet_code

)

select * from sorted
