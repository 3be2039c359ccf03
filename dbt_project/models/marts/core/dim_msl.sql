with stated as (

    select * from {{ ref('stg_msl') }}

),

sorted as (

    select
        msl_group,
        sku_code,
        priority,
        required_facings,
        grace_days,
        valid_from,
        valid_to,
        _delivery_id,
        _row_no
    from stated
    order by msl_group, sku_code, valid_from

)

select * from sorted
