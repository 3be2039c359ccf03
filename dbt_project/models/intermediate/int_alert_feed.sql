with

contract as (

    select
        feed,
        title_en,
        title_zh,
        owner_role
    from {{ source('landing', 'contract') }}

),

status as (

    select * from {{ ref('submission_status') }}

),

-- one alert a sender and feed, however many periods are open
missing as (

    select
        'feed_missing' as alert_type,
        status.feed,
        status.sender,
        min(status.period) as period,
        'Report missing' as title_en,
        '报表未报送' as title_zh,
        'Ask for the ' || count(*) || ' missing reports, the oldest is ' || min(status.period)
            as action_en,
        '催报 ' || count(*) || ' 期，最早为 ' || min(status.period) as action_zh,
        json_object(
            'missing_count', count(*),
            'oldest_period', min(status.period),
            'newest_period', max(status.period),
            'hours_late', max(status.lateness_hours)
        ) as arithmetic,
        case
            when count(*) >= threshold.feed_missing_periods then 'high' else 'medium'
        end as severity
    from status
    cross join {{ ref('int_threshold_applied') }} as threshold
    where status.status = 'missing'
    group by status.feed, status.sender, threshold.feed_missing_periods

),

partial as (

    select
        'feed_partial' as alert_type,
        feed,
        sender,
        min(period) as period,
        'Report incomplete' as title_en,
        '报表不完整' as title_zh,
        'Ask for the rest of ' || count(*) || ' reports, the oldest is ' || min(period)
            as action_en,
        '补齐 ' || count(*) || ' 期，最早为 ' || min(period) as action_zh,
        json_object(
            'partial_count', count(*),
            'days_covered', sum(covered_days),
            'days_owed', sum(period_days),
            'held_count', sum(held_count)
        ) as arithmetic,
        'medium' as severity
    from status
    where status = 'partial' and grace_until < {{ as_of() }} + 1
    group by feed, sender

),

delivery as (

    select *
    from {{ source('landing', 'delivery') }}
    where received_at < {{ as_of() }} + 1

),

-- a refused file stays open until its sender's next accepted one; the newest of several speaks
refused as (

    select
        'feed_refused' as alert_type,
        refusal.feed,
        refusal.sender,
        refusal.period,
        'File refused' as title_en,
        '文件被拒收' as title_zh,
        refusal.file_name || ': ' || coalesce(refusal.hint_en, refusal.reason_en, '') as action_en,
        refusal.file_name || '：' || coalesce(refusal.hint_zh, refusal.reason_zh, '') as action_zh,
        json_object(
            'refused_count', count(*) over (partition by refusal.feed, refusal.sender),
            'reason_code', refusal.reason_code,
            'file_name', refusal.file_name
        ) as arithmetic,
        'high' as severity
    from delivery as refusal
    where
        refusal.status = 'refused'
        and refusal.feed is not null
        and refusal.sender is not null
        and not exists (
            select 1
            from delivery as later
            where
                later.feed = refusal.feed
                and later.sender = refusal.sender
                and later.status in ('loaded', 'superseded')
                and later.received_at > refusal.received_at
        )
    qualify row_number() over (
        partition by refusal.feed, refusal.sender
        order by refusal.received_at desc, refusal.file_name desc, refusal.file_sha256 desc
    ) = 1

),

-- of the last four weeks: an old quarantine is a matter for the scorecard
quarantined as (

    select
        'feed_quarantined' as alert_type,
        delivery.feed,
        delivery.sender,
        max(delivery.period) as period,
        'Rows in quarantine' as title_en,
        '有隔离行' as title_zh,
        'Correct and send again: ' || cast(sum(delivery.rows_quarantined) as bigint) || ' rows'
            as action_en,
        '请更正后重报：' || cast(sum(delivery.rows_quarantined) as bigint) || ' 行' as action_zh,
        json_object(
            'rows_quarantined', cast(sum(delivery.rows_quarantined) as bigint),
            'rows', cast(sum(delivery.rows_quarantined + delivery.rows_loaded) as bigint),
            'amount_quarantined', sum(delivery.amount_quarantined)
        ) as arithmetic,
        'medium' as severity
    from delivery
    cross join {{ ref('int_threshold_applied') }} as threshold
    where
        (delivery.is_current or delivery.status = 'held')
        and coalesce(delivery.period_end, cast(delivery.received_at as date)) > {{ as_of() }} - 35
    group by delivery.feed, delivery.sender, threshold.quarantine_warn_ratio
    having
        sum(delivery.rows_quarantined)
        > threshold.quarantine_warn_ratio
        * sum(delivery.rows_quarantined + delivery.rows_loaded)

),

