-- Rebuilt whole: a later file tells of a ticket again, perhaps with another day of opening.
with tickets as (

    select * from {{ ref('stg_ticket') }}

),

delivery as (

    select
        delivery_id,
        received_at,
        file_sha256
    from {{ source('landing', 'delivery') }}

),

last_known as (

    select tickets.*
    from tickets
    inner join delivery on tickets._delivery_id = delivery.delivery_id
    qualify row_number() over (
        partition by tickets._sender, tickets.ticket_id
        order by delivery.received_at desc, delivery.file_sha256 desc, tickets._row_no desc
    ) = 1

),

judged as (

    select
        *,
        done_at is null and ticket_status not in ('done', 'cancelled', 'duplicate') as is_open,
        repeat_of is not null or ticket_status = 'duplicate' as is_repeat
    from last_known

)

select
    _sender,
    ticket_id,
    ticket_type,
    ticket_status,
    area_code,
    unit_code,
    category,
    opened_date,
    opened_at,
    acknowledged_at,
    done_at,
    revisited_at,
    satisfaction,
    repeat_of,
    is_open,
    is_repeat,
    _delivery_id,
    _row_no
from judged
order by opened_date, _sender, ticket_id
