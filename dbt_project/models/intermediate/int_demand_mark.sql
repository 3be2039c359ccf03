-- Weeks whose sales do not tell what outlets wanted, with the first reason that holds: the
-- distributor did not report, or only in part; its stock was gone; one outlet's order stands out.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

sold as (

    select * from {{ ref('int_demand_sold') }}

),

week as (

    select
        week_start_date,
        coalesce(festival_week_offset between -8 and 4, false) as is_festival
    from {{ ref('dim_week') }}
    where is_complete

),

-- a SKU is asked for as long as it sold within the quarter before
series as (

    select
        distributor_code,
        category,
        sku_code,
        min(week_start_date) as first_week_start_date,
        max(week_start_date) as last_week_start_date
    from sold
    where sold_pieces > 0
    group by distributor_code, category, sku_code

),

total as (

    select
        distributor_code,
        week_start_date,
        sum(sold_pieces) as total_pieces
    from sold
    group by distributor_code, week_start_date

),

span as (

    select
        total.distributor_code,
        week.week_start_date
    from total
    inner join week on total.week_start_date <= week.week_start_date
    group by total.distributor_code, week.week_start_date

),

-- four weeks reported give the measure of the next
measured as (

    select
        distributor_code,
        week_start_date,
        total_pieces / nullif(avg(total_pieces) over (
            partition by distributor_code
            order by week_start_date
            rows between 4 preceding and 1 preceding
        ), 0) as change_ratio
    from total

),

usual as (

    select
        week_start_date,
        median(change_ratio) as change_ratio
    from measured
    group by week_start_date
    having count(change_ratio) >= 3

),

silent as (

    select
        span.distributor_code,
        span.week_start_date,
        case when total.distributor_code is null then 'unreported' else 'partial' end as mark
    from span
    cross join threshold
    -- left join: a distributor that reported nothing has no total
    left join total
        on
            span.distributor_code = total.distributor_code
            and span.week_start_date = total.week_start_date
    left join measured
        on
            span.distributor_code = measured.distributor_code
            and span.week_start_date = measured.week_start_date
    left join usual on span.week_start_date = usual.week_start_date
    where
        total.distributor_code is null
        or measured.change_ratio < threshold.demand_partial_ratio * usual.change_ratio

),

unheard as (

    select
        series.distributor_code,
        series.category,
        series.sku_code,
        silent.week_start_date,
        silent.mark
    from silent
    inner join series
        on
            silent.distributor_code = series.distributor_code
            and silent.week_start_date > series.first_week_start_date
            and silent.week_start_date <= series.last_week_start_date + 91

),

held as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sum(good_pieces) as good_pieces
    from {{ ref('int_stock_batch_week') }}
    group by week_start_date, distributor_code, sku_code

),

counted_week as (

    select distinct
        week_start_date,
        distributor_code
    from held

),

-- a SKU that is not in a count is gone
position as (

    select
        counted_week.week_start_date,
        series.distributor_code,
        series.category,
        series.sku_code,
        coalesce(held.good_pieces, 0) as good_pieces,
        coalesce(sold.sold_pieces, 0) as sold_pieces,
        coalesce(sum(coalesce(sold.sold_pieces, 0)) over (
            partition by series.distributor_code, series.sku_code
            order by counted_week.week_start_date
            rows between 4 preceding and 1 preceding
        ), 0) as before_pieces
    from counted_week
    inner join series
        on
            counted_week.distributor_code = series.distributor_code
            and counted_week.week_start_date > series.first_week_start_date
            and counted_week.week_start_date <= series.last_week_start_date + 91
    left join held
        on
            counted_week.week_start_date = held.week_start_date
            and series.distributor_code = held.distributor_code
            and series.sku_code = held.sku_code
    left join sold
        on
            counted_week.week_start_date = sold.week_start_date
            and series.distributor_code = sold.distributor_code
            and series.sku_code = sold.sku_code

),

-- whether those who had it sold it: after its season nobody misses it
elsewhere as (

    select
        week_start_date,
        sku_code,
        count(*) as holder_count,
        sum(sold_pieces) as sold_pieces
    from position
    where good_pieces > 0
    group by week_start_date, sku_code

),

out_of_stock as (

    select
        position.distributor_code,
        position.category,
        position.sku_code,
        position.week_start_date,
        'out_of_stock' as mark
    from position
    left join elsewhere
        on
            position.week_start_date = elsewhere.week_start_date
            and position.sku_code = elsewhere.sku_code
    where
        position.good_pieces <= 0
        and case
            when elsewhere.holder_count > 0 then elsewhere.sold_pieces > 0
            else position.before_pieces > 0
        end

),

compared as (

    select
        *,
        max(sold_pieces) over before as before_pieces,
        count(*) over before as before_weeks,
        sum(returned_pieces) over (
            partition by distributor_code, sku_code
            order by week_start_date
            range between interval 0 day preceding and interval 28 day following
        ) as returned_after_pieces
    from sold
    window before as (
        partition by distributor_code, sku_code
        order by week_start_date
        range between interval 364 day preceding and interval 7 day preceding
    )

),

-- more than half of the week went to one outlet, and it is a multiple of the best week of the year
-- before: what a wholesaler orders every other month is no news
standing_out as (

    select
        compared.distributor_code,
        compared.category,
        compared.sku_code,
        compared.week_start_date,
        case
            when compared.returned_after_pieces >= 0.8 * compared.largest_outlet_pieces
                then 'phantom_order'
            else 'bulk_order'
        end as mark
    from compared
    inner join week on compared.week_start_date = week.week_start_date
    cross join threshold
    where
        not week.is_festival
        and compared.before_weeks >= 13
        and compared.largest_outlet_pieces > 0.5 * compared.sold_pieces
        and compared.sold_pieces > threshold.demand_bulk_times * compared.before_pieces

),

told as (

    select
        *,
        1 as rank
    from unheard
    union all
    select
        *,
        2 as rank
    from out_of_stock
    union all
    select
        *,
        3 as rank
    from standing_out

)

select
    distributor_code,
    category,
    sku_code,
    week_start_date,
    min_by(mark, rank) as mark
from told
group by distributor_code, category, sku_code, week_start_date
