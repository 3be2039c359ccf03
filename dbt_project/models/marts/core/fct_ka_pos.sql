{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['ka_pos'], 'column': 'sold_date', 'sku_vat': true}},
    post_hook='{{ keep_vat_applied() }}',
) }}

with sales as (

    select * from {{ ref('stg_ka_pos') }}
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

-- left join: a product may be sold before the master knows it
rated as (

    select
        sales.*,
        vat_rates.vat_ratio,
        sales.tax_included and vat_rates.vat_ratio is null as is_vat_missing,
        case when sales.tax_included then coalesce(vat_rates.vat_ratio, 0) else 0 end
            as contained_vat_ratio
    from sales
    left join vat_rates
        on
            sales.sku_code = vat_rates.sku_code
            and sales.sold_date >= vat_rates.valid_from
            and sales.sold_date < vat_rates.valid_to

),

valued as (

    select
        *,
        cast(
            round(cast(reported_amount as double) / (1 + contained_vat_ratio), 2)
            as decimal(18, 2)
        ) as net_amount
    from rated

),

sorted as (

    select
        sold_date,
        week_start_date,
        banner,
        outlet_code,
        sku_code,
        quantity_pieces,
        reported_amount,
        tax_included,
        vat_ratio,
        net_amount,
        is_vat_missing,
        retail_price_per_piece,
        on_hand_pieces,
        their_sku_code,
        their_outlet_code,
        _delivery_id,
        _row_no
    from valued
    order by sold_date, sku_code, outlet_code

)

select * from sorted
