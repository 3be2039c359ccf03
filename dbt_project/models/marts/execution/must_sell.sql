{%- set nodes = [
    'province', 'city', 'channel', 'banner', 'outlet_class', 'distributor_code',
    'supervisor_code', 'rep_code',
] -%}
with

outlet_month as (

    select * from {{ ref('int_outlet_msl_month') }}

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

cell as (

    select
        outlet_month.month_start_date,
        {%- for node in nodes %}
            coalesce(organisation.{{ node }}, 'UNKNOWN') as {{ node }},
        {%- endfor %}
        outlet_month.basis,
        count(*) filter (where outlet_month.handled_skus = outlet_month.due_skus)
            as outlets_with_all,
        count(*) as outlets,
        sum(outlet_month.handled_skus) as handled_skus,
        sum(outlet_month.due_skus) as due_skus
    from outlet_month
    inner join organisation
        on
            outlet_month.outlet_code = organisation.outlet_code
            and outlet_month.told_date >= organisation.valid_from
            and outlet_month.told_date < organisation.valid_to
    group by all

),

by_basis as (

    select * from cell
    union all
    -- an outlet is told by one basis only, so both together are all outlets
    select * replace ('all' as basis) from cell

),

node as (

    select
        month_start_date,
        {{ node_type(nodes) }} as node_type,
        {{ node_code(nodes) }} as node_code,
        basis,
        cast(sum(outlets_with_all) as bigint) as must_sell_num,
        cast(sum(outlets) as bigint) as must_sell_den,
        cast(sum(handled_skus) as bigint) as msl_handling_num,
        cast(sum(due_skus) as bigint) as msl_handling_den
    from by_basis
    group by {{ node_sets(['month_start_date', 'basis'], nodes) }}  -- noqa: PRS

)

select
    month_start_date,
    node_type,
    node_code,
    basis,
    must_sell_num,
    must_sell_den,
    {{ safe_ratio('must_sell_num', 'must_sell_den') }} as must_sell_ratio,
    msl_handling_num,
    msl_handling_den,
    {{ safe_ratio('msl_handling_num', 'msl_handling_den') }} as msl_handling_ratio
from node
