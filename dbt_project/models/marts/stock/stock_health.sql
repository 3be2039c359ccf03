-- Where a forecast is known - after the latest count, and after earlier ones whose cycle was
-- closed - stock is judged by it; else by what sold lately.
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

ageing as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        cast(sum(at_risk_pieces) as decimal(18, 3)) as at_risk_pieces,
        case
            when count(cautious_at_risk_pieces) = count(*)
                then cast(sum(cautious_at_risk_pieces) as decimal(18, 3))
        end as cautious_at_risk_pieces,
        sum(expiry_risk_amount) as expiry_risk_amount
    from {{ ref('freshness') }}
    group by week_start_date, distributor_code, sku_code

),

unbalanced as (

    select
        distributor_code,
        sku_code
    from {{ ref('stock_reconciliation') }}
    where is_latest and status = 'fail'

),

-- left joins: most SKUs have no demand told, age, push or gap
position as (

    select
        position.*,
        told.distributor_code is not null and position.is_demand_known as is_told,
        ahead.cover_weeks,
        ahead.cover_status,
        ahead.max_cover_weeks,
        ahead.max_cover_demand_pieces,
        ahead.projected_cover_weeks,
        ahead.inbound_pieces,
        ahead.supply_demand_pieces,
        ahead.safety_stock_pieces,
        ahead.reorder_point_pieces,
        ahead.order_up_to_pieces,
        ahead.excess_pieces as told_excess_pieces,
        ahead.lost_pieces as told_lost_pieces,
        ageing.at_risk_pieces,
        ageing.cautious_at_risk_pieces,
        ageing.expiry_risk_amount as told_expiry_risk_amount,
        phantom.unsold_weeks,
        phantom.unsold_chance_ratio,
        pushed.sellin_pieces,
        pushed.sellout_pieces,
        coalesce(pushed.is_pushed, false) as is_sent_too_much,
        sku.list_price_per_piece,
        sku.std_cost_per_piece,
        sku.std_cost_per_piece * (1 - threshold.salvage_ratio) as loss_per_piece,
        {{ unit_margin('sku') }} as margin_per_piece,
        coalesce(sku.delist_date > position.snapshot_date, true)
        and coalesce(sku.sku_status, 'active') = 'active' as is_listed,
        supply.supply_days / 7.0 as supply_length_weeks,
        threshold.cover_weeks_low,
        threshold.cover_weeks_high,
        threshold.carry_rate_ratio,
        threshold.phantom_chance_max_ratio,
        case
            when not position.is_latest then null
            when {{ as_of() }} - position.snapshot_date > threshold.blind_after_days
                then 'old_count'
            when unbalanced.sku_code is not null then 'unbalanced'
        end as blind_reason
    from {{ ref('int_stock_position') }} as position
    cross join threshold
    inner join {{ ref('int_supply') }} as supply
        on position.distributor_code = supply.distributor_code
    left join told
        on
            position.week_start_date = told.week_start_date
            and position.distributor_code = told.distributor_code
    left join {{ ref('int_stock_ahead') }} as ahead
        on
            position.week_start_date = ahead.week_start_date
            and position.distributor_code = ahead.distributor_code
            and position.sku_code = ahead.sku_code
    left join ageing
        on
            position.week_start_date = ageing.week_start_date
            and position.distributor_code = ageing.distributor_code
            and position.sku_code = ageing.sku_code
    left join {{ ref('int_stock_phantom') }} as phantom
        on
            position.distributor_code = phantom.distributor_code
            and position.sku_code = phantom.sku_code
            and position.is_latest
    left join {{ ref('int_stock_pushed') }} as pushed
        on
            position.distributor_code = pushed.distributor_code
            and position.sku_code = pushed.sku_code
            and position.is_latest
    left join unbalanced
        on
            position.distributor_code = unbalanced.distributor_code
            and position.sku_code = unbalanced.sku_code
    left join {{ ref('dim_sku') }} as sku
        on position.sku_code = sku.sku_code and sku.is_current

),

-- what nothing is expected of is all too much
measured as (

    select
        *,
        blind_reason is not null as is_blind,
        {{ safe_ratio('good_pieces', 'mean_weekly_pieces') }} as trailing_cover_weeks,
        case
            when is_told then coalesce(supply_demand_pieces, 0) / supply_length_weeks
            else mean_weekly_pieces
        end as weekly_pieces,
        case
            when is_told then coalesce(told_excess_pieces, good_pieces)
            else greatest(good_pieces - mean_weekly_pieces * cover_weeks_high, 0)
        end as excess_pieces,
        case
            when is_told then coalesce(told_lost_pieces, 0)
            else greatest(mean_weekly_pieces * supply_length_weeks - good_pieces, 0)
        end as lost_pieces,
        -- less than a piece until the next delivery is nobody waiting at the door
        weekly_pieces * supply_length_weeks >= 1 as is_wanted,
        case
            when is_told then coalesce(cover_status, 'no_demand') = 'no_demand'
            else mean_weekly_pieces = 0 and is_demand_known
        end as is_unwanted
    from position

),

