-- Prices seen on a visit against the corridor of their day: that of the outlet's banner, else of
-- its channel, else of all. A price nobody noted is not a price outside the corridor.
with

visit as (

    select
        visit_id,
        visit_date,
        outlet_code,
        banner,
        channel
    from {{ ref('int_visit') }}

),

-- what a shopper pays: the promotion price where one is shown
observed as (

    select
        visit.*,
        sku_check.sku_code,
        coalesce(sku_check.promo_price, sku_check.shelf_price) as seen_price
    from {{ ref('fct_check_sku') }} as sku_check
    inner join visit
        on
            sku_check.visit_id = visit.visit_id
            and sku_check.visit_date = visit.visit_date
            and sku_check.outlet_code = visit.outlet_code
    where coalesce(sku_check.promo_price, sku_check.shelf_price) is not null

),

promoted as (

    select distinct
        visit_id,
        visit_date,
        outlet_code,
        sku_code
    from {{ ref('int_visit_promotion') }}

),

corridor as (

    select
        observed.*,
        promoted.sku_code is not null as is_promoted,
        price_list.rsp_min_per_piece,
        price_list.rsp_max_per_piece,
        price_list.promo_rsp_min_per_piece,
        price_list.promo_rsp_max_per_piece
    from observed
    inner join {{ ref('dim_price') }} as price_list
        on
            observed.sku_code = price_list.sku_code
            and price_list.price_group in (observed.banner, observed.channel, 'all')
            and observed.visit_date >= price_list.valid_from
            and observed.visit_date < price_list.valid_to
    left join promoted
        on
            observed.visit_id = promoted.visit_id
            and observed.visit_date = promoted.visit_date
            and observed.outlet_code = promoted.outlet_code
            and observed.sku_code = promoted.sku_code
    qualify row_number() over (
        partition by observed.visit_id, observed.visit_date, observed.outlet_code, observed.sku_code
        order by
            price_list.price_group = observed.banner desc,
            price_list.price_group = observed.channel desc
    ) = 1

),

-- a promotion without a corridor of its own is held to the ordinary one
applied as (

    select
        *,
        case
            when
                is_promoted
                and coalesce(promo_rsp_min_per_piece, promo_rsp_max_per_piece) is not null
                then promo_rsp_min_per_piece
            else rsp_min_per_piece
        end as least_price,
        case
            when
                is_promoted
                and coalesce(promo_rsp_min_per_piece, promo_rsp_max_per_piece) is not null
                then promo_rsp_max_per_piece
            else rsp_max_per_piece
        end as highest_price
    from corridor

)

select
    visit_id,
    visit_date,
    outlet_code,
    sku_code,
    seen_price,
    is_promoted,
    least_price,
    highest_price,
    -- an end that is not stated is open
    seen_price >= coalesce(least_price, seen_price)
    and seen_price <= coalesce(highest_price, seen_price) as is_within,
    cast(seen_price / nullif((least_price + highest_price) / 2, 0) - 1 as decimal(18, 6))
        as deviation_ratio
from applied
where coalesce(least_price, highest_price) is not null
