-- What became of each alert: since when it stands on the board, and what people did last about it.
with

threshold as (

    select
        cast(alert_kept_days as integer) as kept_days,
        cast(alert_reopen_days as integer) as reopen_days
    from {{ ref('int_threshold_applied') }}

),

-- back within the days an expired alert is kept, it is the same alert; later a new one
marked as (

    select
        board.alert_key,
        board.as_of_date,
        coalesce(
            board.as_of_date - lag(board.as_of_date) over (
                partition by board.alert_key order by board.as_of_date
            ) > threshold.kept_days,
            true
        ) as is_new
    from {{ ref('int_alert_board') }} as board
    cross join threshold

),

seen as (

    select
        alert_key,
        max(as_of_date) filter (where is_new) as first_seen_date,
        max(as_of_date) as last_seen_date
    from marked
    group by alert_key

),

last_action as (

    select *
    from {{ ref('stg_alert_action') }}
    where acted_on <= {{ as_of() }}
    qualify row_number() over (
        partition by alert_key order by acted_on desc, acted_at desc, _delivery_id desc
    ) = 1

),

-- a suppression holds until its day; ack and done only for the time the alert stands there
judged as (

    select
        seen.*,
        last_action.action,
        last_action.acted_by,
        last_action.acted_on,
        last_action.reason,
        last_action.outcome,
        last_action.suppressed_until,
        seen.last_seen_date = {{ as_of() }} as is_found,
        last_action.acted_on >= seen.first_seen_date as is_of_this_time,
        last_action.acted_on + threshold.reopen_days as done_until
    from seen
    cross join threshold
    -- left join: most alerts nobody has touched yet
    left join last_action on seen.alert_key = last_action.alert_key
    where seen.last_seen_date >= {{ as_of() }} - threshold.kept_days

),

stated as (

    select
        *,
        case
            when is_found and action = 'suppress' and suppressed_until > {{ as_of() }}
                then 'suppressed'
            when is_of_this_time and action = 'done' and last_seen_date <= done_until then 'done'
            when not is_found then 'expired'
            when is_of_this_time and action = 'ack' then 'ack'
            else 'open'
        end as state
    from judged

)

select
    alert_key,
    state,
    first_seen_date,
    last_seen_date,
    case
        when state = 'done' then greatest(acted_on - first_seen_date, 0)
        else last_seen_date - first_seen_date
    end as days_open,
    case when is_of_this_time or state = 'suppressed' then acted_by end as acted_by,
    case when is_of_this_time or state = 'suppressed' then acted_on end as acted_on,
    case when is_of_this_time or state = 'suppressed' then reason end as state_reason,
    case when is_of_this_time then outcome end as outcome,
    case when state = 'suppressed' then suppressed_until end as suppressed_until
from stated
