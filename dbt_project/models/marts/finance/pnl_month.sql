-- Actual beside budget. Sell-in has no channel: budgets by channel are summed over channels here.
{% set keys = ['month_start_date'] %}
{% set items = ['category', 'brand', 'sku_code'] %}
{% set lines = [
    'gsv_amount', 'niv_amount', 'returns_amount', 'trade_spend_amount', 'cogs_amount',
    'uncosted_amount', 'logistics_amount', 'field_amount',
] %}
{% set budget_lines = [
    'gsv_amount', 'nsv_amount', 'trade_spend_amount', 'returns_amount', 'gross_profit_amount',
] %}
{% set sums = [] %}
{% for line in lines %}{% do sums.append('sum(' ~ line ~ ') as ' ~ line) %}{% endfor %}
{% set plain_sums = [] %}
{% set budget_sums = [] %}
{% for line in budget_lines %}
    {% do plain_sums.append('sum(' ~ line ~ ') as ' ~ line) %}
    {% do budget_sums.append('sum(' ~ line ~ ') as budget_' ~ line) %}
{% endfor %}

with

cell as (

    select * from {{ ref('int_pnl_cell_month') }}

),

node as (

    {{ by_node('cell', keys + items, sums, ['province', 'city', 'distributor_code']) }}

),

actual as (

    {{ by_item('node', keys + ['node_type', 'node_code'], sums) }}

),

budget_cell as (

    select * from {{ ref('int_budget_cell_month') }}

),

budget_node as (

    {{ by_node('budget_cell', keys + items, plain_sums, ['province', 'city']) }}

),

budget as (

    {{ by_item('budget_node', keys + ['node_type', 'node_code'], budget_sums) }}

),

-- full join: what was budgeted and not sold, or sold and not budgeted, is told as well
compared as (

    select
        coalesce(actual.month_start_date, budget.month_start_date) as month_start_date,
        coalesce(actual.node_type, budget.node_type) as node_type,
        coalesce(actual.node_code, budget.node_code) as node_code,
        coalesce(actual.item_level, budget.item_level) as item_level,
        coalesce(actual.item_code, budget.item_code) as item_code,
        {%- for line in lines %}
            coalesce(actual.{{ line }}, 0) as {{ line }},
        {%- endfor %}
        budget.* exclude (month_start_date, node_type, node_code, item_level, item_code)
    from actual
    full join budget
        on
            actual.month_start_date = budget.month_start_date
            and actual.node_type = budget.node_type
            and actual.node_code = budget.node_code
            and actual.item_level = budget.item_level
            and actual.item_code = budget.item_code

),

threshold as (

    select uncosted_max_ratio from {{ ref('int_threshold_applied') }}

),

-- a profit is told where the cost of nearly all that was sold is known
valued as (

    select
        compared.*,
        compared.gsv_amount - compared.niv_amount as on_invoice_discount_amount,
        compared.niv_amount - compared.returns_amount - compared.trade_spend_amount as nsv_amount,
        compared.uncosted_amount
        <= threshold.uncosted_max_ratio * (compared.niv_amount + compared.returns_amount)
            as is_costed
    from compared
    cross join threshold

),

profited as (

    select
        *,
        case when is_costed then nsv_amount - cogs_amount end as gross_profit_amount,
        case when is_costed then nsv_amount - cogs_amount - logistics_amount - field_amount end
            as contribution_amount
    from valued

)

select
    month_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    cast(gsv_amount as decimal(18, 2)) as gsv_amount,
    cast(on_invoice_discount_amount as decimal(18, 2)) as on_invoice_discount_amount,
    cast(niv_amount as decimal(18, 2)) as niv_amount,
    cast(returns_amount as decimal(18, 2)) as returns_amount,
    cast(trade_spend_amount as decimal(18, 2)) as trade_spend_amount,
    cast(nsv_amount as decimal(18, 2)) as nsv_amount,
    cast(cogs_amount as decimal(18, 2)) as cogs_amount,
    cast(uncosted_amount as decimal(18, 2)) as uncosted_amount,
    cast(gross_profit_amount as decimal(18, 2)) as gross_profit_amount,
    cast(logistics_amount as decimal(18, 2)) as logistics_amount,
    cast(field_amount as decimal(18, 2)) as field_amount,
    cast(contribution_amount as decimal(18, 2)) as contribution_amount,
    {%- for line in budget_lines %}
        cast(budget_{{ line }} as decimal(18, 2)) as budget_{{ line }},
    {%- endfor %}
    {%- for ratio, num, den in [
        ('spend_of_gsv', 'trade_spend_amount', 'gsv_amount'),
        ('spend_of_nsv', 'trade_spend_amount', 'nsv_amount'),
        ('return_of_gsv', 'returns_amount', 'gsv_amount'),
        ('gross_margin', 'gross_profit_amount', 'nsv_amount'),
        ('contribution_margin', 'contribution_amount', 'nsv_amount'),
    ] %}
        cast({{ num }} as decimal(18, 2)) as {{ ratio }}_num,
        cast({{ den }} as decimal(18, 2)) as {{ ratio }}_den,
        case when {{ den }} > 0 then {{ safe_ratio(num, den) }} end as {{ ratio }}_ratio,
    {%- endfor %}
    case
        when gsv_amount <= 0 or nsv_amount <= 0 then 'no_base'
        when not is_costed then 'no_cost'
        else 'ok'
    end as status
from profited
