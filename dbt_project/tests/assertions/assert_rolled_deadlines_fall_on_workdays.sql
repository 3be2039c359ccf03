select
    obligation.feed,
    obligation.sender,
    obligation.period,
    obligation.due_at
from {{ ref('obligation') }} as obligation
inner join {{ ref('int_workday') }} as workday
    on cast(obligation.due_at as date) = workday.date_day
where obligation.calendar_source != 'none' and not workday.is_workday
