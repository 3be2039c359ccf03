select
    month_start_date,
    distributor_code,
    sum(case when claim_type = 'all' then claimed_amount else -claimed_amount end)
        as claimed_difference,
    sum(case when claim_type = 'all' then rejected_amount else -rejected_amount end)
        as rejected_difference
from {{ ref('trade_spend') }}
group by month_start_date, distributor_code
having
    sum(case when claim_type = 'all' then claimed_amount else -claimed_amount end) != 0
    or sum(case when claim_type = 'all' then rejected_amount else -rejected_amount end) != 0
