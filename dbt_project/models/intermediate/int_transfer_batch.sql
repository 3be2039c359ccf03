-- The batches of those who may give and take, with the days from today they may still be sold.
select
    batch.sku_code,
    batch.distributor_code,
    cast(batch.last_sale_date - {{ as_of() }} as bigint) as last_sellable_day,
    cast(batch.sellable_pieces as double) as pieces,
    cast(batch.at_risk_pieces as double) as at_risk_pieces
from {{ ref('freshness') }} as batch
semi join {{ ref('int_transfer_position') }} as position
    on
        batch.sku_code = position.sku_code
        and batch.distributor_code = position.distributor_code
where batch.is_latest
union all
-- to those who take; what is on its way is younger than what is there and sold last
select
    inbound.sku_code,
    inbound.distributor_code,
    null as last_sellable_day,
    cast(sum(inbound.quantity_pieces) as double) as pieces,
    0 as at_risk_pieces
from {{ ref('int_inbound') }} as inbound
semi join {{ ref('int_transfer_position') }} as position
    on
        inbound.sku_code = position.sku_code
        and inbound.distributor_code = position.distributor_code
        and position.need_pieces > 0
group by inbound.sku_code, inbound.distributor_code
