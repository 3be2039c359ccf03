"""Half a year of a pharmacy in one workbook: days that never were, returns, rows told twice.

The workbook is read again with openpyxl, row by row; our reader is another one.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from tests.integration.region import Region
from tests.real.arrival import REAL, landed, only_with

NAME = "cn_pharmacy"
FILE = "朝阳医院2018年销售数据.xlsx"
pytestmark = only_with(NAME)

Rows = dict[int, tuple[Any, ...]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Row number → day, card, code, name, quantity, amount due, amount paid."""
    sheet = openpyxl.load_workbook(REAL / NAME / FILE, read_only=True).worksheets[0]
    return dict(enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2))


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    files = {FILE: (REAL / NAME / FILE).read_bytes()}
    return landed(NAME, tmp_path_factory.mktemp("real"), files, "2018-07-30 09:00:00")


def is_day(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def repeats(rows: Rows) -> list[int]:
    seen: Counter[tuple[Any, ...]] = Counter()
    found = []
    for number, row in rows.items():
        seen[row] += 1
        if seen[row] > 1 and any(cell is not None for cell in row):
            found.append(number)
    return found


def structural(region: Region, kind: str) -> list[int]:
    found = region.query(
        "select _row_no from landing.sellout_all where _verdict ->> 'kind' = ? order by 1", [kind]
    )
    return [row for (row,) in found]


def test_days_that_never_were_are_named_row_by_row(region: Region, rows: Rows) -> None:
    impossible = [n for n, row in rows.items() if row[0] and not is_day(row[0])]
    assert len(impossible) == 23
    assert {rows[number][0][:10] for number in impossible} == {"2018-02-29"}
    found = region.query(
        "select row_no, reasons from landing.quarantined_row where raw ->> '购药时间' is not null "
        "order by 1"
    )
    assert found == [(number, ["sold_date_invalid"]) for number in impossible]


def test_a_row_without_a_day_is_held_back_and_one_without_anything_is_blank(
    region: Region, rows: Rows
) -> None:
    empty = [n for n, row in rows.items() if not any(cell is not None for cell in row)]
    dayless = [n for n, row in rows.items() if row[0] is None and n not in empty]
    assert len(empty) == len(dayless) == 1
    assert structural(region, "blank_row") == empty
    assert region.query(
        "select row_no, reasons from landing.quarantined_row where raw ->> '购药时间' is null"
    ) == [(dayless[0], ["document_no_missing", "sold_date_missing"])]


def test_negative_quantities_are_returns(region: Region, rows: Rows) -> None:
    back = {n: row for n, row in rows.items() if row[4] is not None and row[4] < 0}
    assert len(back) == 16
    found = region.query(
        "select _row_no, quantity, reported_amount from landing.sellout "
        "where doc_type = 'return' order by 1"
    )
    assert [(n, float(quantity), float(paid)) for n, quantity, paid in found] == [
        (number, row[4], row[6]) for number, row in back.items()
    ]


def test_rows_told_twice_are_named_and_counted_once(region: Region, rows: Rows) -> None:
    """Their card differs from that of other buyers of the same on that day, who all count."""
    told_twice = repeats(rows)
    assert len(told_twice) == 4
    assert structural(region, "repeated_row") == told_twice


def test_all_other_rows_are_sales_with_their_quantity_and_money(region: Region, rows: Rows) -> None:
    left_out = set(repeats(rows))
    taken = {n: r for n, r in rows.items() if r[0] and is_day(r[0]) and n not in left_out}
    found = region.query(
        "select _row_no, sold_date, their_sku_code, quantity, reported_amount from landing.sellout"
    )
    assert {row[0]: row[1:] for row in found} == {
        number: (
            date.fromisoformat(row[0][:10]),
            str(row[2]),
            Decimal(str(row[4])),
            round(Decimal(str(row[6])), 2),
        )
        for number, row in taken.items()
    }


def test_no_card_number_is_shown_or_landed(region: Region) -> None:
    [(shown, columns)] = region.query(
        "select count(*) filter (raw_masked ->> '社保卡号' <> '***'), "
        "(select count(*) from duckdb_columns() where table_name = 'sellout_all' "
        "and column_name in ('outlet_code', 'their_outlet_code', 'rep_code')) "
        "from landing.quarantined_row"
    )
    assert (shown, columns) == (0, 0)
