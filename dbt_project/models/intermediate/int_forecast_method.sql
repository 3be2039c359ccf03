-- What each method said at an origin of a week to come, beside what came. A week a distributor did
-- not report, or only in part, tells nothing. Null: the method had not what it needs. Methods say
-- the base: promotions are added to it.
{% set damping = 0.8 %}

with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

week as (

    select * from {{ ref('int_forecast_week') }}

),

state as (

    select * from {{ ref('int_forecast_state') }}
    where is_forecast

),

demand as (

    select * from {{ ref('int_forecast_demand') }}

),

-- in the past only weeks whose demand is known
target as (

    select
        origin.origin_week_no,
        week.week_no,
        week.week_no - origin.origin_week_no + 1 as lag_weeks,
        week.base_week_no,
        case
            when origin.origin_no = 0 and week.iso_base_week_no != week.base_week_no
                then week.iso_base_week_no
        end as unshifted_week_no,
        week.is_festival,
        origin.origin_no = 0 as is_to_come
    from {{ ref('int_forecast_origin') }} as origin
    cross join threshold
    inner join week
        on
            origin.origin_week_no <= week.week_no
            and origin.origin_week_no + threshold.forecast_horizon_weeks > week.week_no
    where
        origin.origin_no = 0
        or week.week_no < (
            select max(newest.origin_week_no) from {{ ref('int_forecast_origin') }} as newest
        )

),

looked_back as (

    select
        state.series_no,
        target.origin_week_no,
        target.week_no,
        target.lag_weeks,
        target.is_to_come,
        target.is_festival,
        state.demand_class,
        state.history_weeks,
        state.naive_step_pieces,
        state.slow_pieces,
        state.slow_level_pieces,
        state.fast_level_pieces,
        state.quick_level_pieces,
        state.tsb_level_pieces,
        pow(state.growth_ratio, {{ damping }}) as growth_ratio,
        target.base_week_no >= state.first_week_no as has_year_before,
        case
            when target.base_week_no >= state.first_week_no
                then cast(coalesce(base.demand_pieces, 0) as double)
        end as naive_pieces,
        cast(coalesce(base.base_pieces, 0) as double) as base_pieces,
        cast(coalesce(earlier.base_pieces, 0) as double) as week_earlier_pieces,
        cast(coalesce(later.base_pieces, 0) as double) as week_later_pieces,
        case
            when target.unshifted_week_no is null then 0
            else cast(
                coalesce(base.base_pieces, 0) - coalesce(unshifted.base_pieces, 0) as double
            )
        end as festival_shift_pieces,
        actual.base_pieces as actual_base_pieces,
        actual.demand_pieces as actual_pieces,
        actual.sold_pieces
    from state
    inner join target on state.origin_week_no = target.origin_week_no
    left join demand as base
        on state.series_no = base.series_no and target.base_week_no = base.week_no
    left join demand as earlier
        on state.series_no = earlier.series_no and target.base_week_no - 1 = earlier.week_no
    left join demand as later
        on state.series_no = later.series_no and target.base_week_no + 1 = later.week_no
    left join demand as unshifted
        on state.series_no = unshifted.series_no and target.unshifted_week_no = unshifted.week_no
    left join demand as actual
        on state.series_no = actual.series_no and target.week_no = actual.week_no

),

-- an ordinary week a year ago is told by its neighbours too; around a festival each week is its own
placed as (

    select
        *,
        case when has_year_before then base_pieces end as seasonal_naive_pieces,
        case
            when not has_year_before then null
            when is_festival then base_pieces
            else (week_earlier_pieces + 2 * base_pieces + week_later_pieces) / 4
        end as year_before_pieces
    from looked_back

),

told as (

    select
        placed.*,
        season.index_ratio,
        placed.year_before_pieces * placed.growth_ratio as seasonal_growth_pieces,
        placed.slow_level_pieces * season.index_ratio as ses_slow_pieces,
        placed.fast_level_pieces * season.index_ratio as ses_fast_pieces,
        placed.quick_level_pieces * season.index_ratio as ses_quick_pieces,
        placed.tsb_level_pieces * season.index_ratio as tsb_pieces,
        placed.slow_pieces * launch.launch_pieces / nullif(known.known_pieces, 0)
            as like_sku_pieces,
        {%- for challenger in forecast_challengers() %}
            {{ challenger }}.forecast_pieces as {{ challenger }}_pieces
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from placed
    inner join {{ ref('int_forecast_series') }} as series on placed.series_no = series.series_no
    inner join {{ ref('int_forecast_index') }} as season
        on
            placed.origin_week_no = season.origin_week_no
            and series.pool_no = season.pool_no
            and placed.week_no = season.week_no
    -- left join: only what has no year of its own is like other launches
    left join {{ ref('int_forecast_launch') }} as known
        on
            placed.origin_week_no = known.origin_week_no
            and series.category = known.category
            and placed.demand_class in ('new', 'short')
            and least(placed.history_weeks, 52) = known.age_weeks + 1
    left join {{ ref('int_forecast_launch') }} as launch
        on
            known.origin_week_no = launch.origin_week_no
            and known.category = launch.category
            and least(placed.history_weeks - 1 + placed.lag_weeks, 51) = launch.age_weeks
    -- left join: a challenger that is off, or has too little to go by, says nothing
    {%- for challenger in forecast_challengers() %}
        left join {{ ref('int_forecast_challenger') }} as {{ challenger }}
            on
                {{ challenger }}.method = '{{ challenger }}'
                and placed.series_no = {{ challenger }}.series_no
                and placed.origin_week_no = {{ challenger }}.origin_week_no
                and placed.week_no = {{ challenger }}.week_no
    {%- endfor %}
    anti join {{ ref('int_demand_silent') }} as unheard
        on
            not placed.is_to_come
            and series.distributor_code = unheard.distributor_code
            and placed.week_no = unheard.week_no

)

-- what a forecast to come is made of is kept with it
select
    series_no,
    origin_week_no,
    week_no,
    lag_weeks,
    is_to_come,
    demand_class,
    naive_step_pieces,
    naive_pieces,
    {%- for actual in ['actual_base_pieces', 'actual_pieces', 'sold_pieces'] %}
        case when not is_to_come then coalesce({{ actual }}, 0) end as {{ actual }},
    {%- endfor %}
    seasonal_naive_pieces,
    seasonal_growth_pieces,
    ses_slow_pieces,
    ses_fast_pieces,
    ses_quick_pieces,
    case
        when seasonal_growth_pieces is null
            then (ses_slow_pieces + ses_fast_pieces + tsb_pieces) / 3
        else (seasonal_growth_pieces + ses_slow_pieces + ses_fast_pieces + tsb_pieces) / 4
    end as combined_pieces,
    tsb_pieces,
    like_sku_pieces,
    {%- for challenger in forecast_challengers() %}
        {{ challenger }}_pieces,
    {%- endfor %}
    {%- for part in [
        'slow_level_pieces',
        'fast_level_pieces',
        'quick_level_pieces',
        'tsb_level_pieces',
        'index_ratio',
        'year_before_pieces',
        'festival_shift_pieces',
        'growth_ratio',
    ] %}
        case when is_to_come then {{ part }} end as {{ part }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from told
