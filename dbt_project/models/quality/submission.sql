-- Deliveries that count towards a period owed; a file over many periods counts towards each.
with

obligation as (

    select * from {{ ref('obligation') }}

),

delivery as (

    select
        *,
        row_number() over (
            partition by feed, sender order by received_at, file_sha256, delivery_id
        ) as arrival_no
    from {{ source('landing', 'delivery') }}
    where status in ('loaded', 'superseded', 'held') and period_start is not null

)

select
    obligation.feed,
    obligation.sender,
    obligation.period,
    delivery.delivery_id,
    delivery.period as delivered_period,
    delivery.version,
    delivery.status as delivery_status,
    delivery.file_name,
    delivery.received_at,
    greatest(delivery.period_start, obligation.period_start) as covered_from,
    least(delivery.period_end, obligation.period_end) as covered_to,
    delivery.period_end - delivery.period_start
    > obligation.period_end - obligation.period_start as is_range,
    delivery.arrival_no = 1 as is_first_of_sender,
    -- known on the as-of day, and standing then
    delivery.received_at < {{ as_of() }} + 1 as is_received_as_of,
    delivery.received_at < {{ as_of() }} + 1
    and delivery.status != 'held'
    and delivery.rows_loaded > 0
    and coalesce(delivery.superseded_at >= {{ as_of() }} + 1, true) as is_standing_as_of
from obligation
inner join delivery
    on
        obligation.feed = delivery.feed
        and obligation.sender = delivery.sender
        and obligation.period_end >= delivery.period_start
        and obligation.period_start <= delivery.period_end
