{% test total_matches(model, column, compare_model, compare_column, group_by=none, tolerance=0) %}

{%- set groups = (group_by or []) | join(', ') %}

with ours as (

    select
        {% if groups %}{{ groups }},{% endif %}
        sum({{ column }}) as total
    from {{ model }}
    {% if groups %}group by {{ groups }}{% endif %}

),

theirs as (

    select
        {% if groups %}{{ groups }},{% endif %}
        sum({{ compare_column }}) as total
    from {{ compare_model }}
    {% if groups %}group by {{ groups }}{% endif %}

)

select
    {% for group in group_by or [] %}
    coalesce(ours.{{ group }}, theirs.{{ group }}) as {{ group }},
    {% endfor %}
    ours.total as our_total,
    theirs.total as their_total
from ours
full outer join theirs
    on true
    {%- for group in group_by or [] %}
    and ours.{{ group }} is not distinct from theirs.{{ group }}
    {%- endfor %}
where abs(coalesce(ours.total, 0) - coalesce(theirs.total, 0)) > {{ tolerance }}

{% endtest %}
