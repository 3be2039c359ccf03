-- Promotions planned for an outlet on the day of a visit. An empty column of a scope asks nothing.
with

promotion as (

    select * from {{ ref('dim_promotion') }}

),

-- many SKUs share one scope: visits are matched with scopes, not with SKUs
scope as (

    select distinct
        promo_code,
        outlet_code,
        banner,
        city,
        channel,
        distributor_code,
        start_date,
        end_date
    from promotion

),

matched as (

    select
        visit.visit_id,
        visit.visit_date,
        visit.outlet_code as visited_outlet_code,
        scope.*
    from {{ ref('int_visit') }} as visit
    inner join scope
        on
            visit.visit_date >= scope.start_date
            and visit.visit_date <= scope.end_date
            and (scope.outlet_code is null or visit.outlet_code = scope.outlet_code)
            and (scope.banner is null or visit.banner = scope.banner)
            and (scope.city is null or visit.city = scope.city)
            and (scope.channel is null or visit.channel = scope.channel)
            and (
                scope.distributor_code is null
                or visit.distributor_code = scope.distributor_code
            )

)

-- distinct: two scopes of a promotion may both hold for an outlet
select distinct
    matched.visit_id,
    matched.visit_date,
    matched.visited_outlet_code as outlet_code,
    matched.promo_code,
    promotion.sku_code
from matched
inner join promotion
    on
        matched.promo_code = promotion.promo_code
        and matched.outlet_code is not distinct from promotion.outlet_code
        and matched.banner is not distinct from promotion.banner
        and matched.city is not distinct from promotion.city
        and matched.channel is not distinct from promotion.channel
        and matched.distributor_code is not distinct from promotion.distributor_code
        and matched.start_date = promotion.start_date
        and matched.end_date = promotion.end_date
