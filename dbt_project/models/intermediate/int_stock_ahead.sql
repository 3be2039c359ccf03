-- How far the stock of a count reaches on what is expected to sell, alone and with what is on its
-- way; what is wanted until the next delivery; what is too much and what will be missed.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

step as (

    select * from {{ ref('int_stock_demand') }}

),

reach as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        max(to_day) as horizon_day,
        max(cumulated_pieces) as horizon_pieces
    from step
    group by week_start_date, distributor_code, sku_code

),

inbound as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        greatest(arrival_day, 0) as day,
        sum(quantity_pieces) as arriving_pieces
    from {{ ref('int_inbound') }}
    group by week_start_date, distributor_code, sku_code, greatest(arrival_day, 0)

),

to_come as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sum(arriving_pieces) as inbound_pieces
    from inbound
    group by week_start_date, distributor_code, sku_code

),

class as (

    select
        distributor_code,
        sku_code,
        any_value(demand_class) as demand_class
    from {{ ref('forecast') }}
    group by distributor_code, sku_code

),

-- stock is not to be older than shops take it when the last piece is sold
held as (

    select
        position.week_start_date,
        position.distributor_code,
        position.sku_code,
        cast(position.good_pieces as double) as good_pieces,
        cast(coalesce(to_come.inbound_pieces, 0) as double) as inbound_pieces,
        reach.horizon_day,
        reach.horizon_pieces,
        class.demand_class,
        supply.supply_days,
        supply.supply_weeks,
        supply.lead_days,
        supply.lead_sd_weeks,
        least(
            7 * threshold.cover_weeks_high,
            sku.shelf_life_days * (1 - threshold.trade_rsl_min_ratio)
        ) as cover_days_high
    from {{ ref('int_stock_position') }} as position
    inner join reach
        on
            position.week_start_date = reach.week_start_date
            and position.distributor_code = reach.distributor_code
            and position.sku_code = reach.sku_code
    inner join {{ ref('int_supply') }} as supply
        on position.distributor_code = supply.distributor_code
    cross join threshold
    left join to_come
        on
            position.week_start_date = to_come.week_start_date
            and position.distributor_code = to_come.distributor_code
            and position.sku_code = to_come.sku_code
    left join class
        on
            position.distributor_code = class.distributor_code
            and position.sku_code = class.sku_code
    left join {{ ref('dim_sku') }} as sku
        on position.sku_code = sku.sku_code and sku.is_current

),

-- the first week whose demand the stock does not hold out, days of a week adding up as they may
broken as (

    select
        held.week_start_date,
        held.distributor_code,
        held.sku_code,
        min_by(
            step.to_day - 7 * (step.cumulated_pieces - held.good_pieces) / step.weekly_pieces,
            step.to_day
        ) as cover_days
    from held
    inner join step
        on
            held.week_start_date = step.week_start_date
            and held.distributor_code = step.distributor_code
            and held.sku_code = step.sku_code
            and held.good_pieces - step.cumulated_pieces < -0.0005
    group by held.week_start_date, held.distributor_code, held.sku_code

),

asked as (

    {% for name in ['lead_days', 'supply_days', 'cover_days_high'] %}
        select
            week_start_date,
            distributor_code,
            sku_code,
            {{ name }} as day,
            '{{ name }}' as what,
            cast(0 as double) as arriving_pieces
        from held
        union all
    {% endfor %}
    select
        inbound.week_start_date,
        inbound.distributor_code,
        inbound.sku_code,
        inbound.day,
        'inbound' as what,
        cast(inbound.arriving_pieces as double) as arriving_pieces
    from inbound
    inner join reach
        on
            inbound.week_start_date = reach.week_start_date
            and inbound.distributor_code = reach.distributor_code
            and inbound.sku_code = reach.sku_code

),

answered as (

    {{ with_demand_until('asked', 'day') }}

),

needed as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        {%- for name in ['lead_days', 'supply_days', 'cover_days_high'] %}
            max(demand_until_pieces) filter (where what = '{{ name }}') as {{ name }}_pieces
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from answered
    group by week_start_date, distributor_code, sku_code

),

point as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        day,
        demand_until_pieces as demand_pieces,
        rate_weekly_pieces,
        arriving_pieces
    from answered
    union all
    select
        week_start_date,
        distributor_code,
        sku_code,
        to_day as day,
        cumulated_pieces as demand_pieces,
        weekly_pieces as rate_weekly_pieces,
        0 as arriving_pieces
    from step

),

moment as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        day,
        any_value(demand_pieces) as demand_pieces,
        any_value(rate_weekly_pieces) as rate_weekly_pieces,
        sum(arriving_pieces) as arriving_pieces
    from point
    group by week_start_date, distributor_code, sku_code, day

),

