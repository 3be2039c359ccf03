{#-
    Versions of a master (SCD2). Every delivery of a master is the whole list; a row states how a
    code looks from its `valid_from`, or from the day its delivery was received. What was received
    later wins over what was received earlier for every day from its start on, so the order in
    which files were processed does not matter. The first state of a code has held since always; equal
    neighbours are one version; a code missing from a later list keeps its last version.
-#}
{% macro master_versions(feed, key, attributes) -%}
with deliveries as (
    select
        delivery_id,
        received_at,
        file_sha256,
        sender
    from {{ source('landing', 'delivery') }}
    where
        feed = '{{ feed }}'
        and status in ('loaded', 'superseded')
        and not exists (
            select 1 from {{ source('landing', 'contract') }}
            where feed = '{{ feed }}' and not is_subscribed
        )
),

-- a delivery replayed under another mapping leaves its earlier reading in the history as well
earlier_lists as (
    select *
    from {{ source('landing', feed ~ '_history') }}
    qualify _superseded_at is not distinct from max(_superseded_at) over (partition by _delivery_id)
),

stated as (
    select
        {{ key }},
        {{ attributes | join(',\n        ') }},
        valid_from,
        _delivery_id,
        _row_no,
        true as is_in_current_list
    from {{ source('landing', feed) }}
    union all
    select
        {{ key }},
        {{ attributes | join(',\n        ') }},
        valid_from,
        _delivery_id,
        _row_no,
        false as is_in_current_list
    from earlier_lists
    -- left out: readings of a delivery that is still current, replaced by its rows above
    where _delivery_id not in (select _delivery_id from {{ source('landing', feed) }})
),

ranked as (
    select
        stated.*,
        deliveries.received_at,
        bool_or(stated.is_in_current_list) over (partition by stated.{{ key }}) as is_listed,
        row_number() over (
            partition by stated.{{ key }}
            order by
                deliveries.received_at, deliveries.file_sha256, deliveries.sender, stated._row_no
        ) as state_no
    from stated
    inner join deliveries on stated._delivery_id = deliveries.delivery_id
),

dated as (
    select
        * exclude (valid_from),
        case
            when state_no = 1 then {{ always() }}
            else coalesce(valid_from, cast(received_at as date))
        end as valid_from
    from ranked
),

-- a state is overruled where a later one starts on or before its first day
standing as (
    select *
    from dated
    qualify coalesce(
        min(valid_from) over (
            partition by {{ key }}
            order by state_no
            rows between 1 following and unbounded following
        ) > valid_from,
        true
    )
),

changed as (
    select *
    from standing
    qualify
        row({{ attributes | join(', ') }})
        is distinct from lag(row({{ attributes | join(', ') }})) over (
            partition by {{ key }} order by valid_from
        )
),

versions as (
    select
        {{ key }},
        {{ attributes | join(',\n        ') }},
        valid_from,
        coalesce(
            lead(valid_from) over (partition by {{ key }} order by valid_from), {{ open_end() }}
        ) as valid_to,
        lead(valid_from) over (partition by {{ key }} order by valid_from) is null as is_current,
        is_listed,
        received_at,
        _delivery_id
    from changed
)

select * from versions
{%- endmacro %}
