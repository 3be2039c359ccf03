-- The weeks a week with sell-out is compared with, where these have sell-out too.
with

sold_week as (

    select distinct week_start_date
    from {{ ref('int_sellout_outlet_sku_week') }}

),

week as (

    select
        week_start_date,
        'iso' as basis,
        last_year_week_start_date as base_week_start_date
    from {{ ref('dim_week') }}
    union all
    select
        week_start_date,
        'festival' as basis,
        last_year_festival_week_start_date as base_week_start_date
    from {{ ref('dim_week') }}

)

select
    week.week_start_date,
    week.basis,
    week.base_week_start_date
from week
where
    week.week_start_date in (select sold_week.week_start_date from sold_week)
    and week.base_week_start_date in (select sold_week.week_start_date from sold_week)
