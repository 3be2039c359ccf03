-- Mean weekly sell-out of the four weeks that had ended when stock was counted. A week for which
-- the distributor reported nothing does not pull the mean down: it is not known, not zero.
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

-- only weeks a count looks back from: the Sunday's own week, else the one before
counted_week as (

    select distinct
        distributor_code,
        {{ iso_week_start('snapshot_date + 1') }} - 7 as week_start_date
    from {{ ref('fct_stock_snapshot') }}

),

looked_at as (

    select
        counted_week.distributor_code,
        counted_week.week_start_date,
        counted_week.week_start_date - step.days_back as sold_week_start_date
    from counted_week
    cross join (values (0), (7), (14), (21)) as step (days_back)

),

sold as (

    select
        looked_at.distributor_code,
        looked_at.week_start_date,
        weekly.week_start_date as sold_week_start_date,
        weekly.sku_code,
        weekly.quantity_pieces
    from looked_at
    inner join weekly
        on
            looked_at.distributor_code = weekly.distributor_code
            and looked_at.sold_week_start_date = weekly.week_start_date

),

observed as (

    select
        distributor_code,
        week_start_date,
        count(distinct sold_week_start_date) as weeks_observed
    from sold
    group by distributor_code, week_start_date

),

summed as (

    select
        distributor_code,
        week_start_date,
        sku_code,
        sum(quantity_pieces) as trailing_pieces
    from sold
    group by distributor_code, week_start_date, sku_code

)

select
    summed.distributor_code,
    summed.sku_code,
    summed.week_start_date,
    cast(summed.trailing_pieces as decimal(18, 3)) as trailing_pieces,
    observed.weeks_observed,
    cast(
        greatest(summed.trailing_pieces, 0) / cast(observed.weeks_observed as double)
        as decimal(18, 3)
    ) as mean_weekly_pieces
from summed
inner join observed
    on
        summed.distributor_code = observed.distributor_code
        and summed.week_start_date = observed.week_start_date
