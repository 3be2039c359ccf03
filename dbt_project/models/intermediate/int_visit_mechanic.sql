-- Promotions a visit should have found running. A visit that asked about promotions answers for all
-- planned there; one not applicable is not planned there after all.
with

planned as (

    select distinct
        visit_id,
        visit_date,
        outlet_code,
        promo_code
    from {{ ref('int_visit_promotion') }}

),

question as (

    select
        visit_id,
        visit_date,
        outlet_code,
        promo_code,
        coalesce(answer = 'na', false) as is_not_applicable,
        -- full points where points are given, yes where it is a plain question
        case
            when points is null then answer = 'yes'
            else points > 0 and points >= coalesce(max_points, points)
        end as is_passed
    from {{ ref('fct_check_question') }}
    where promo_code is not null

),

asking_visit as (

    select distinct
        visit_id,
        visit_date,
        outlet_code
    from question

),

answered as (

    select
        visit_id,
        visit_date,
        outlet_code,
        promo_code,
        bool_and(is_not_applicable) as is_not_applicable,
        bool_and(is_passed) filter (where not is_not_applicable) as is_executed
    from question
    group by visit_id, visit_date, outlet_code, promo_code

)

select
    planned.visit_id,
    planned.visit_date,
    planned.outlet_code,
    planned.promo_code,
    answered.promo_code is not null as is_asked,
    coalesce(answered.is_executed, false) as is_executed
from planned
semi join asking_visit
    on
        planned.visit_id = asking_visit.visit_id
        and planned.visit_date = asking_visit.visit_date
        and planned.outlet_code = asking_visit.outlet_code
left join answered
    on
        planned.visit_id = answered.visit_id
        and planned.visit_date = answered.visit_date
        and planned.outlet_code = answered.outlet_code
        and planned.promo_code = answered.promo_code
where not coalesce(answered.is_not_applicable, false)
