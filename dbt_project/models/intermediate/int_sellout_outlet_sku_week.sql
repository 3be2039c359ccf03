{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {
        'feeds': ['sellout'], 'column': 'week_start_date', 'grain': 'week', 'sku_vat': true,
    }},
    post_hook='{{ keep_vat_applied() }}',
) }}

with lines as (

    select * from {{ ref('fct_sellout_line') }}
    {% if is_incremental() %}
        where week_start_date in {{ touched_dates() }}
    {% endif %}

),

summed as (

    select
        week_start_date,
        distributor_code,
        outlet_code,
        sku_code,
        sum(quantity_pieces) as quantity_pieces,
        sum(net_amount) as net_amount,
        sum(case when doc_type = 'sale' then quantity_pieces else 0 end) as sale_quantity_pieces,
        sum(case when doc_type = 'return' then quantity_pieces else 0 end)
            as return_quantity_pieces,
        sum(case when doc_type = 'return' then net_amount else 0 end) as return_amount,
        sum(case when doc_type = 'free' then quantity_pieces else 0 end) as free_quantity_pieces,
        count(*) as line_count
    from lines
    group by week_start_date, distributor_code, outlet_code, sku_code

),

sorted as (

    select
        week_start_date,
        distributor_code,
        outlet_code,
        sku_code,
        cast(quantity_pieces as decimal(18, 3)) as quantity_pieces,
        cast(net_amount as decimal(18, 2)) as net_amount,
        cast(sale_quantity_pieces as decimal(18, 3)) as sale_quantity_pieces,
        cast(return_quantity_pieces as decimal(18, 3)) as return_quantity_pieces,
        cast(return_amount as decimal(18, 2)) as return_amount,
        cast(free_quantity_pieces as decimal(18, 3)) as free_quantity_pieces,
        line_count
    from summed
    order by week_start_date, sku_code, outlet_code, distributor_code

)

select * from sorted
