-- What managers expect in the running cycle: where two spoke, whoever was received last.
with

said as (

    select * from {{ ref('stg_forecast_override') }}

),

delivery as (

    select
        delivery_id,
        received_at,
        file_sha256
    from {{ source('landing', 'delivery') }}

)

select
    said.week_start_date,
    said.distributor_code,
    said.sku_code,
    said.override_pieces,
    said.reason_code,
    said.author
from said
inner join delivery on said._delivery_id = delivery.delivery_id
where said.cycle_week_start_date = {{ iso_week_start(as_of() ~ ' + 1') }}
qualify row_number() over (
    partition by said.week_start_date, said.distributor_code, said.sku_code
    order by delivery.received_at desc, delivery.file_sha256 desc, said._row_no desc
) = 1
