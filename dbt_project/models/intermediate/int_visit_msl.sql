-- What a visit that checked products found of the list due that day. A SKU due and not checked was
-- not found: who skips it must not look better for it.
with

visit as (

    select *
    from {{ ref('int_visit') }}
    where msl_group is not null

),

checked as (

    select
        visit_id,
        visit_date,
        outlet_code,
        sku_code,
        is_present,
        is_present or coalesce(stock_pieces, 0) > 0 as is_in_outlet
    from {{ ref('fct_check_sku') }}

),

checking_visit as (

    select distinct
        visit_id,
        visit_date,
        outlet_code
    from checked

),

due as (

    select
        visit.visit_id,
        visit.visit_date,
        visit.outlet_code,
        msl.sku_code
    from visit
    semi join checking_visit
        on
            visit.visit_id = checking_visit.visit_id
            and visit.visit_date = checking_visit.visit_date
            and visit.outlet_code = checking_visit.outlet_code
    inner join {{ ref('int_msl_due') }} as msl
        on
            visit.msl_group = msl.msl_group
            and visit.visit_date >= msl.due_from
            and visit.visit_date < msl.due_to

),

last_handled as (

    select
        due.visit_id,
        due.outlet_code,
        due.visit_date,
        due.sku_code,
        max(handled.handled_date) as last_handled_date
    from due
    inner join {{ ref('int_msl_handled') }} as handled
        on
            due.outlet_code = handled.outlet_code
            and due.sku_code = handled.sku_code
            and due.visit_date >= handled.handled_date
    group by due.visit_id, due.outlet_code, due.visit_date, due.sku_code

)

select
    due.visit_id,
    due.visit_date,
    due.outlet_code,
    due.sku_code,
    checked.sku_code is not null as is_checked,
    coalesce(checked.is_present, false) as is_on_shelf,
    coalesce(checked.is_in_outlet, false) as is_in_outlet,
    coalesce(last_handled.last_handled_date, {{ always() }})
    <= due.visit_date - cast(7 * threshold.void_weeks as integer) as is_void
from due
cross join {{ ref('int_threshold_applied') }} as threshold
left join checked
    on
        due.visit_id = checked.visit_id
        and due.visit_date = checked.visit_date
        and due.outlet_code = checked.outlet_code
        and due.sku_code = checked.sku_code
-- left join: never handled is void as well
left join last_handled
    on
        due.visit_id = last_handled.visit_id
        and due.visit_date = last_handled.visit_date
        and due.outlet_code = last_handled.outlet_code
        and due.sku_code = last_handled.sku_code
