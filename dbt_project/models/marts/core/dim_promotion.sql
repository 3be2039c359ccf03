with stated as (

    select * from {{ ref('stg_promotion') }}

),

sorted as (

    select
        promo_code,
        sku_code,
        outlet_code,
        banner,
        city,
        channel,
        distributor_code,
        mechanic,
        start_date,
        end_date,
        sellin_start_date,
        plan_uplift_ratio,
        plan_cost_amount,
        discount_ratio,
        _delivery_id,
        _row_no
    from stated
    order by promo_code, sku_code, outlet_code, banner, city, channel, distributor_code

)

select * from sorted
