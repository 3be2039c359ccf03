-- Outer join of what is owed with what came, so a report that never came counts.
with

obligation as (

    select * from {{ ref('obligation') }}

),

received as (

    select * from {{ ref('submission') }}
    where is_received_as_of

),

covered_day as (

    select
        feed,
        sender,
        period,
        received_at,
        delivery_status,
        is_standing_as_of,
        unnest(range(covered_from, covered_to + 1, to_days(1))) as covered_date
    from received

),

day_status as (

    select
        feed,
        sender,
        period,
        covered_date,
        min(received_at) as first_received_at,
        bool_or(is_standing_as_of) as is_standing,
        count(*) filter (where delivery_status != 'held') as accepted_count
    from covered_day
    group by feed, sender, period, covered_date

),

coverage as (

    select
        feed,
        sender,
        period,
        count(*) filter (where is_standing) as covered_days,
        -- complete when the last of its days first came
        max(first_received_at) as completed_at,
        max(accepted_count) > 1 as is_restated
    from day_status
    group by feed, sender, period

),

arrival as (

    select
        feed,
        sender,
        period,
        count(*) as delivery_count,
        count(*) filter (where delivery_status = 'held') as held_count,
        min(received_at) as first_received_at,
        max(received_at) as last_received_at,
        case
            when not bool_and(is_range) then 'period'
            when bool_or(is_first_of_sender) then 'initial_load'
            else 'range'
        end as covered_by
    from received
    group by feed, sender, period

),

joined as (

    select
        obligation.*,
        arrival.first_received_at,
        coverage.completed_at,
        arrival.last_received_at,
        arrival.covered_by,
        obligation.period_end - obligation.period_start + 1 as period_days,
        coalesce(coverage.covered_days, 0) as covered_days,
        coalesce(arrival.delivery_count, 0) as delivery_count,
        coalesce(arrival.held_count, 0) as held_count,
        coalesce(coverage.is_restated, false) as is_restated,
        cast({{ as_of() }} + 1 as timestamp) as as_of_end_at
    from obligation
    -- left joins: the report may not have come
    left join arrival
        on
            obligation.feed = arrival.feed
            and obligation.sender = arrival.sender
            and obligation.period = arrival.period
    left join coverage
        on
            obligation.feed = coverage.feed
            and obligation.sender = coverage.sender
            and obligation.period = coverage.period

),

judged as (

    select
        *,
        case
            when delivery_count = 0 and grace_until >= as_of_end_at then 'not_due'
            when delivery_count = 0 then 'missing'
            -- history loaded when the sender joined was not owed on those days
            when covered_by = 'initial_load' and completed_at > grace_until then 'waived'
            when covered_days < period_days then 'partial'
            when completed_at > grace_until then 'late'
            when is_restated then 'restated'
            else 'on_time'
        end as status
    from joined

)

select
    feed,
    sender,
    period,
    period_start,
    period_end,
    due_at,
    grace_until,
    status,
    case
        when status in ('not_due', 'waived') then null
        when status = 'missing' or completed_at is null
            then round(date_diff('minute', due_at, as_of_end_at) / 60.0, 2)
        else greatest(0, round(date_diff('minute', due_at, completed_at) / 60.0, 2))
    end as lateness_hours,
    first_received_at,
    completed_at,
    last_received_at,
    covered_by,
    cast(covered_days as bigint) as covered_days,
    cast(period_days as bigint) as period_days,
    delivery_count,
    held_count,
    is_restated,
    {{ as_of() }} as as_of_date
from judged
