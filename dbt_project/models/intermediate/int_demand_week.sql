-- What outlets wanted of a SKU: what was sold, or an estimate for a week whose sales do not tell.
-- The estimate is the SKU's own mean of the weeks before it, times how its category moved at those
-- whose sales tell. What promotions brought is told apart. Weeks without a row sold nothing, and
-- were to sell nothing.
with

sold as (

    select * from {{ ref('int_demand_sold') }}

),

marked as (

    select * from {{ ref('int_demand_mark') }}

),

clean as (

    select sold.*
    from sold
    anti join marked
        on
            sold.distributor_code = marked.distributor_code
            and sold.sku_code = marked.sku_code
            and sold.week_start_date = marked.week_start_date

),

reported as (

    select distinct
        distributor_code,
        week_start_date
    from clean

),

carried as (

    select
        distributor_code,
        category,
        min(week_start_date) as first_week_start_date
    from clean
    group by distributor_code, category

),

-- left join: a category nobody bought in a week that was reported sold nothing
category_week as (

    select
        carried.distributor_code,
        carried.category,
        reported.week_start_date,
        coalesce(sum(clean.sold_pieces), 0) as sold_pieces
    from carried
    inner join reported
        on
            carried.distributor_code = reported.distributor_code
            and carried.first_week_start_date <= reported.week_start_date
    left join clean
        on
            carried.distributor_code = clean.distributor_code
            and carried.category = clean.category
            and reported.week_start_date = clean.week_start_date
    group by carried.distributor_code, carried.category, reported.week_start_date

),

series as (

    select
        distributor_code,
        sku_code,
        min(week_start_date) as first_week_start_date
    from sold
    where sold_pieces > 0
    group by distributor_code, sku_code

),

week_before as (

    select
        marked.distributor_code,
        marked.sku_code,
        marked.week_start_date,
        {{ weeks_from_to('marked.week_start_date - 91', 'marked.week_start_date - 7') }}
            as before_week_start_date
    from marked

),

-- of the thirteen weeks before, those whose sales tell; a week without a row counts with nothing
usual as (

    select
        week_before.distributor_code,
        week_before.sku_code,
        week_before.week_start_date,
        cast(coalesce(sum(clean.sold_pieces), 0) as double) / count(*) as mean_pieces
    from week_before
    inner join series
        on
            week_before.distributor_code = series.distributor_code
            and week_before.sku_code = series.sku_code
            and week_before.before_week_start_date >= series.first_week_start_date
    anti join marked
        on
            week_before.distributor_code = marked.distributor_code
            and week_before.sku_code = marked.sku_code
            and week_before.before_week_start_date = marked.week_start_date
    left join clean
        on
            week_before.distributor_code = clean.distributor_code
            and week_before.sku_code = clean.sku_code
            and week_before.before_week_start_date = clean.week_start_date
    group by week_before.distributor_code, week_before.sku_code, week_before.week_start_date

),

-- what a category lacks in a week because its SKUs are marked, its mean before must lack too
missing as (

    select
        marked.distributor_code,
        marked.category,
        marked.week_start_date,
        sum({{ exact('usual.mean_pieces') }}) as mean_pieces
    from marked
    inner join usual
        on
            marked.distributor_code = usual.distributor_code
            and marked.sku_code = usual.sku_code
            and marked.week_start_date = usual.week_start_date
    group by marked.distributor_code, marked.category, marked.week_start_date

),

-- with what it lacked put back, else a category that often lacks something would seem to grow
category_base as (

    select
        category_week.category,
        category_week.week_start_date,
        category_week.sold_pieces,
        avg(category_week.sold_pieces + coalesce(missing.mean_pieces, 0)) over (
            partition by category_week.distributor_code, category_week.category
            order by category_week.week_start_date
            rows between 8 preceding and 1 preceding
        ) as full_pieces,
        coalesce(missing.mean_pieces, 0) as missing_pieces
    from category_week
    -- left join: most weeks lack nothing
    left join missing
        on
            category_week.distributor_code = missing.distributor_code
            and category_week.category = missing.category
            and category_week.week_start_date = missing.week_start_date

),

comparable as (

    select
        category,
        week_start_date,
        sold_pieces,
        missing_pieces,
        full_pieces - missing_pieces as before_pieces
    from category_base

),

-- after its season a category stands at nothing, however it sold in the weeks before
movement as (

    select
        category,
        week_start_date,
        case
            when sum(sold_pieces) = 0 and bool_or(missing_pieces = 0) then 0
            else
                sum(sold_pieces) filter (where before_pieces > 0)
                / sum({{ exact('before_pieces') }}) filter (where before_pieces > 0)
        end as change_ratio
    from comparable
    group by category, week_start_date

),

estimated as (

    select
        marked.distributor_code,
        marked.category,
        marked.sku_code,
        marked.week_start_date,
        marked.mark,
        usual.mean_pieces * coalesce(movement.change_ratio, 1) as expected_pieces
    from marked
    left join usual
        on
            marked.distributor_code = usual.distributor_code
            and marked.sku_code = usual.sku_code
            and marked.week_start_date = usual.week_start_date
    left join movement
        on
            marked.category = movement.category
            and marked.week_start_date = movement.week_start_date

),

-- full join: a week that was not reported has a mark and no sale
told as (

    select
        coalesce(sold.distributor_code, estimated.distributor_code) as distributor_code,
        coalesce(sold.category, estimated.category) as category,
        coalesce(sold.sku_code, estimated.sku_code) as sku_code,
        coalesce(sold.week_start_date, estimated.week_start_date) as week_start_date,
        sold.sold_pieces,
        estimated.mark,
        cast(greatest(
            case
                when estimated.expected_pieces is null then coalesce(sold.sold_pieces, 0)
                when estimated.mark = 'unreported' then estimated.expected_pieces
                when estimated.mark in ('bulk_order', 'phantom_order')
                    then least(sold.sold_pieces, estimated.expected_pieces)
                else greatest(coalesce(sold.sold_pieces, 0), estimated.expected_pieces)
            end,
            0
        ) as decimal(18, 3)) as demand_pieces
    from sold
    full outer join estimated
        on
            sold.distributor_code = estimated.distributor_code
            and sold.sku_code = estimated.sku_code
            and sold.week_start_date = estimated.week_start_date

),

promoted as (

    select
        distributor_code,
        sku_code,
        week_start_date,
        sum(incremental_pieces) as promotion_pieces
    from {{ ref('int_promotion_cell_week') }}
    group by distributor_code, sku_code, week_start_date

)

-- left join: most weeks have no promotion
select
    told.*,
    cast(coalesce(promoted.promotion_pieces, 0) as decimal(18, 3)) as promotion_pieces
from told
left join promoted
    on
        told.distributor_code = promoted.distributor_code
        and told.sku_code = promoted.sku_code
        and told.week_start_date = promoted.week_start_date
