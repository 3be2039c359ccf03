-- From when a SKU of a must-stock list is asked for. It is new, and has its days of grace, on the
-- first day of an unbroken run of spans; a list that is renewed does not make it new again.
with

must_stock as (

    select
        msl.msl_group,
        msl.sku_code,
        msl.valid_from,
        msl.valid_to,
        msl.priority,
        cast(coalesce(msl.grace_days, threshold.msl_grace_days) as integer) as grace_days
    from {{ ref('dim_msl') }} as msl
    cross join {{ ref('int_threshold_applied') }} as threshold

),

marked as (

    select
        *,
        coalesce(
            valid_from
            != lag(valid_to) over (partition by msl_group, sku_code order by valid_from),
            true
        ) as is_new
    from must_stock

),

started as (

    select
        *,
        max(case when is_new then valid_from + grace_days end) over (
            partition by msl_group, sku_code
            order by valid_from
            rows between unbounded preceding and current row
        ) as grace_end_date
    from marked

)

select
    msl_group,
    sku_code,
    priority,
    greatest(valid_from, grace_end_date) as due_from,
    valid_to as due_to
from started
where greatest(valid_from, grace_end_date) < valid_to
