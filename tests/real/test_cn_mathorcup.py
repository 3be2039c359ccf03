"""Sales and stock of an online retailer as Chinese Excel saves CSV: GBK, dates like 2023/6/18."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from tests.integration.region import Region
from tests.real.arrival import REAL, landed, only_with

NAME = "cn_mathorcup"
STOCK, SALES = "附件1.csv", "附件2.csv"
pytestmark = only_with(NAME)

Figures = dict[tuple[str, date], Decimal]


def figures(file: str) -> Figures:
    """Category and day → quantity."""
    text = (REAL / NAME / file).read_bytes().decode("gbk")
    _, *rows = csv.reader(io.StringIO(text, newline=""))
    return {
        (category, date(*map(int, day.split("/")))): Decimal(quantity)
        for category, day, quantity in rows
    }


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    files = {file: (REAL / NAME / file).read_bytes() for file in (STOCK, SALES)}
    return landed(NAME, tmp_path_factory.mktemp("real"), files, "2023-07-05 09:00:00")


@pytest.mark.parametrize("file", [STOCK, SALES])
def test_the_files_are_gbk_and_recognised_as_such(region: Region, file: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        (REAL / NAME / file).read_text(encoding="utf-8")
    [(encoding,)] = region.query(
        "select encoding from landing.delivery where file_name = ?", [file]
    )
    assert encoding == "gb18030"


@pytest.mark.parametrize(
    ("file", "rows", "query"),
    [
        (STOCK, 3_150, "select sku_code, snapshot_date, quantity from landing.stock"),
        (SALES, 59_396, "select sku_code, sold_date, quantity from landing.sellout"),
    ],
)
def test_every_figure_of_the_file_is_landed(
    region: Region, file: str, rows: int, query: str
) -> None:
    expected = figures(file)
    assert len(expected) == rows
    assert {(category, day): quantity for category, day, quantity in region.query(query)} == (
        expected
    )
    assert region.query(
        "select rows_read, rows_loaded, rows_quarantined, rows_structural, quantity_loaded "
        "from landing.delivery where file_name = ?",
        [file],
    ) == [(rows + 1, rows, 0, 1, sum(expected.values()))]


def test_each_file_spans_the_months_it_holds(region: Region) -> None:
    found = region.query("select file_name, period_start, period_end from landing.delivery")
    days = {file: [day for _, day in figures(file)] for file in (STOCK, SALES)}
    assert {file: (start, end) for file, start, end in found} == {
        file: (min(of_file), max(of_file)) for file, of_file in days.items()
    }
