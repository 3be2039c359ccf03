-- What a reader finds in quarantine is what the ledger says is there.
with

listed as (

    select
        delivery_id,
        count(*) as row_count
    from {{ ref('quarantined_row') }}
    group by delivery_id

)

select
    ledger.delivery_id,
    ledger.file_name,
    ledger.rows_quarantined,
    coalesce(listed.row_count, 0) as rows_listed
from {{ ref('file_ledger') }} as ledger
left join listed on ledger.delivery_id = listed.delivery_id
where
    ledger.status in ('loaded', 'held', 'rejected')
    and ledger.rows_quarantined != coalesce(listed.row_count, 0)
