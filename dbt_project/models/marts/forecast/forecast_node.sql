-- The running cycle at every level above a distributor's SKU; each is the sum of what lies below.
with

node as (

    select * from {{ ref('int_forecast_range') }}
    where basis = 'cycle' and not (node_type = 'distributor' and item_level = 'sku')

)

select
    {{ week_start('origin_week_no') }} as cycle_week_start_date,
    {{ week_start('week_no') }} as week_start_date,
    lag_weeks,
    node_type,
    node_code,
    item_level,
    item_code,
    series_count,
    cast(naive_pieces as decimal(18, 3)) as naive_pieces,
    cast(statistical_pieces as decimal(18, 3)) as statistical_pieces,
    cast(forecast_pieces as decimal(18, 3)) as final_pieces,
    cast(low_pieces as decimal(18, 3)) as low_pieces,
    cast(high_pieces as decimal(18, 3)) as high_pieces
from node
