-- What to do about stock today, in the order it is to be tried: what is on its way is called off,
-- what is too much moved, what ages promoted, the rest sent back; what is short is ordered, or
-- shared where the company is short of it too.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

sku as (

    select
        sku_code,
        coalesce(pieces_per_case, 1) as pieces_per_case,
        list_price_per_piece,
        std_cost_per_piece,
        coalesce(vat_ratio, 0) as vat_ratio
    from {{ ref('dim_sku') }}
    where is_current

),

health as (

    select
        health.*,
        coalesce(sku.pieces_per_case, 1) as pieces_per_case,
        sku.list_price_per_piece,
        sku.std_cost_per_piece,
        coalesce(sku.vat_ratio, 0) as vat_ratio,
        sku.std_cost_per_piece * (1 - threshold.salvage_ratio) as loss_per_piece
    from {{ ref('stock_health') }} as health
    cross join threshold
    -- left join: a SKU without a master row has no case and no price
    left join sku on health.sku_code = sku.sku_code
    where health.is_latest and not health.is_blind and health.verdict_basis = 'forecast'

),

transfer as (

    select * from {{ ref('int_transfer') }}

),

open_inbound as (

    select
        distributor_code,
        sku_code,
        sum(quantity_pieces) as open_pieces
    from {{ ref('int_inbound') }}
    where order_status = 'open'
    group by distributor_code, sku_code

),

called_off as (

    select
        health.*,
        open_inbound.open_pieces,
        least(open_inbound.open_pieces, health.excess_pieces) as quantity_pieces
    from health
    inner join open_inbound
        on
            health.distributor_code = open_inbound.distributor_code
            and health.sku_code = open_inbound.sku_code
    where health.is_over or health.is_dead

),

cancel as (

    select
        'cancel_inbound' as action_type,
        1 as action_order,
        distributor_code,
        cast(null as varchar) as to_distributor_code,
        sku_code,
        cast(null as varchar) as batch_no,
        quantity_pieces,
        pieces_per_case,
        excess_risk_amount * quantity_pieces / nullif(excess_pieces, 0) as value_amount,
        'ok' as status,
        false as is_expedited,
        json_object(
            'open_inbound_pieces', open_pieces,
            'excess_pieces', excess_pieces,
            'excess_risk_amount', excess_risk_amount
        ) as arithmetic,
        'stock_controller' as owner_role,
        1 as due_days
    from called_off
    where quantity_pieces > 0

),

move as (

    select
        'rebalance' as action_type,
        2 as action_order,
        transfer.from_distributor_code as distributor_code,
        transfer.to_distributor_code,
        transfer.sku_code,
        cast(null as varchar) as batch_no,
        transfer.pieces as quantity_pieces,
        coalesce(sku.pieces_per_case, 1) as pieces_per_case,
        transfer.value_amount,
        'ok' as status,
        false as is_expedited,
        json_object(
            'lane_kind', transfer.lane_kind,
            'last_sale_date',
            cast({{ as_of() }} + cast(transfer.last_sellable_day as integer) as varchar),
            'sold_pieces', round(transfer.sold_pieces, 3),
            'margin_amount', round(transfer.margin_amount, 2),
            'saved_pieces', round(transfer.saved_pieces, 3),
            'write_off_amount', round(transfer.write_off_amount, 2),
            'lane_cost_amount', round(transfer.lane_cost_amount, 2)
        ) as arithmetic,
        'stock_controller' as owner_role,
        3 as due_days
    from transfer
    left join sku on transfer.sku_code = sku.sku_code

),

moved as (

    select
        from_distributor_code as distributor_code,
        sku_code,
        last_sellable_day,
        sum(saved_pieces) as saved_pieces
    from transfer
    group by from_distributor_code, sku_code, last_sellable_day

),

-- what moves away of a last day is taken off its batches in turn
aged as (

    select
        batch.distributor_code,
        batch.sku_code,
        batch.batch_no,
        batch.last_sale_date,
        batch.demand_until_pieces,
        batch.sellable_pieces,
        greatest(least(
            batch.at_risk_pieces,
            sum(batch.at_risk_pieces) over (
                partition by batch.distributor_code, batch.sku_code, batch.last_sale_date
                order by batch.batch_no
                rows between unbounded preceding and current row
            ) - coalesce(moved.saved_pieces, 0)
        ), 0) as at_risk_pieces
    from {{ ref('freshness') }} as batch
    left join moved
        on
            batch.distributor_code = moved.distributor_code
            and batch.sku_code = moved.sku_code
            and batch.last_sale_date - {{ as_of() }} = moved.last_sellable_day
    where batch.is_latest and batch.at_risk_pieces > 0

),

