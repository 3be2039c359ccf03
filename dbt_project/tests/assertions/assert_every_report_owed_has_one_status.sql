select
    coalesce(obligation.feed, status.feed) as feed,
    coalesce(obligation.sender, status.sender) as sender,
    coalesce(obligation.period, status.period) as period
from {{ ref('obligation') }} as obligation
full join {{ ref('submission_status') }} as status
    on
        obligation.feed = status.feed
        and obligation.sender = status.sender
        and obligation.period = status.period
where obligation.feed is null or status.feed is null
