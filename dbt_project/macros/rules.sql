{#- Rules with a name in the business. -#}

{% macro as_of() -%}
    {#- The day every figure is told as of: an argument, never the clock. -#}
    {%- set day = var('as_of', none) -%}
    {%- if execute and not day -%}
        {{ exceptions.raise_compiler_error("as_of is not set: pass --vars '{as_of: YYYY-MM-DD}'") }}
    {%- endif -%}
    cast('{{ day or "1900-01-01" }}' as date)
{%- endmacro %}

{% macro safe_ratio(numerator, denominator) -%}
    {#- Null, never infinite, where there is nothing to divide by. -#}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{% macro always() -%}
    {#- First day of a state that has held as long as anybody knows. -#}
    date '1900-01-01'
{%- endmacro %}

{% macro open_end() -%}
    {#- End of a state that still holds; spans are half-open, the end is the first day after. -#}
    date '9999-12-31'
{%- endmacro %}

{% macro span_end(key_columns) -%}
    {#- A stated span ends the day after its last day, at the latest where the next of its key begins. -#}
    least(
        coalesce(valid_to + 1, {{ open_end() }}),
        lead(coalesce(valid_from, {{ always() }})) over (
            partition by {{ key_columns | join(', ') }}
            order by coalesce(valid_from, {{ always() }}), _delivery_id
        )
    )
{%- endmacro %}

{% macro returned_is_negative(value) -%}
    {#- A return counts against sales, whichever sign its sender writes. -#}
    case when doc_type = 'return' then -abs({{ value }}) else {{ value }} end
{%- endmacro %}
