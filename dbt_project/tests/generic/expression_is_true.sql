{% test expression_is_true(model, expression, column_name=none) %}

select *
from {{ model }}
-- unknown is not a failure: say `is not null` where absence is one
where not ({{ column_name or '' }} {{ expression }})

{% endtest %}
