-- Within the months that have claims no distributor's sales are left out of the denominator.
with

spend as (

    select
        month_start_date,
        sum(trade_spend_den) as net_amount
    from {{ ref('trade_spend') }}
    where claim_type = 'all'
    group by month_start_date

),

sold as (

    select
        cast(date_trunc('month', sold_date) as date) as month_start_date,
        sum(net_amount) as net_amount
    from {{ ref('fct_sellout_line') }}
    group by cast(date_trunc('month', sold_date) as date)

)

select
    spend.month_start_date,
    spend.net_amount,
    sold.net_amount as sold_net_amount
from spend
left join sold on spend.month_start_date = sold.month_start_date
where spend.net_amount != coalesce(sold.net_amount, 0)
