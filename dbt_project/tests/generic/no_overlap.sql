{% test no_overlap(model, key_columns, valid_from='valid_from', valid_to='valid_to') %}

with spans as (

    select
        {{ key_columns | join(', ') }},
        {{ valid_from }} as starts_on,
        {{ valid_to }} as ends_before,
        lead({{ valid_from }}) over (
            partition by {{ key_columns | join(', ') }} order by {{ valid_from }}
        ) as next_starts_on
    from {{ model }}

)

select *
from spans
where
    ends_before <= starts_on
    or next_starts_on < ends_before

{% endtest %}