-- a discount is given on all that sells while it runs: what sells anyway and what it brings
offered as (

    select
        aged.*,
        health.pieces_per_case,
        health.loss_per_piece,
        health.list_price_per_piece,
        threshold.clearance_discount_ratio,
        threshold.clearance_uplift_ratio,
        least(
            aged.at_risk_pieces,
            coalesce(aged.demand_until_pieces, 0) * threshold.clearance_uplift_ratio
        ) as brought_pieces
    from aged
    inner join health
        on aged.distributor_code = health.distributor_code and aged.sku_code = health.sku_code
    cross join threshold
    where aged.at_risk_pieces > 0

),

weighed as (

    select
        *,
        loss_per_piece * brought_pieces as saved_amount,
        clearance_discount_ratio * list_price_per_piece
        * (coalesce(demand_until_pieces, 0) + brought_pieces) as discount_amount,
        coalesce(
            brought_pieces > 0
            and loss_per_piece * brought_pieces
            > clearance_discount_ratio * list_price_per_piece
            * (coalesce(demand_until_pieces, 0) + brought_pieces),
            false
        ) as is_worth_it
    from offered

),

promote as (

    select
        'promote' as action_type,
        3 as action_order,
        distributor_code,
        cast(null as varchar) as to_distributor_code,
        sku_code,
        batch_no,
        brought_pieces as quantity_pieces,
        pieces_per_case,
        saved_amount - discount_amount as value_amount,
        'ok' as status,
        false as is_expedited,
        json_object(
            'at_risk_pieces', at_risk_pieces,
            'base_pieces', demand_until_pieces,
            'clearance_uplift_ratio', clearance_uplift_ratio,
            'clearance_discount_ratio', clearance_discount_ratio,
            'saved_amount', round(saved_amount, 2),
            'discount_amount', round(discount_amount, 2),
            'last_sale_date', cast(last_sale_date as varchar)
        ) as arithmetic,
        'sales_manager' as owner_role,
        7 as due_days
    from weighed
    where is_worth_it

),

-- who takes back and who pays is a matter of the agreement
give_back as (

    select
        'return' as action_type,
        4 as action_order,
        distributor_code,
        cast(null as varchar) as to_distributor_code,
        sku_code,
        batch_no,
        at_risk_pieces - case when is_worth_it then brought_pieces else 0 end as quantity_pieces,
        pieces_per_case,
        (at_risk_pieces - case when is_worth_it then brought_pieces else 0 end) * loss_per_piece
            as value_amount,
        'needs_agreement' as status,
        false as is_expedited,
        json_object(
            'at_risk_pieces', at_risk_pieces,
            'promoted_pieces', case when is_worth_it then brought_pieces else 0 end,
            'loss_per_piece', loss_per_piece,
            'last_sale_date', cast(last_sale_date as varchar)
        ) as arithmetic,
        'finance' as owner_role,
        7 as due_days
    from weighed
    where at_risk_pieces > case when is_worth_it then brought_pieces else 0 end

),

credit as (

    select
        distributor_code,
        sum(open_amount) as open_amount
    from {{ ref('fct_ar_item') }}
    where
        as_of_date = (
            select max(newest.as_of_date) from {{ ref('fct_ar_item') }} as newest
            where newest.as_of_date <= {{ as_of() }}
        )
    group by distributor_code

),

-- left join: who gets nothing of what is short has no share
shared as (

    select
        want.distributor_code,
        want.sku_code,
        want.listed_date,
        want.available_pieces,
        want.all_wanted_pieces,
        coalesce(given.cases, 0) as given_cases,
        given.margin_amount
    from {{ ref('int_allocation_want') }} as want
    left join {{ ref('int_allocation') }} as given
        on
            want.distributor_code = given.distributor_code
            and want.sku_code = given.sku_code

),

-- left join: of most SKUs the company has enough
wanted as (

    select
        replenishment.* exclude (order_cases),
        coalesce(shared.given_cases, replenishment.order_cases) as order_cases,
        replenishment.order_cases * replenishment.pieces_per_case as wanted_pieces,
        shared.sku_code is not null as is_shared,
        shared.listed_date,
        shared.available_pieces,
        shared.all_wanted_pieces,
        shared.margin_amount
    from {{ ref('int_replenishment') }} as replenishment
    left join shared
        on
            replenishment.distributor_code = shared.distributor_code
            and replenishment.sku_code = shared.sku_code
    where coalesce(shared.given_cases, replenishment.order_cases) > 0

),

