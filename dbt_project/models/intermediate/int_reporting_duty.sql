-- The roster says who owes what; a deployment without one owes what its senders began to send.
with

contract as (

    select
        feed,
        period as period_kind
    from {{ source('landing', 'contract') }}
    where is_subscribed and sla_unit is not null and period in ('day', 'week', 'month')

),

delivery as (

    select
        delivery.feed,
        delivery.sender,
        delivery.period_start,
        -- a file longer than one period brings history; it does not start the weekly duty
        delivery.period_end - delivery.period_start + 1 <= case contract.period_kind
            when 'day' then 1
            when 'week' then 7
            else 31
        end as is_single_period
    from {{ source('landing', 'delivery') }} as delivery
    inner join contract on delivery.feed = contract.feed
    where
        delivery.status in ('loaded', 'superseded', 'held')
        and delivery.period_start is not null

),

feed_start as (

    select
        feed,
        coalesce(min(period_start) filter (where is_single_period), min(period_start)) as first_date
    from delivery
    group by feed

),

rostered as (

    select
        roster.feed,
        roster.sender,
        contract.period_kind,
        -- "since always" starts with the first report anybody sent
        case
            when roster.valid_from > {{ always() }} then roster.valid_from
            else coalesce(feed_start.first_date, {{ as_of() }})
        end as valid_from,
        roster.valid_to,
        'roster' as roster_source
    from {{ ref('stg_roster') }} as roster
    inner join contract on roster.feed = contract.feed
    -- left join: a feed may be owed before anybody sent it
    left join feed_start on roster.feed = feed_start.feed

),

derived as (

    select
        delivery.feed,
        delivery.sender,
        contract.period_kind,
        coalesce(
            min(delivery.period_start) filter (where delivery.is_single_period),
            min(delivery.period_start)
        ) as valid_from,
        {{ open_end() }} as valid_to,
        'deliveries' as roster_source
    from delivery
    inner join contract on delivery.feed = contract.feed
    where not exists (select 1 from {{ ref('stg_roster') }})
    group by delivery.feed, delivery.sender, contract.period_kind

),

duty as (

    select * from rostered
    union all
    select * from derived

)

select
    feed,
    sender,
    period_kind,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    roster_source
from duty
