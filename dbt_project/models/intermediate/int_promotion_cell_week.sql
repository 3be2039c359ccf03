-- What promotions brought beyond the baseline, by the cell the outlet belonged to that week.
with

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

promoted as (

    select * from {{ ref('int_promotion_outlet_week') }}
    where baseline_pieces is not null

),

placed as (

    select
        promoted.week_start_date,
        {{ outlet_cell('promoted', 'organisation') }},
        promoted.sku_code,
        promoted.sold_pieces - promoted.baseline_pieces as incremental_pieces,
        promoted.sold_amount - promoted.baseline_amount as incremental_amount
    from promoted
    inner join organisation
        on
            promoted.outlet_code = organisation.outlet_code
            and promoted.week_start_date + 6 >= organisation.valid_from
            and promoted.week_start_date + 6 < organisation.valid_to

)

select
    week_start_date,
    {{ cell_columns() }},
    sku_code,
    cast(sum(incremental_pieces) as decimal(18, 3)) as incremental_pieces,
    cast(sum(incremental_amount) as decimal(18, 2)) as incremental_amount
from placed
group by week_start_date, {{ cell_columns() }}, sku_code
