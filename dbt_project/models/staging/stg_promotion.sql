with source as (

    select * from {{ source('landing', 'promotion') }}

),

stated as (

    select
        ---------- what
        promo_code,
        sku_code,
        mechanic,

        ---------- where; every scope that is named must be met, none named is everywhere
        outlet_code,
        banner,
        city,
        channel,
        distributor_code,

        ---------- when; first and last days
        start_date,
        end_date,
        sellin_start_date,

        ---------- plan
        plan_uplift_ratio,
        plan_cost_amount,
        discount_ratio,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
