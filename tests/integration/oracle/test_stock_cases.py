"""Stock models over thousands of made-up cases, beside plain loops over the same rows."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl

from tests.integration.compiled import AS_OF, Compiled
from tests.integration.oracle import layering
from tests.integration.oracle.frames import differences
from tests.integration.oracle.movement_cases import DAY, PIECES_PER_CASE, made_up
from tests.integration.oracle.reconciling import GAPS, WORST_FIRST, reconciled

LIMITS = {
    "movement_gap_cases": Decimal(1),
    "movement_gap_ratio": Decimal("0.005"),
    "movement_gap_fail_times": Decimal(4),
    "invoice_within_days": Decimal(7),
}
PERIOD_KEYS = ["distributor_code", "sku_code", "period_type", "period_start_date"]
LAYER_KEYS = ["distributor_code", "sku_code", "week_start_date", "production_date"]


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None)


def test_a_movement_report_is_judged_as_a_loop_over_its_rows_judges_it(compiled: Compiled) -> None:
    reports = made_up(Random(1), distributors=2000)
    days = [date(2025, 12, 1) + number * DAY for number in range(380)]
    workdays = [day for day in days if day.isoweekday() <= 5]
    owners = sorted({row["distributor_code"] for row in reports.movement})

    mart = compiled.run(
        "stock_reconciliation",
        given={
            "int_threshold_applied": frame([LIMITS]),
            "fct_stock_movement": frame(reports.movement),
            "fct_sellin_line": frame(reports.sellin),
            "fct_sellout_line": frame(reports.sellout),
            "delivery": frame(reports.files),
            "int_sender_distributor": pl.DataFrame(
                {"feed": "sellout", "sender": owners, "distributor_code": owners}
            ),
            "int_workday": pl.DataFrame(
                {"date_day": days, "is_workday": [day in workdays for day in days]}
            ),
            "dim_sku": frame(
                [
                    {"sku_code": sku, "is_current": True, "pieces_per_case": size}
                    for sku, size in PIECES_PER_CASE.items()
                ]
            ),
        },
    )

    expected = frame(reconciled(reports, workdays, AS_OF))
    assert expected.height > 5000
    for check in [*GAPS, "status"]:
        assert min(Counter(expected[check])[verdict] for verdict in WORST_FIRST) > 10
    assert differences(mart, expected, PERIOD_KEYS) == []


def test_stock_without_dates_is_as_old_as_its_pieces_told_one_by_one(compiled: Compiled) -> None:
    counts, receipts = layering.made_up(Random(1), distributors=1500)

    model = compiled.run(
        "int_stock_layer",
        given={
            "fct_stock_snapshot": frame(counts),
            "fct_sellin_line": frame(receipts),
            "dim_sku": frame(
                [
                    {"sku_code": sku, "is_current": True, "shelf_life_days": days}
                    for sku, days in layering.SHELF_LIFE.items()
                ]
            ),
        },
    )

    expected = frame(layering.layers(counts, receipts))
    assert expected.filter(pl.col("production_date").is_null()).height > 500
    assert expected.filter(pl.col("production_date").is_not_null()).height > 500
    assert differences(model, expected, LAYER_KEYS) == []
