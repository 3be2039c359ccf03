-- What an outlet bought in the weeks of a promotion and just after, beside what it would have
-- bought: its mean week before, of weeks without promotion in which its distributor sold the SKU at
-- all. It rises and falls with the season as those SKUs of the distributor did that had no
-- promotion in all that time. A week belongs to one promotion: to one running before one just over,
-- then to the later one.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

reached as (

    select * from {{ ref('int_promotion_outlet') }}

),

sellout as (

    select
        week_start_date,
        distributor_code,
        outlet_code,
        sku_code,
        case
            when net_amount is null then 0 else quantity_pieces - return_quantity_pieces
        end as sold_pieces,
        coalesce(net_amount, 0) - coalesce(return_amount, 0) as sold_amount
    from {{ ref('int_sellout_outlet_sku_week') }}
    where sku_code in (select reached.sku_code from reached)

),

-- a week for which the distributor reported nothing is not known, not zero
reported_week as (

    select distinct
        distributor_code,
        week_start_date
    from {{ ref('int_sellout_outlet_sku_week') }}

),

-- a week in which it sold none of the SKU to anybody says it was out of stock, not out of demand
supplied_week as (

    select distinct
        distributor_code,
        sku_code,
        week_start_date
    from sellout
    where sold_pieces > 0

),

covered as (

    select
        promo_code,
        sku_code,
        distributor_code,
        outlet_code,
        first_week,
        last_week,
        {{ weeks_from_to('first_week', 'post_last_week') }} as week_start_date
    from reached

),

promoted as (

    select
        covered.promo_code,
        covered.sku_code,
        covered.distributor_code,
        covered.outlet_code,
        covered.first_week,
        covered.week_start_date,
        covered.week_start_date <= covered.last_week as is_running
    from covered
    inner join reported_week
        on
            covered.distributor_code = reported_week.distributor_code
            and covered.week_start_date = reported_week.week_start_date
    qualify row_number() over (
        partition by
            covered.distributor_code, covered.outlet_code, covered.sku_code, covered.week_start_date
        order by
            covered.week_start_date <= covered.last_week desc,
            covered.first_week desc,
            covered.promo_code asc
    ) = 1

),

span as (

    select distinct
        promo_code,
        distributor_code,
        first_week,
        baseline_first_week,
        post_last_week
    from reached

),

promoted_sku as (

    select distinct
        sku_code,
        first_week,
        post_last_week
    from reached

),

span_sku as (

    select distinct
        span.promo_code,
        span.distributor_code,
        span.first_week,
        promoted_sku.sku_code
    from span
    inner join promoted_sku
        on
            span.post_last_week >= promoted_sku.first_week
            and span.baseline_first_week <= promoted_sku.post_last_week

),

season_week as (

    select
        span.promo_code,
        span.distributor_code,
        span.first_week,
        sold.week_start_date,
        cast(sum(sold.quantity_pieces - sold.return_quantity_pieces) as double) as season_pieces
    from span
    inner join {{ ref('int_sellout_outlet_sku_week') }} as sold
        on
            span.distributor_code = sold.distributor_code
            and sold.week_start_date between span.baseline_first_week and span.post_last_week
    anti join span_sku
        on
            span.promo_code = span_sku.promo_code
            and span.distributor_code = span_sku.distributor_code
            and span.first_week = span_sku.first_week
            and sold.sku_code = span_sku.sku_code
    group by span.promo_code, span.distributor_code, span.first_week, sold.week_start_date

),

before_week as (

    select
        reached.promo_code,
        reached.sku_code,
        reached.distributor_code,
        reached.outlet_code,
        reached.first_week,
        supplied_week.week_start_date
    from reached
    inner join supplied_week
        on
            reached.distributor_code = supplied_week.distributor_code
            and reached.sku_code = supplied_week.sku_code
            and reached.baseline_first_week <= supplied_week.week_start_date
            and reached.first_week > supplied_week.week_start_date
    anti join promoted
        on
            reached.distributor_code = promoted.distributor_code
            and reached.outlet_code = promoted.outlet_code
            and reached.sku_code = promoted.sku_code
            and supplied_week.week_start_date = promoted.week_start_date

),

