{#- Rows of a feed as they were known at a moment of receipt: what was reported by then, corrected
    by nothing that came later. `moment` is a timestamp literal or expression, local time. -#}
{% macro landed_as_of(feed, moment) -%}
    {{ source('landing', feed).schema }}.{{ feed }}_as_of(cast({{ moment }} as timestamp))
{%- endmacro %}
