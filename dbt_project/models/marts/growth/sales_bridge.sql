-- From the sales of a year ago to those of the period, bar by bar. The calendar comes first, so all
-- other bars compare with the weeks as far from the same festival; what promotions brought is taken
-- off before volume, price and mix are told apart. What rounding leaves over is in the price bar.
with

period as (

    select * from {{ ref('int_sales_bridge_part') }}

),

bar as (

    {%- for bar, is_additive in [
        ('last_year', true),
        ('calendar', true),
        ('distribution', false),
        ('rate_of_sale', false),
        ('price', false),
        ('mix', false),
        ('innovation', false),
        ('new', false),
        ('delist', false),
        ('promotion', true),
        ('returns', true),
        ('this_year', true),
    ] %}
        select
            period_type,
            period_start_date,
            week_count,
            node_type,
            node_code,
            item_level,
            item_code,
            '{{ bar }}' as bar,
            {{ loop.index }} as bar_order,
            cast({{ bar }}_amount as decimal(18, 2)) as bar_amount,
            {{ is_additive }} as is_additive
        from period
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}

)

select * from bar
