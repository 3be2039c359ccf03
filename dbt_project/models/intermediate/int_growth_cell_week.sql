-- A cell's week beside the weeks it is compared with: 364 days earlier, and as far from the same
-- festival. Summed, not joined: what was sold then and not now has its row as well.
with

comparison as (

    select * from {{ ref('int_week_comparison') }}

),

measured as (

    select
        week_start_date as sold_week_start_date,
        {{ cell_columns() }},
        sku_code,
        quantity_pieces,
        net_amount,
        return_quantity_pieces,
        return_amount,
        free_quantity_pieces,
        line_count,
        active_outlet_count,
        sold_pieces,
        sold_amount,
        null as promotion_pieces,
        null as promotion_amount
    from {{ ref('int_sellout_cell_week') }}
    union all
    select
        week_start_date as sold_week_start_date,
        {{ cell_columns() }},
        sku_code,
        null as quantity_pieces,
        null as net_amount,
        null as return_quantity_pieces,
        null as return_amount,
        null as free_quantity_pieces,
        null as line_count,
        null as active_outlet_count,
        null as sold_pieces,
        null as sold_amount,
        incremental_pieces as promotion_pieces,
        incremental_amount as promotion_amount
    from {{ ref('int_promotion_cell_week') }}

),

placed as (

    select
        measured.sold_week_start_date as week_start_date,
        'now' as side,
        measured.*
    from measured
    union all
    select
        comparison.week_start_date,
        comparison.basis as side,
        measured.*
    from measured
    inner join comparison on measured.sold_week_start_date = comparison.base_week_start_date

)

select
    week_start_date,
    {{ cell_columns() }},
    sku_code,
    {%- for measure, type in [
        ('quantity_pieces', 'decimal(18, 3)'),
        ('net_amount', 'decimal(18, 2)'),
        ('return_quantity_pieces', 'decimal(18, 3)'),
        ('return_amount', 'decimal(18, 2)'),
        ('free_quantity_pieces', 'decimal(18, 3)'),
        ('line_count', 'bigint'),
        ('active_outlet_count', 'bigint'),
        ('sold_pieces', 'decimal(18, 3)'),
        ('sold_amount', 'decimal(18, 2)'),
        ('promotion_pieces', 'decimal(18, 3)'),
        ('promotion_amount', 'decimal(18, 2)'),
    ] %}
        cast(sum({{ measure }}) filter (where side = 'now') as {{ type }}) as {{ measure }},
    {%- endfor %}
    {%- for basis in ['iso', 'festival'] %}
        {%- for measure in growth_measures().split(', ') %}
            cast(
                sum({{ measure }}) filter (where side = '{{ basis }}')
                as {{ growth_type(measure) }}
            ) as {{ basis }}_{{ measure }},
        {%- endfor %}
    {%- endfor %}
    cast(sum(quantity_pieces) filter (where side = 'iso') as decimal(18, 3)) as iso_quantity_pieces,
    cast(sum(line_count) filter (where side = 'iso') as bigint) as iso_line_count
from placed
group by week_start_date, {{ cell_columns() }}, sku_code
