with

threshold as (

    select cast(7 * void_weeks as integer) as void_days
    from {{ ref('int_threshold_applied') }}

),

outlet as (

    select *
    from {{ ref('dim_outlet') }}
    where
        is_current
        and not is_unknown
        and msl_group is not null
        and coalesce(outlet_status, 'active') != 'closed'
        and coalesce(open_date, {{ always() }}) <= {{ as_of() }}
        and coalesce(close_date, {{ open_end() }}) >= {{ as_of() }}

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}
    where is_current

),

due as (

    select
        outlet.outlet_code,
        msl.sku_code,
        msl.msl_group,
        msl.priority
    from outlet
    inner join {{ ref('int_msl_due') }} as msl
        on
            outlet.msl_group = msl.msl_group
            and {{ as_of() }} >= msl.due_from
            and {{ as_of() }} < msl.due_to

),

last_handled as (

    select
        outlet_code,
        sku_code,
        max(handled_date) as last_handled_date
    from {{ ref('int_msl_handled') }}
    group by outlet_code, sku_code

)

select
    due.outlet_code,
    due.sku_code,
    due.msl_group,
    due.priority,
    organisation.province,
    organisation.city,
    organisation.channel,
    organisation.banner,
    organisation.outlet_class,
    organisation.distributor_code,
    organisation.supervisor_code,
    organisation.rep_code,
    case when last_handled.last_handled_date is null then 'never' else 'lapsed' end as void_type,
    last_handled.last_handled_date,
    {{ iso_week_start('last_handled.last_handled_date') }} as last_handled_week_start_date
from due
cross join threshold
inner join organisation on due.outlet_code = organisation.outlet_code
-- left join: what was never handled is void too
left join last_handled
    on
        due.outlet_code = last_handled.outlet_code
        and due.sku_code = last_handled.sku_code
where
    coalesce(last_handled.last_handled_date, {{ always() }}) <= {{ as_of() }} - threshold.void_days
