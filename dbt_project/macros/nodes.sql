{#-
    Sums of cells at every node. A cell has one value of each kind of node, so a node is a plain
    sum of its cells and its children add up to it; a cell that belongs to no node of a kind (no
    representative, say) is in the region all the same.

    cells: name of a CTE with a column for each kind of node that is wanted.
    keys: columns that stay; sums: aggregates as `expression as name`.
    only: kinds of node that are wanted; all where it is not given.
-#}
{% macro by_node(cells, keys, sums, only=none) -%}
    {%- set columns = {
        'region': "'all'",
        'province': 'province',
        'city': 'city',
        'channel': 'channel',
        'banner': 'banner',
        'distributor': 'distributor_code',
        'supervisor': 'supervisor_code',
        'rep': 'rep_code',
    } -%}
    {%- for node_type in only or columns %}
        {%- if not loop.first %}
    union all
        {%- endif %}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        '{{ node_type }}' as node_type,
        {{ columns[node_type] }} as node_code,
        {{ sums | join(',\n        ') }}
    from {{ cells }}
    where {{ columns[node_type] }} is not null
    group by {% for key in keys %}{{ key }}, {% endfor %}{{ columns[node_type] }}
    {%- endfor %}
{%- endmacro %}

{#-
    Cells once for every level of item they belong to: an item is a plain sum of its cells too.

    cells: name of a CTE with the columns category, brand and sku_code.
    levels: of all, category, brand and sku.
-#}
{% macro with_items(cells, levels) -%}
    {%- set columns = {
        'all': "'all'", 'category': 'category', 'brand': 'brand', 'sku': 'sku_code',
    } -%}
    {%- for level in levels %}
        {%- if not loop.first %}
    union all
        {%- endif %}
    select
        {{ cells }}.*,
        '{{ level }}' as item_level,
        {{ columns[level] }} as item_code
    from {{ cells }}
    {%- endfor %}
{%- endmacro %}

{#-
    Nodes of the sales organisation that a cell belongs to, in one pass. A cell says UNKNOWN where
    nobody said anything: no column of it is null, so in a grouping set by one only the others are.
-#}

{% macro cell_columns() -%}
    {#- Whom a sale is told by: the distributor who sold, and whom the outlet belonged to. -#}
    distributor_code, province, city, channel, banner, supervisor_code, rep_code
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
        ({{ columns | join(', ') }}, {{ other }})
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
