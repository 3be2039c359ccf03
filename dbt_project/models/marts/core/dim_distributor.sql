with versions as (

    select * from {{ ref('stg_distributor') }}

),

master as (

    select count(*) = 0 as is_absent from versions

),

-- feeds whose rows belong to the distributor that sends them
senders as (

    select sender as distributor_code from {{ source('landing', 'delivery') }}
    where feed in ('sellout', 'stock', 'movement', 'claim') and sender <> 'self'
    union
    select sender from {{ ref('stg_roster') }}
    where feed in ('sellout', 'stock', 'movement', 'claim')

),

seen as (

    select distributor_code from senders
    union
    select distributor_code from {{ ref('int_sellout_outlet_sku_week') }}
    union
    select distributor_code from {{ ref('fct_stock_snapshot') }}
    union
    select distributor_code from {{ ref('fct_stock_movement') }}
    union
    select distributor_code from {{ ref('fct_claim_line') }}
    union
    select distributor_code from {{ ref('fct_ar_item') }}
    union
    select distributor_code from {{ ref('fct_sellin_line') }}
    union
    select distributor_code from {{ ref('fct_open_order') }}

),

-- full join: who owes or sends a report is a member even where no master names him
members as (

    select
        versions.* exclude (distributor_code, valid_from, valid_to, is_current, is_listed),
        coalesce(versions.distributor_code, seen.distributor_code) as distributor_code,
        coalesce(versions.valid_from, {{ always() }}) as valid_from,
        coalesce(versions.valid_to, {{ open_end() }}) as valid_to,
        coalesce(versions.is_current, true) as is_current,
        coalesce(versions.is_listed, master.is_absent) as is_listed,
        case when versions.distributor_code is null then 'derived' else 'master' end as source
    from versions
    full outer join seen on versions.distributor_code = seen.distributor_code
    cross join master

),

keyed as (

    select
        {{ surrogate_key(['distributor_code', 'valid_from']) }} as distributor_key,
        distributor_code,
        distributor_name,
        tier,
        service_model,
        city,
        credit_limit_amount,
        terms_days,
        lead_time_days,
        lead_time_sd_days,
        review_days,
        moq_cases,
        order_weekday,
        report_sla,
        valid_from,
        valid_to,
        is_current,
        is_listed,
        source
    from members
    order by distributor_code, valid_from

)

select * from keyed
