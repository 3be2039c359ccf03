{#-
    Nodes of the sales organisation that a cell belongs to, in one pass. A cell says UNKNOWN where
    nobody said anything: no column of it is null, so in a grouping set by one only the others are.
-#}

{% macro cell_columns() -%}
    {#- Whom a sale is told by: the distributor who sold, and whom the outlet belonged to. -#}
    distributor_code, province, city, channel, banner, supervisor_code, rep_code
{%- endmacro %}

{% macro outlet_cell(sellout, organisation, distributor=none) -%}
    {#- `distributor`: SQL of whom it counts for, where that is not the one who sold. -#}
    {{ distributor ~ ' as distributor_code' if distributor else sellout ~ '.distributor_code' }},
    {{ organisation }}.province,
    {{ organisation }}.city,
    {{ organisation }}.channel,
    {{ organisation }}.banner,
    coalesce({{ organisation }}.supervisor_code, 'UNKNOWN') as supervisor_code,
    coalesce({{ organisation }}.rep_code, 'UNKNOWN') as rep_code
{%- endmacro %}

{% macro node_sets(columns, nodes=none) -%}
    {#- Grouping sets: by the columns alone, which is the region, and by each node with them. -#}
    {{ sets_of(columns, nodes or cell_columns().split(', ')) }}
{%- endmacro %}

{% macro node_type(nodes=none) -%}
    {{ set_name(nodes or cell_columns().split(', '), 'region') }}
{%- endmacro %}

{% macro node_code(nodes=none) -%}
    coalesce({{ (nodes or cell_columns().split(', ')) | join(', ') }}, 'all')
{%- endmacro %}

{% macro item_sets(columns, levels=['category', 'brand', 'sku_code']) -%}
    {#- Grouping sets: by the columns alone, which is all items, and by each level of item. -#}
    {{ sets_of(columns, levels) }}
{%- endmacro %}

{% macro item_level(levels=['category', 'brand', 'sku_code']) -%}
    {{ set_name(levels, 'all') }}
{%- endmacro %}

{% macro item_code(levels=['category', 'brand', 'sku_code']) -%}
    coalesce({{ levels | join(', ') }}, 'all')
{%- endmacro %}

{% macro sets_of(columns, others) -%}
    grouping sets (
        ({{ columns | join(', ') }})
        {%- for other in others %},
        ({{ (columns + [other]) | join(', ') }})
        {%- endfor %}
    )
{%- endmacro %}

{% macro set_name(others, without) -%}
    case
        {%- for other in others %}
        when {{ other }} is not null then '{{ other | replace('_code', '') }}'
        {%- endfor %}
        else '{{ without }}'
    end
{%- endmacro %}

{#-
    Sums of cells at the region and at every other node they belong to, so that children add up to
    their parent by construction.

    cells: name of a CTE; keys: columns that stay; sums: aggregates as `expression as name`.
    nodes: columns that name a node; all of a cell where they are not given.
-#}
{% macro by_node(cells, keys, sums, nodes=none) -%}
    select
        {{ keys | join(',\n        ') }},
        {{ node_type(nodes) }} as node_type,
        {{ node_code(nodes) }} as node_code,
        {{ sums | join(',\n        ') }}
    from {{ cells }}
    group by {{ node_sets(keys, nodes) }}
{%- endmacro %}

{#- The same for items: of rows that have a category, a brand and a SKU. -#}
{% macro by_item(rows, keys, sums) -%}
    select
        {{ keys | join(',\n        ') }},
        {{ item_level() }} as item_level,
        {{ item_code() }} as item_code,
        {{ sums | join(',\n        ') }}
    from {{ rows }}
    group by {{ item_sets(keys) }}
{%- endmacro %}
