with

round_done as (

    select * from {{ ref('fct_patrol_round') }}
    -- rounds planned for days to come are not due
    where patrol_date <= {{ as_of() }}

),

daily as (

    select
        patrol_date,
        area_code,
        count(*) filter (where is_planned) as rounds_due,
        count(*) filter (where is_planned and checkpoints_seen > 0) as rounds_walked,
        count(*) filter (where is_planned and is_in_window) as rounds_in_window,
        count(*) filter (where not is_planned) as rounds_unplanned,
        cast(coalesce(sum(finding_count), 0) as bigint) as finding_count
    from round_done
    group by patrol_date, area_code

)

select
    patrol_date,
    area_code,
    rounds_due,
    rounds_walked,
    rounds_unplanned,
    rounds_in_window as compliance_num,
    rounds_due as compliance_den,
    {{ safe_ratio('rounds_in_window', 'rounds_due') }} as compliance_ratio,
    case when rounds_due = 0 then 'no_base' else 'ok' end as status,
    finding_count
from daily
