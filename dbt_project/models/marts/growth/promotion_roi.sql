with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

-- a promotion names a SKU once for every scope it has
declared as (

    select
        promo_code,
        sku_code,
        min(start_date) as start_date,
        max(end_date) as end_date,
        max(mechanic) as mechanic,
        sum(plan_cost_amount) as plan_cost_amount
    from {{ ref('dim_promotion') }}
    group by promo_code, sku_code

),

-- what a piece more is worth: its price to the trade less its cost, as they stood at the start
margin as (

    select
        declared.promo_code,
        declared.sku_code,
        max(
            coalesce(price.net_selling_price_per_piece, sku.list_price_per_piece)
            - sku.std_cost_per_piece
        ) as margin_per_piece
    from declared
    inner join {{ ref('dim_sku') }} as sku
        on
            declared.sku_code = sku.sku_code
            and declared.start_date >= sku.valid_from
            and declared.start_date < sku.valid_to
    -- left join: the list price of the SKU master stands in for a price list
    left join {{ ref('dim_price') }} as price
        on
            declared.sku_code = price.sku_code
            and price.price_group = 'all'
            and declared.start_date >= price.valid_from
            and declared.start_date < price.valid_to
    group by declared.promo_code, declared.sku_code

),

sold as (

    select
        promoted.*,
        margin.margin_per_piece,
        promoted.baseline_pieces is not null as is_based
    from {{ ref('int_promotion_outlet_week') }} as promoted
    inner join margin
        on promoted.promo_code = margin.promo_code and promoted.sku_code = margin.sku_code

),

measured as (

    select
        promo_code,
        {{ item_level(['sku_code']) }} as item_level,
        {{ item_code(['sku_code']) }} as item_code,
        count(distinct outlet_code) as outlet_count,
        sum(sold_pieces) filter (where is_running) as running_pieces,
        coalesce(sum(sold_pieces) filter (where is_running and is_based), 0)
            as based_running_pieces,
        sum(baseline_pieces) filter (where is_running) as running_baseline_pieces,
        sum(sold_pieces) filter (where is_based) as based_pieces,
        sum(baseline_pieces) as baseline_pieces,
        sum(sold_amount - baseline_amount) as incremental_amount,
        sum((sold_pieces - baseline_pieces) * margin_per_piece) as incremental_margin_amount,
        bool_and(margin_per_piece is not null) as has_margin
    from sold
    group by {{ item_sets(['promo_code'], ['sku_code']) }}  -- noqa: PRS

),

claimed as (

    select
        promo_code,
        sku_code,
        sum(claimed_amount) as claimed_amount
    from {{ ref('fct_claim_line') }}
    where promo_code is not null and coalesce(claim_status, 'submitted') != 'rejected'
    group by promo_code, sku_code

),

claimed_promotion as (

    select
        promo_code,
        sum(claimed_amount) as claimed_amount,
        bool_and(sku_code is not null) as is_split_by_sku
    from claimed
    group by promo_code

),

-- what was claimed goes before what was planned; claims that name no SKU cannot be told by SKU
spent as (

    select
        declared.promo_code,
        'sku' as item_level,
        declared.sku_code as item_code,
        declared.start_date,
        declared.end_date,
        declared.mechanic,
        case
            when claimed_promotion.promo_code is null then declared.plan_cost_amount
            when claimed_promotion.is_split_by_sku then coalesce(claimed.claimed_amount, 0)
        end as spend_amount,
        claimed_promotion.promo_code is not null as is_claimed
    from declared
    left join claimed_promotion on declared.promo_code = claimed_promotion.promo_code
    left join claimed
        on declared.promo_code = claimed.promo_code and declared.sku_code = claimed.sku_code
    union all
    select
        declared.promo_code,
        'all' as item_level,
        'all' as item_code,
        min(declared.start_date) as start_date,
        max(declared.end_date) as end_date,
        max(declared.mechanic) as mechanic,
        coalesce(any_value(claimed_promotion.claimed_amount), sum(declared.plan_cost_amount))
            as spend_amount,
        bool_or(claimed_promotion.promo_code is not null) as is_claimed
    from declared
    left join claimed_promotion on declared.promo_code = claimed_promotion.promo_code
    group by declared.promo_code

),

judged as (

    select
        spent.*,
        measured.outlet_count,
        measured.running_pieces,
        measured.based_running_pieces,
        measured.running_baseline_pieces,
        measured.based_pieces,
        measured.baseline_pieces,
        measured.incremental_amount,
        measured.incremental_margin_amount,
        case
            when coalesce(measured.running_pieces, 0) <= 0 then 'no_sales'
            when
                measured.based_running_pieces
                < threshold.promotion_baseline_cover_ratio * measured.running_pieces
                or measured.baseline_pieces <= 0
                then 'no_baseline'
            when not measured.has_margin then 'no_margin'
            when coalesce(spent.spend_amount, 0) <= 0 then 'no_spend'
            else 'ok'
        end as status,
        spent.end_date + 7 * cast(threshold.promotion_post_weeks as integer) <= {{ as_of() }}
            as is_complete
    from spent
    cross join threshold
    -- left join: a promotion may be planned, or have sold nothing
    left join measured
        on
            spent.promo_code = measured.promo_code
            and spent.item_level = measured.item_level
            and spent.item_code = measured.item_code

),

valued as (

    select
        *,
        case when status not in ('no_sales', 'no_baseline') then baseline_pieces end
            as uplift_den,
        case when status not in ('no_sales', 'no_baseline') then running_baseline_pieces end
            as running_uplift_den,
        -- rounded before it is divided: a reader of the parts must get the same ratio
        cast(
            case when status in ('ok', 'no_spend') then incremental_margin_amount end
            as decimal(18, 2)
        ) as return_num,
        cast(case when status in ('ok', 'no_margin') then spend_amount end as decimal(18, 2))
            as return_den
    from judged

)

select
    promo_code,
    item_level,
    item_code,
    mechanic,
    start_date,
    end_date,
    is_complete,
    coalesce(outlet_count, 0) as outlet_count,
    cast(coalesce(running_pieces, 0) as decimal(18, 3)) as sold_pieces,
    cast(based_running_pieces as decimal(18, 3)) as baseline_cover_num,
    cast(running_pieces as decimal(18, 3)) as baseline_cover_den,
    {{ safe_ratio('based_running_pieces', 'running_pieces') }} as baseline_cover_ratio,
    cast(based_pieces - uplift_den as decimal(18, 3)) as uplift_num,
    cast(uplift_den as decimal(18, 3)) as uplift_den,
    {{ safe_ratio('based_pieces - uplift_den', 'uplift_den') }} as uplift_ratio,
    cast(based_running_pieces - running_uplift_den as decimal(18, 3)) as running_uplift_num,
    cast(running_uplift_den as decimal(18, 3)) as running_uplift_den,
    {{ safe_ratio('based_running_pieces - running_uplift_den', 'running_uplift_den') }}
        as running_uplift_ratio,
    case when uplift_den is not null then cast(incremental_amount as decimal(18, 2)) end
        as incremental_net_amount,
    return_num as incremental_margin_amount,
    cast(spend_amount as decimal(18, 2)) as spend_amount,
    case when is_claimed then 'claim' when spend_amount is not null then 'plan' else 'none' end
        as spend_basis,
    cast(return_num - return_den as decimal(18, 2)) as roi_net_num,
    return_den as roi_net_den,
    {{ safe_ratio('return_num - return_den', 'return_den') }} as roi_net_ratio,
    return_num,
    return_den,
    {{ safe_ratio('return_num', 'return_den') }} as return_ratio,
    status
from valued
