-- The budget in force, its blocks together.
with

budget as (

    select * from {{ ref('fct_budget') }}
    where is_in_force

),

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

)

select
    budget.budget_month as month_start_date,
    coalesce(city_province.province, 'UNKNOWN') as province,
    coalesce(budget.city, 'UNKNOWN') as city,
    coalesce(budget.channel, 'UNKNOWN') as channel,
    coalesce(sku.category, 'UNKNOWN') as category,
    coalesce(sku.brand, 'UNKNOWN') as brand,
    coalesce(budget.sku_code, 'UNKNOWN') as sku_code,
    cast(sum(budget.volume_pieces) as decimal(18, 3)) as volume_pieces,
    cast(sum(budget.gsv_amount) as decimal(18, 2)) as gsv_amount,
    cast(sum(budget.nsv_amount) as decimal(18, 2)) as nsv_amount,
    cast(sum(budget.trade_spend_amount) as decimal(18, 2)) as trade_spend_amount,
    cast(sum(budget.returns_amount) as decimal(18, 2)) as returns_amount,
    cast(sum(budget.gross_profit_amount) as decimal(18, 2)) as gross_profit_amount
from budget
left join sku on budget.sku_code = sku.sku_code
left join city_province on budget.city = city_province.city
group by
    budget.budget_month,
    city_province.province,
    budget.city,
    budget.channel,
    sku.category,
    sku.brand,
    budget.sku_code
