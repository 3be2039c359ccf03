with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

-- four weeks ahead is what distributors were sent by; out of season there is nothing to judge
judged as (

    select
        basis,
        node_code as distributor_code,
        item_code as category,
        bias_num as error_pieces,
        bias_den as demand_pieces,
        lag_weeks,
        row_number() over (
            partition by basis, node_code, item_code
            order by week_start_date desc
        ) as week_no
    from {{ ref('forecast_accuracy') }}
    where
        lag_weeks = 4
        and node_type = 'distributor'
        and item_level = 'category'
        and (bias_num != 0 or bias_den > 0)

),

-- what was promised goes before what the methods of today would have said
summed as (

    select
        judged.distributor_code,
        judged.category,
        judged.basis,
        judged.lag_weeks,
        count(*) as judged_weeks,
        sum(judged.error_pieces) as error_pieces,
        sum(judged.demand_pieces) as demand_pieces,
        sum(abs(judged.error_pieces)) / count(*) as mean_error_size_pieces
    from judged
    cross join threshold
    where judged.week_no <= threshold.forecast_bias_weeks
    group by
        judged.distributor_code,
        judged.category,
        judged.basis,
        judged.lag_weeks,
        threshold.forecast_bias_min_weeks
    having count(*) >= threshold.forecast_bias_min_weeks
    qualify row_number() over (
        partition by judged.distributor_code, judged.category order by judged.basis = 'backtest'
    ) = 1

),

measured as (

    select
        *,
        {{ safe_ratio('error_pieces', 'demand_pieces') }} as bias_ratio,
        {{ safe_ratio('error_pieces', 'mean_error_size_pieces') }} as tracking_ratio,
        abs(error_pieces) * lag_weeks / judged_weeks as quantity_pieces
    from summed

),

-- what a piece of the category is worth, as the running forecast mixes its SKUs
priced as (

    select
        forecast.distributor_code,
        forecast.category,
        sum(forecast.final_pieces * greatest(sku.list_price_per_piece - sku.std_cost_per_piece, 0))
        / nullif(sum(forecast.final_pieces) filter (
            where sku.list_price_per_piece - sku.std_cost_per_piece is not null
        ), 0) as margin_per_piece,
        sum(forecast.final_pieces * sku.std_cost_per_piece)
        / nullif(sum(forecast.final_pieces) filter (
            where sku.std_cost_per_piece is not null
        ), 0) as cost_per_piece
    from {{ ref('forecast') }} as forecast
    -- left join: without a master there is a forecast, and no price
    left join {{ ref('dim_sku') }} as sku
        on forecast.sku_code = sku.sku_code and sku.is_current
    where forecast.final_pieces is not null
    group by forecast.distributor_code, forecast.category

),

found as (

    select
        measured.*,
        case when measured.error_pieces > 0 then 'forecast_high' else 'forecast_low' end
            as alert_type,
        -- too little loses margin; too much lies there for a year at most, as dead stock does
        case
            when measured.error_pieces > 0
                then measured.quantity_pieces * priced.cost_per_piece * threshold.carry_rate_ratio
            else measured.quantity_pieces * priced.margin_per_piece
        end as value_at_risk_amount,
        priced.margin_per_piece,
        priced.cost_per_piece,
        cast(round(100 * abs(measured.bias_ratio)) as bigint) as off_percent,
        abs(measured.bias_ratio) > 2 * threshold.forecast_bias_max_ratio as is_high
    from measured
    cross join threshold
    -- a category without a running forecast has nothing to correct
    inner join priced
        on
            measured.distributor_code = priced.distributor_code
            and measured.category = priced.category
    where
        abs(measured.bias_ratio) > threshold.forecast_bias_max_ratio
        and abs(measured.tracking_ratio) > threshold.forecast_tracking_max

)

select
    md5(concat_ws('|', found.alert_type, found.distributor_code, found.category)) as alert_key,
    found.alert_type,
    'forecast' as area,
    case when found.is_high then 'high' else 'medium' end as severity,
    'distributor' as entity_type,
    found.distributor_code as entity_code,
    coalesce(distributor.distributor_name, found.distributor_code) as entity_name,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as batch_no,
    {{ iso_week_name(as_of()) }} as period,
    case
        when found.alert_type = 'forecast_high' then 'Forecast always too high: '
        else 'Forecast always too low: '
    end || found.category as title_en,
    case
        when found.alert_type = 'forecast_high' then '预测持续偏高：' else '预测持续偏低：'
    end || found.category as title_zh,
    case
        when found.alert_type = 'forecast_high' then 'Lower the cycle: ' else 'Raise the cycle: '
    end
    || found.off_percent
    || case when found.alert_type = 'forecast_high' then ' % above' else ' % below' end
    || ' demand over ' || found.judged_weeks || ' weeks' as action_en,
    case
        when found.alert_type = 'forecast_high' then '下调本周期预测：' else '上调本周期预测：'
    end
    || found.judged_weeks || ' 周累计'
    || case when found.alert_type = 'forecast_high' then '高于' else '低于' end
    || '需求 ' || found.off_percent || '%' as action_zh,
    cast(found.quantity_pieces as decimal(18, 3)) as quantity_pieces,
    cast(found.value_at_risk_amount as decimal(18, 2)) as value_at_risk_amount,
    cast(json_object(
        'basis', found.basis,
        'judged_weeks', found.judged_weeks,
        'error_pieces', found.error_pieces,
        'demand_pieces', found.demand_pieces,
        'bias_ratio', round(found.bias_ratio, 4),
        'tracking_ratio', round(found.tracking_ratio, 2),
        'lag_weeks', found.lag_weeks,
        'margin_per_piece', round(found.margin_per_piece, 4),
        'cost_per_piece', round(found.cost_per_piece, 4)
    ) as varchar) as arithmetic,
    'sales_manager' as owner_role,
    -- overrides are due on Wednesday
    {{ iso_week_start(as_of() ~ ' + 4') }} + 2 as due_date,
    {{ as_of() }} as as_of_date
from found
-- left join: a distributor may be known from its reports only
left join {{ ref('dim_distributor') }} as distributor
    on found.distributor_code = distributor.distributor_code and distributor.is_current
