with

check_posm as (

    select * from {{ ref('fct_check_posm') }}

)

select
    visit_id,
    visit_date,
    outlet_code,
    posm_item,
    coalesce(posm_type, 'posm') as posm_type,
    -- what nobody says is agreed stands in the list of what was to be looked for
    coalesce(is_placed, true) as is_placed,
    exists as is_found,
    position_ok as is_position_ok,
    condition = 'good' as is_good
from check_posm
