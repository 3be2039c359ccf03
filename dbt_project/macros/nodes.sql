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
