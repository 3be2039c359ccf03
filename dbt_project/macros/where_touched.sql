{% macro duckdb__get_where_subquery(relation) -%}
    {#-
        A test with `where: "sold_date in (__touched_dates__)"` looks at the dates written since the
        last good build only: the others passed when they were written. A full refresh looks at all.
    -#}
    {%- set where = config.get('where', '') -%}
    {%- if where and '__touched_dates__' in where and flags.FULL_REFRESH -%}
        {%- set where = '' -%}
    {%- endif -%}
    {%- if not where -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set marks = 'select business_date from ' ~ source('landing', 'touched_date') -%}
    {%- set where = where | replace('__touched_dates__', marks) -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as tested') }}
{%- endmacro %}
