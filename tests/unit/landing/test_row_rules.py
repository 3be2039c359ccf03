"""What rows are judged by: prices, units in a quantity, words in any characters."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import Contract
from pipelines.landing.layout import Layout
from pipelines.landing.mapping import PLAIN, FeedMapping
from pipelines.landing.reading.headers import find_header
from pipelines.landing.reading.readers import TableFile
from pipelines.landing.rows.expressions import code_spellings, install, same_word
from pipelines.landing.rows.findings import findings
from pipelines.landing.rows.lookups import Lookups
from pipelines.landing.rows.onepass import insert_statement
from pipelines.landing.rows.prices import fault
from pipelines.landing.rows.units import mixed_pieces
from pipelines.landing.rows.words import total_kind
from pipelines.landing.thresholds import OF_ROWS

HEADER = ("单据号", "单据日期", "商品编码", "数量", "金额")
PRICED = Lookups(sku_master=True, packs=True, prices=True)


@pytest.fixture(scope="module")
def con() -> Generator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoload_known_extensions": "false"}) as con:
        install(con)
        yield con


def layout_of(
    contract: Contract, texts: Sequence[str] = HEADER, mapping: FeedMapping = PLAIN
) -> Layout:
    header = find_header([texts], contract, mapping)
    assert header
    return Layout(contract, mapping, TableFile(Path("a.csv"), "csv", header, 1, 2, "utf-8"))


def said_of(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    ratio: float | None,
    doc_type: str = "sale",
    per_unit: int = 1,
) -> str | None:
    """What is said of a price that is so many times the list price; 24 a case, 6 an inner pack."""
    row = (
        "select ?::double as _price_ratio, ? as doc_type, 10 as quantity, "
        "10 * ? as quantity_pieces, 24 as _per_case, 6 as _per_inner"
    )
    statement = f"select {fault(layout_of(contract), OF_ROWS)} from ({row})"
    found = con.execute(statement, [ratio, doc_type, per_unit]).fetchone()
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (None, None),
        (1, None),
        (1.49, None),
        (0.67, None),
        (1.51, "price_unusual"),
        (0.66, "price_unusual"),
        (0.51, "price_unusual"),
        (0.34, "price_unusual"),
        (0.33, "price_implausible"),
        (2.9, "price_unusual"),
        (3.1, "looks_like_inners"),
        (8.9, "looks_like_inners"),
        (9.5, "price_implausible"),
        (12.1, "looks_like_cases"),
        (24, "looks_like_cases"),
        (35.9, "looks_like_cases"),
        (37, "price_implausible"),
        (0, "price_unusual"),
    ],
)
def test_a_price_far_from_the_list_price_is_said_to_fit_another_unit_only_if_it_does(
    ratio: float | None, said: str | None, con: duckdb.DuckDBPyConnection, sellout: Contract
) -> None:
    assert said_of(con, sellout, ratio) == said


def test_a_quantity_said_to_be_in_cases_may_be_in_pieces(
    con: duckdb.DuckDBPyConnection, sellout: Contract
) -> None:
    assert said_of(con, sellout, 1 / 24, per_unit=24) == "looks_like_pieces"
    assert said_of(con, sellout, 6 / 24, per_unit=24) == "looks_like_inners"


@pytest.mark.parametrize("doc_type", ["free", "exchange"])
def test_what_is_given_away_or_exchanged_has_no_price(
    doc_type: str, con: duckdb.DuckDBPyConnection, sellout: Contract
) -> None:
    assert said_of(con, sellout, 0, doc_type) is None
    assert said_of(con, sellout, 24, doc_type) is None


def test_prices_cost_nothing_where_the_master_or_the_file_has_none(sellout: Contract) -> None:
    masters = Lookups(sku_master=True, packs=True)
    unpriced = layout_of(sellout, HEADER[:-1])
    mapped = FeedMapping(units={"瓶": "piece"})
    for layout, lookups in (
        (layout_of(sellout), masters),
        (unpriced, PRICED),
        (layout_of(sellout, mapping=mapped), masters),
    ):
        statement = insert_statement(layout, lookups, OF_ROWS)
        assert "_price_ratio" not in statement
        assert "_amount_gap" not in statement
    assert "lookup_pack" not in insert_statement(
        layout_of(sellout, mapping=mapped), masters, OF_ROWS
    )


def test_limits_reach_the_statement_as_numbers(sellout: Contract) -> None:
    texts = (*HEADER, "单价")
    limits = {**OF_ROWS, "price_unusual_ratio": 1.25, "amount_differs_amount": 0.07}
    statement = insert_statement(layout_of(sellout, texts), PRICED, limits)
    assert "_price_ratio not between 0.8 and 1.25" in statement
    assert "greatest(0.07, 0.005 *" in statement


@pytest.mark.parametrize(("price_faults", "is_warning"), [("quarantine", False), ("load", True)])
def test_a_mapping_says_whether_a_price_that_cannot_be_holds_a_row_back(
    price_faults: str, is_warning: bool, sellout: Contract
) -> None:
    mapping = FeedMapping.model_validate({"price_faults": price_faults})
    layout = layout_of(sellout, (*HEADER, "单价"), mapping)
    found = findings(layout, PRICED, OF_ROWS)
    kinds = {f.warning for f in found if "<> 'price_unusual'" in f.reason or "wrong'" in f.reason}
    assert kinds == {is_warning}


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("12箱3包", 291),
        ("１２箱 ３包", 291),
        ("12箱+3包", 291),
        ("2盒", 12),
        ("1.5箱", 36),
        ("1箱2盒3瓶", 39),
        ("2Cases", 48),
        ("12麻袋", None),
        ("箱12", None),
        ("12箱3", None),
        ("-2箱", None),
        ("", None),
    ],
)
def test_a_quantity_with_its_units_inside_is_counted_where_each_is_known(
    text: str, pieces: int | None, con: duckdb.DuckDBPyConnection, sellout: Contract
) -> None:
    counted = mixed_pieces(layout_of(sellout), sellout.column("quantity"), PRICED)
    row = "select null::decimal(18, 3) as quantity, ? as _t_quantity"
    pack = "select 24 as pieces_per_case, 6 as pieces_per_inner"
    found = con.execute(f"select {counted} from ({row}) as t, ({pack}) as pack", [text]).fetchone()
    assert found == (pieces,)


@pytest.mark.parametrize(
    ("code", "others"),
    [("000777", ["777"]), ("777", []), ("000", []), ("00A1", []), ("可乐330", ["可樂330"])],
)
def test_a_code_may_have_lost_its_zeros_or_be_in_other_characters(
    code: str, others: list[str]
) -> None:
    assert code_spellings(code) == others


def test_a_word_in_other_characters_is_the_agreed_word() -> None:
    words = ["销售", "退貨"]
    assert [same_word(text, words) for text in ("銷售", " 退货", "赠品", "sale")] == [
        "销售", "退貨", "", "",
    ]  # fmt: skip


def test_headers_may_be_in_traditional_characters_and_stay_as_they_were_sent(
    sellout: Contract,
) -> None:
    texts = ("單據號", "單據日期", "商品編碼", "數量", "備註")
    header = find_header([texts], sellout, PLAIN)
    assert header
    assert list(header.columns.values()) == ["document_no", "sold_date", "sku_code", "quantity"]
    assert header.texts == texts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("合计", "total_row"),
        ("合 计：", "total_row"),
        ("總計", "total_row"),
        ("Grand Total", "total_row"),
        ("小计", "subtotal_row"),
        ("小計:", "subtotal_row"),
        ("SUBTOTAL", "subtotal_row"),
        ("合计金额", None),
        ("甲", None),
    ],
)
def test_a_total_is_told_from_a_subtotal_by_its_label(text: str, kind: str | None) -> None:
    assert total_kind(text) == kind


@pytest.mark.parametrize(
    ("opening", "came", "sold", "found", "closing", "is_said"),
    [
        (0, 0, 1, 0, 0, True),
        (10, 5, 15, 0, 0, False),
        (10, 5, 16, 0, 0, True),
        (10, 5, 16, 1, 0, False),
        (10, 5, 15, -1, 0, False),
        (-3, 5, 5, 0, 0, False),
        (None, 5, 6, 0, 0, True),
        (None, 5, 6, 0, None, False),
        (0, 0, None, 0, 0, False),
    ],
)
def test_sales_beyond_what_was_there_and_came_in_are_said_where_stock_is_reported(
    con: duckdb.DuckDBPyConnection,
    contracts: dict[str, Contract],
    opening: int | None,
    came: int,
    sold: int | None,
    found: int,
    closing: int | None,
    is_said: bool,
) -> None:
    rules = {rule.rule_id: rule for rule in contracts["movement"].rules}
    row = (
        "select ?::decimal(18, 3) as opening, ? as receipts, ? as sellout, ? as adjustment, "
        "?::decimal(18, 3) as closing, null::integer as transfer_in, "
        "null::integer as customer_returns"
    )
    sql = f"select coalesce({rules['sold_more_than_available'].sql}, false) from ({row})"
    said = con.execute(sql, [opening, came, sold, found, closing]).fetchone()
    assert said == (is_said,)
