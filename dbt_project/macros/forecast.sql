{#- The forecast's methods, and the constants they are defined by. -#}

{% macro forecast_weight(name) -%}
    {#- What the newest week weighs in a level; the week before it (1 - weight) times that, and so on. -#}
    {{- return({'slow': 0.1, 'fast': 0.3, 'quick': 0.6, 'size': 0.05}[name]) -}}
{%- endmacro %}

{% macro forecast_methods() -%}
    {#- In the order in which they go first where two are equally good. -#}
    {{- return([
        'combined',
        'ses_slow',
        'ses_fast',
        'ses_quick',
        'seasonal_growth',
        'tsb',
        'like_sku',
    ] + forecast_challengers() + ['seasonal_naive']) -}}
{%- endmacro %}

{% macro forecast_challengers() -%}
    {#- Methods in Python; they say nothing unless the deployment names them. -#}
    {{- return(['lightgbm', 'statsforecast']) -}}
{%- endmacro %}

{% macro lag_band(lag) -%}
    {#- Weeks ahead that are about as hard to tell. -#}
    case when {{ lag }} <= 4 then 4 when {{ lag }} <= 8 then 8 when {{ lag }} <= 13 then 13 else 26 end
{%- endmacro %}

{% macro size_band(pieces) -%}
    {#- Forecasts of about the same size: each band begins at twice the one before. -#}
    cast(floor(log2({{ spread_base(pieces) }})) as integer)
{%- endmacro %}

{% macro spread_base(pieces) -%}
    {#- Half a piece on top lets a forecast of nothing be divided by. -#}
    ({{ pieces }} + 0.5)
{%- endmacro %}

{% macro exact(value) -%}
    {#- Decimal, so that a sum does not depend on the order it is added in. -#}
    cast({{ value }} as decimal(38, 15))
{%- endmacro %}
