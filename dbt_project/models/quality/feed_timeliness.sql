with

status as (

    select
        *,
        cast(date_trunc('month', period_end) as date) as month_start_date,
        status not in ('not_due', 'waived') and grace_until < {{ as_of() }} + 1 as is_judged
    from {{ ref('submission_status') }}

),

monthly as (

    select
        feed,
        sender,
        month_start_date,
        count(*) filter (where is_judged and status in ('on_time', 'restated'))
            as timeliness_num,
        count(*) filter (where is_judged) as timeliness_den,
        count(*) filter (where status = 'late') as late_count,
        count(*) filter (where status = 'partial') as partial_count,
        count(*) filter (where status = 'missing') as missing_count,
        count(*) filter (where status = 'waived') as waived_count,
        count(*) filter (where is_restated) as restated_count,
        median(lateness_hours) filter (where is_judged and status != 'missing')
            as median_lateness_hours,
        max(lateness_hours) filter (where is_judged) as max_lateness_hours
    from status
    group by feed, sender, month_start_date

)

select
    monthly.feed,
    monthly.sender,
    monthly.month_start_date,
    monthly.timeliness_num,
    monthly.timeliness_den,
    {{ safe_ratio('monthly.timeliness_num', 'monthly.timeliness_den') }} as timeliness_ratio,
    case when monthly.timeliness_den = 0 then 'no_base' else 'ok' end as status,
    monthly.late_count,
    monthly.partial_count,
    monthly.missing_count,
    monthly.waived_count,
    monthly.restated_count,
    cast(monthly.median_lateness_hours as double) as median_lateness_hours,
    cast(monthly.max_lateness_hours as double) as max_lateness_hours,
    contract.owner_role
from monthly
inner join {{ source('landing', 'contract') }} as contract on monthly.feed = contract.feed
