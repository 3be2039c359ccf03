with

demand as (

    select * from {{ ref('int_demand_week') }}

),

sorted as (

    select
        week_start_date,
        distributor_code,
        category,
        sku_code,
        sold_pieces,
        demand_pieces,
        promotion_pieces,
        mark
    from demand
    order by week_start_date, sku_code, distributor_code

)

select * from sorted
