-- The cells of a week summed to every node they belong to. Whatever is told of growth by node
-- rests on this one table.
with

cell as (

    select * from {{ ref('int_growth_cell_week') }}

)

select
    week_start_date,
    {{ node_type() }} as node_type,
    {{ node_code() }} as node_code,
    sku_code,
    {{ summed_growth_measures() }}
from cell
group by {{ node_sets(['week_start_date', 'sku_code']) }}  -- noqa: PRS
