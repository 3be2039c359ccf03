with versions as (

    select * from {{ ref('stg_sku') }}

),

master as (

    select count(*) = 0 as is_absent from versions

),

seen as (

    select sku_code from {{ ref('int_sellout_outlet_sku_week') }}
    union
    select sku_code from {{ ref('fct_stock_snapshot') }}
    union
    select sku_code from {{ ref('fct_stock_movement') }}
    union
    select sku_code from {{ ref('fct_claim_line') }}
    where sku_code is not null
    union
    select sku_code from {{ ref('fct_sellin_line') }}
    union
    select sku_code from {{ ref('fct_open_order') }}
    union
    select sku_code from {{ ref('fct_ka_pos') }}
    union
    select sku_code from {{ ref('fct_check_sku') }}
    union
    select sku_code from {{ ref('fct_budget') }}
    where sku_code is not null

),

-- full join: a SKU in a report is a member even where no master names it
members as (

    select
        versions.* exclude (sku_code, valid_from, valid_to, is_current, is_listed),
        coalesce(versions.sku_code, seen.sku_code) as sku_code,
        coalesce(versions.valid_from, {{ always() }}) as valid_from,
        coalesce(versions.valid_to, {{ open_end() }}) as valid_to,
        coalesce(versions.is_current, true) as is_current,
        coalesce(versions.is_listed, master.is_absent) as is_listed,
        case when versions.sku_code is null then 'derived' else 'master' end as source
    from versions
    full outer join seen on versions.sku_code = seen.sku_code
    cross join master

),

keyed as (

    select
        {{ surrogate_key(['sku_code', 'valid_from']) }} as sku_key,
        sku_code,
        sku_name_zh,
        sku_name_en,
        brand,
        category,
        pieces_per_case,
        pieces_per_inner,
        net_weight_grams,
        shelf_life_days,
        list_price_per_piece,
        std_cost_per_piece,
        gtin_piece,
        gtin_case,
        vat_ratio,
        launch_date,
        delist_date,
        sku_status,
        abc_class,
        valid_from,
        valid_to,
        is_current,
        is_listed,
        source
    from members
    order by sku_code, valid_from

)

select * from keyed