-- without a count of late nothing is said of a distributor's stock: its report is what to act on
last_count as (

    select
        distributor_code,
        max(snapshot_date) as snapshot_date
    from {{ ref('fct_stock_snapshot') }}
    where snapshot_date <= {{ as_of() }}
    group by distributor_code

),

blind as (

    select
        'stock_blind' as alert_type,
        duty.feed,
        duty.sender,
        cast(last_count.snapshot_date as varchar) as period,
        'Stock not known' as title_en,
        '库存情况不明' as title_zh,
        coalesce(
            'Ask for a count: the last one is of ' || cast(last_count.snapshot_date as varchar),
            'Ask for a count: there never was one'
        ) as action_en,
        coalesce(
            '请催报盘点：最近一次为 ' || cast(last_count.snapshot_date as varchar),
            '请催报盘点：从未报送'
        ) as action_zh,
        json_object(
            'last_count', last_count.snapshot_date,
            'days', {{ as_of() }} - last_count.snapshot_date,
            'blind_after_days', threshold.blind_after_days
        ) as arithmetic,
        'high' as severity
    from {{ ref('int_reporting_duty') }} as duty
    cross join {{ ref('int_threshold_applied') }} as threshold
    -- left join: it may never have sent one
    left join last_count on duty.sender = last_count.distributor_code
    where
        duty.feed = 'stock'
        and duty.valid_from <= {{ as_of() }} - cast(threshold.blind_after_days as integer)
        and duty.valid_to > {{ as_of() }}
        and coalesce(
            {{ as_of() }} - last_count.snapshot_date > threshold.blind_after_days,
            true
        )

),

gap as (

    select
        *,
        greatest(
            abs(unexplained_pieces),
            abs(opening_gap_pieces),
            abs(receipts_gap_pieces),
            abs(sellout_gap_pieces)
        ) as gap_pieces
    from {{ ref('stock_reconciliation') }}
    where is_latest and status = 'fail'

),

-- nothing is said of stock whose books do not add up: they are what to act on
unbalanced as (

    select
        'stock_unbalanced' as alert_type,
        'movement' as feed,
        distributor_code as sender,
        case
            when period_type = 'week' then {{ iso_week_name('period_start_date') }}
            else strftime(period_start_date, '%Y-%m')
        end as period,
        'Books do not add up' as title_en,
        '账目不平' as title_zh,
        'Have the gaps explained or the report sent again: SKUs ' || count(*) || ', first '
        || arg_max(sku_code, (gap_pieces, sku_code)) as action_en,
        '请说明差异或重报：商品 ' || count(*) || ' 个，先查 '
        || arg_max(sku_code, (gap_pieces, sku_code)) as action_zh,
        json_object(
            'sku_count', count(*),
            'largest_gap_sku', arg_max(sku_code, (gap_pieces, sku_code)),
            'largest_gap_pieces', max(gap_pieces)
        ) as arithmetic,
        'high' as severity
    from gap
    group by distributor_code, period_type, period_start_date

),

found as (

    select * from missing
    union all
    select * from partial
    union all
    select * from refused
    union all
    select * from quarantined
    union all
    select * from blind
    union all
    select * from unbalanced

)

select
    md5(concat_ws('|', found.alert_type, found.sender, found.feed)) as alert_key,
    found.alert_type,
    'feed' as area,
    found.severity,
    'sender' as entity_type,
    found.sender as entity_code,
    coalesce(distributor.distributor_name, found.sender) as entity_name,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as batch_no,
    found.period,
    found.title_en || ': ' || coalesce(contract.title_en, found.feed) as title_en,
    found.title_zh || '：' || coalesce(contract.title_zh, found.feed) as title_zh,
    found.action_en,
    found.action_zh,
    cast(null as decimal(18, 3)) as quantity_pieces,
    -- what is not known is not priced; severity orders what has no price
    cast(null as decimal(18, 2)) as value_at_risk_amount,
    cast(found.arithmetic as varchar) as arithmetic,
    coalesce(contract.owner_role, 'distributor_data') as owner_role,
    {{ as_of() }} + 1 as due_date,
    {{ as_of() }} as as_of_date
from found
left join contract on found.feed = contract.feed
-- left join: not every sender is a distributor
left join {{ ref('dim_distributor') }} as distributor
    on found.sender = distributor.distributor_code and distributor.is_current
