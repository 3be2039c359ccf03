-- Visits with whom the outlet belonged to on that day. A visit to an outlet nobody knows stays,
-- under UNKNOWN everywhere, so that the region holds it.
with

visit as (

    {%- for fact in [
        'fct_check_sku', 'fct_check_category', 'fct_check_posm', 'fct_check_question',
    ] %}
        select
            visit_id,
            visit_date,
            outlet_code
        from {{ ref(fact) }}
        {%- if not loop.last %}
            union
        {%- endif %}
    {%- endfor %}

)

select
    visit.visit_id,
    visit.visit_date,
    visit.outlet_code,
    outlet.msl_group,
    coalesce(organisation.province, 'UNKNOWN') as province,
    coalesce(organisation.city, 'UNKNOWN') as city,
    coalesce(organisation.channel, 'UNKNOWN') as channel,
    coalesce(organisation.banner, 'UNKNOWN') as banner,
    coalesce(organisation.outlet_class, 'UNKNOWN') as outlet_class,
    coalesce(organisation.distributor_code, 'UNKNOWN') as distributor_code,
    coalesce(organisation.supervisor_code, 'UNKNOWN') as supervisor_code,
    coalesce(organisation.rep_code, 'UNKNOWN') as rep_code,
    -- the unknown outlet of a sender is many outlets
    outlet.outlet_code is not null and not outlet.is_unknown as is_known
from visit
left join {{ ref('int_outlet_organisation') }} as organisation
    on
        visit.outlet_code = organisation.outlet_code
        and visit.visit_date >= organisation.valid_from
        and visit.visit_date < organisation.valid_to
left join {{ ref('dim_outlet') }} as outlet
    on
        visit.outlet_code = outlet.outlet_code
        and visit.visit_date >= outlet.valid_from
        and visit.visit_date < outlet.valid_to
