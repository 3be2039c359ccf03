-- Baseline = base + blocks without promotion; gap = target - baseline; promotions fill the gap.
{% set keys = ['month_start_date'] %}
{% set items = ['category', 'brand', 'sku_code'] %}
{% set sums = [
    'sum(base_amount) as base_amount',
    'sum(blocks_amount) as blocks_amount',
    'sum(promotion_amount) as promotion_amount',
    'sum(expected_amount) as expected_amount',
] %}

with

sku as (

    select
        sku_code,
        brand,
        category
    from {{ ref('dim_sku') }}
    where is_current

),

city_province as (

    select
        city,
        province
    from {{ ref('dim_geo') }}

),

cell as (

    select
        plan.month_start_date,
        coalesce(city_province.province, 'UNKNOWN') as province,
        plan.city,
        plan.channel,
        coalesce(sku.category, 'UNKNOWN') as category,
        coalesce(sku.brand, 'UNKNOWN') as brand,
        plan.sku_code,
        case when plan.block = 'base' then plan.plan_nsv_amount else 0 end as base_amount,
        case when plan.block not in ('base', 'promotion') then plan.plan_nsv_amount else 0 end
            as blocks_amount,
        case when plan.block = 'promotion' then plan.plan_nsv_amount else 0 end
            as promotion_amount,
        plan.expected_nsv_amount as expected_amount
    from {{ ref('bbp_plan') }} as plan
    left join sku on plan.sku_code = sku.sku_code
    left join city_province on plan.city = city_province.city

),

node as (

    {{ by_node('cell', keys + items, sums, ['province', 'city', 'channel']) }}

),

planned as (

    {{ by_item('node', keys + ['node_type', 'node_code'], sums) }}

),

target as (

    select
        target_month,
        node_type,
        node_code,
        item_level,
        item_code,
        cast(target_value as decimal(18, 2)) as target_amount
    from {{ ref('fct_target') }}
    where metric_id = 'nsv_amount'

),

-- left join: a plan without a target has no gap, and says so
compared as (

    select
        planned.*,
        planned.base_amount + planned.blocks_amount as baseline_amount,
        target.target_amount
    from planned
    left join target
        on
            planned.month_start_date = target.target_month
            and planned.node_type = target.node_type
            and planned.node_code = target.node_code
            and planned.item_level = target.item_level
            and planned.item_code = target.item_code

)

select
    month_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    cast(base_amount as decimal(18, 2)) as base_amount,
    cast(blocks_amount as decimal(18, 2)) as blocks_amount,
    cast(baseline_amount as decimal(18, 2)) as baseline_amount,
    target_amount,
    cast(target_amount - baseline_amount as decimal(18, 2)) as gap_amount,
    cast(promotion_amount as decimal(18, 2)) as promotion_amount,
    cast(target_amount - baseline_amount - promotion_amount as decimal(18, 2)) as open_gap_amount,
    cast(expected_amount as decimal(18, 2)) as expected_amount,
    cast(baseline_amount + promotion_amount as decimal(18, 2)) as plan_to_target_num,
    target_amount as plan_to_target_den,
    case
        when target_amount > 0
            then {{ safe_ratio('baseline_amount + promotion_amount', 'target_amount') }}
    end as plan_to_target_ratio,
    case when coalesce(target_amount, 0) <= 0 then 'no_base' else 'ok' end as status
from compared
