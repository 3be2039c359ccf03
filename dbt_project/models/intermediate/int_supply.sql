-- How a distributor is supplied: from an order to the next one after it nothing else can come.
with

distributor as (

    select
        distributor_code,
        city,
        coalesce(lead_time_days, 7) as lead_days,
        coalesce(lead_time_sd_days, 0) as lead_sd_days,
        coalesce(review_days, 7) as review_days,
        coalesce(moq_cases, 0) as moq_cases
    from {{ ref('dim_distributor') }}
    where is_current

)

select
    distributor_code,
    city,
    cast(lead_days as bigint) as lead_days,
    cast(lead_days + review_days as bigint) as supply_days,
    -- no more than the weeks a forecast reaches
    cast(least(greatest(ceil((lead_days + review_days) / 7.0), 1), 13) as bigint) as supply_weeks,
    cast(lead_sd_days / 7.0 as double) as lead_sd_weeks,
    cast(moq_cases as bigint) as moq_cases
from distributor
