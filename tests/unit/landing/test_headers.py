"""Headers: the row that names most columns, in any spelling the contract or the sender knows."""

from __future__ import annotations

import pytest

from pipelines.contracts import Contract
from pipelines.landing.mapping import PLAIN, FeedMapping
from pipelines.landing.reading.headers import SEARCHED_ROWS, find_header

PLAIN_HEADER = ["单据号", "单据日期", "商品编码", "数量"]
SPELLINGS = ["Invoice No", "invoice_no", "INVOICE NO.", " invoice-no ", "Ｉｎｖｏｉｃｅ　Ｎｏ"]
SPELLINGS += ["Invoice\nNo", "(Invoice No)", "\ufeffInvoice No"]


def test_the_header_is_found_below_titles_and_blank_rows(sellout: Contract) -> None:
    rows = [["某某商贸 销售流向"], [], ["", None], PLAIN_HEADER, ["A1", "2026-11-16", "S1", "3"]]
    header = find_header(rows, sellout, PLAIN)
    assert header is not None
    assert (header.index, header.missing) == (3, ())
    assert header.columns == {0: "document_no", 1: "sold_date", 2: "sku_code", 3: "quantity"}


@pytest.mark.parametrize("text", SPELLINGS)
def test_width_case_blanks_and_punctuation_do_not_matter(text: str, sellout: Contract) -> None:
    header = find_header([[text, "Date", "Item No", "Qty"]], sellout, PLAIN)
    assert header is not None
    assert header.columns[0] == "document_no"


def test_required_columns_nobody_sent_are_named_in_the_order_of_the_contract(
    sellout: Contract,
) -> None:
    header = find_header([["数量", "金额"]], sellout, PLAIN)
    assert header is not None
    assert header.missing == ("document_no", "sold_date", "sku_code")


def test_a_column_the_sender_fills_or_that_has_a_default_is_never_missing(
    sellout: Contract,
) -> None:
    header = find_header([PLAIN_HEADER], sellout, PLAIN)
    assert header is not None
    assert not {"distributor_code", "doc_type"} & set(header.missing)


def test_headers_nobody_knows_are_left_alone(sellout: Contract) -> None:
    header = find_header([["备注", *PLAIN_HEADER, "司机"]], sellout, PLAIN)
    assert header is not None
    assert set(header.columns) == {1, 2, 3, 4}
    assert header.texts == ("备注", *PLAIN_HEADER, "司机")


def test_of_two_headers_for_one_column_the_first_counts(sellout: Contract) -> None:
    header = find_header([["单号", "单据号", "日期", "货号", "数量"]], sellout, PLAIN)
    assert header is not None
    assert header.columns == {0: "document_no", 2: "sold_date", 3: "sku_code", 4: "quantity"}


def test_the_words_of_the_sender_win_over_those_of_the_contract(sellout: Contract) -> None:
    mapping = FeedMapping(columns={"sold_date": ["数量"], "quantity": ["件数"]})
    header = find_header([["单据号", "数量", "商品编码", "件数"]], sellout, mapping)
    assert header is not None
    assert header.columns == {0: "document_no", 1: "sold_date", 2: "sku_code", 3: "quantity"}


def test_the_contract_still_knows_its_own_words_beside_those_of_the_sender(
    sellout: Contract,
) -> None:
    mapping = FeedMapping(columns={"document_no": ["流水号"]})
    for word in ("流水号", "单据号", "document_no"):
        header = find_header([[word, "日期", "货号", "数量"]], sellout, mapping)
        assert header is not None
        assert header.columns[0] == "document_no"


def test_empty_cells_at_the_end_do_not_widen_the_table(sellout: Contract) -> None:
    header = find_header([[*PLAIN_HEADER, "", None, " "]], sellout, PLAIN)
    assert header is not None
    assert header.texts == tuple(PLAIN_HEADER)


def test_the_first_of_two_equal_header_rows_is_the_header(sellout: Contract) -> None:
    header = find_header([["x"], PLAIN_HEADER, PLAIN_HEADER], sellout, PLAIN)
    assert header is not None
    assert header.index == 1


def test_a_table_of_something_else_has_no_header(sellout: Contract) -> None:
    assert find_header([["车牌号", "司机"], ["沪A1", "甲"]], sellout, PLAIN) is None
    assert find_header([], sellout, PLAIN) is None


def test_a_header_far_down_is_not_looked_for(sellout: Contract) -> None:
    rows = [["x"]] * SEARCHED_ROWS
    assert find_header([*rows, PLAIN_HEADER], sellout, PLAIN) is None
    assert find_header([*rows[1:], PLAIN_HEADER], sellout, PLAIN) is not None


def test_a_column_may_stand_in_several_of_theirs(contracts: dict[str, Contract]) -> None:
    mapping = FeedMapping(joined={"period_start_date": ["year", "month"]})
    header = find_header([["Year", "Month", "Item No", "Closing"]], contracts["movement"], mapping)
    assert header is not None
    assert header.joined == {"period_start_date": (0, 1)}
    assert header.columns == {2: "sku_code", 3: "closing"}


def test_a_header_joined_to_a_column_may_mean_one_of_its_own(sellout: Contract) -> None:
    mapping = FeedMapping(joined={"document_no": ["日期", "客户编码"]})
    header = find_header([["日期", "客户编码", "货号", "数量"]], sellout, mapping)
    assert header is not None
    assert header.missing == ()
    assert header.joined == {"document_no": (0, 1)}
    assert header.columns == {0: "sold_date", 1: "outlet_code", 2: "sku_code", 3: "quantity"}


def test_a_joined_column_with_a_part_missing_is_what_the_contract_says(
    contracts: dict[str, Contract],
) -> None:
    mapping = FeedMapping(joined={"period_start_date": ["year", "month no"]})
    header = find_header([["year", "Month", "Item No"]], contracts["movement"], mapping)
    assert header is not None
    assert header.columns == {1: "period_start_date", 2: "sku_code"}


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        (["Ticket No", "Opened At"], ()),
        (["Ticket No", "Creation Date"], ()),
        (["Ticket No", "Status"], ("opened_date",)),
    ],
)
def test_a_day_may_stand_in_its_own_column_or_in_that_of_the_time(
    headers: list[str], missing: tuple[str, ...], contracts: dict[str, Contract]
) -> None:
    header = find_header([headers], contracts["ticket"], PLAIN)
    assert header is not None
    assert header.missing == missing
