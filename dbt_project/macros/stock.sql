{#- Stock held against what is expected to sell. -#}

{% macro with_demand_until(points, day) -%}
    {#-
        Rows of a CTE that names a count, a distributor and a SKU, with what is expected to sell from
        the count to a day after it; `day` is a column of the CTE. Past the last week that is told
        the mean of the four before it goes on. A row nothing is told of sells nothing.
    -#}
    select
        {{ points }}.*,
        {%- for cumulated, weekly, until in [
            ('cumulated_pieces', 'weekly_pieces', 'demand_until_pieces'),
            ('cautious_cumulated_pieces', 'cautious_weekly_pieces', 'cautious_until_pieces'),
        ] %}
            case
                when {{ points }}.{{ day }} <= 0 or reach.to_day is null then 0
                when {{ points }}.{{ day }} > reach.to_day
                    then
                        reach.{{ cumulated }}
                        + reach.{{ weekly }} * ({{ points }}.{{ day }} - reach.to_day) / 7
                else
                    step.{{ cumulated }}
                    - step.{{ weekly }} * (step.to_day - {{ points }}.{{ day }}) / 7
            end as {{ until }},
        {%- endfor %}
        coalesce(step.weekly_pieces, reach.weekly_pieces, 0) as rate_weekly_pieces
    from {{ points }}
    left join
        (
            select
                week_start_date,
                distributor_code,
                sku_code,
                max(to_day) as to_day,
                max(cumulated_pieces) as cumulated_pieces,
                case
                    when count(cautious_cumulated_pieces) = count(*)
                        then max(cautious_cumulated_pieces)
                end as cautious_cumulated_pieces,
                avg(weekly_pieces) filter (where is_tail) as weekly_pieces,
                avg(cautious_weekly_pieces) filter (where is_tail) as cautious_weekly_pieces
            from (
                select
                    *,
                    row_number() over (
                        partition by week_start_date, distributor_code, sku_code
                        order by to_day desc
                    ) <= 4 as is_tail
                from {{ ref('int_stock_demand') }}
            )
            group by week_start_date, distributor_code, sku_code
        ) as reach
        on
            {{ points }}.week_start_date = reach.week_start_date
            and {{ points }}.distributor_code = reach.distributor_code
            and {{ points }}.sku_code = reach.sku_code
    left join {{ ref('int_stock_demand') }} as step
        on
            {{ points }}.week_start_date = step.week_start_date
            and {{ points }}.distributor_code = step.distributor_code
            and {{ points }}.sku_code = step.sku_code
            and {{ points }}.{{ day }} > step.from_day
            and {{ points }}.{{ day }} <= step.to_day
{%- endmacro %}

{% macro normal_quantile(ratio) -%}
    {#-
        Standard deviations a share of a normal distribution lies below: Tukey's lambda, off by less
        than 0.01 from 0.5 to 0.99.
    -#}
    (4.91 * (power({{ ratio }}, 0.14) - power(1 - {{ ratio }}, 0.14)))
{%- endmacro %}

{% macro gap_status(gap) -%}
    {#- Of a row with its tolerance_pieces and movement_gap_fail_times; null was not compared. -#}
    case
        when {{ gap }} is null then 'not_compared'
        when abs({{ gap }}) <= tolerance_pieces then 'pass'
        when abs({{ gap }}) <= tolerance_pieces * movement_gap_fail_times then 'warn'
        else 'fail'
    end
{%- endmacro %}

{% macro unit_margin(sku) -%}
    {#- What a piece earns at list price, never less than nothing; null without a price or a cost. -#}
    case
        when {{ sku }}.list_price_per_piece < {{ sku }}.std_cost_per_piece then 0
        else {{ sku }}.list_price_per_piece - {{ sku }}.std_cost_per_piece
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
