-- What was sold in a month, by everything a node can be made of. Lines belong to whom the outlet
-- belonged to on the day (as_was), and once more to whom it belongs to now (as_is).
with

line as (

    select
        sold_date,
        cast(date_trunc('month', sold_date) as date) as month_start_date,
        distributor_code,
        outlet_code,
        sku_code,
        quantity_pieces,
        net_amount,
        case when doc_type = 'return' then net_amount else 0 end as return_net_amount
    from {{ ref('fct_sellout_line') }}

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

placed as (

    select
        'as_was' as assignment_basis,
        line.month_start_date,
        line.sku_code,
        line.quantity_pieces,
        line.net_amount,
        line.return_net_amount,
        {{ outlet_cell('line', 'organisation') }}
    from line
    inner join organisation
        on
            line.outlet_code = organisation.outlet_code
            and line.sold_date >= organisation.valid_from
            and line.sold_date < organisation.valid_to
    union all
    -- whoever sold it, it belongs to the distributor in charge today
    select
        'as_is' as assignment_basis,
        line.month_start_date,
        line.sku_code,
        line.quantity_pieces,
        line.net_amount,
        line.return_net_amount,
        {{ outlet_cell(
            'line', 'organisation',
            'coalesce(organisation.distributor_code, line.distributor_code)',
        ) }}
    from line
    inner join organisation
        on line.outlet_code = organisation.outlet_code and organisation.is_current

)

select
    month_start_date,
    assignment_basis,
    province,
    city,
    channel,
    banner,
    distributor_code,
    supervisor_code,
    rep_code,
    sku_code,
    cast(sum(quantity_pieces) as decimal(18, 3)) as sellout_pieces,
    cast(sum(net_amount) as decimal(18, 2)) as sellout_net_amount,
    cast(sum(return_net_amount) as decimal(18, 2)) as return_net_amount
from placed
group by
    month_start_date,
    assignment_basis,
    province,
    city,
    channel,
    banner,
    distributor_code,
    supervisor_code,
    rep_code,
    sku_code
