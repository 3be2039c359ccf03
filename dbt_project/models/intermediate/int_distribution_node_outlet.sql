-- Which outlets count for which node in a week. Outlets that bought without belonging to the
-- node's universe are kept beside it, so an item sold only there still has its row.
with

universe as (

    select * from {{ ref('int_outlet_week') }}

),

buyer as (

    select
        week_start_date,
        distributor_code,
        outlet_code
    from {{ ref('int_sellout_outlet_sku_week') }}
    where sale_quantity_pieces > 0
    group by week_start_date, distributor_code, outlet_code

),

first_purchase as (

    select
        distributor_code,
        outlet_code,
        min(week_start_date) as first_week
    from buyer
    group by distributor_code, outlet_code

),

assigned_distributor as (

    select distinct
        week_start_date,
        distributor_code
    from universe
    where distributor_code is not null

),

-- a distributor no outlet is assigned to that week: the outlets it has ever sold to until then
served as (

    select
        universe.week_start_date,
        first_purchase.distributor_code,
        universe.outlet_code,
        universe.weight_amount,
        universe.is_weight_imputed
    from first_purchase
    inner join universe
        on
            first_purchase.outlet_code = universe.outlet_code
            and first_purchase.first_week <= universe.week_start_date
    anti join assigned_distributor
        on
            universe.week_start_date = assigned_distributor.week_start_date
            and first_purchase.distributor_code = assigned_distributor.distributor_code

),

told_level as (

    {%- for node_type in ['province', 'banner', 'outlet_class'] %}
        select '{{ node_type }}' as node_type
        from universe
        where {{ node_type }} != 'UNKNOWN'
        {%- if not loop.last %}
            union
        {%- endif %}
    {%- endfor %}

),

member as (

    select
        week_start_date,
        'region' as node_type,
        'all' as node_code,
        outlet_code,
        weight_amount,
        is_weight_imputed
    from universe
    {%- for node_type in ['city', 'channel', 'province', 'banner', 'outlet_class'] %}
        union all
        select
            week_start_date,
            '{{ node_type }}' as node_type,
            {{ node_type }} as node_code,
            outlet_code,
            weight_amount,
            is_weight_imputed
        from universe
        {%- if node_type not in ['city', 'channel'] %}
            -- a level nobody knows anything of would repeat the region
            where '{{ node_type }}' in (select told_level.node_type from told_level)
        {%- endif %}
    {%- endfor %}
    {%- for node_type in ['distributor', 'supervisor', 'rep'] %}
        union all
        select
            week_start_date,
            '{{ node_type }}' as node_type,
            {{ node_type }}_code as node_code,
            outlet_code,
            weight_amount,
            is_weight_imputed
        from universe
        where {{ node_type }}_code is not null
    {%- endfor %}
    union all
    select
        week_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        outlet_code,
        weight_amount,
        is_weight_imputed
    from served

),

buyer_node as (

    select
        week_start_date,
        'distributor' as node_type,
        distributor_code as node_code,
        outlet_code
    from buyer
    union
    select
        week_start_date,
        'region' as node_type,
        'all' as node_code,
        outlet_code
    from buyer

),

outside as (

    select buyer_node.*
    from buyer_node
    anti join member
        on
            buyer_node.week_start_date = member.week_start_date
            and buyer_node.node_type = member.node_type
            and buyer_node.node_code = member.node_code
            and buyer_node.outlet_code = member.outlet_code

)

select
    week_start_date,
    node_type,
    node_code,
    outlet_code,
    weight_amount,
    is_weight_imputed,
    true as is_in_universe
from member
union all
select
    week_start_date,
    node_type,
    node_code,
    outlet_code,
    cast(null as decimal(18, 2)) as weight_amount,
    false as is_weight_imputed,
    false as is_in_universe
from outside
