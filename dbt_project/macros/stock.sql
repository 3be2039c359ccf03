{#- Rules of stock: how far figures that should agree may be apart. -#}

{% macro gap_status(gap) -%}
    {#- Of a row with its tolerance_pieces and movement_gap_fail_times; null was not compared. -#}
    case
        when {{ gap }} is null then 'not_compared'
        when abs({{ gap }}) <= tolerance_pieces then 'pass'
        when abs({{ gap }}) <= tolerance_pieces * movement_gap_fail_times then 'warn'
        else 'fail'
    end
{%- endmacro %}

{% macro last_counts() -%}
    {#- The last count of each warehouse in a week, beside the day its distributor last counted. -#}
    select
        distributor_code,
        warehouse_code,
        week_start_date,
        max(snapshot_date) as warehouse_snapshot_date,
        max(max(snapshot_date)) over (
            partition by distributor_code, week_start_date
        ) as snapshot_date
    from {{ ref('fct_stock_snapshot') }}
    group by distributor_code, warehouse_code, week_start_date
{%- endmacro %}