flagged as (

    select
        *,
        not is_blind and good_pieces <= 0 and is_wanted and is_listed as is_oos,
        not is_blind and good_pieces > 0 and is_listed and case
            when is_told then lost_pieces > 0
            else good_pieces < mean_weekly_pieces * cover_weeks_low
        end as is_risk,
        not is_blind and good_pieces > 0 and not is_unwanted and weekly_pieces > 0
        and excess_pieces > 0 as is_over,
        not is_blind and good_pieces > 0 and is_unwanted as is_dead,
        not is_blind and case
            when is_told then coalesce(at_risk_pieces, 0) > 0
            else near_expiry_pieces > 0
        end as is_expiry,
        not is_blind and good_pieces > 0
        and coalesce(unsold_chance_ratio < phantom_chance_max_ratio, false) as is_phantom,
        not is_blind and is_sent_too_much and is_told
        and good_pieces + coalesce(inbound_pieces, 0) > coalesce(order_up_to_pieces, 0)
            as is_pushed
    from measured

),

-- what is too much waits for the sale of what is before it, a year at most
valued as (

    select
        *,
        case when is_oos or is_risk then lost_pieces * margin_per_piece end as oos_risk_amount,
        case
            when is_over or is_dead
                then
                    excess_pieces * std_cost_per_piece * carry_rate_ratio
                    * least(coalesce(excess_pieces / nullif(weekly_pieces, 0), 52), 52) / 52
        end as excess_risk_amount,
        case
            when not is_expiry then null
            when is_told then told_expiry_risk_amount
            else near_expiry_pieces * loss_per_piece
        end as expiry_risk_amount,
        case
            when is_phantom then weekly_pieces * supply_length_weeks * margin_per_piece
        end as phantom_risk_amount
    from flagged

),

-- of several the one with the most money; where the money is the same, the one named first
ranked as (

    select
        *,
        list_max([
            {%- for state, flag, amount in [
                ('OOS', 'is_oos', 'oos_risk_amount'),
                ('EXPIRY', 'is_expiry', 'expiry_risk_amount'),
                ('RISK', 'is_risk', 'oos_risk_amount'),
                ('OVER', 'is_over', 'excess_risk_amount'),
                ('DEAD', 'is_dead', 'excess_risk_amount'),
                ('PHANTOM', 'is_phantom', 'phantom_risk_amount'),
                ('PUSHED', 'is_pushed', '0'),
            ] %}
                case
                    when {{ flag }}
                        then {
                            'amount': coalesce(cast({{ amount }} as double), 0),
                            'place': {{ -loop.index }},
                            'state': '{{ state }}'
                        }
                end
                {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ]) as primary_state
    from valued

)

select
    week_start_date,
    snapshot_date,
    distributor_code,
    sku_code,
    is_latest,
    case when is_told then 'forecast' else 'trailing' end as verdict_basis,
    good_pieces as good_stock_pieces,
    unsellable_pieces,
    mean_weekly_pieces,
    trailing_cover_weeks,
    case
        when not is_demand_known then 'no_report'
        when weekly_pieces = 0 then 'no_demand'
        else 'ok'
    end as status,
    cover_weeks,
    case when is_told then coalesce(cover_status, 'no_demand') end as cover_status,
    projected_cover_weeks,
    max_cover_weeks,
    max_cover_demand_pieces,
    inbound_pieces,
    supply_demand_pieces,
    safety_stock_pieces,
    reorder_point_pieces,
    order_up_to_pieces,
    near_expiry_pieces,
    case when is_told then coalesce(at_risk_pieces, 0) end as at_risk_pieces,
    cautious_at_risk_pieces,
    cast(excess_pieces as decimal(18, 3)) as excess_pieces,
    cast(lost_pieces as decimal(18, 3)) as lost_pieces,
    unsold_weeks,
    unsold_chance_ratio,
    sellin_pieces,
    sellout_pieces,
    cast(good_pieces * list_price_per_piece as decimal(18, 2)) as stock_at_list_amount,
    cast(good_pieces * std_cost_per_piece as decimal(18, 2)) as stock_at_cost_amount,
    is_listed,
    is_blind,
    blind_reason,
    is_oos,
    is_risk,
    is_over,
    is_dead,
    is_expiry,
    is_phantom,
    is_pushed,
    case
        when is_blind then 'BLIND'
        else coalesce(primary_state['state'], 'OK')
    end as state,
    cast(oos_risk_amount as decimal(18, 2)) as oos_risk_amount,
    cast(excess_risk_amount as decimal(18, 2)) as excess_risk_amount,
    cast(expiry_risk_amount as decimal(18, 2)) as expiry_risk_amount,
    cast(phantom_risk_amount as decimal(18, 2)) as phantom_risk_amount,
    cast(is_oos as bigint) as oos_num,
    cast(not is_blind and is_listed and is_wanted as bigint) as oos_den
from ranked
