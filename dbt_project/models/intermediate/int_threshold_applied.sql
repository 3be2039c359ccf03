-- The one row of limits in force: the deployment's, else the default written here.
with

threshold as (

    select
        threshold_id,
        value
    from {{ ref('stg_threshold') }}

)

select
    {%- for threshold_id, default in [
        ('blind_after_days', 8),
        ('cover_weeks_low', 2),
        ('cover_weeks_high', 8),
        ('carry_rate_ratio', 0.12),
        ('movement_gap_cases', 1),
        ('movement_gap_ratio', 0.005),
        ('movement_gap_fail_times', 4),
        ('invoice_within_days', 7),
        ('near_expiry_days', 45),
        ('near_expiry_days_below_365', 30),
        ('near_expiry_days_below_180', 20),
        ('near_expiry_days_below_90', 10),
        ('near_expiry_days_below_30', 5),
        ('near_expiry_days_below_16', 2),
        ('trade_spend_high_ratio', 0.15),
        ('uncosted_max_ratio', 0.01),
        ('patrol_compliance_low_ratio', 0.95),
        ('patrol_alert_days', 7),
        ('quarantine_warn_ratio', 0.01),
        ('feed_missing_periods', 2),
        ('msl_grace_days', 30),
        ('void_weeks', 13),
        ('shelf_rsl_min_ratio', 0.333),
        ('trade_rsl_min_ratio', 0.333),
        ('ka_rsl_min_ratio', 0.667),
        ('service_level_ratio', 0.95),
        ('salvage_ratio', 0),
        ('clearance_discount_ratio', 0.2),
        ('clearance_uplift_ratio', 0.5),
        ('phantom_chance_max_ratio', 0.01),
        ('pushed_weeks', 4),
        ('pushed_times', 2),
        ('last_sale_days_before_expiry', 1),
        ('demand_partial_ratio', 0.4),
        ('demand_bulk_times', 3),
        ('forecast_horizon_weeks', 13),
        ('forecast_silent_weeks', 8),
        ('forecast_interval_min_rows', 20),
        ('forecast_segment_min_rows', 1000),
        ('forecast_origins', 8),
        ('forecast_origin_step_weeks', 4),
        ('promotion_baseline_weeks', 13),
        ('promotion_baseline_min_weeks', 4),
        ('promotion_post_weeks', 2),
        ('promotion_baseline_cover_ratio', 0.8),
        ('alert_kept_days', 28),
        ('alert_reopen_days', 14),
        ('forecast_bias_weeks', 8),
        ('forecast_bias_min_weeks', 6),
        ('forecast_bias_max_ratio', 0.2),
        ('forecast_tracking_max', 4),
        ('void_alert_outlets', 3),
        ('bbx_fall_max_ratio', 0.05),
        ('bbx_alert_min_visits', 10),
    ] %}
        cast(coalesce(
            max(value) filter (where threshold_id = '{{ threshold_id }}'), {{ default }}
        ) as decimal(18, 3)) as {{ threshold_id }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
from threshold
