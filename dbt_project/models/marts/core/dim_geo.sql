with outlets as (

    select * from {{ ref('dim_outlet') }}
    where is_current and not is_unknown

),

distributors as (

    select * from {{ ref('dim_distributor') }}
    where is_current

),

named as (

    select
        city,
        province,
        region,
        outlet_code
    from outlets
    where city is not null
    union all
    select
        city,
        null as province,
        null as region,
        null as outlet_code
    from distributors
    where city is not null

),

readings as (

    select
        city,
        province,
        region,
        count(outlet_code) as outlets_saying_so,
        sum(count(outlet_code)) over (partition by city) as outlet_count
    from named
    group by city, province, region

),

-- where outlets disagree about a city's province, most of them are right
cities as (

    select
        {{ surrogate_key(['city']) }} as geo_key,
        city,
        province,
        region,
        cast(outlet_count as bigint) as outlet_count
    from readings
    qualify
        row_number() over (
            partition by city
            order by outlets_saying_so desc, province asc nulls last, region asc nulls last
        ) = 1
    order by city

)

select * from cities
