-- A movement report beside itself, the period before, sell-in and sell-out. Gaps are shown, never
-- plugged; where the other side did not report there is nothing to compare with.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

stated as (

    select
        *,
        case when period_end_date - period_start_date < 7 then 'week' else 'month' end
            as period_type
    from {{ ref('fct_stock_movement') }}

),

sellin_line as (

    select * from {{ ref('fct_sellin_line') }}
    -- what goes back is in the report as returned to the company
    where doc_type != 'return'

),

sellout_line as (

    select * from {{ ref('fct_sellout_line') }}
    -- the report has free goods under samples, what came back under customer returns
    where doc_type in ('sale', 'exchange') and quantity_pieces > 0

),

-- a file without rows says there was nothing; one of which no row was loaded says nothing
file as (

    select
        feed,
        sender,
        period_start,
        period_end
    from {{ source('landing', 'delivery') }}
    where
        is_current
        and status = 'loaded'
        and feed in ('sellin', 'sellout')
        and period_start is not null
        and (rows_loaded > 0 or rows_quarantined = 0)

),

period as (

    select
        distributor_code,
        period_type,
        period_start_date,
        max(period_end_date) as period_end_date
    from stated
    group by distributor_code, period_type, period_start_date

),

last_period as (

    select
        distributor_code,
        period_type,
        period_start_date
    from period
    where period_end_date <= {{ as_of() }}
    qualify row_number() over (
        partition by distributor_code
        order by period_end_date desc nulls last, period_start_date desc nulls last
    ) = 1

),

period_day as (

    select
        distributor_code,
        period_type,
        period_start_date,
        {{ days_from_to('period_start_date', 'period_end_date') }} as day_date
    from period

),

sellin_day as (

    select distinct {{ days_from_to('period_start', 'period_end') }} as day_date
    from file
    where feed = 'sellin'

),

-- nobody invoices on a day off; on a workday no file means that lines are missing
silent_day as (

    select workday.date_day as day_date
    from {{ ref('int_workday') }} as workday
    left join sellin_day on workday.date_day = sellin_day.day_date
    where workday.is_workday and sellin_day.day_date is null

),

sellin_covered as (

    select
        period.distributor_code,
        period.period_type,
        period.period_start_date
    from period
    cross join threshold
    -- left join: no silent day is what is looked for
    left join silent_day
        on
            silent_day.day_date
            >= period.period_start_date - cast(threshold.invoice_within_days as integer)
            and silent_day.day_date
            <= period.period_end_date + cast(threshold.invoice_within_days as integer)
    group by period.distributor_code, period.period_type, period.period_start_date
    having count(silent_day.day_date) = 0

),

sellout_day as (

    select distinct
        sender_distributor.distributor_code,
        {{ days_from_to('file.period_start', 'file.period_end') }} as day_date
    from file
    inner join {{ ref('int_sender_distributor') }} as sender_distributor
        on file.feed = sender_distributor.feed and file.sender = sender_distributor.sender
    where file.feed = 'sellout'

),

sellout_covered as (

    select
        period_day.distributor_code,
        period_day.period_type,
        period_day.period_start_date
    from period_day
    -- left join: a day nobody reported leaves the period uncovered
    left join sellout_day
        on
            period_day.distributor_code = sellout_day.distributor_code
            and period_day.day_date = sellout_day.day_date
    group by period_day.distributor_code, period_day.period_type, period_day.period_start_date
    having count(sellout_day.day_date) = count(*)

),

delivered as (

    select
        period_day.distributor_code,
        period_day.period_type,
        period_day.period_start_date,
        sellin_line.sku_code,
        sum(sellin_line.quantity_pieces) as delivered_pieces
    from sellin_line
    inner join period_day
        on
            sellin_line.distributor_code = period_day.distributor_code
            and sellin_line.delivered_date = period_day.day_date
    group by
        period_day.distributor_code,
        period_day.period_type,
        period_day.period_start_date,
        sellin_line.sku_code

),

sold as (

    select
        period_day.distributor_code,
        period_day.period_type,
        period_day.period_start_date,
        sellout_line.sku_code,
        sum(sellout_line.quantity_pieces) as sold_pieces
    from sellout_line
    inner join period_day
        on
            sellout_line.distributor_code = period_day.distributor_code
            and sellout_line.sold_date = period_day.day_date
    group by
        period_day.distributor_code,
        period_day.period_type,
        period_day.period_start_date,
        sellout_line.sku_code

),

-- several codes of a distributor may be one SKU of ours
moved as (

    select
        distributor_code,
        period_type,
        period_start_date,
        sku_code,
        sum(opening_pieces) as opening_pieces,
        sum(receipts_pieces) as receipts_pieces,
        sum(sellout_pieces) as sellout_pieces,
        sum(closing_pieces) as closing_pieces,
        sum(unexplained_pieces) as unexplained_pieces,
        sum(
            coalesce(opening_pieces, 0)
            + receipts_pieces
            + transfer_in_pieces
            + customer_returns_pieces
            + greatest(adjustment_pieces, 0)
        ) as available_pieces
    from stated
    group by distributor_code, period_type, period_start_date, sku_code

),

