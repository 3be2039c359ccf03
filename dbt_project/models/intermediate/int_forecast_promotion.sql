-- What the promotions of the calendar add to a SKU of a distributor in a week to come, as a share
-- of its base: what their mechanic brought in weeks known at the origin, else what the plan says,
-- times the share of the SKU's sales that the outlets in scope have.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

origin as (

    select * from {{ ref('int_forecast_origin') }}

),

week as (

    select * from {{ ref('int_forecast_week') }}

),

declared as (

    select
        promo_code,
        sku_code,
        max(coalesce(mechanic, '')) as mechanic,
        max(plan_uplift_ratio) as plan_uplift_ratio
    from {{ ref('dim_promotion') }}
    group by promo_code, sku_code

),

seen as (

    select
        {{ week_no('promoted.week_start_date') }} as week_no,
        declared.mechanic,
        promoted.is_running,
        sum(promoted.sold_pieces) as sold_pieces,
        sum(promoted.baseline_pieces) as baseline_pieces
    from {{ ref('int_promotion_outlet_week') }} as promoted
    inner join declared
        on promoted.promo_code = declared.promo_code and promoted.sku_code = declared.sku_code
    where promoted.baseline_pieces is not null
    group by promoted.week_start_date, declared.mechanic, promoted.is_running

),

learnt as (

    select
        origin.origin_week_no,
        seen.mechanic,
        seen.is_running,
        {{ safe_ratio(
            'sum(seen.sold_pieces - seen.baseline_pieces)', 'sum(seen.baseline_pieces)'
        ) }} as effect_ratio
    from origin
    inner join seen on origin.origin_week_no > seen.week_no
    group by origin.origin_week_no, seen.mechanic, seen.is_running

),

bought as (

    select
        distributor_code,
        sku_code,
        outlet_code,
        {{ week_no('week_start_date') }} as week_no,
        quantity_pieces - return_quantity_pieces as sold_pieces
    from {{ ref('int_sellout_outlet_sku_week') }}
    where sku_code in (select declared.sku_code from declared)

),

sold_before as (

    select
        origin.origin_week_no,
        bought.distributor_code,
        bought.sku_code,
        bought.outlet_code,
        sum(bought.sold_pieces) as sold_pieces
    from origin
    inner join bought
        on
            origin.origin_week_no - 13 <= bought.week_no
            and origin.origin_week_no > bought.week_no
    group by
        origin.origin_week_no, bought.distributor_code, bought.sku_code, bought.outlet_code

),

sold_in_all as (

    select
        origin_week_no,
        distributor_code,
        sku_code,
        sum(sold_pieces) as sold_pieces
    from sold_before
    group by origin_week_no, distributor_code, sku_code
    having sum(sold_pieces) > 0

),

-- of the promotions that reach into the weeks to come
reached as (

    select
        sold_before.origin_week_no,
        reached.promo_code,
        reached.distributor_code,
        reached.sku_code,
        {{ week_no('reached.first_week') }} as first_week_no,
        {{ week_no('reached.last_week') }} as last_week_no,
        {{ week_no('reached.post_last_week') }} as post_last_week_no,
        sum(sold_before.sold_pieces) as sold_pieces
    from {{ ref('int_promotion_outlet') }} as reached
    inner join sold_before
        on
            reached.distributor_code = sold_before.distributor_code
            and reached.sku_code = sold_before.sku_code
            and reached.outlet_code = sold_before.outlet_code
    where {{ week_no('reached.post_last_week') }} >= sold_before.origin_week_no
    group by
        sold_before.origin_week_no,
        reached.promo_code,
        reached.distributor_code,
        reached.sku_code,
        reached.first_week,
        reached.last_week,
        reached.post_last_week

),

placed as (

    select
        reached.*,
        week.week_no,
        week.week_no <= reached.last_week_no as is_running,
        reached.sold_pieces / sold_in_all.sold_pieces as scope_ratio
    from reached
    cross join threshold
    inner join sold_in_all
        on
            reached.origin_week_no = sold_in_all.origin_week_no
            and reached.distributor_code = sold_in_all.distributor_code
            and reached.sku_code = sold_in_all.sku_code
    inner join week
        on
            greatest(reached.first_week_no, reached.origin_week_no) <= week.week_no
            and reached.post_last_week_no >= week.week_no
            and reached.origin_week_no + threshold.forecast_horizon_weeks > week.week_no

)

-- left join: a mechanic nobody has seen yet is believed its plan while it runs
select
    series.series_no,
    placed.origin_week_no,
    placed.week_no,
    cast(sum(cast(
        placed.scope_ratio * coalesce(
            learnt.effect_ratio,
            case when placed.is_running then declared.plan_uplift_ratio end,
            0
        ) as decimal(38, 15)
    )) as double) as effect_ratio
from placed
inner join declared
    on placed.promo_code = declared.promo_code and placed.sku_code = declared.sku_code
inner join {{ ref('int_forecast_series') }} as series
    on
        placed.distributor_code = series.distributor_code
        and placed.sku_code = series.sku_code
left join learnt
    on
        placed.origin_week_no = learnt.origin_week_no
        and declared.mechanic = learnt.mechanic
        and placed.is_running = learnt.is_running
group by series.series_no, placed.origin_week_no, placed.week_no
