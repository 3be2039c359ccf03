{#- Everything that another engine writes differently; models use these words only. -#}

{% macro iso_week_start(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{% macro iso_week_name(day) -%}
    strftime({{ day }}, '%G-W%V')
{%- endmacro %}

{% macro week_no(day) -%}
    {#- Weeks since the Monday 1900-01-01, so that weeks can be counted and joined as numbers. -#}
    cast(({{ day }} - {{ always() }}) / 7 as bigint)
{%- endmacro %}

{% macro week_start(number) -%}
    {#- The Monday of a week by its number. -#}
    {{ always() }} + cast(7 * {{ number }} as integer)
{%- endmacro %}

{% macro surrogate_key(columns) -%}
    {#- 63 bits of md5: the same on every machine and run. An absent value differs from ''. -#}
    cast(md5_number_lower(concat_ws('|'
        {%- for column in columns %}, coalesce(cast({{ column }} as varchar), chr(0)){% endfor -%}
    )) >> 1 as bigint)
{%- endmacro %}

{% macro masked(column) -%}
    {#- A person stays the same person without being named. -#}
    left(md5({{ column }}), 12)
{%- endmacro %}

{% macro days_from_to(first_day, last_day) -%}
    cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date)
{%- endmacro %}

{% macro weeks_from_to(first_week, last_week) -%}
    cast(unnest(generate_series({{ first_week }}, {{ last_week }}, interval 7 day)) as date)
{%- endmacro %}
