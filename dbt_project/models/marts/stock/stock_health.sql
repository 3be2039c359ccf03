with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

held as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sum(good_pieces) as good_stock_pieces,
        sum(unsellable_pieces) as unsellable_pieces,
        sum(case when is_near_expiry then sellable_pieces else 0 end) as near_expiry_pieces,
        sum(case when is_near_expiry then at_risk_pieces else 0 end) as at_risk_pieces
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

-- distributors whose sell-out of the four weeks before the count is known
reported as (

    select distinct
        distributor_code,
        week_start_date
    from {{ ref('int_sellout_trailing') }}

),

-- a SKU that sold and is not in the count is out of stock, so it needs its row
stocked_or_sold as (

    select
        distributor_code,
        week_start_date,
        sku_code
    from held
    union
    select
        counted_week.distributor_code,
        counted_week.week_start_date,
        recent.sku_code
    from counted_week
    inner join {{ ref('int_sellout_trailing') }} as recent
        on
            counted_week.distributor_code = recent.distributor_code
            and counted_week.demand_week_start_date = recent.week_start_date
            and recent.mean_weekly_pieces > 0

),

position as (

    select
        stocked_or_sold.week_start_date,
        counted_week.snapshot_date,
        stocked_or_sold.distributor_code,
        stocked_or_sold.sku_code,
        coalesce(held.good_stock_pieces, 0) as good_stock_pieces,
        coalesce(held.unsellable_pieces, 0) as unsellable_pieces,
        coalesce(held.near_expiry_pieces, 0) as near_expiry_pieces,
        coalesce(held.at_risk_pieces, 0) as at_risk_pieces,
        coalesce(recent.mean_weekly_pieces, 0) as mean_weekly_pieces,
        reported.distributor_code is not null as is_demand_known,
        sku.list_price_per_piece,
        sku.std_cost_per_piece,
        sku.pieces_per_case,
        coalesce(sku.delist_date > counted_week.snapshot_date, true)
        and coalesce(sku.sku_status, 'active') = 'active' as is_listed,
        latest.week_start_date is not null as is_latest,
        (coalesce(distributor.lead_time_days, 7) + coalesce(distributor.review_days, 7)) / 7.0
            as supply_weeks,
        threshold.cover_weeks_low,
        threshold.cover_weeks_high,
        threshold.carry_rate_ratio,
        latest.week_start_date is not null
        and {{ as_of() }} - counted_week.snapshot_date > threshold.blind_after_days as is_blind
    from stocked_or_sold
    inner join counted_week
        on
            stocked_or_sold.distributor_code = counted_week.distributor_code
            and stocked_or_sold.week_start_date = counted_week.week_start_date
    cross join threshold
    left join held
        on
            stocked_or_sold.distributor_code = held.distributor_code
            and stocked_or_sold.week_start_date = held.week_start_date
            and stocked_or_sold.sku_code = held.sku_code
    left join {{ ref('int_sellout_trailing') }} as recent
        on
            stocked_or_sold.distributor_code = recent.distributor_code
            and stocked_or_sold.sku_code = recent.sku_code
            and counted_week.demand_week_start_date = recent.week_start_date
    left join reported
        on
            stocked_or_sold.distributor_code = reported.distributor_code
            and counted_week.demand_week_start_date = reported.week_start_date
    left join latest
        on
            stocked_or_sold.distributor_code = latest.distributor_code
            and stocked_or_sold.week_start_date = latest.week_start_date
    left join {{ ref('dim_sku') }} as sku
        on stocked_or_sold.sku_code = sku.sku_code and sku.is_current
    left join {{ ref('dim_distributor') }} as distributor
        on
            stocked_or_sold.distributor_code = distributor.distributor_code
            and distributor.is_current

),

measured as (

    select
        *,
        {{ safe_ratio('good_stock_pieces', 'mean_weekly_pieces') }} as trailing_cover_weeks,
        greatest(good_stock_pieces - mean_weekly_pieces * cover_weeks_high, 0) as excess_pieces,
        not is_blind and good_stock_pieces <= 0 and mean_weekly_pieces > 0 and is_listed as is_oos,
        not is_blind and good_stock_pieces > 0 and is_listed
        and good_stock_pieces < mean_weekly_pieces * cover_weeks_low as is_risk,
        not is_blind and good_stock_pieces > 0 and mean_weekly_pieces > 0
        and good_stock_pieces > mean_weekly_pieces * cover_weeks_high as is_over,
        not is_blind and good_stock_pieces > 0 and mean_weekly_pieces = 0 and is_demand_known
            as is_dead,
        not is_blind and near_expiry_pieces > 0 as is_expiry
    from position

),

valued as (

    select
        *,
        case
            when is_oos
                then
                    mean_weekly_pieces * supply_weeks
                    * greatest(list_price_per_piece - std_cost_per_piece, 0)
        end as oos_risk_amount,
        case
            -- what is too much waits for the sale of what is before it; dead stock waits a year
            when is_over or is_dead
                then
                    excess_pieces * std_cost_per_piece * carry_rate_ratio
                    * least(coalesce(excess_pieces / nullif(mean_weekly_pieces, 0), 52), 52) / 52
        end as excess_risk_amount,
        case when is_expiry then at_risk_pieces * std_cost_per_piece end as expiry_risk_amount
    from measured

)

select
    week_start_date,
    snapshot_date,
    distributor_code,
    sku_code,
    is_latest,
    cast(good_stock_pieces as decimal(18, 3)) as good_stock_pieces,
    cast(unsellable_pieces as decimal(18, 3)) as unsellable_pieces,
    cast(mean_weekly_pieces as decimal(18, 3)) as mean_weekly_pieces,
    trailing_cover_weeks,
    case
        when not is_demand_known then 'no_report'
        when mean_weekly_pieces = 0 then 'no_demand'
        else 'ok'
    end as status,
    cast(near_expiry_pieces as decimal(18, 3)) as near_expiry_pieces,
    cast(at_risk_pieces as decimal(18, 3)) as at_risk_pieces,
    cast(excess_pieces as decimal(18, 3)) as excess_pieces,
    cast(good_stock_pieces * list_price_per_piece as decimal(18, 2)) as stock_at_list_amount,
    cast(good_stock_pieces * std_cost_per_piece as decimal(18, 2)) as stock_at_cost_amount,
    is_blind,
    is_oos,
    is_risk,
    is_over,
    is_dead,
    is_expiry,
    case
        when is_blind then 'BLIND'
        when is_oos then 'OOS'
        when is_expiry and coalesce(expiry_risk_amount, 0) >= coalesce(excess_risk_amount, 0)
            then 'EXPIRY'
        when is_risk then 'RISK'
        when is_over then 'OVER'
        when is_dead then 'DEAD'
        when is_expiry then 'EXPIRY'
        else 'OK'
    end as state,
    cast(oos_risk_amount as decimal(18, 2)) as oos_risk_amount,
    cast(excess_risk_amount as decimal(18, 2)) as excess_risk_amount,
    cast(expiry_risk_amount as decimal(18, 2)) as expiry_risk_amount,
    cast(is_oos as bigint) as oos_num,
    cast(not is_blind and is_listed and mean_weekly_pieces > 0 as bigint) as oos_den
from valued
