"""A year of a wholesaler's daily files: credit notes, write-offs, repeats, nameless customers.

Each expectation is worked out from the 305 files in polars, without the warehouse.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from tests.integration.region import Region
from tests.real.arrival import REAL, landed, only_with

NAME = "uci_online_retail"
pytestmark = only_with(NAME)


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """Every row sent, what is to become of it, and its row number in its file."""
    files = [
        pl.read_csv(file, infer_schema_length=0)
        .with_columns(file=pl.lit(file.name))
        .with_row_index("row_no", offset=2)
        for file in sorted((REAL / NAME).glob("*.csv"))
    ]
    sent = pl.concat(files)
    cells = [name for name in sent.columns if name != "row_no"]
    return sent.with_columns(
        quantity=pl.col("Quantity").cast(pl.Int64),
        price=pl.col("UnitPrice").cast(pl.Decimal(18, 4)),
        is_credit_note=pl.col("InvoiceNo").str.starts_with("C"),
        is_repeat=~pl.struct(cells).is_first_distinct(),
    ).with_columns(
        is_refused=~pl.col("is_repeat") & ~pl.col("is_credit_note") & (pl.col("quantity") < 0)
    )


@pytest.fixture(scope="module")
def taken(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(~pl.col("is_repeat") & ~pl.col("is_refused"))


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    files = {file.name: file.read_bytes() for file in sorted((REAL / NAME).glob("*.csv"))}
    return landed(NAME, tmp_path_factory.mktemp("real"), files, "2011-12-10 09:00:00")


def test_the_source_is_what_it_is_said_to_be(rows: pl.DataFrame) -> None:
    alike = rows.group_by("InvoiceNo", "StockCode").len()
    assert rows.height == 541_909
    assert rows.filter(pl.col("quantity") < 0).height == 10_624
    assert rows.filter(pl.col("CustomerID").is_null()).height == 135_080
    assert rows.filter(pl.col("price") <= 0).height == 2_517
    assert alike["len"].sum() - alike.height == 10_684
    assert rows["is_repeat"].sum() == 5_268


def test_every_row_of_every_file_is_accounted_for(region: Region, rows: pl.DataFrame) -> None:
    expected = rows.group_by("file").agg(
        read=pl.len() + 1,
        taken=(~pl.col("is_repeat") & ~pl.col("is_refused")).sum(),
        refused=pl.col("is_refused").sum(),
        structural=pl.col("is_repeat").sum() + 1,
        quantity=pl.col("quantity").filter(~pl.col("is_repeat")).sum(),
    )
    found = region.query(
        "select file_name, rows_read, rows_loaded, rows_quarantined, rows_structural, "
        "quantity_loaded + quantity_quarantined from landing.delivery where status = 'loaded'"
    )
    assert sorted(found) == [
        (*counts, Decimal(quantity)) for *counts, quantity in sorted(expected.rows())
    ]


def test_every_day_of_trade_is_a_delivery_and_no_other_day(
    region: Region, rows: pl.DataFrame
) -> None:
    days = {date.fromisoformat(moment[:10]) for moment in rows["InvoiceDate"].unique()}
    found = region.query(
        "select period_start, period_end, file_name from landing.delivery order by 1"
    )
    assert found == [(day, day, f"{day}.csv") for day in sorted(days)]
    span = max(days) - min(days) + timedelta(days=1)
    assert len(days) == 305 < span.days


def test_credit_notes_are_returns_and_nothing_else_is(region: Region, taken: pl.DataFrame) -> None:
    notes = taken.filter(pl.col("is_credit_note"))
    found = region.query(
        "select d.file_name, v._row_no, v.quantity from landing.sellout as v "
        "inner join landing.delivery as d on v._delivery_id = d.delivery_id "
        "where v.doc_type = 'return'"
    )
    assert {(file, row): int(quantity) for file, row, quantity in found} == {
        (file, row): quantity
        for file, row, quantity in notes.select("file", "row_no", "quantity").rows()
    }
    assert (notes["quantity"] < 0).all()


def test_goods_written_off_without_a_credit_note_are_held_back_one_by_one(
    region: Region, rows: pl.DataFrame
) -> None:
    found = region.query(
        "select d.file_name, q.row_no, q.reasons from landing.quarantined_row as q "
        "inner join landing.delivery as d on q.delivery_id = d.delivery_id"
    )
    refused = rows.filter(pl.col("is_refused")).select("file", "row_no").rows()
    assert sorted(found) == [(file, row, ["negative_sale"]) for file, row in sorted(refused)]


def test_exact_repeats_are_dropped_and_other_lines_of_one_sku_are_kept(
    region: Region, rows: pl.DataFrame, taken: pl.DataFrame
) -> None:
    repeats = region.query(
        "select d.file_name, r._row_no from landing.sellout_all as r "
        "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
        "where r._verdict ->> 'kind' = 'repeated_row'"
    )
    assert sorted(repeats) == sorted(rows.filter("is_repeat").select("file", "row_no").rows())
    lines = taken.group_by("InvoiceNo", "StockCode").len()
    assert region.query(
        "select count(*), count(*) filter (n > 1), max(n) from (select count(*) as n "
        "from landing.sellout group by document_no, sku_code)"
    ) == [(lines.height, lines.filter(pl.col("len") > 1).height, lines["len"].max())]


def test_lines_without_a_customer_and_without_a_price_keep_their_volume(
    region: Region, taken: pl.DataFrame
) -> None:
    nameless = taken.filter(pl.col("CustomerID").is_null())
    priceless = taken.filter(pl.col("price") <= 0)
    assert region.query(
        "select count(*), sum(quantity) from landing.sellout where outlet_code is null"
    ) == [(nameless.height, nameless["quantity"].sum())]
    assert region.query(
        "select count(*), sum(quantity), sum(unit_price) from landing.sellout where unit_price <= 0"
    ) == [(priceless.height, priceless["quantity"].sum(), priceless["price"].sum())]
