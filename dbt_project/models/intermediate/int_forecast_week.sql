-- Weeks by number, with the weeks one, two and three years earlier that lie as far from the same
-- festival. A number is weeks since the Monday 1900-01-01.
with

week as (

    select
        week_start_date,
        {{ week_no('week_start_date') }} as week_no,
        {{ week_no('last_year_festival_week_start_date') }} as aligned_week_no,
        {{ week_no('last_year_week_start_date') }} as iso_base_week_no,
        festival_week_offset,
        coalesce(festival_week_offset between -8 and 4, false) as is_festival
    from {{ ref('dim_week') }}

),

-- a festival moves by weeks: 364 days before an ordinary week it may have been near. Then the week
-- before or after all that is as ordinary. Left join: the calendar has a first year
based as (

    select
        week.week_start_date,
        week.week_no,
        case
            when week.is_festival or not coalesce(before.is_festival, false)
                then week.aligned_week_no
            when before.festival_week_offset < 0
                then before.week_no - before.festival_week_offset - 9
            else before.week_no - before.festival_week_offset + 5
        end as base_week_no,
        week.iso_base_week_no,
        week.is_festival
    from week
    left join week as before on week.iso_base_week_no = before.week_no

),

-- left join: what lies before the calendar has no festival
chained as (

    select
        based.*,
        coalesce(one_back.base_week_no, based.base_week_no - 52) as second_base_week_no,
        coalesce(two_back.base_week_no, one_back.base_week_no - 52, based.base_week_no - 104)
            as third_base_week_no
    from based
    left join based as one_back on based.base_week_no = one_back.week_no
    left join based as two_back on one_back.base_week_no = two_back.week_no

)

select * from chained
