-- For each sender and period: is it expected, and which part of its days is in the warehouse now.
-- History before a sender's duty began is expected where it came.
with

contract as (

    select
        feed,
        period as period_kind
    from {{ source('landing', 'contract') }}
    where is_subscribed and period in ('day', 'week', 'month')

),

delivered_day as (

    select distinct
        delivery.feed,
        delivery.sender,
        contract.period_kind,
        unnest(range(delivery.period_start, delivery.period_end + 1, to_days(1))) as covered_date
    from {{ source('landing', 'delivery') }} as delivery
    inner join contract on delivery.feed = contract.feed
    where
        delivery.is_current
        and delivery.status = 'loaded'
        and delivery.rows_loaded > 0
        and delivery.period_start is not null

),

delivered as (

    select
        day.feed,
        day.sender,
        period.period,
        period.period_start,
        period.period_end,
        count(*) as covered_days
    from delivered_day as day
    inner join {{ ref('int_reporting_period') }} as period
        on
            day.period_kind = period.period_kind
            and period.period_start = case day.period_kind
                when 'day' then cast(day.covered_date as date)
                when 'week' then {{ iso_week_start('day.covered_date') }}
                else cast(date_trunc('month', day.covered_date) as date)
            end
    group by day.feed, day.sender, period.period, period.period_start, period.period_end

),

owed as (

    select
        feed,
        sender,
        period,
        period_start,
        period_end,
        grace_until,
        is_restated
    from {{ ref('submission_status') }}
    where period_start <= {{ as_of() }}

)

-- full join: owed and not come, come and not owed
select
    coalesce(owed.feed, delivered.feed) as feed,
    coalesce(owed.sender, delivered.sender) as sender,
    coalesce(owed.period, delivered.period) as period,
    coalesce(owed.period_start, delivered.period_start) as period_start,
    coalesce(owed.period_end, delivered.period_end) as period_end,
    coalesce(owed.grace_until >= {{ as_of() }} + 1, false) as is_open,
    coalesce(owed.is_restated, false) as is_restated,
    cast(
        coalesce(delivered.covered_days, 0)
        / cast(
            coalesce(owed.period_end, delivered.period_end)
            - coalesce(owed.period_start, delivered.period_start) + 1
            as double
        ) as double
    ) as arrived_share
from owed
full join delivered
    on
        owed.feed = delivered.feed
        and owed.sender = delivered.sender
        and owed.period = delivered.period
