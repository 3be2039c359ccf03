-- Every month and distributor with sales or claims has a row for every type, so that sums over
-- months and distributors divide by all the sales there were.
with

claimed as (

    select
        claim_month as month_start_date,
        distributor_code,
        claim_type,
        sum(claimed_amount) filter (where coalesce(claim_status, 'submitted') != 'rejected')
            as claimed_amount,
        sum(claimed_amount) filter (where claim_status = 'rejected') as rejected_amount,
        sum(claimed_amount) filter (where claim_status in ('approved', 'paid')) as approved_amount,
        sum(claimed_amount) filter (where claim_status = 'paid') as paid_amount,
        count(*) as claim_line_count
    from {{ ref('fct_claim_line') }}
    group by claim_month, distributor_code, claim_type

),

sold as (

    select
        cast(date_trunc('month', sold_date) as date) as month_start_date,
        distributor_code,
        sum(net_amount) as net_amount
    from {{ ref('fct_sellout_line') }}
    group by cast(date_trunc('month', sold_date) as date), distributor_code

),

-- what the company invoiced the distributor; empty in a deployment without sell-in
invoiced as (

    select
        month_start_date,
        distributor_code,
        sum(gsv_amount) as gsv_amount,
        sum(niv_amount - returns_amount - trade_spend_amount) as nsv_amount
    from {{ ref('int_pnl_cell_month') }}
    group by month_start_date, distributor_code
    having sum(gsv_amount) > 0

),

claimed_span as (

    select
        min(month_start_date) as first_month,
        max(month_start_date) as last_month
    from claimed

),

month_distributor as (

    select
        month_start_date,
        distributor_code
    from claimed
    union
    select
        sold.month_start_date,
        sold.distributor_code
    from sold
    inner join claimed_span
        on sold.month_start_date between claimed_span.first_month and claimed_span.last_month

),

claim_type as (

    select distinct claim_type
    from claimed

),

by_type as (

    select
        month_distributor.month_start_date,
        month_distributor.distributor_code,
        claim_type.claim_type,
        coalesce(claimed.claimed_amount, 0) as claimed_amount,
        coalesce(claimed.rejected_amount, 0) as rejected_amount,
        coalesce(claimed.approved_amount, 0) as approved_amount,
        coalesce(claimed.paid_amount, 0) as paid_amount,
        coalesce(claimed.claim_line_count, 0) as claim_line_count
    from month_distributor
    cross join claim_type
    -- left join: a distributor need not claim every type every month
    left join claimed
        on
            month_distributor.month_start_date = claimed.month_start_date
            and month_distributor.distributor_code = claimed.distributor_code
            and claim_type.claim_type = claimed.claim_type

),

with_total as (

    select * from by_type
    union all
    select
        month_start_date,
        distributor_code,
        'all' as claim_type,
        sum(claimed_amount) as claimed_amount,
        sum(rejected_amount) as rejected_amount,
        sum(approved_amount) as approved_amount,
        sum(paid_amount) as paid_amount,
        sum(claim_line_count) as claim_line_count
    from by_type
    group by month_start_date, distributor_code

)

select
    with_total.month_start_date,
    with_total.distributor_code,
    with_total.claim_type,
    cast(with_total.claimed_amount as decimal(18, 2)) as claimed_amount,
    cast(with_total.rejected_amount as decimal(18, 2)) as rejected_amount,
    cast(with_total.approved_amount as decimal(18, 2)) as approved_amount,
    cast(with_total.paid_amount as decimal(18, 2)) as paid_amount,
    cast(with_total.claim_line_count as bigint) as claim_line_count,
    cast(with_total.claimed_amount as decimal(18, 2)) as trade_spend_num,
    cast(coalesce(sold.net_amount, 0) as decimal(18, 2)) as trade_spend_den,
    case
        when sold.net_amount > 0
            then {{ safe_ratio('with_total.claimed_amount', 'sold.net_amount') }}
    end as trade_spend_ratio,
    {%- for base in ['gsv', 'nsv'] %}
        case
            when invoiced.{{ base }}_amount > 0
                then cast(with_total.claimed_amount as decimal(18, 2))
        end as claimed_of_{{ base }}_num,
        cast(
            case when invoiced.{{ base }}_amount > 0 then invoiced.{{ base }}_amount end
            as decimal(18, 2)
        ) as claimed_of_{{ base }}_den,
        case
            when invoiced.{{ base }}_amount > 0
                then {{ safe_ratio('with_total.claimed_amount', 'invoiced.' ~ base ~ '_amount') }}
        end as claimed_of_{{ base }}_ratio,
    {%- endfor %}
    case when coalesce(sold.net_amount, 0) <= 0 then 'no_base' else 'ok' end as status
from with_total
left join sold
    on
        with_total.month_start_date = sold.month_start_date
        and with_total.distributor_code = sold.distributor_code
left join invoiced
    on
        with_total.month_start_date = invoiced.month_start_date
        and with_total.distributor_code = invoiced.distributor_code