-- what is most at risk is ordered first; what would pass the credit limit waits
funded as (

    select
        wanted.*,
        wanted.order_cases * wanted.pieces_per_case as order_pieces,
        health.list_price_per_piece,
        health.vat_ratio,
        health.oos_risk_amount,
        health.projected_cover_weeks,
        distributor.credit_limit_amount,
        coalesce(credit.open_amount, 0) as open_amount,
        sum(wanted.order_cases) over (partition by wanted.distributor_code)
            as all_order_cases,
        sum(coalesce(
            wanted.order_cases * wanted.pieces_per_case * health.list_price_per_piece
            * (1 + health.vat_ratio),
            0
        )) over (
            partition by wanted.distributor_code
            order by coalesce(health.oos_risk_amount, 0) desc, wanted.sku_code asc
            rows between unbounded preceding and current row
        ) as ordered_amount
    from wanted
    inner join health
        on
            wanted.distributor_code = health.distributor_code
            and wanted.sku_code = health.sku_code
    left join {{ ref('dim_distributor') }} as distributor
        on wanted.distributor_code = distributor.distributor_code and distributor.is_current
    left join credit on wanted.distributor_code = credit.distributor_code

),

judged as (

    select
        *,
        case
            when coalesce(open_amount + ordered_amount > credit_limit_amount, false)
                then 'blocked_by_credit'
            when all_order_cases < moq_cases then 'below_moq'
            else 'ok'
        end as status,
        coalesce(7 * projected_cover_weeks < lead_days, false) as is_expedited
    from funded

),

replenish as (

    select
        'replenish' as action_type,
        5 as action_order,
        distributor_code,
        cast(null as varchar) as to_distributor_code,
        sku_code,
        cast(null as varchar) as batch_no,
        order_pieces as quantity_pieces,
        pieces_per_case,
        coalesce(oos_risk_amount, 0) as value_amount,
        status,
        is_expedited,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'inbound_pieces', inbound_pieces,
            'moved_in_pieces', moved_in_pieces,
            'supply_demand_pieces', supply_demand_pieces,
            'safety_stock_pieces', safety_stock_pieces,
            'order_up_to_pieces', order_up_to_pieces,
            'pieces_per_case', pieces_per_case,
            'max_cover_demand_pieces', max_cover_demand_pieces,
            'all_order_cases', all_order_cases,
            'moq_cases', moq_cases,
            'open_amount', round(open_amount, 2),
            'ordered_amount', round(ordered_amount, 2),
            'credit_limit_amount', credit_limit_amount
        ) as arithmetic,
        'distributor' as owner_role,
        1 as due_days
    from judged
    where not is_shared

),

allocate as (

    select
        'allocate' as action_type,
        6 as action_order,
        distributor_code,
        cast(null as varchar) as to_distributor_code,
        sku_code,
        cast(null as varchar) as batch_no,
        order_pieces as quantity_pieces,
        pieces_per_case,
        margin_amount as value_amount,
        status,
        is_expedited,
        json_object(
            'wanted_pieces', wanted_pieces,
            'all_wanted_pieces', all_wanted_pieces,
            'available_pieces', available_pieces,
            'available_date', cast(listed_date as varchar),
            'given_pieces', order_pieces,
            'margin_amount', round(margin_amount, 2),
            'position_pieces', position_pieces,
            'supply_demand_pieces', supply_demand_pieces,
            'safety_stock_pieces', safety_stock_pieces,
            'pieces_per_case', pieces_per_case,
            'all_order_cases', all_order_cases,
            'moq_cases', moq_cases,
            'open_amount', round(open_amount, 2),
            'ordered_amount', round(ordered_amount, 2),
            'credit_limit_amount', credit_limit_amount
        ) as arithmetic,
        'supply_planner' as owner_role,
        1 as due_days
    from judged
    where is_shared

),

found as (

    select * from cancel
    union all
    select * from move
    union all
    select * from promote
    union all
    select * from give_back
    union all
    select * from replenish
    union all
    select * from allocate

)

select
    md5(concat_ws(
        '|',
        action_type,
        distributor_code,
        coalesce(to_distributor_code, ''),
        sku_code,
        coalesce(batch_no, ''),
        case when action_type = 'rebalance' then arithmetic ->> 'last_sale_date' end
    )) as action_key,
    action_type,
    cast(action_order as bigint) as action_order,
    distributor_code,
    to_distributor_code,
    sku_code,
    batch_no,
    cast(quantity_pieces as decimal(18, 3)) as quantity_pieces,
    cast(quantity_pieces / pieces_per_case as decimal(18, 3)) as quantity_cases,
    cast(value_amount as decimal(18, 2)) as value_at_risk_amount,
    status,
    is_expedited,
    cast(arithmetic as varchar) as arithmetic,
    owner_role,
    {{ as_of() }} + due_days as due_date,
    {{ as_of() }} as as_of_date
from found
