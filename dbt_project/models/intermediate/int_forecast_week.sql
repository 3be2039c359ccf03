-- Weeks by number, with the weeks one, two and three years earlier that lie as far from the same
-- festival. A number is weeks since the Monday 1900-01-01.
with

week as (

    select
        week_start_date,
        {{ week_no('week_start_date') }} as week_no,
        {{ week_no('last_year_festival_week_start_date') }} as base_week_no,
        {{ week_no('last_year_week_start_date') }} as iso_base_week_no,
        coalesce(festival_week_offset between -8 and 4, false) as is_festival
    from {{ ref('dim_week') }}

),

-- left join: what lies before the calendar has no festival
chained as (

    select
        week.*,
        coalesce(one_back.base_week_no, week.base_week_no - 52) as second_base_week_no,
        coalesce(two_back.base_week_no, one_back.base_week_no - 52, week.base_week_no - 104)
            as third_base_week_no
    from week
    left join week as one_back on week.base_week_no = one_back.week_no
    left join week as two_back on one_back.base_week_no = two_back.week_no

)

select * from chained
