"""The company's own masters as files of the sender `self`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl

from pipelines.sample.codes import outlet_map, sku_map, uom_map
from pipelines.sample.masters import (
    Ints,
    assignment_master,
    distributor_master,
    outlet_master,
    sku_master,
)
from pipelines.sample.outbox import Outbox
from pipelines.sample.promotions import promotion_master
from pipelines.sample.region import Region
from pipelines.sample.sheets import plain_csv, text_book
from pipelines.sample.terms import must_stock_list, price_list, score_weights, transfer_lanes
from pipelines.sample.truth import FileTruth

SENDER = "self"
OUTLET_HEADERS = {
    "outlet_code": "门店编码",
    "outlet_name": "门店名称",
    "city": "城市",
    "district": "区县",
    "province": "省份",
    "region": "大区",
    "channel": "渠道",
    "banner": "系统",
    "outlet_class": "门店等级",
    "category_sales_amount": "品类月销售额",
    "weight_source": "权重来源",
    "outlet_status": "状态",
    "open_date": "开业日期",
    "close_date": "关店日期",
    "latitude": "纬度",
    "longitude": "经度",
    "msl_group": "必备品组",
    "distributor_code": "经销商编码",
    "valid_from": "生效日期",
}


def send_masters(region: Region, costs: Ints, outbox: Outbox) -> None:
    """Write the masters the deployment starts with and the versions that follow.

    Args:
        region: The sample.
        costs: Fen each promotion costs.
        outbox: Where to.
    """
    plan, skus, outlets, codes = region.plan, region.skus, region.outlets, region.codes
    start = plan.weekly_from - timedelta(days=7)
    change = plan.monday(plan.change_week) - timedelta(days=2)
    late_map = plan.monday(plan.change_week + 3)
    first = {
        "sku": sku_master(plan, skus, changed=False),
        "distributor": distributor_master(plan),
        "outlet": outlet_master(plan, outlets, changed=False),
        "assignment": assignment_master(plan, outlets),
        "map_sku": sku_map(plan, skus, codes, late=False),
        "map_outlet": outlet_map(plan, outlets, codes),
        "map_uom": uom_map(plan, skus),
        "price": price_list(plan, skus, changed=False),
        "msl": must_stock_list(plan, skus, changed=False),
        "score_weight": score_weights(plan),
        "lane": transfer_lanes(plan),
        "promotion": promotion_master(plan, skus, region.promotions, costs),
    }
    again = {"sku", "outlet", "map_sku", "price", "msl"}
    for feed, frame in first.items():
        _send(outbox, feed, frame, start, "superseded" if feed in again else "loaded")
    _send(outbox, "sku", sku_master(plan, skus, changed=True), change, "loaded")
    _send(outbox, "outlet", outlet_master(plan, outlets, changed=True), change, "loaded")
    _send(outbox, "price", price_list(plan, skus, changed=True), change, "loaded")
    _send(outbox, "msl", must_stock_list(plan, skus, changed=True), change, "loaded")
    _send(outbox, "map_sku", sku_map(plan, skus, codes, late=True), late_map, "loaded")


def _send(outbox: Outbox, feed: str, frame: pl.DataFrame, day: date, status: str) -> None:
    """Write one version; the outlet master is a workbook with Chinese headers."""
    is_book = feed == "outlet"
    data = _outlet_book(frame) if is_book else plain_csv(frame).encode()
    fact = FileTruth(
        file=f"{SENDER}/{feed}/{feed}_{day:%Y%m%d}.{'xlsx' if is_book else 'csv'}",
        sender=SENDER,
        feed=feed,
        period="all",
        received_at=datetime.combine(day, time(9, 0)),
        rows=frame.height,
        status=status,
    )
    outbox.put(data, fact)


def _outlet_book(frame: pl.DataFrame) -> bytes:
    return text_book(frame.rename(OUTLET_HEADERS), "门店主数据")
