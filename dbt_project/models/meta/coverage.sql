with

arrival as (

    select
        *,
        {{ iso_week_start('period_start') }} as week_start_date
    from {{ ref('int_feed_arrival') }}

),

sender_distributor as (

    select * from {{ ref('int_sender_distributor') }}

),

sender_value as (

    select
        sender_distributor.feed,
        sender_distributor.sender,
        weight.week_start_date,
        weight.node_type,
        weight.node,
        sum(weight.net_amount) as net_amount,
        sum(weight.trailing_amount) as trailing_amount
    from sender_distributor
    inner join {{ ref('int_distributor_weight') }} as weight
        on sender_distributor.distributor_code = weight.distributor_code
    group by
        sender_distributor.feed,
        sender_distributor.sender,
        weight.week_start_date,
        weight.node_type,
        weight.node

),

-- every sender is expected in the whole and in its distributors, or under its own code, ...
sender_node as (

    select
        feed,
        sender,
        'region' as node_type,
        'all' as node
    from arrival
    union
    select
        feed,
        sender,
        'distributor' as node_type,
        distributor_code as node
    from sender_distributor
    union
    select
        arrival.feed,
        arrival.sender,
        'sender' as node_type,
        arrival.sender as node
    from arrival
    left join sender_distributor
        on
            arrival.feed = sender_distributor.feed
            and arrival.sender = sender_distributor.distributor_code
    where sender_distributor.distributor_code is null

),

by_sender as (

    select
        arrival.*,
        sender_node.node_type,
        sender_node.node,
        sender_value.trailing_amount
    from arrival
    inner join sender_node
        on arrival.feed = sender_node.feed and arrival.sender = sender_node.sender
    left join sender_value
        on
            arrival.feed = sender_value.feed
            and arrival.sender = sender_value.sender
            and arrival.week_start_date = sender_value.week_start_date
            and sender_value.node_type = 'region'

),

-- ... and in the cities, channels and other nodes it has been selling in
by_market as (

    select
        arrival.*,
        sender_value.node_type,
        sender_value.node,
        sender_value.trailing_amount
    from arrival
    inner join sender_value
        on
            arrival.feed = sender_value.feed
            and arrival.sender = sender_value.sender
            and arrival.week_start_date = sender_value.week_start_date
    where
        sender_value.node_type != 'region'
        and (sender_value.trailing_amount > 0 or sender_value.net_amount > 0)

),

expected as (

    select * from by_sender
    union all
    select * from by_market

),

-- a sender without a past weighs as much as its peers do on average, all alike where none has one
weighed as (

    select
        *,
        cast(coalesce(
            case when trailing_amount > 0 then trailing_amount end,
            avg(case when trailing_amount > 0 then trailing_amount end) over (
                partition by feed, node_type, node, period
            ),
            1
        ) as decimal(18, 2)) as weight
    from expected

),

told as (

    select
        *,
        case length(period) when 8 then 'week' when 7 then 'month' else 'day' end as period_type
    from weighed

),

-- a longer period is as complete as the reports that lie in it, wholly or in part
longer as (

    select
        told.*,
        kind.longer_type,
        cast(unnest(list_distinct([
            date_trunc(kind.longer_type, told.period_start),
            date_trunc(kind.longer_type, told.period_end)
        ])) as date) as longer_start_date
    from told
    inner join (values ('month', 1), ('quarter', 3), ('year', 12)) as kind (longer_type, months)
        on told.period_type != 'month' or kind.months > 1

),

with_longer as (

    select * from told
    union all
    select
        * exclude (longer_type, longer_start_date) replace (
            case longer_type
                when 'month' then strftime(longer_start_date, '%Y-%m')
                when 'quarter'
                    then concat(year(longer_start_date), '-Q', quarter(longer_start_date))
                else strftime(longer_start_date, '%Y')
            end as period,
            longer_start_date as period_start,
            case longer_type
                when 'month' then last_day(longer_start_date)
                when 'quarter' then last_day(longer_start_date + to_months(2))
                else last_day(longer_start_date + to_months(11))
            end as period_end,
            longer_type as period_type
        )
    from longer

),

covered as (

    select
        feed,
        node_type,
        node,
        period_type,
        period,
        period_start,
        period_end,
        cast(sum(cast(weight * arrived_share as decimal(18, 2))) as decimal(18, 2))
            as coverage_num,
        cast(sum(weight) as decimal(18, 2)) as coverage_den,
        min(arrived_share) as least_share,
        bool_or(is_open) as is_open,
        bool_or(is_restated) as is_restated
    from with_longer
    group by feed, node_type, node, period_type, period, period_start, period_end

)

select
    feed,
    node_type,
    node,
    period_type,
    period,
    period_start,
    period_end,
    coverage_num,
    coverage_den,
    {{ safe_ratio('coverage_num', 'coverage_den') }} as coverage_ratio,
    case
        when least_share < 1 or is_open then 'provisional'
        when is_restated then 'restated'
        else 'final'
    end as finality
from covered
