-- Lanes in force today.
select
    from_distributor_code,
    to_distributor_code,
    lane_kind,
    cast(cost_per_case_amount as double) as cost_per_case_amount,
    cast(lead_time_days as bigint) as lead_time_days
from {{ ref('stg_lane') }}
where valid_from <= {{ as_of() }} and valid_to > {{ as_of() }}
