-- The Mondays a forecast is made on: the running cycle, and those it is tried out on in the past.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

history as (

    select min({{ week_no('week_start_date') }}) as first_week_no
    from {{ ref('int_demand_week') }}

),

step as (

    select unnest(range(0, 53)) as origin_no

),

origin as (

    select
        step.origin_no,
        {{ week_no(iso_week_start(as_of() ~ ' + 1')) }}
        - step.origin_no * cast(threshold.forecast_origin_step_weeks as bigint) as origin_week_no,
        history.first_week_no
    from threshold
    cross join history
    cross join step
    where step.origin_no <= threshold.forecast_origins

)

select
    origin_no,
    origin_week_no,
    first_week_no,
    {{ week_start('origin_week_no') }} as origin_week_start_date
from origin
where origin_no = 0 or origin_week_no - first_week_no >= 4
