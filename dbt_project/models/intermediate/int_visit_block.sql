-- What a visit observed of each block. A block a visit did not look at, or that has nothing to
-- count there, has no row: it is not asked of the outlet.
with

visit as (

    select * from {{ ref('int_visit') }}

),

observation as (

    {%- for block, model, met, whole, applies in [
        ('msl', 'int_visit_msl', 'cast(is_in_outlet as integer)', '1', 'true'),
        (
            'availability', 'int_visit_msl', 'cast(is_on_shelf as integer)', '1',
            'is_checked and not is_void',
        ),
        (
            'share_of_shelf', 'fct_check_category', 'our_facings', 'total_facings',
            'is_plausible and total_facings > 0',
        ),
        (
            'secondary_display', 'fct_check_posm', 'cast(exists as integer)', '1',
            "posm_type = 'secondary_display' and is_placed",
        ),
        (
            'posm_presence', 'fct_check_posm', 'cast(exists as integer)', '1',
            "posm_type = 'posm' and is_placed",
        ),
        (
            'posm_position', 'fct_check_posm', 'cast(position_ok as integer)', '1',
            "posm_type = 'posm' and exists and position_ok is not null",
        ),
        (
            'posm_condition', 'fct_check_posm', "cast(condition = 'good' as integer)", '1',
            "posm_type = 'posm' and exists and condition is not null",
        ),
        ('promotion', 'int_visit_mechanic', 'cast(is_executed as integer)', '1', 'true'),
        (
            'freshness', 'int_visit_freshness', 'case when is_fresh then pieces else 0 end',
            'pieces', 'true',
        ),
        ('price', 'int_visit_price', 'cast(is_within as integer)', '1', 'true'),
    ] %}
        select
            visit_id,
            visit_date,
            outlet_code,
            '{{ block }}' as block,
            {{ met }} as met,
            {{ whole }} as whole,
            {{ {'msl': 'cast(is_checked as integer)', 'promotion': 'cast(is_asked as integer)'}.get(
                block, whole
            ) }} as looked_at,
            {{ 'deviation_ratio' if block == 'price' else 'null' }} as deviation_ratio
        from {{ ref(model) }}
        where {{ applies }}
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}

),

block as (

    select
        visit_id,
        visit_date,
        outlet_code,
        block,
        cast(sum(met) as decimal(18, 6)) as block_num,
        cast(sum(whole) as decimal(18, 6)) as block_den,
        sum(looked_at) as looked_at_count,
        cast(sum(deviation_ratio) as decimal(18, 6)) as price_deviation_num,
        nullif(count(deviation_ratio), 0) as price_deviation_den
    from observation
    group by visit_id, visit_date, outlet_code, block

),

counted as (

    select
        block.visit_id,
        block.visit_date,
        block.outlet_code,
        visit.channel,
        block.block,
        block.block_num,
        block.block_den,
        block.price_deviation_num,
        block.price_deviation_den,
        -- of several visits on a day the one that looked closest counts; behind the unknown outlet
        -- of a sender stand many outlets
        row_number() over (
            partition by block.outlet_code, block.visit_date, block.block
            order by block.looked_at_count desc, block.visit_id desc
        ) = 1 or not visit.is_known as is_counted
    from block
    inner join visit
        on
            block.visit_id = visit.visit_id
            and block.visit_date = visit.visit_date
            and block.outlet_code = visit.outlet_code

)

select * from counted
