{% test not_null_where(model, column_name, where_true) %}

select *
from {{ model }}
where {{ column_name }} is null and ({{ where_true }})

{% endtest %}
