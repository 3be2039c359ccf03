{#- Rules of the execution blocks. -#}

{% macro checks_told_last(stage, key) -%}
    {#-
        Checks of visits on the dates to build. A visit told of again in the file of another day
        counts once for each `key`, as it was told last.
    -#}
    select checks.*
    from {{ ref(stage) }} as checks
    inner join {{ source('landing', 'delivery') }} as delivery
        on checks._delivery_id = delivery.delivery_id
    {%- if is_incremental() %}
    where checks.visit_date in {{ touched_dates() }}
    {%- endif %}
    qualify row_number() over (
        partition by checks.visit_date, checks.visit_id, checks.{{ key }}
        order by delivery.received_at desc, delivery.file_sha256 desc, checks._row_no desc
    ) = 1
{%- endmacro %}

{% macro with_score_weight(blocks, keys, day) -%}
    {#-
        Blocks with the weight and target in force on a day: a channel's own row goes before the
        one for all. A block without a weight is no part of the score.
    -#}
    select
        {{ blocks }}.*,
        score_weight.weight,
        score_weight.target_ratio
    from {{ blocks }}
    inner join {{ ref('stg_score_weight') }} as score_weight
        on
            {{ blocks }}.block = score_weight.block
            and score_weight.channel in ({{ blocks }}.channel, 'all')
            and {{ blocks }}.{{ day }} >= score_weight.valid_from
            and {{ blocks }}.{{ day }} < score_weight.valid_to
    qualify row_number() over (
        partition by {{ blocks }}.{{ keys | join(', ' ~ blocks ~ '.') }}, {{ blocks }}.block
        order by score_weight.channel = 'all'
    ) = 1
{%- endmacro %}

{% macro perfect_store_num() -%}
    {#- Exact: a sum of doubles would depend on the order of its rows. -#}
    cast(sum(cast(weight * block_num / block_den as decimal(18, 6))) as decimal(18, 6))
{%- endmacro %}

{% macro perfect_store_den() -%}
    cast(sum(weight) as decimal(18, 6))
{%- endmacro %}
