-- Whom an outlet belongs to, day by day: its own row of the assignment history goes before its
-- city's, that before the outlet master; of spans that overlap the later one holds.
with

outlet as (

    select * from {{ ref('dim_outlet') }}

),

city_province as (

    select
        city,
        province
    from {{ ref('dim_geo') }}

),

assignment as (

    select
        outlet_code,
        city,
        role,
        distributor_code,
        rep_code,
        supervisor_code,
        valid_from,
        valid_to
    from {{ ref('stg_assignment') }}

),

assigned as (

    select
        outlet_code as assigned_outlet_code,
        true as is_own,
        * exclude (outlet_code, city)
    from assignment
    where outlet_code is not null
    union all
    -- distinct: an outlet has a version for every change of its attributes
    select distinct
        outlet.outlet_code as assigned_outlet_code,
        false as is_own,
        assignment.role,
        assignment.distributor_code,
        assignment.rep_code,
        assignment.supervisor_code,
        assignment.valid_from,
        assignment.valid_to
    from assignment
    inner join outlet on assignment.city = outlet.city
    where assignment.outlet_code is null

),

boundary as (

    select
        outlet_code,
        valid_from as changed_date
    from outlet
    union
    select
        assigned_outlet_code as outlet_code,
        unnest([valid_from, valid_to]) as changed_date
    from assigned

),

span as (

    select
        outlet_code,
        changed_date as valid_from,
        coalesce(
            lead(changed_date) over (partition by outlet_code order by changed_date),
            {{ open_end() }}
        ) as valid_to
    from boundary
    where changed_date < {{ open_end() }}

),

described as (

    select
        span.outlet_code,
        span.valid_from,
        span.valid_to,
        outlet.is_unknown,
        outlet.source,
        coalesce(city_province.province, outlet.province, 'UNKNOWN') as province,
        coalesce(outlet.city, 'UNKNOWN') as city,
        coalesce(outlet.channel, 'UNKNOWN') as channel,
        coalesce(outlet.banner, 'UNKNOWN') as banner,
        coalesce(outlet.outlet_class, 'UNKNOWN') as outlet_class,
        -- whom a derived outlet buys from is seen in the sales, not assigned
        case when outlet.source != 'derived' then outlet.distributor_code end
            as master_distributor_code
    from span
    inner join outlet
        on
            span.outlet_code = outlet.outlet_code
            and span.valid_from >= outlet.valid_from
            and span.valid_from < outlet.valid_to
    left join city_province on outlet.city = city_province.city

),

served as (

    select
        described.outlet_code,
        described.valid_from,
        {%- for name, role in [
            ('distributor_code', 'distributor'),
            ('rep_code', 'rep'),
            ('supervisor_code', 'supervisor'),
        ] %}
            first(
                assigned.{{ name }}
                order by
                    assigned.role = '{{ role }}' desc,
                    assigned.is_own desc,
                    assigned.valid_from desc,
                    assigned.{{ name }} asc
            ) filter (
                where
                assigned.{{ name }} is not null
                and assigned.role in ('{{ role }}', 'distributor')
            ) as {{ name }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from described
    inner join assigned
        on
            described.outlet_code = assigned.assigned_outlet_code
            and described.valid_from >= assigned.valid_from
            and described.valid_from < assigned.valid_to
    group by described.outlet_code, described.valid_from

)

select
    described.outlet_code,
    described.valid_from,
    described.valid_to,
    described.province,
    described.city,
    described.channel,
    described.banner,
    described.outlet_class,
    coalesce(served.distributor_code, described.master_distributor_code) as distributor_code,
    served.rep_code,
    served.supervisor_code,
    described.is_unknown,
    {{ as_of() }} >= described.valid_from and {{ as_of() }} < described.valid_to as is_current
from described
-- left join: most outlets need no assignment history
left join served
    on
        described.outlet_code = served.outlet_code
        and described.valid_from = served.valid_from
