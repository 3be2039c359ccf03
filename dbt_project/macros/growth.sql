{#- What growth is told by, at a cell, a node or a period: the figure, and the same of its base. -#}

{% macro growth_measures() -%}
    {{ return({
        'net_amount': 'decimal(18, 2)',
        'sold_pieces': 'decimal(18, 3)',
        'sold_amount': 'decimal(18, 2)',
        'promotion_pieces': 'decimal(18, 3)',
        'promotion_amount': 'decimal(18, 2)',
    }) }}
{%- endmacro %}

{% macro summed_growth_measures() -%}
    {%- for side in ['', 'iso_', 'festival_'] %}
    {%- for measure, type in growth_measures().items() %}
    cast(coalesce(sum({{ side ~ measure }}), 0) as {{ type }}) as {{ side ~ measure }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro exact_product(quantity, amount, pieces) -%}
    {#- What a quantity brings at the price of another sale; decimal, so that sums do not depend on
        the order they are added in. -#}
    cast(
        cast({{ quantity }} as double) * cast({{ amount }} as double) / cast({{ pieces }} as double)
        as decimal(38, 8)
    )
{%- endmacro %}
