with

marked as (

    select * from {{ ref('int_demand_mark') }}

)

select distinct
    distributor_code,
    week_start_date,
    {{ week_no('week_start_date') }} as week_no,
    mark
from marked
where mark in ('unreported', 'partial')
