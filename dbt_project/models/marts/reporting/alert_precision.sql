with

board as (

    select
        alert_key,
        as_of_date
    from {{ ref('int_alert_board') }}

),

board_day as (

    select distinct as_of_date
    from board

),

done as (

    select
        acted.alert_key,
        acted.alert_type,
        acted.acted_on,
        acted.outcome,
        min(board_day.as_of_date) as judged_date
    from {{ ref('stg_alert_action') }} as acted
    cross join {{ ref('int_threshold_applied') }} as threshold
    -- left join: too early to say whether it helped
    left join board_day
        on board_day.as_of_date > acted.acted_on + cast(threshold.alert_reopen_days as integer)
    where acted.action = 'done' and acted.acted_on <= {{ as_of() }}
    group by
        acted.alert_key,
        acted.alert_type,
        acted.acted_on,
        acted.acted_at,
        acted.outcome

),

judged as (

    select
        done.*,
        done.judged_date is not null as is_judged,
        done.judged_date is not null and board.alert_key is null as is_fixed
    from done
    -- left join: what is fixed is not on the board any more
    left join board
        on done.alert_key = board.alert_key and done.judged_date = board.as_of_date

),

monthly as (

    select
        cast(date_trunc('month', acted_on) as date) as month_start_date,
        alert_type,
        count(*) as done_count,
        count(*) filter (where outcome = 'confirmed') as confirmed_count,
        count(outcome) as outcome_count,
        count(*) filter (where is_fixed) as fixed_count,
        count(*) filter (where is_judged) as judged_count
    from judged
    group by month_start_date, alert_type

)

select
    month_start_date,
    alert_type,
    done_count,
    confirmed_count as precision_num,
    outcome_count as precision_den,
    {{ safe_ratio('confirmed_count', 'outcome_count') }} as precision_ratio,
    fixed_count as fixed_num,
    judged_count as fixed_den,
    {{ safe_ratio('fixed_count', 'judged_count') }} as fixed_ratio
from monthly
