with

delivery as (

    select
        *,
        -- masters have no period: the month they came in
        cast(date_trunc('month', coalesce(period_end, cast(received_at as date))) as date)
            as month_start_date,
        lag(quantity_loaded) over (
            partition by feed, sender, period order by received_at, file_sha256
        ) as earlier_quantity,
        row_number() over (
            partition by feed, sender, period order by received_at, file_sha256
        ) = 1 as is_first
    from {{ source('landing', 'delivery') }}
    where status in ('loaded', 'superseded', 'held')

),

measured as (

    select
        *,
        rows_loaded + rows_quarantined as data_rows,
        abs(quantity_loaded - earlier_quantity) as restated_quantity,
        -- the sender's own total line, compared with every data row, loaded or not
        case
            when control_amount is not null
                then control_amount = coalesce(amount_loaded, 0) + coalesce(amount_quarantined, 0)
            when control_quantity is not null
                then
                    control_quantity
                    = coalesce(quantity_loaded, 0) + coalesce(quantity_quarantined, 0)
        end as is_control_met
    from delivery

),

monthly as (

    select
        feed,
        sender,
        month_start_date,
        count(*) as delivery_count,
        cast(coalesce(sum(rows_loaded) filter (where is_first), 0) as bigint)
            as first_pass_yield_num,
        cast(coalesce(sum(data_rows) filter (where is_first), 0) as bigint)
            as first_pass_yield_den,
        cast(coalesce(sum(rows_quarantined) filter (where is_current), 0) as bigint)
            as quarantined_num,
        cast(coalesce(sum(data_rows) filter (where is_current), 0) as bigint) as quarantined_den,
        cast(coalesce(sum(restated_quantity), 0) as decimal(18, 3)) as restatement_num,
        cast(
            coalesce(sum(abs(earlier_quantity)) filter (where restated_quantity is not null), 0)
            as decimal(18, 3)
        ) as restatement_den,
        count(*) filter (where is_control_met) as control_total_num,
        count(is_control_met) as control_total_den
    from measured
    group by feed, sender, month_start_date

)

select
    monthly.feed,
    monthly.sender,
    monthly.month_start_date,
    monthly.delivery_count,
    monthly.first_pass_yield_num,
    monthly.first_pass_yield_den,
    {{ safe_ratio('monthly.first_pass_yield_num', 'monthly.first_pass_yield_den') }}
        as first_pass_yield_ratio,
    monthly.quarantined_num,
    monthly.quarantined_den,
    {{ safe_ratio('monthly.quarantined_num', 'monthly.quarantined_den') }} as quarantined_ratio,
    monthly.restatement_num,
    monthly.restatement_den,
    {{ safe_ratio('monthly.restatement_num', 'monthly.restatement_den') }} as restatement_ratio,
    monthly.control_total_num,
    monthly.control_total_den,
    {{ safe_ratio('monthly.control_total_num', 'monthly.control_total_den') }}
        as control_total_ratio,
    case when monthly.first_pass_yield_den = 0 then 'no_base' else 'ok' end as status,
    contract.owner_role
from monthly
inner join {{ source('landing', 'contract') }} as contract on monthly.feed = contract.feed
