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
        ('max_cover_weeks', 8),
        ('carry_rate_ratio', 0.12),
        ('near_expiry_days_from_365', 45),
        ('near_expiry_days_from_180', 30),
        ('near_expiry_days_from_90', 20),
        ('near_expiry_days_from_30', 10),
        ('near_expiry_days_from_16', 5),
        ('near_expiry_days_below_16', 2),
        ('trade_spend_max_ratio', 0.15),
        ('patrol_min_compliance_ratio', 1),
        ('patrol_alert_days', 7),
        ('feed_quarantined_max_ratio', 0.01),
    ] %}
    cast(coalesce(
        max(value) filter (where threshold_id = '{{ threshold_id }}'), {{ default }}
    ) as decimal(18, 3)) as {{ threshold_id }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from threshold
