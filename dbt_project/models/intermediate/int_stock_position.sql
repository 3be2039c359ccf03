-- What a distributor held of each SKU at the last count of a week. A SKU that sold lately or is
-- asked for and is not in the count is out of stock, so it has its row.
with

held as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sum(good_pieces) as good_pieces,
        sum(unsellable_pieces) as unsellable_pieces,
        sum(case when is_near_expiry then sellable_pieces else 0 end) as near_expiry_pieces
    from {{ ref('int_stock_batch_week') }}
    group by week_start_date, distributor_code, sku_code

),

counted_week as (

    select
        distributor_code,
        week_start_date,
        max(snapshot_date) as snapshot_date,
        max(demand_week_start_date) as demand_week_start_date
    from {{ ref('int_stock_batch_week') }}
    group by distributor_code, week_start_date

),

latest as (

    select
        distributor_code,
        max(week_start_date) as week_start_date
    from counted_week
    where snapshot_date <= {{ as_of() }}
    group by distributor_code

),

dated as (

    select
        counted_week.*,
        latest.week_start_date is not null as is_latest
    from counted_week
    -- left join: only one week of each is the latest
    left join latest
        on
            counted_week.distributor_code = latest.distributor_code
            and counted_week.week_start_date = latest.week_start_date

),

-- distributors whose sell-out of the four weeks before the count is known
reported as (

    select distinct
        distributor_code,
        week_start_date
    from {{ ref('int_sellout_trailing') }}

),

listed as (

    select
        distributor_code,
        week_start_date,
        sku_code
    from held
    union
    select
        dated.distributor_code,
        dated.week_start_date,
        recent.sku_code
    from dated
    inner join {{ ref('int_sellout_trailing') }} as recent
        on
            dated.distributor_code = recent.distributor_code
            and dated.demand_week_start_date = recent.week_start_date
            and recent.mean_weekly_pieces > 0
    union
    select
        dated.distributor_code,
        dated.week_start_date,
        forecast.sku_code
    from dated
    inner join {{ ref('forecast') }} as forecast
        on dated.distributor_code = forecast.distributor_code
    where dated.is_latest and forecast.final_pieces > 0

)

select
    listed.week_start_date,
    dated.snapshot_date,
    dated.demand_week_start_date,
    listed.distributor_code,
    listed.sku_code,
    dated.is_latest,
    reported.distributor_code is not null as is_demand_known,
    cast(coalesce(held.good_pieces, 0) as decimal(18, 3)) as good_pieces,
    cast(coalesce(held.unsellable_pieces, 0) as decimal(18, 3)) as unsellable_pieces,
    cast(coalesce(held.near_expiry_pieces, 0) as decimal(18, 3)) as near_expiry_pieces,
    coalesce(recent.mean_weekly_pieces, 0) as mean_weekly_pieces
from listed
inner join dated
    on
        listed.distributor_code = dated.distributor_code
        and listed.week_start_date = dated.week_start_date
-- left joins: what is not there, did not sell, or was not reported
left join held
    on
        listed.distributor_code = held.distributor_code
        and listed.week_start_date = held.week_start_date
        and listed.sku_code = held.sku_code
left join {{ ref('int_sellout_trailing') }} as recent
    on
        listed.distributor_code = recent.distributor_code
        and listed.sku_code = recent.sku_code
        and dated.demand_week_start_date = recent.week_start_date
left join reported
    on
        listed.distributor_code = reported.distributor_code
        and dated.demand_week_start_date = reported.week_start_date
