-- Mean weekly sell-out of the four weeks up to and including a week. A week for which the
-- distributor reported nothing does not pull the mean down: it is not known, not zero.
with

weekly as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sum(quantity_pieces) as quantity_pieces
    from {{ ref('int_sellout_outlet_sku_week') }}
    group by week_start_date, distributor_code, sku_code

),

reported_week as (

    select distinct
        week_start_date,
        distributor_code
    from weekly

),

step as (

    select unnest([0, 7, 14, 21]) as days_later

),

observed as (

    select
        reported_week.distributor_code,
        reported_week.week_start_date + step.days_later as week_start_date,
        count(*) as weeks_observed
    from reported_week
    cross join step
    group by reported_week.distributor_code, reported_week.week_start_date + step.days_later

),

trailing_sum as (

    select
        weekly.distributor_code,
        weekly.sku_code,
        weekly.week_start_date + step.days_later as week_start_date,
        sum(weekly.quantity_pieces) as trailing_pieces
    from weekly
    cross join step
    group by
        weekly.distributor_code, weekly.sku_code, weekly.week_start_date + step.days_later

)

select
    trailing_sum.distributor_code,
    trailing_sum.sku_code,
    cast(trailing_sum.week_start_date as date) as week_start_date,
    cast(trailing_sum.trailing_pieces as decimal(18, 3)) as trailing_pieces,
    observed.weeks_observed,
    cast(
        greatest(trailing_sum.trailing_pieces, 0) / cast(observed.weeks_observed as double)
        as decimal(18, 3)
    ) as mean_weekly_pieces
from trailing_sum
inner join observed
    on
        trailing_sum.distributor_code = observed.distributor_code
        and trailing_sum.week_start_date = observed.week_start_date
