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
