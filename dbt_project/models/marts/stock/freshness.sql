-- What will not be sold by the last day shops take it, batch by batch, when the one that ends first
-- is sold first: all that cannot go by a batch's last day, less what could not by those before it.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

told as (

    select distinct
        week_start_date,
        distributor_code
    from {{ ref('int_stock_demand') }}

),

batch as (

    select
        batch.*,
        position.is_latest,
        batch.last_sale_date - batch.snapshot_date as last_sale_day
    from {{ ref('int_stock_batch_week') }} as batch
    inner join {{ ref('int_stock_position') }} as position
        on
            batch.week_start_date = position.week_start_date
            and batch.distributor_code = position.distributor_code
            and batch.sku_code = position.sku_code
    inner join told
        on
            batch.week_start_date = told.week_start_date
            and batch.distributor_code = told.distributor_code
    where batch.sellable_pieces > 0 and position.is_demand_known

),

sold as (

    {{ with_demand_until('batch', 'last_sale_day') }}

),

queued as (

    select
        *,
        cast(sum(sellable_pieces) over (
            partition by week_start_date, distributor_code, sku_code
            order by last_sale_day asc nulls last, batch_no asc, expiry_date asc nulls last
            rows between unbounded preceding and current row
        ) as double) as queued_pieces
    from sold

),

-- what has no last day is sold last and is never too old
left_over as (

    select
        *,
        greatest(max(
            case when last_sale_day is not null then queued_pieces - demand_until_pieces end
        ) over fefo, 0) as left_pieces,
        case
            when not bool_or(last_sale_day is not null and cautious_until_pieces is null) over fefo
                then
                    greatest(max(
                        case
                            when last_sale_day is not null
                                then queued_pieces - cautious_until_pieces
                        end
                    ) over fefo, 0)
        end as cautious_left_pieces
    from queued
    window fefo as (
        partition by week_start_date, distributor_code, sku_code
        order by last_sale_day asc nulls last, batch_no asc, expiry_date asc nulls last
        rows between unbounded preceding and current row
    )

),

at_risk as (

    select
        *,
        left_pieces - coalesce(lag(left_pieces) over fefo, 0) as at_risk_pieces,
        cautious_left_pieces - coalesce(lag(cautious_left_pieces) over fefo, 0)
            as cautious_at_risk_pieces
    from left_over
    window fefo as (
        partition by week_start_date, distributor_code, sku_code
        order by last_sale_day asc nulls last, batch_no asc, expiry_date asc nulls last
    )

)

select
    at_risk.week_start_date,
    at_risk.snapshot_date,
    at_risk.distributor_code,
    at_risk.sku_code,
    at_risk.batch_no,
    at_risk.expiry_date,
    at_risk.last_sale_date,
    at_risk.is_latest,
    at_risk.is_inferred,
    at_risk.days_to_expiry,
    at_risk.freshness_tier,
    at_risk.is_near_expiry,
    at_risk.sellable_pieces,
    cast(at_risk.demand_until_pieces as decimal(18, 3)) as demand_until_pieces,
    cast(at_risk.at_risk_pieces as decimal(18, 3)) as at_risk_pieces,
    cast(at_risk.cautious_at_risk_pieces as decimal(18, 3)) as cautious_at_risk_pieces,
    cast(
        at_risk.at_risk_pieces * sku.std_cost_per_piece * (1 - threshold.salvage_ratio)
        as decimal(18, 2)
    ) as expiry_risk_amount
from at_risk
cross join threshold
-- left join: a SKU without a master row has no cost
left join {{ ref('dim_sku') }} as sku
    on at_risk.sku_code = sku.sku_code and sku.is_current
