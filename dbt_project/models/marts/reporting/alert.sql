with

state as (

    select * from {{ ref('int_alert_state') }}

),

-- as it was when it was last found
board as (

    select * from {{ ref('int_alert_board') }}

)

select
    state.alert_key,
    case
        when state.state in ('open', 'ack')
            then row_number() over (
                partition by state.state in ('open', 'ack')
                order by
                    board.value_at_risk_amount desc nulls last,
                    case board.severity when 'high' then 1 when 'medium' then 2 else 3 end asc,
                    state.alert_key asc
            )
    end as alert_rank,
    state.state,
    board.alert_type,
    board.area,
    board.severity,
    board.entity_type,
    board.entity_code,
    board.entity_name,
    board.sku_code,
    board.batch_no,
    board.period,
    board.title_en,
    board.title_zh,
    board.action_en,
    board.action_zh,
    board.quantity_pieces,
    board.value_at_risk_amount,
    board.arithmetic,
    board.owner_role,
    board.due_date,
    state.first_seen_date,
    state.last_seen_date,
    cast(state.days_open as bigint) as days_open,
    state.acted_by,
    state.acted_on,
    state.state_reason,
    state.outcome,
    state.suppressed_until,
    {{ as_of() }} as as_of_date
from state
inner join board
    on state.alert_key = board.alert_key and state.last_seen_date = board.as_of_date
