with versions as (

    select * from {{ ref('stg_outlet') }}

),

master as (

    select count(*) = 0 as is_absent from versions

),

reported as (

    select
        outlet_code,
        distributor_code
    from {{ ref('int_sellout_outlet_sku_week') }}
    union
    select
        outlet_code,
        distributor_code
    from {{ ref('fct_claim_line') }}
    where outlet_code is not null
    union
    select
        outlet_code,
        null as distributor_code
    from {{ ref('fct_ka_pos') }}
    union
    select
        outlet_code,
        null as distributor_code
    from {{ ref('fct_check_sku') }}
    union
    select
        outlet_code,
        null as distributor_code
    from {{ ref('fct_check_category') }}
    union
    select
        outlet_code,
        null as distributor_code
    from {{ ref('fct_check_posm') }}
    union
    select
        outlet_code,
        null as distributor_code
    from {{ ref('fct_check_question') }}
    union
    -- where landing keeps the lines of outlets that nobody mapped
    select
        'UNKNOWN-' || distributor_code as outlet_code,
        distributor_code
    from {{ ref('dim_distributor') }}

),

seen as (

    select
        outlet_code,
        min(distributor_code) as distributor_code
    from reported
    group by outlet_code

),

-- full join: an outlet in a report is a member even where no master names it
members as (

    select
        versions.* exclude (
            outlet_code, distributor_code, valid_from, valid_to, is_current, is_listed
        ),
        coalesce(versions.outlet_code, seen.outlet_code) as outlet_code,
        case
            when versions.outlet_code is null then seen.distributor_code
            else versions.distributor_code
        end as distributor_code,
        coalesce(versions.valid_from, {{ always() }}) as valid_from,
        coalesce(versions.valid_to, {{ open_end() }}) as valid_to,
        coalesce(versions.is_current, true) as is_current,
        coalesce(versions.is_listed, master.is_absent) as is_listed,
        starts_with(coalesce(versions.outlet_code, seen.outlet_code), 'UNKNOWN-') as is_unknown,
        versions.outlet_code is null as is_derived
    from versions
    full outer join seen on versions.outlet_code = seen.outlet_code
    cross join master

),

keyed as (

    select
        {{ surrogate_key(['outlet_code', 'valid_from']) }} as outlet_key,
        outlet_code,
        outlet_name,
        city,
        district,
        province,
        region,
        channel,
        banner,
        outlet_class,
        category_sales_amount,
        weight_source,
        outlet_status,
        open_date,
        close_date,
        latitude,
        longitude,
        msl_group,
        distributor_code,
        valid_from,
        valid_to,
        is_current,
        is_listed and not is_unknown as is_listed,
        is_unknown,
        case
            when is_unknown then 'unknown'
            when is_derived then 'derived'
            else 'master'
        end as source
    from members
    order by outlet_code, valid_from

)

select * from keyed
