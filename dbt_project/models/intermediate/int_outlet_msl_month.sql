-- How much of its list an outlet handled in a month, once for each outlet: by the last visit that
-- checked products, else by what it bought or had in stock.
with

month as (

    select distinct
        cast(date_trunc('month', handled_date) as date) as month_start_date,
        least(last_day(handled_date), {{ as_of() }}) as told_date
    from {{ ref('int_msl_handled') }}

),

eligible as (

    select
        month.month_start_date,
        month.told_date,
        outlet.outlet_code,
        outlet.msl_group
    from month
    inner join {{ ref('dim_outlet') }} as outlet
        on
            month.told_date >= outlet.valid_from
            and month.told_date < outlet.valid_to
            and month.told_date >= coalesce(outlet.open_date, {{ always() }})
            and month.told_date <= coalesce(outlet.close_date, {{ open_end() }})
    where
        not outlet.is_unknown
        and outlet.msl_group is not null
        and coalesce(outlet.outlet_status, 'active') != 'closed'

),

visited as (

    select
        cast(date_trunc('month', visit_date) as date) as month_start_date,
        outlet_code,
        'audited' as basis,
        count(*) as due_skus,
        count(*) filter (where is_in_outlet) as handled_skus
    from {{ ref('int_visit_msl') }}
    group by outlet_code, visit_date, visit_id
    qualify row_number() over (
        partition by outlet_code, date_trunc('month', visit_date)
        order by visit_date desc, count(*) filter (where is_checked) desc, visit_id desc
    ) = 1

),

bought as (

    select distinct
        cast(date_trunc('month', handled_date) as date) as month_start_date,
        outlet_code,
        sku_code
    from {{ ref('int_msl_handled') }}
    where is_bought or is_stocked

),

supplied as (

    select
        eligible.month_start_date,
        eligible.outlet_code,
        'selling' as basis,
        count(*) as due_skus,
        count(bought.sku_code) as handled_skus
    from eligible
    inner join {{ ref('int_msl_due') }} as msl
        on
            eligible.msl_group = msl.msl_group
            and eligible.told_date >= msl.due_from
            and eligible.told_date < msl.due_to
    left join bought
        on
            eligible.month_start_date = bought.month_start_date
            and eligible.outlet_code = bought.outlet_code
            and msl.sku_code = bought.sku_code
    group by eligible.month_start_date, eligible.outlet_code

),

judged as (

    select * from visited
    union all
    select supplied.*
    from supplied
    anti join visited
        on
            supplied.month_start_date = visited.month_start_date
            and supplied.outlet_code = visited.outlet_code

)

select
    judged.month_start_date,
    judged.outlet_code,
    eligible.told_date,
    judged.basis,
    judged.due_skus,
    judged.handled_skus
from judged
-- inner join: an outlet closed since its visit is no longer asked for
inner join eligible
    on
        judged.month_start_date = eligible.month_start_date
        and judged.outlet_code = eligible.outlet_code
