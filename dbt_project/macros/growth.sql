{#- What growth is told by, at a cell, a node or a period: the figure, and the same of its base. -#}

{% macro growth_measures() -%}
    net_amount, sold_pieces, sold_amount, promotion_pieces, promotion_amount
{%- endmacro %}

{% macro growth_type(measure) -%}
    decimal(18, {{ 3 if measure.endswith('pieces') else 2 }})
{%- endmacro %}

{% macro summed_growth_measures() -%}
    {%- for side in ['', 'iso_', 'festival_'] %}
    {%- for measure in growth_measures().split(', ') %}
    cast(coalesce(sum({{ side ~ measure }}), 0) as {{ growth_type(measure) }})
        as {{ side ~ measure }}
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
