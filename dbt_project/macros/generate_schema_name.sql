{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schema name = layer, without the target's name before it. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
