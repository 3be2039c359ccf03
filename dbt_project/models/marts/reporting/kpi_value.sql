-- Generated from the models' yml by `make generate`; do not edit.
{{ config(materialized='view') }}

with

figure as (

    select
        'tdp' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(tdp_points as double) as numerator,
        cast(null as double) as denominator,
        cast(tdp_points as double) as value,
        cast(null as varchar) as reason
    from {{ ref('assortment') }}
    where basis = 'selling'

    union all

    select
        'items_carried' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(items_carried_num as double) as numerator,
        cast(items_carried_den as double) as denominator,
        cast(items_carried_skus as double) as value,
        cast(null as varchar) as reason
    from {{ ref('assortment') }}
    where basis = 'selling'

    union all

    select
        'tdp_audited' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(tdp_points as double) as numerator,
        cast(null as double) as denominator,
        cast(tdp_points as double) as value,
        cast(null as varchar) as reason
    from {{ ref('assortment') }}
    where basis = 'audited'

    union all

    select
        'items_carried_audited' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(items_carried_num as double) as numerator,
        cast(items_carried_den as double) as denominator,
        cast(items_carried_skus as double) as value,
        cast(null as varchar) as reason
    from {{ ref('assortment') }}
    where basis = 'audited'

    union all

    select
        'bbx_availability' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'availability'

    union all

    select
        'bbx_msl' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'msl'

    union all

    select
        'bbx_share_of_shelf' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'share_of_shelf'

    union all

    select
        'bbx_secondary_display' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'secondary_display'

    union all

    select
        'bbx_posm_presence' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'posm_presence'

    union all

    select
        'bbx_posm_position' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'posm_position'

    union all

    select
        'bbx_posm_condition' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'posm_condition'

    union all

    select
        'bbx_price' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'price'

    union all

    select
        'bbx_promotion' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'promotion'

    union all

    select
        'bbx_freshness' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'freshness'

    union all

    select
        'bbx_perfect_store' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'perfect_store'

    union all

    select
        'bbx_pass_all' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'pass_all'

    union all

    select
        'price_deviation' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(price_deviation_num as double) as numerator,
        cast(price_deviation_den as double) as denominator,
        cast(price_deviation_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_node_month') }}
    where block = 'price'

    union all

    select
        'bbx_availability' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'availability'

    union all

    select
        'bbx_msl' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'msl'

    union all

    select
        'bbx_share_of_shelf' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'share_of_shelf'

    union all

    select
        'bbx_secondary_display' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'secondary_display'

    union all

    select
        'bbx_posm_presence' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'posm_presence'

    union all

    select
        'bbx_posm_position' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'posm_position'

    union all

    select
        'bbx_posm_condition' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'posm_condition'

    union all

    select
        'bbx_price' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'price'

    union all

    select
        'bbx_promotion' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'promotion'

    union all

    select
        'bbx_freshness' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'freshness'

    union all

    select
        'bbx_perfect_store' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'perfect_store'

    union all

    select
        'bbx_pass_all' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(block_num as double) as numerator,
        cast(block_den as double) as denominator,
        cast(block_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'pass_all'

    union all

    select
        'price_deviation' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'outlet' as node_type,
        outlet_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(price_deviation_num as double) as numerator,
        cast(price_deviation_den as double) as denominator,
        cast(price_deviation_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('bbx_outlet_month') }}
    where block = 'price'

    union all

    select
        'must_sell' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(must_sell_num as double) as numerator,
        cast(must_sell_den as double) as denominator,
        cast(must_sell_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('must_sell') }}
    where basis = 'all'

    union all

    select
        'msl_handling' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(msl_handling_num as double) as numerator,
        cast(msl_handling_den as double) as denominator,
        cast(msl_handling_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('must_sell') }}
    where basis = 'all'

    union all

    select
        'plan_to_target' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(plan_to_target_num as double) as numerator,
        cast(plan_to_target_den as double) as denominator,
        cast(plan_to_target_ratio as double) as value,
        status as reason
    from {{ ref('bbp_gap') }}

    union all

    select
        'gsv_amount' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(gsv_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(gsv_amount as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'niv_amount' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(niv_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(niv_amount as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'nsv_amount' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(nsv_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(nsv_amount as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'gross_profit_amount' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(gross_profit_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(gross_profit_amount as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'contribution_amount' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(contribution_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(contribution_amount as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'spend_of_gsv' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(spend_of_gsv_num as double) as numerator,
        cast(spend_of_gsv_den as double) as denominator,
        cast(spend_of_gsv_ratio as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'spend_of_nsv' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(spend_of_nsv_num as double) as numerator,
        cast(spend_of_nsv_den as double) as denominator,
        cast(spend_of_nsv_ratio as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'return_of_gsv' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(return_of_gsv_num as double) as numerator,
        cast(return_of_gsv_den as double) as denominator,
        cast(return_of_gsv_ratio as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'gross_margin' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(gross_margin_num as double) as numerator,
        cast(gross_margin_den as double) as denominator,
        cast(gross_margin_ratio as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'contribution_margin' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(contribution_margin_num as double) as numerator,
        cast(contribution_margin_den as double) as denominator,
        cast(contribution_margin_ratio as double) as value,
        status as reason
    from {{ ref('pnl_month') }}

    union all

    select
        'trade_spend' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(trade_spend_num as double) as numerator,
        cast(trade_spend_den as double) as denominator,
        cast(trade_spend_ratio as double) as value,
        status as reason
    from {{ ref('trade_spend') }}
    where claim_type = 'all'

    union all

    select
        'claimed_of_gsv' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(claimed_of_gsv_num as double) as numerator,
        cast(claimed_of_gsv_den as double) as denominator,
        cast(claimed_of_gsv_ratio as double) as value,
        status as reason
    from {{ ref('trade_spend') }}
    where claim_type = 'all'

    union all

    select
        'claimed_of_nsv' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(claimed_of_nsv_num as double) as numerator,
        cast(claimed_of_nsv_den as double) as denominator,
        cast(claimed_of_nsv_ratio as double) as value,
        status as reason
    from {{ ref('trade_spend') }}
    where claim_type = 'all'

    union all

    select
        'forecast_wape' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(wape_num as double) as numerator,
        cast(wape_den as double) as denominator,
        cast(wape_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'forecast_node_wape' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(node_wape_num as double) as numerator,
        cast(node_wape_den as double) as denominator,
        cast(node_wape_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'forecast_sold_wape' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(sold_wape_num as double) as numerator,
        cast(sold_wape_den as double) as denominator,
        cast(sold_wape_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'forecast_bias' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bias_num as double) as numerator,
        cast(bias_den as double) as denominator,
        cast(bias_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'forecast_mase' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(mase_num as double) as numerator,
        cast(mase_den as double) as denominator,
        cast(mase_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'fva_statistical' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(fva_statistical_num as double) as numerator,
        cast(fva_statistical_den as double) as denominator,
        cast(fva_statistical_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'fva_override' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(fva_override_num as double) as numerator,
        cast(fva_override_den as double) as denominator,
        cast(fva_override_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'forecast_interval' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(interval_num as double) as numerator,
        cast(interval_den as double) as denominator,
        cast(interval_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'backtest' and lag_weeks = 4

    union all

    select
        'tracking_signal' as metric_id,
        'week' as period_type,
        cycle_week_start_date + 7 * cast(lag_weeks - 1 as integer) as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(tracking_num as double) as numerator,
        cast(tracking_den as double) as denominator,
        cast(tracking_ratio as double) as value,
        status as reason
    from {{ ref('forecast_accuracy') }}
    where basis = 'archive' and lag_weeks = 4

    union all

    select
        'landing' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        'all' as item_level,
        'all' as item_code,
        cast(landing_num as double) as numerator,
        cast(landing_den as double) as denominator,
        cast(landing_ratio as double) as value,
        status as reason
    from {{ ref('landing') }}

    union all

    select
        'rate_of_sale' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(rate_of_sale_num as double) as numerator,
        cast(rate_of_sale_den as double) as denominator,
        cast(rate_of_sale_pieces as double) as value,
        status as reason
    from {{ ref('growth_driver') }}
    where basis = 'iso'

    union all

    select
        'driver_distribution_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(distribution_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(distribution_effect_amount as double) as value,
        status as reason
    from {{ ref('growth_driver') }}
    where basis = 'iso'

    union all

    select
        'driver_rate_of_sale_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(rate_of_sale_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(rate_of_sale_effect_amount as double) as value,
        status as reason
    from {{ ref('growth_driver') }}
    where basis = 'iso'

    union all

    select
        'driver_price_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(price_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(price_effect_amount as double) as value,
        status as reason
    from {{ ref('growth_driver') }}
    where basis = 'iso'

    union all

    select
        'returns_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(returns_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(returns_effect_amount as double) as value,
        status as reason
    from {{ ref('growth_driver') }}
    where basis = 'iso' and item_level = 'sku'

    union all

    select
        'sellout_net_amount' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(net_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(net_amount as double) as value,
        status as reason
    from {{ ref('growth_week') }}
    where not (node_type = 'distributor' and item_level = 'sku')

    union all

    select
        'yoy_iso' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(yoy_iso_num as double) as numerator,
        cast(yoy_iso_den as double) as denominator,
        cast(yoy_iso_ratio as double) as value,
        status as reason
    from {{ ref('growth_week') }}
    where not (node_type = 'distributor' and item_level = 'sku')

    union all

    select
        'yoy_festival' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(yoy_festival_num as double) as numerator,
        cast(yoy_festival_den as double) as denominator,
        cast(yoy_festival_ratio as double) as value,
        status as reason
    from {{ ref('growth_week') }}

    union all

    select
        'volume_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(volume_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(volume_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'midpoint' and basis = 'iso'

    union all

    select
        'price_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(price_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(price_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'midpoint' and basis = 'iso'

    union all

    select
        'mix_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(mix_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(mix_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'midpoint' and basis = 'iso'

    union all

    select
        'finance_volume_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(volume_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(volume_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'base_weighted' and basis = 'iso'

    union all

    select
        'finance_price_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(price_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(price_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'base_weighted' and basis = 'iso'

    union all

    select
        'finance_mix_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(mix_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(mix_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'base_weighted' and basis = 'iso'

    union all

    select
        'new_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(new_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(new_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'midpoint' and basis = 'iso'

    union all

    select
        'lost_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(lost_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(lost_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'midpoint' and basis = 'iso'

    union all

    select
        'returns_effect' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(returns_effect_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(returns_effect_amount as double) as value,
        status as reason
    from {{ ref('price_volume_mix') }}
    where variant = 'midpoint' and basis = 'iso'

    union all

    select
        'uplift' as metric_id,
        'day' as period_type,
        start_date as period_start_date,
        'promotion' as node_type,
        promo_code as node_code,
        item_level,
        item_code,
        cast(uplift_num as double) as numerator,
        cast(uplift_den as double) as denominator,
        cast(uplift_ratio as double) as value,
        status as reason
    from {{ ref('promotion_roi') }}

    union all

    select
        'running_uplift' as metric_id,
        'day' as period_type,
        start_date as period_start_date,
        'promotion' as node_type,
        promo_code as node_code,
        item_level,
        item_code,
        cast(running_uplift_num as double) as numerator,
        cast(running_uplift_den as double) as denominator,
        cast(running_uplift_ratio as double) as value,
        status as reason
    from {{ ref('promotion_roi') }}

    union all

    select
        'roi_net' as metric_id,
        'day' as period_type,
        start_date as period_start_date,
        'promotion' as node_type,
        promo_code as node_code,
        item_level,
        item_code,
        cast(roi_net_num as double) as numerator,
        cast(roi_net_den as double) as denominator,
        cast(roi_net_ratio as double) as value,
        status as reason
    from {{ ref('promotion_roi') }}

    union all

    select
        'return_ratio' as metric_id,
        'day' as period_type,
        start_date as period_start_date,
        'promotion' as node_type,
        promo_code as node_code,
        item_level,
        item_code,
        cast(return_num as double) as numerator,
        cast(return_den as double) as denominator,
        cast(return_ratio as double) as value,
        status as reason
    from {{ ref('promotion_roi') }}

    union all

    select
        'promotion_incremental_amount' as metric_id,
        'day' as period_type,
        start_date as period_start_date,
        'promotion' as node_type,
        promo_code as node_code,
        item_level,
        item_code,
        cast(incremental_net_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(incremental_net_amount as double) as value,
        status as reason
    from {{ ref('promotion_roi') }}

    union all

    select
        'bridge_calendar' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'calendar'

    union all

    select
        'bridge_distribution' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'distribution'

    union all

    select
        'bridge_rate_of_sale' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'rate_of_sale'

    union all

    select
        'bridge_price' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'price'

    union all

    select
        'bridge_mix' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'mix'

    union all

    select
        'bridge_innovation' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'innovation'

    union all

    select
        'bridge_new' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'new'

    union all

    select
        'bridge_delist' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'delist'

    union all

    select
        'bridge_promotion' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'promotion'

    union all

    select
        'bridge_returns' as metric_id,
        period_type,
        period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(bar_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(bar_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_bridge') }}
    where bar = 'returns'

    union all

    select
        'patrol_compliance' as metric_id,
        'day' as period_type,
        patrol_date as period_start_date,
        'area' as node_type,
        area_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(compliance_num as double) as numerator,
        cast(compliance_den as double) as denominator,
        cast(compliance_ratio as double) as value,
        status as reason
    from {{ ref('patrol') }}

    union all

    select
        'alert_precision' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'region' as node_type,
        'all' as node_code,
        'alert' as item_level,
        alert_type as item_code,
        cast(precision_num as double) as numerator,
        cast(precision_den as double) as denominator,
        cast(precision_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('alert_precision') }}

    union all

    select
        'alert_fixed' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'region' as node_type,
        'all' as node_code,
        'alert' as item_level,
        alert_type as item_code,
        cast(fixed_num as double) as numerator,
        cast(fixed_den as double) as denominator,
        cast(fixed_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('alert_precision') }}

    union all

    select
        'numeric_distribution' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(numeric_distribution_num as double) as numerator,
        cast(numeric_distribution_den as double) as denominator,
        cast(numeric_distribution_ratio as double) as value,
        status as reason
    from {{ ref('distribution') }}
    where basis = 'selling'

    union all

    select
        'weighted_distribution' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(weighted_distribution_num as double) as numerator,
        cast(weighted_distribution_den as double) as denominator,
        cast(weighted_distribution_ratio as double) as value,
        status as reason
    from {{ ref('distribution') }}
    where basis = 'selling'

    union all

    select
        'numeric_distribution_audited' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(numeric_distribution_num as double) as numerator,
        cast(numeric_distribution_den as double) as denominator,
        cast(numeric_distribution_ratio as double) as value,
        status as reason
    from {{ ref('distribution') }}
    where basis = 'audited'

    union all

    select
        'weighted_distribution_audited' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(weighted_distribution_num as double) as numerator,
        cast(weighted_distribution_den as double) as denominator,
        cast(weighted_distribution_ratio as double) as value,
        status as reason
    from {{ ref('distribution') }}
    where basis = 'audited'

    union all

    select
        'numeric_distribution_stocking' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(numeric_distribution_num as double) as numerator,
        cast(numeric_distribution_den as double) as denominator,
        cast(numeric_distribution_ratio as double) as value,
        status as reason
    from {{ ref('distribution') }}
    where basis = 'stocking'

    union all

    select
        'weighted_distribution_stocking' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(weighted_distribution_num as double) as numerator,
        cast(weighted_distribution_den as double) as denominator,
        cast(weighted_distribution_ratio as double) as value,
        status as reason
    from {{ ref('distribution') }}
    where basis = 'stocking'

    union all

    select
        'sellout_net_amount' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(sellout_net_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(sellout_net_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_month') }}
    where assignment_basis = 'as_was'

    union all

    select
        'sellout_pieces' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(sellout_pieces as double) as numerator,
        cast(null as double) as denominator,
        cast(sellout_pieces as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_month') }}
    where assignment_basis = 'as_was'

    union all

    select
        'sellout_net_amount_as_is' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(sellout_net_amount as double) as numerator,
        cast(null as double) as denominator,
        cast(sellout_net_amount as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_month') }}
    where assignment_basis = 'as_is'

    union all

    select
        'sellout_net_amount' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(sum(sellout_net_amount) as double) as numerator,
        cast(null as double) as denominator,
        cast(sum(sellout_net_amount) as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_week') }}
    group by all

    union all

    select
        'sellout_pieces' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(sum(sellout_pieces) as double) as numerator,
        cast(null as double) as denominator,
        cast(sum(sellout_pieces) as double) as value,
        cast(null as varchar) as reason
    from {{ ref('sales_week') }}
    group by all

    union all

    select
        'yoy_iso' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(sum(yoy_iso_num) as double) as numerator,
        cast(sum(yoy_iso_den) as double) as denominator,
        case
            when cast(sum(yoy_iso_den) as double) > 0
                then cast(sum(yoy_iso_num) as double) / cast(sum(yoy_iso_den) as double)
        end as value,
        cast(null as varchar) as reason
    from {{ ref('sales_week') }}
    group by all

    union all

    select
        'trailing_cover_weeks' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(good_stock_pieces as double) as numerator,
        cast(mean_weekly_pieces as double) as denominator,
        cast(trailing_cover_weeks as double) as value,
        status as reason
    from {{ ref('stock_health') }}

    union all

    select
        'forward_cover_weeks' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(cover_weeks as double) as numerator,
        cast(null as double) as denominator,
        cast(cover_weeks as double) as value,
        status as reason
    from {{ ref('stock_health') }}

    union all

    select
        'projected_cover_weeks' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(projected_cover_weeks as double) as numerator,
        cast(null as double) as denominator,
        cast(projected_cover_weeks as double) as value,
        status as reason
    from {{ ref('stock_health') }}

    union all

    select
        'distributor_oos' as metric_id,
        'week' as period_type,
        week_start_date as period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        cast(oos_num as double) as numerator,
        cast(oos_den as double) as denominator,
        case
            when cast(oos_den as double) > 0
                then cast(oos_num as double) / cast(oos_den as double)
        end as value,
        status as reason
    from {{ ref('stock_health') }}

    union all

    select
        'movement_reconciled' as metric_id,
        period_type,
        period_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        'all' as item_level,
        'all' as item_code,
        cast(sum(reconciled_num) as double) as numerator,
        cast(sum(reconciled_den) as double) as denominator,
        case
            when cast(sum(reconciled_den) as double) > 0
                then cast(sum(reconciled_num) as double) / cast(sum(reconciled_den) as double)
        end as value,
        cast(null as varchar) as reason
    from {{ ref('stock_reconciliation') }}
    group by all

    union all

    select
        'first_pass_yield' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'sender' as node_type,
        sender as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(first_pass_yield_num as double) as numerator,
        cast(first_pass_yield_den as double) as denominator,
        cast(first_pass_yield_ratio as double) as value,
        status as reason
    from {{ ref('feed_accuracy') }}

    union all

    select
        'quarantined' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'sender' as node_type,
        sender as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(quarantined_num as double) as numerator,
        cast(quarantined_den as double) as denominator,
        cast(quarantined_ratio as double) as value,
        status as reason
    from {{ ref('feed_accuracy') }}

    union all

    select
        'restatement' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'sender' as node_type,
        sender as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(restatement_num as double) as numerator,
        cast(restatement_den as double) as denominator,
        cast(restatement_ratio as double) as value,
        status as reason
    from {{ ref('feed_accuracy') }}

    union all

    select
        'control_total' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'sender' as node_type,
        sender as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(control_total_num as double) as numerator,
        cast(control_total_den as double) as denominator,
        cast(control_total_ratio as double) as value,
        status as reason
    from {{ ref('feed_accuracy') }}

    union all

    select
        'feed_timeliness' as metric_id,
        'month' as period_type,
        month_start_date as period_start_date,
        'sender' as node_type,
        sender as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(timeliness_num as double) as numerator,
        cast(timeliness_den as double) as denominator,
        cast(timeliness_ratio as double) as value,
        status as reason
    from {{ ref('feed_timeliness') }}

    union all

    select
        'feed_lateness_hours' as metric_id,
        case length(period) when 8 then 'week' when 7 then 'month' else 'day' end as period_type,
        period_start as period_start_date,
        'sender' as node_type,
        sender as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(lateness_hours as double) as numerator,
        cast(null as double) as denominator,
        cast(lateness_hours as double) as value,
        status as reason
    from {{ ref('submission_status') }}

    union all

    select
        'coverage' as metric_id,
        period_type,
        period_start as period_start_date,
        node_type,
        node as node_code,
        'feed' as item_level,
        feed as item_code,
        cast(coverage_num as double) as numerator,
        cast(coverage_den as double) as denominator,
        cast(coverage_ratio as double) as value,
        cast(null as varchar) as reason
    from {{ ref('coverage') }}

)

select
    metric_id,
    period_type,
    period_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    numerator,
    denominator,
    value,
    case when value is null then coalesce(nullif(reason, 'ok'), 'no_base') else 'ok' end as status
from figure
