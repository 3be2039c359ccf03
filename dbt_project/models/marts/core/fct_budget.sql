with plans as (

    select * from {{ ref('stg_budget') }}

),

delivery as (

    select
        delivery_id,
        received_at,
        file_sha256
    from {{ source('landing', 'delivery') }}

),

dated as (

    select
        plans.*,
        delivery.received_at,
        delivery.file_sha256
    from plans
    inner join delivery on plans._delivery_id = delivery.delivery_id

),

-- a revision may be about the months to come only: the months before keep their version
last_version as (

    select
        budget_month,
        arg_max(budget_version, row(received_at, file_sha256, _row_no)) as budget_version
    from dated
    group by budget_month

),

judged as (

    select
        dated.*,
        dated.budget_version = last_version.budget_version as is_in_force
    from dated
    inner join last_version on dated.budget_month = last_version.budget_month

),

sorted as (

    select
        budget_version,
        budget_month,
        city,
        channel,
        sku_code,
        block,
        volume_pieces,
        gsv_amount,
        nsv_amount,
        trade_spend_amount,
        returns_amount,
        gross_profit_amount,
        owner_role,
        evidence,
        probability_ratio,
        is_in_force,
        received_at,
        _delivery_id,
        _row_no
    from judged
    order by budget_month, budget_version, block, sku_code

)

select * from sorted
