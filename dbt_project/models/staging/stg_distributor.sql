{{ master_versions('distributor', 'distributor_code', [
    'distributor_name',
    'tier',
    'service_model',
    'city',
    'credit_limit_amount',
    'terms_days',
    'lead_time_days',
    'lead_time_sd_days',
    'review_days',
    'moq_cases',
    'order_weekday',
    'report_sla',
]) }}
