-- What is on its way to a distributor after its latest count: lines of the newest list of open
-- orders that are not in the count already. What is held back does not come.
with

counted as (

    select distinct
        distributor_code,
        week_start_date,
        snapshot_date
    from {{ ref('int_stock_position') }}
    where is_latest

),

-- a list with nothing on it is a list: then nothing is on its way
newest as (

    select max(period_end) as as_of_date
    from {{ source('landing', 'delivery') }}
    where
        feed = 'open_order'
        and is_current
        and status = 'loaded'
        and period_end <= {{ as_of() }}

),

distributor as (

    select
        distributor_code,
        cast(ceil(coalesce(lead_time_days, 7)) as integer) as lead_days
    from {{ ref('dim_distributor') }}
    where is_current

),

-- a day nobody named is a lead time after the order; one that has passed is tomorrow at best
expected as (

    select
        line.distributor_code,
        line.sku_code,
        line.order_no,
        line.line_no,
        line.order_status,
        line.quantity_pieces,
        line.eta_date,
        newest.as_of_date,
        greatest(
            coalesce(
                line.eta_date, coalesce(line.order_date, newest.as_of_date) + distributor.lead_days
            ),
            newest.as_of_date + 1
        ) as arrival_date
    from {{ ref('fct_open_order') }} as line
    inner join newest on line.as_of_date = newest.as_of_date
    inner join distributor on line.distributor_code = distributor.distributor_code
    where line.order_status != 'held' and line.quantity_pieces > 0

)

select
    counted.week_start_date,
    expected.distributor_code,
    expected.sku_code,
    expected.order_no,
    expected.line_no,
    expected.order_status,
    expected.eta_date,
    expected.arrival_date,
    -- a delivery can be sold from on the day it comes
    cast(expected.arrival_date - counted.snapshot_date - 1 as bigint) as arrival_day,
    expected.quantity_pieces
from expected
inner join counted on expected.distributor_code = counted.distributor_code
where expected.arrival_date > counted.snapshot_date
