{% test is_finite(model, column_name) %}

select *
from {{ model }}
where not isfinite({{ column_name }})

{% endtest %}
