{#-
    Nodes of the sales organisation that a cell belongs to. A cell says UNKNOWN where nobody said
    anything: no column of it is null, so in a grouping set by one of them only the others are.
-#}

{% macro cell_columns() -%}
    {#- Whom a sale is told by: the distributor who sold, and whom the outlet belonged to. -#}
    {{ return([
        'distributor_code', 'province', 'city', 'channel', 'banner', 'supervisor_code', 'rep_code',
    ]) }}
{%- endmacro %}

{% macro outlet_cell(sellout, organisation) -%}
    {{ sellout }}.distributor_code,
    {{ organisation }}.province,
    {{ organisation }}.city,
    {{ organisation }}.channel,
    {{ organisation }}.banner,
    coalesce({{ organisation }}.supervisor_code, 'UNKNOWN') as supervisor_code,
    coalesce({{ organisation }}.rep_code, 'UNKNOWN') as rep_code
{%- endmacro %}

{% macro node_sets(columns, nodes=none) -%}
    {#- Grouping sets: by the columns alone, which is the region, and by each node with them. -#}
    grouping sets (
        ({{ columns | join(', ') }})
        {%- for node in nodes or cell_columns() %},
        ({{ columns | join(', ') }}, {{ node }})
        {%- endfor %}
    )
{%- endmacro %}

{% macro node_type(nodes=none) -%}
    case
        {%- for node in nodes or cell_columns() %}
        when {{ node }} is not null then '{{ node | replace('_code', '') }}'
        {%- endfor %}
        else 'region'
    end
{%- endmacro %}

{% macro node_code(nodes=none) -%}
    coalesce({{ (nodes or cell_columns()) | join(', ') }}, 'all')
{%- endmacro %}

{% macro item_sets(columns, levels=none) -%}
    {#- Grouping sets: by the columns alone, which is all items, and by each level of item. -#}
    grouping sets (
        ({{ columns | join(', ') }})
        {%- for level in levels or item_levels() %},
        ({{ columns | join(', ') }}, {{ level }})
        {%- endfor %}
    )
{%- endmacro %}

{% macro item_levels() -%}
    {{ return(['category', 'brand', 'sku_code']) }}
{%- endmacro %}

{% macro item_level(levels=none) -%}
    case
        {%- for level in levels or item_levels() %}
        when {{ level }} is not null then '{{ level | replace('_code', '') }}'
        {%- endfor %}
        else 'all'
    end
{%- endmacro %}

{% macro item_code(levels=none) -%}
    coalesce({{ (levels or item_levels()) | join(', ') }}, 'all')
{%- endmacro %}
