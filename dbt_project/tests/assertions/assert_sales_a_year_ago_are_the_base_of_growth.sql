-- Shifted by 364 days nothing is lost: a week's base is the whole of the week it is compared with.
with

weekly as (

    select
        sales.week_start_date,
        dim_week.last_year_week_start_date,
        sum(sales.sellout_net_amount) as net_amount,
        sum(sales.yoy_iso_den) as base_amount
    from {{ ref('sales_week') }} as sales
    inner join {{ ref('dim_week') }} as dim_week on sales.week_start_date = dim_week.week_start_date
    group by sales.week_start_date, dim_week.last_year_week_start_date

)

select
    weekly.week_start_date,
    weekly.base_amount,
    earlier.net_amount as earlier_net_amount
from weekly
inner join weekly as earlier on weekly.last_year_week_start_date = earlier.week_start_date
where coalesce(weekly.base_amount, 0) != coalesce(earlier.net_amount, 0)
