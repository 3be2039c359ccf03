-- The lines of the profit and loss that files state, by month, distributor and SKU. What names no
-- SKU stands under UNKNOWN, so that nothing is spread by a key nobody agreed to.
with

sellin as (

    select
        cast(date_trunc('month', invoice_date) as date) as month_start_date,
        distributor_code,
        sku_code,
        invoice_date,
        doc_type,
        quantity_pieces,
        gross_amount,
        discount_amount,
        net_amount
    from {{ ref('fct_sellin_line') }}

),

sku as (

    select
        sku_code,
        brand,
        category,
        list_price_per_piece,
        std_cost_per_piece,
        valid_from,
        valid_to
    from {{ ref('dim_sku') }}

),

-- left join: an SKU may be invoiced before the master knows it
priced as (

    select
        sellin.*,
        cast(coalesce(
            sellin.gross_amount,
            sellin.quantity_pieces * sku.list_price_per_piece,
            sellin.net_amount + coalesce(sellin.discount_amount, 0)
        ) as decimal(18, 2)) as list_amount,
        cast(sellin.quantity_pieces * sku.std_cost_per_piece as decimal(18, 2)) as cost_amount
    from sellin
    left join sku
        on
            sellin.sku_code = sku.sku_code
            and sellin.invoice_date >= sku.valid_from
            and sellin.invoice_date < sku.valid_to

),

-- free goods are invoiced at list and wholly discounted
sold as (

    select
        month_start_date,
        distributor_code,
        sku_code,
        cast(null as varchar) as stated_brand,
        sum(case when doc_type != 'return' then list_amount else 0 end) as gsv_amount,
        sum(case when doc_type != 'return' then net_amount else 0 end) as niv_amount,
        sum(case when doc_type = 'return' then -net_amount else 0 end) as returns_amount,
        sum(coalesce(cost_amount, 0)) as cogs_amount,
        sum(case when cost_amount is null then abs(net_amount) else 0 end) as uncosted_amount
    from priced
    group by month_start_date, distributor_code, sku_code

),

claimed as (

    select
        claim_month as month_start_date,
        distributor_code,
        coalesce(sku_code, 'UNKNOWN') as sku_code,
        case when sku_code is null then brand end as stated_brand,
        sum(case when {{ claim_line_of('trade_spend') }} then claimed_amount else 0 end)
            as trade_spend_amount,
        sum(case when {{ claim_line_of('logistics') }} then claimed_amount else 0 end)
            as logistics_amount,
        sum(case when {{ claim_line_of('field') }} then claimed_amount else 0 end)
            as field_amount
    from {{ ref('fct_claim_line') }}
    where
        coalesce(claim_status, 'submitted') != 'rejected'
        -- claims alone are no profit and loss
        and exists (select 1 from sellin)
    group by
        claim_month,
        distributor_code,
        coalesce(sku_code, 'UNKNOWN'),
        case when sku_code is null then brand end

),

-- full join: spend without a sale is spend all the same
lined as (

    select
        coalesce(sold.month_start_date, claimed.month_start_date) as month_start_date,
        coalesce(sold.distributor_code, claimed.distributor_code) as distributor_code,
        coalesce(sold.sku_code, claimed.sku_code) as sku_code,
        claimed.stated_brand,
        coalesce(sold.gsv_amount, 0) as gsv_amount,
        coalesce(sold.niv_amount, 0) as niv_amount,
        coalesce(sold.returns_amount, 0) as returns_amount,
        coalesce(sold.cogs_amount, 0) as cogs_amount,
        coalesce(sold.uncosted_amount, 0) as uncosted_amount,
        coalesce(claimed.trade_spend_amount, 0) as trade_spend_amount,
        coalesce(claimed.logistics_amount, 0) as logistics_amount,
        coalesce(claimed.field_amount, 0) as field_amount
    from sold
    full join claimed
        on
            sold.month_start_date = claimed.month_start_date
            and sold.distributor_code = claimed.distributor_code
            and sold.sku_code = claimed.sku_code
            and sold.stated_brand is not distinct from claimed.stated_brand

),

current_sku as (

    select
        sku_code,
        brand,
        category
    from {{ ref('dim_sku') }}
    where is_current

),

-- the last day of the month says in which city a distributor is
distributor as (

    select
        distributor_code,
        city,
        valid_from,
        valid_to
    from {{ ref('dim_distributor') }}

),

city_province as (

    select
        city,
        province
    from {{ ref('dim_geo') }}

)

select
    lined.month_start_date,
    coalesce(city_province.province, 'UNKNOWN') as province,
    coalesce(distributor.city, 'UNKNOWN') as city,
    lined.distributor_code,
    coalesce(current_sku.category, 'UNKNOWN') as category,
    coalesce(current_sku.brand, lined.stated_brand, 'UNKNOWN') as brand,
    lined.sku_code,
    cast(lined.gsv_amount as decimal(18, 2)) as gsv_amount,
    cast(lined.niv_amount as decimal(18, 2)) as niv_amount,
    cast(lined.returns_amount as decimal(18, 2)) as returns_amount,
    cast(lined.trade_spend_amount as decimal(18, 2)) as trade_spend_amount,
    cast(lined.cogs_amount as decimal(18, 2)) as cogs_amount,
    cast(lined.uncosted_amount as decimal(18, 2)) as uncosted_amount,
    cast(lined.logistics_amount as decimal(18, 2)) as logistics_amount,
    cast(lined.field_amount as decimal(18, 2)) as field_amount
from lined
left join current_sku on lined.sku_code = current_sku.sku_code
left join distributor
    on
        lined.distributor_code = distributor.distributor_code
        and last_day(lined.month_start_date) >= distributor.valid_from
        and last_day(lined.month_start_date) < distributor.valid_to
left join city_province on distributor.city = city_province.city