-- what comes on a day cannot be sold before it
projected as (

    select
        moment.week_start_date,
        moment.distributor_code,
        moment.sku_code,
        moment.day,
        moment.rate_weekly_pieces,
        held.supply_days,
        held.good_pieces - moment.demand_pieces + coalesce(sum(moment.arriving_pieces) over (
            partition by moment.week_start_date, moment.distributor_code, moment.sku_code
            order by moment.day
            rows between unbounded preceding and 1 preceding
        ), 0) as stock_pieces
    from moment
    inner join held
        on
            moment.week_start_date = held.week_start_date
            and moment.distributor_code = held.distributor_code
            and moment.sku_code = held.sku_code

),

-- a missed sale does not wait for the goods: the deepest hole is all that is missed
missed as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        min_by(
            case
                when stock_pieces < -0.0005
                    then day + 7 * stock_pieces / nullif(rate_weekly_pieces, 0)
            end,
            day
        ) as run_out_days,
        greatest(-min(stock_pieces) filter (where day <= supply_days), 0) as lost_pieces
    from projected
    group by week_start_date, distributor_code, sku_code

),

-- left joins: too little behind for a size of its own, or for any
spread as (

    select
        held.week_start_date,
        held.distributor_code,
        held.sku_code,
        {{ spread_base('needed.supply_days_pieces') }}
        * coalesce(own.service_ratio, of_class.service_ratio, of_all.service_ratio)
            as service_pieces,
        needed.supply_days_pieces / held.supply_days * 7 * held.lead_sd_weeks as lead_sd_pieces,
        {{ normal_quantile('threshold.service_level_ratio') }} as z
    from held
    cross join threshold
    inner join needed
        on
            held.week_start_date = needed.week_start_date
            and held.distributor_code = needed.distributor_code
            and held.sku_code = needed.sku_code
    left join {{ ref('int_stock_spread') }} as own
        on
            held.supply_weeks = own.supply_weeks
            and held.demand_class = own.demand_class
            and {{ size_band('needed.supply_days_pieces') }} = own.size_band
    left join {{ ref('int_stock_spread') }} as of_class
        on
            held.supply_weeks = of_class.supply_weeks
            and held.demand_class = of_class.demand_class
            and of_class.size_band is null
    left join {{ ref('int_stock_spread') }} as of_all
        on
            held.supply_weeks = of_all.supply_weeks
            and of_all.demand_class is null
            and of_all.size_band is null

),

-- what demand may bring more than is told, and what it brings while a delivery is late
wanted as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        sqrt(power(coalesce(service_pieces, 0), 2) + power(greatest(z, 0) * lead_sd_pieces, 2))
            as safety_stock_pieces
    from spread

)

select
    held.week_start_date,
    held.distributor_code,
    held.sku_code,
    held.supply_weeks,
    case
        when held.horizon_pieces <= 0 then null
        when held.good_pieces <= 0 then 0
        else coalesce(broken.cover_days, held.horizon_day) / 7
    end as cover_weeks,
    case
        when held.horizon_pieces <= 0 then 'no_demand'
        when broken.cover_days is null then 'beyond_horizon'
        else 'ok'
    end as cover_status,
    case
        when held.horizon_pieces <= 0 then null
        else
            least(
                greatest(coalesce(missed.run_out_days, held.horizon_day), 0),
                held.horizon_day
            ) / 7
    end as projected_cover_weeks,
    cast(held.inbound_pieces as decimal(18, 3)) as inbound_pieces,
    cast(held.cover_days_high / 7 as double) as max_cover_weeks,
    cast(needed.cover_days_high_pieces as decimal(18, 3)) as max_cover_demand_pieces,
    cast(needed.supply_days_pieces as decimal(18, 3)) as supply_demand_pieces,
    cast(wanted.safety_stock_pieces as decimal(18, 3)) as safety_stock_pieces,
    cast(needed.lead_days_pieces + wanted.safety_stock_pieces as decimal(18, 3))
        as reorder_point_pieces,
    cast(needed.supply_days_pieces + wanted.safety_stock_pieces as decimal(18, 3))
        as order_up_to_pieces,
    cast(greatest(
        held.good_pieces
        + held.inbound_pieces
        - needed.cover_days_high_pieces
        - wanted.safety_stock_pieces,
        0
    ) as decimal(18, 3)) as excess_pieces,
    cast(missed.lost_pieces as decimal(18, 3)) as lost_pieces
from held
inner join needed
    on
        held.week_start_date = needed.week_start_date
        and held.distributor_code = needed.distributor_code
        and held.sku_code = needed.sku_code
inner join wanted
    on
        held.week_start_date = wanted.week_start_date
        and held.distributor_code = wanted.distributor_code
        and held.sku_code = wanted.sku_code
inner join missed
    on
        held.week_start_date = missed.week_start_date
        and held.distributor_code = missed.distributor_code
        and held.sku_code = missed.sku_code
left join broken
    on
        held.week_start_date = broken.week_start_date
        and held.distributor_code = broken.distributor_code
        and held.sku_code = broken.sku_code
