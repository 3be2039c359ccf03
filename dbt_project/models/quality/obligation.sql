with

contract as (

    select
        feed,
        sla_latency_days,
        sla_time_of_day,
        sla_grace_hours,
        sla_roll
    from {{ source('landing', 'contract') }}

),

workday as (

    select * from {{ ref('int_workday') }}

),

-- A period is owed when it starts within the duty; one starting before is the history's.
owed as (

    select
        duty.feed,
        duty.sender,
        period.period,
        period.period_start,
        period.period_end,
        duty.valid_from,
        duty.roster_source
    from {{ ref('int_reporting_duty') }} as duty
    inner join {{ ref('int_reporting_period') }} as period
        on
            duty.period_kind = period.period_kind
            and duty.valid_from <= period.period_start
            and duty.valid_to > period.period_start

),

dated as (

    select
        owed.*,
        contract.sla_time_of_day,
        contract.sla_grace_hours,
        case
            when contract.sla_roll = 'next_workday' then workday.next_workday_date
            else workday.date_day
        end as due_date,
        case
            when contract.sla_roll = 'next_workday' then workday.calendar_source
            else 'none'
        end as calendar_source
    from owed
    inner join contract on owed.feed = contract.feed
    inner join workday on owed.period_end + contract.sla_latency_days = workday.date_day
    -- a plan for a period is due before it: not from somebody who joins with that period
    where workday.date_day >= owed.valid_from

),

numbered as (

    select
        *,
        row_number() over (
            partition by feed, sender, due_date > {{ as_of() }}
            order by period_start
        ) as position_no
    from dated

)

select
    feed,
    sender,
    period,
    period_start,
    period_end,
    due_date + sla_time_of_day as due_at,
    due_date + sla_time_of_day + to_hours(cast(sla_grace_hours as bigint)) as grace_until,
    calendar_source,
    roster_source
from numbered
-- everything due up to the as-of day, and the one report that comes next
where due_date <= {{ as_of() }} or position_no = 1
