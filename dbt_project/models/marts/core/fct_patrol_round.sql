{{ config(
    materialized='incremental',
    incremental_strategy='touched_dates',
    pre_hook='{{ note_touched_dates() }}',
    on_schema_change='fail',
    meta={'touched': {'feeds': ['patrol_plan', 'patrol_log'], 'column': 'patrol_date'}},
) }}

with planned as (

    select
        area_code,
        plan_date as patrol_date,
        round_no,
        checkpoint_code,
        window_from,
        window_to
    from {{ ref('stg_patrol_plan') }}
    {% if is_incremental() %}
        where plan_date in {{ touched_dates() }}
    {% endif %}

),

seen as (

    select
        area_code,
        patrol_date,
        round_no,
        checkpoint_code,
        actual_at,
        finding_count
    from {{ ref('stg_patrol_log') }}
    {% if is_incremental() %}
        where patrol_date in {{ touched_dates() }}
    {% endif %}

),

-- no checkpoint means the whole area, in the plan as in the log
checkpoints as (

    select
        planned.area_code,
        planned.patrol_date,
        planned.round_no,
        planned.checkpoint_code,
        min(planned.window_from) as window_from,
        max(planned.window_to) as window_to,
        count(seen.actual_at) > 0 as is_seen,
        coalesce(
            bool_or(seen.actual_at between planned.window_from and planned.window_to), false
        ) as is_seen_in_window
    from planned
    left join seen
        on
            planned.area_code = seen.area_code
            and planned.patrol_date = seen.patrol_date
            and planned.round_no = seen.round_no
            and (
                planned.checkpoint_code = seen.checkpoint_code
                or planned.checkpoint_code is null
                or seen.checkpoint_code is null
            )
    group by
        planned.area_code,
        planned.patrol_date,
        planned.round_no,
        planned.checkpoint_code

),

planned_rounds as (

    select
        area_code,
        patrol_date,
        round_no,
        min(window_from) as window_from,
        max(window_to) as window_to,
        count(*) as checkpoints_planned,
        count(*) filter (where is_seen) as checkpoints_seen,
        count(*) filter (where is_seen_in_window) as checkpoints_seen_in_window
    from checkpoints
    group by area_code, patrol_date, round_no

),

walked_rounds as (

    select
        area_code,
        patrol_date,
        round_no,
        count(distinct coalesce(checkpoint_code, '')) as checkpoints_seen,
        min(actual_at) as first_at,
        max(actual_at) as last_at,
        cast(sum(finding_count) as bigint) as finding_count
    from seen
    group by area_code, patrol_date, round_no

),

-- full join: a planned round may be missed, and a round may be walked without a plan
rounds as (

    select
        coalesce(planned_rounds.patrol_date, walked_rounds.patrol_date) as patrol_date,
        coalesce(planned_rounds.area_code, walked_rounds.area_code) as area_code,
        coalesce(planned_rounds.round_no, walked_rounds.round_no) as round_no,
        planned_rounds.area_code is not null as is_planned,
        planned_rounds.window_from,
        planned_rounds.window_to,
        coalesce(planned_rounds.checkpoints_planned, 0) as checkpoints_planned,
        coalesce(planned_rounds.checkpoints_seen, walked_rounds.checkpoints_seen)
            as checkpoints_seen,
        coalesce(planned_rounds.checkpoints_seen_in_window, 0) as checkpoints_seen_in_window,
        walked_rounds.first_at,
        walked_rounds.last_at,
        case
            when planned_rounds.area_code is not null
                then
                    coalesce(
                        walked_rounds.first_at >= planned_rounds.window_from
                        and walked_rounds.last_at <= planned_rounds.window_to,
                        false
                    )
        end as is_in_window,
        coalesce(walked_rounds.finding_count, 0) as finding_count
    from planned_rounds
    full outer join walked_rounds
        on
            planned_rounds.area_code = walked_rounds.area_code
            and planned_rounds.patrol_date = walked_rounds.patrol_date
            and planned_rounds.round_no = walked_rounds.round_no

),

sorted as (

    select * from rounds
    order by patrol_date, area_code, round_no

)

select * from sorted
