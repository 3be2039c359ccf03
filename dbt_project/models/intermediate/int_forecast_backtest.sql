-- How wrong each method was at the past origins, by segment and lag; only weeks that every method
-- of the segment had something to say about are compared. What promotions bring is left out.
{% set methods = forecast_methods() %}

with

method as (

    select
        method.*,
        series.series_level,
        series.category
    from {{ ref('int_forecast_method') }} as method
    inner join {{ ref('int_forecast_series') }} as series on method.series_no = series.series_no
    where not method.is_to_come

),

summed as (

    select
        series_level,
        category,
        demand_class,
        lag_weeks,
        count(*) as forecast_count,
        {%- for name in methods %}
            sum({{ exact('abs(' ~ name ~ '_pieces - actual_base_pieces)') }})
                as {{ name }}_absolute_error,
            sum({{ exact(name ~ '_pieces - actual_base_pieces') }}) as {{ name }}_error,
            count({{ name }}_pieces) as {{ name }}_count,
        {%- endfor %}
        sum(actual_base_pieces) as actual_pieces
    from method
    group by series_level, category, demand_class, lag_weeks

),

listed as (

    {%- for name in methods %}
        select
            series_level,
            category,
            demand_class,
            lag_weeks,
            '{{ name }}' as method,
            forecast_count,
            {{ name }}_count as told_count,
            actual_pieces,
            {{ name }}_absolute_error as absolute_error_pieces,
            {{ name }}_error as error_pieces
        from summed
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}

)

select
    series_level,
    category,
    demand_class,
    method,
    lag_weeks,
    forecast_count,
    cast(actual_pieces as decimal(18, 3)) as actual_pieces,
    cast(absolute_error_pieces as decimal(18, 3)) as absolute_error_pieces,
    cast(error_pieces as decimal(18, 3)) as error_pieces
from listed
where told_count = forecast_count
