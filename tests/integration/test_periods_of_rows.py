"""Rows that do not state their day themselves, and quantities of several columns in one unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.integration.region import Region

Deployment = Callable[[str, dict[str, str]], Region]
RECEIVED = "2026-11-22 09:00:00"
SKU = "sku_code,name_zh,pieces_per_case,pieces_per_inner\nS1,糖,24,6\nS2,饼,12,\nS3,盒,6,\n"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A deployment with a mapping and files, landed."""

    def landed(mapping: str, files: dict[str, str]) -> Region:
        (tmp_path / "mappings").mkdir(parents=True)
        (tmp_path / "mappings" / "m.yaml").write_text(mapping, encoding="utf-8")
        (tmp_path / "deployment.yaml").write_text(
            "name: Test | 测试\ntimezone: Asia/Shanghai\ncurrency: CNY\nlanguage: zh\n"
            "feeds: [sku, movement, receivable, cleaning, ticket]\n",
            encoding="utf-8",
        )
        region = Region(tmp_path)
        region.put("self/sku/sku.csv", SKU.encode(), "2026-01-01 09:00:00")
        for name, text in files.items():
            region.put(name, text.encode(), RECEIVED)
        region.land()
        return region

    return landed


def test_every_quantity_of_a_row_is_counted_in_pieces(deployment: Deployment) -> None:
    region = deployment(
        "sender: D1\nfeeds: {movement: {codes: ours}}",
        {
            "D1/movement/D1_movement_2026-10.csv": "品号,单位,期初,入库,销售,期末\n"
            "S1,箱,2,3,1.5,3.5\nS2,盒,1,1,1,1\nS3,袋,5,,2,4\n"
        },
    )
    assert region.query(
        "select _row_no, period_start_date, opening_pieces, receipts_pieces, sellout_pieces, "
        "closing_pieces, damage_pieces, _warnings from landing.movement order by 1"
    ) == [
        (2, date(2026, 10, 1), 48, 72, 36, 84, None, None),
        (4, date(2026, 10, 1), 5, None, 2, 4, None, ["movement_not_balanced"]),
    ]
    # no inner pack of S2 is known: told once, not for each quantity
    assert region.query("select row_no, reasons from landing.quarantined_row") == [
        (3, ["unmapped_uom"])
    ]


def test_a_file_whose_rows_state_no_period_is_about_the_one_in_its_name(
    deployment: Deployment,
) -> None:
    text = "商品编码,期初库存,期末库存\nS1,5,5\n"
    region = deployment(
        "sender: D2\nfeeds: {movement: {codes: ours, period: week}}",
        {
            "D2/movement/D2_movement_2026W46.csv": text,
            "D3/movement/whatever.csv": text,
        },
    )
    assert region.query(
        "select _sender, period_start_date, period_end_date from landing.movement"
    ) == [("D2", date(2026, 11, 9), date(2026, 11, 15))]
    assert region.query(
        "select sender, reason_code from landing.delivery where status = 'refused'"
    ) == [("D3", "period_unclear")]


def test_months_in_columns_of_their_own_are_joined_and_give_the_file_its_span(
    deployment: Deployment,
) -> None:
    region = deployment(
        "sender: D1\nfeeds:\n  movement:\n    codes: ours\n"
        "    joined: {period_start_date: [year, month]}",
        {
            "D1/movement/ledger.csv": "year,month,item,opening,received,closing\n"
            "2025,12,S1,0,4,4\n2026,1,S1,4,0,4\n2026,2,S1,4,1,4\n2026,13,S1,4,0,4\n,,S1,1,1,2\n"
        },
    )
    assert region.query("select period from landing.delivery where feed = 'movement'") == [
        ("2025-12-01..2026-02-28",)
    ]
    assert region.query(
        "select period_start_date, period_end_date, closing, _warnings "
        "from landing.movement order by 1"
    ) == [
        (date(2025, 12, 1), date(2025, 12, 31), Decimal(4), None),
        (date(2026, 1, 1), date(2026, 1, 31), Decimal(4), None),
        (date(2026, 2, 1), date(2026, 2, 28), Decimal(4), ["movement_not_balanced"]),
    ]
    assert region.query("select row_no, reasons from landing.quarantined_row order by 1") == [
        (5, ["period_start_date_invalid"]),
        (6, ["period_start_date_missing"]),
    ]


def test_balances_without_a_day_are_those_of_the_file_or_of_its_receipt(
    deployment: Deployment,
) -> None:
    text = "Customer,Invoice No,Amount\nD1,A1,5.00\n"
    region = deployment(
        "sender: ERP\nfeeds: {receivable: {period: none}}",
        {"ERP/receivable/all.csv": text, "FIN/receivable/FIN_receivable_20261120.csv": text},
    )
    assert region.query("select _sender, as_of_date from landing.receivable order by 1") == [
        ("ERP", date(2026, 11, 22)),
        ("FIN", date(2026, 11, 20)),
    ]


def test_a_ticket_is_dated_by_the_time_it_was_opened(deployment: Deployment) -> None:
    region = deployment(
        "sender: P1\nfeeds: {ticket: {values: {ticket_status: {Open - Dup: duplicate}}}}",
        {
            "P1/ticket/tickets.csv": "Ticket No,Opened At,Type,Status,Done At\n"
            "T1,2026-11-03 09:15,报修,Open - Dup,\n"
            "T2,2026-11-04 10:00,维修,已完成,2026-11-03 10:00\n"
            "T3,,投诉,,\nT4,yesterday,投诉,,\n"
        },
    )
    assert region.query("select period from landing.delivery where feed = 'ticket'") == [
        ("2026-11",)
    ]
    assert region.query(
        "select ticket_id, opened_date, ticket_type, ticket_status, _warnings "
        "from landing.ticket order by 1"
    ) == [
        ("T1", date(2026, 11, 3), "报修", "duplicate", ["ticket_type_not_listed"]),
        ("T2", date(2026, 11, 4), "repair", "done", ["done_before_opened"]),
    ]
    assert region.query("select row_no, reasons from landing.quarantined_row order by 1") == [
        (4, ["opened_date_missing"]),
        (5, ["opened_at_invalid"]),
    ]
