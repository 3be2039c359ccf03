-- The outlets a promotion reached: in its scope as they stood when it began, and buying its SKU
-- from some weeks before it to some weeks after.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

dated as (

    select
        *,
        {{ iso_week_start('start_date') }} as first_week,
        {{ iso_week_start('end_date') }} as last_week
    from {{ ref('dim_promotion') }}

),

promotion as (

    select
        dated.*,
        dated.first_week - 7 * cast(threshold.promotion_baseline_weeks as integer)
            as baseline_first_week,
        dated.last_week + 7 * cast(threshold.promotion_post_weeks as integer) as post_last_week
    from dated
    cross join threshold

),

buyer as (

    select
        promotion.promo_code,
        promotion.sku_code,
        promotion.first_week,
        promotion.last_week,
        promotion.baseline_first_week,
        promotion.post_last_week,
        promotion.outlet_code as scope_outlet_code,
        promotion.banner as scope_banner,
        promotion.city as scope_city,
        promotion.channel as scope_channel,
        sellout.distributor_code,
        sellout.outlet_code
    from promotion
    inner join {{ ref('int_sellout_outlet_sku_week') }} as sellout
        on
            promotion.sku_code = sellout.sku_code
            and sellout.week_start_date
            between promotion.baseline_first_week and promotion.post_last_week
            and coalesce(promotion.outlet_code, sellout.outlet_code) = sellout.outlet_code
            and coalesce(promotion.distributor_code, sellout.distributor_code)
            = sellout.distributor_code

)

-- distinct: an outlet buys in many weeks, and a promotion may name it in several ways
select distinct
    buyer.promo_code,
    buyer.sku_code,
    buyer.distributor_code,
    buyer.outlet_code,
    buyer.first_week,
    buyer.last_week,
    buyer.baseline_first_week,
    buyer.post_last_week
from buyer
inner join organisation
    on
        buyer.outlet_code = organisation.outlet_code
        and buyer.first_week + 6 >= organisation.valid_from
        and buyer.first_week + 6 < organisation.valid_to
        and coalesce(buyer.scope_banner, organisation.banner) = organisation.banner
        and coalesce(buyer.scope_city, organisation.city) = organisation.city
        and coalesce(buyer.scope_channel, organisation.channel) = organisation.channel