dated as (

    select
        moved.*,
        period.period_end_date,
        case
            when lag(period.period_end_date) over earlier + 1 = moved.period_start_date
                then lag(moved.closing_pieces) over earlier
        end as earlier_closing_pieces
    from moved
    inner join period
        on
            moved.distributor_code = period.distributor_code
            and moved.period_type = period.period_type
            and moved.period_start_date = period.period_start_date
    window earlier as (
        partition by moved.distributor_code, moved.period_type, moved.sku_code
        order by moved.period_start_date
    )

),

compared as (

    select
        dated.*,
        last_period.distributor_code is not null as is_latest,
        case
            when sellin_covered.distributor_code is not null
                then coalesce(delivered.delivered_pieces, 0)
        end as delivered_pieces,
        case
            when sellout_covered.distributor_code is not null
                then coalesce(sold.sold_pieces, 0)
        end as sold_pieces,
        -- judged by the tolerance that is shown
        greatest(
            cast(
                threshold.movement_gap_cases * coalesce(sku.pieces_per_case, 1) as decimal(18, 3)
            ),
            cast(threshold.movement_gap_ratio * dated.available_pieces as decimal(18, 3))
        ) as tolerance_pieces,
        threshold.movement_gap_fail_times
    from dated
    cross join threshold
    -- left joins: an older period, one the other feed does not cover, a SKU the other does not name
    left join last_period
        on
            dated.distributor_code = last_period.distributor_code
            and dated.period_type = last_period.period_type
            and dated.period_start_date = last_period.period_start_date
    left join sellin_covered
        on
            dated.distributor_code = sellin_covered.distributor_code
            and dated.period_type = sellin_covered.period_type
            and dated.period_start_date = sellin_covered.period_start_date
    left join sellout_covered
        on
            dated.distributor_code = sellout_covered.distributor_code
            and dated.period_type = sellout_covered.period_type
            and dated.period_start_date = sellout_covered.period_start_date
    left join delivered
        on
            dated.distributor_code = delivered.distributor_code
            and dated.period_type = delivered.period_type
            and dated.period_start_date = delivered.period_start_date
            and dated.sku_code = delivered.sku_code
    left join sold
        on
            dated.distributor_code = sold.distributor_code
            and dated.period_type = sold.period_type
            and dated.period_start_date = sold.period_start_date
            and dated.sku_code = sold.sku_code
    left join {{ ref('dim_sku') }} as sku
        on dated.sku_code = sku.sku_code and sku.is_current

),

measured as (

    select
        *,
        opening_pieces - earlier_closing_pieces as opening_gap_pieces,
        receipts_pieces - delivered_pieces as receipts_gap_pieces,
        sellout_pieces - sold_pieces as sellout_gap_pieces
    from compared

),

judged as (

    select
        *,
        {{ gap_status('unexplained_pieces') }} as balance_status,
        {{ gap_status('opening_gap_pieces') }} as opening_status,
        {{ gap_status('receipts_gap_pieces') }} as receipts_status,
        {{ gap_status('sellout_gap_pieces') }} as sellout_status
    from measured

),

worst as (

    select
        *,
        case
            when 'fail' in (balance_status, opening_status, receipts_status, sellout_status)
                then 'fail'
            when 'warn' in (balance_status, opening_status, receipts_status, sellout_status)
                then 'warn'
            when 'pass' in (balance_status, opening_status, receipts_status, sellout_status)
                then 'pass'
            else 'not_compared'
        end as status
    from judged

)

select
    period_type,
    period_start_date,
    period_end_date,
    distributor_code,
    sku_code,
    is_latest,
    status,
    tolerance_pieces,
    cast(unexplained_pieces as decimal(18, 3)) as unexplained_pieces,
    balance_status,
    cast(opening_pieces as decimal(18, 3)) as opening_pieces,
    cast(earlier_closing_pieces as decimal(18, 3)) as earlier_closing_pieces,
    cast(opening_gap_pieces as decimal(18, 3)) as opening_gap_pieces,
    opening_status,
    cast(receipts_pieces as decimal(18, 3)) as receipts_pieces,
    cast(delivered_pieces as decimal(18, 3)) as delivered_pieces,
    cast(receipts_gap_pieces as decimal(18, 3)) as receipts_gap_pieces,
    receipts_status,
    cast(sellout_pieces as decimal(18, 3)) as sellout_pieces,
    cast(sold_pieces as decimal(18, 3)) as sold_pieces,
    cast(sellout_gap_pieces as decimal(18, 3)) as sellout_gap_pieces,
    sellout_status,
    cast(closing_pieces as decimal(18, 3)) as closing_pieces,
    cast(status = 'pass' as bigint) as reconciled_num,
    cast(status != 'not_compared' as bigint) as reconciled_den
from worst