baseline as (

    select
        before_week.promo_code,
        before_week.sku_code,
        before_week.distributor_code,
        before_week.outlet_code,
        before_week.first_week,
        count(*) as baseline_weeks,
        cast(coalesce(sum(sellout.sold_pieces), 0) as double) / count(*) as baseline_pieces,
        cast(coalesce(sum(sellout.sold_amount), 0) as double) / count(*) as baseline_amount,
        avg(season_week.season_pieces) as season_pieces
    from before_week
    -- left join: every SKU may have had a promotion
    left join season_week
        on
            before_week.promo_code = season_week.promo_code
            and before_week.distributor_code = season_week.distributor_code
            and before_week.first_week = season_week.first_week
            and before_week.week_start_date = season_week.week_start_date
    -- left join: a week in which the outlet bought nothing counts with nothing
    left join sellout
        on
            before_week.distributor_code = sellout.distributor_code
            and before_week.outlet_code = sellout.outlet_code
            and before_week.sku_code = sellout.sku_code
            and before_week.week_start_date = sellout.week_start_date
    group by
        before_week.promo_code,
        before_week.sku_code,
        before_week.distributor_code,
        before_week.outlet_code,
        before_week.first_week

),

based as (

    select baseline.*
    from baseline
    cross join threshold
    where baseline.baseline_weeks >= threshold.promotion_baseline_min_weeks

),

-- how much more a week of this season sells; unknown where every SKU had a promotion, so as before
seasoned as (

    select
        based.promo_code,
        based.sku_code,
        based.distributor_code,
        based.outlet_code,
        based.first_week,
        season_week.week_start_date,
        season_week.season_pieces / based.season_pieces as season_ratio
    from based
    inner join season_week
        on
            based.promo_code = season_week.promo_code
            and based.distributor_code = season_week.distributor_code
            and based.first_week = season_week.first_week
    where based.season_pieces > 0 and season_week.season_pieces > 0

)

select
    promoted.promo_code,
    promoted.sku_code,
    promoted.distributor_code,
    promoted.outlet_code,
    promoted.first_week,
    promoted.week_start_date,
    promoted.is_running,
    based.baseline_weeks,
    cast(coalesce(sellout.sold_pieces, 0) as decimal(18, 3)) as sold_pieces,
    cast(coalesce(sellout.sold_amount, 0) as decimal(18, 2)) as sold_amount,
    cast(based.baseline_pieces * coalesce(seasoned.season_ratio, 1) as decimal(18, 3))
        as baseline_pieces,
    cast(based.baseline_amount * coalesce(seasoned.season_ratio, 1) as decimal(18, 2))
        as baseline_amount
from promoted
-- left join: in a week of a promotion an outlet may buy nothing
left join sellout
    on
        promoted.distributor_code = sellout.distributor_code
        and promoted.outlet_code = sellout.outlet_code
        and promoted.sku_code = sellout.sku_code
        and promoted.week_start_date = sellout.week_start_date
-- left join: without weeks to take it from there is no baseline
left join based
    on
        promoted.promo_code = based.promo_code
        and promoted.sku_code = based.sku_code
        and promoted.distributor_code = based.distributor_code
        and promoted.outlet_code = based.outlet_code
        and promoted.first_week = based.first_week
-- left join: without another SKU there is no season to see
left join seasoned
    on
        promoted.promo_code = seasoned.promo_code
        and promoted.sku_code = seasoned.sku_code
        and promoted.distributor_code = seasoned.distributor_code
        and promoted.outlet_code = seasoned.outlet_code
        and promoted.first_week = seasoned.first_week
        and promoted.week_start_date = seasoned.week_start_date
