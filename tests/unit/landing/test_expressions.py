"""From sent texts to values, asked of DuckDB itself: read when plain, refused when in doubt."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import Contract
from pipelines.landing.mapping import PLAIN, FeedMapping
from pipelines.landing.rows.expressions import install, literal, text_of, tidy_code, value_of

Value = Callable[..., Any]


@pytest.fixture(scope="module")
def con() -> Generator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoload_known_extensions": "false"}) as con:
        install(con)
        yield con


@pytest.fixture(scope="module")
def value(con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> Value:
    """The value of a text in a column such as `sellout.quantity`."""

    def valued(
        name: str,
        text: str,
        mapping: FeedMapping = PLAIN,
        date_system: int | None = None,
        unit: str = "day",
    ) -> Any:
        feed, column = name.split(".")
        made = contracts[feed].column(column)
        found = con.execute(
            f"select {value_of('t', made, mapping, date_system, unit)} "
            f"from (select {text_of('cell', made)} as t from (select ?::varchar as cell))",
            [text],
        ).fetchone()
        assert found
        return found[0]

    return valued


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        (" 12 ", "12"),
        ("-12.5", "-12.5"),
        ("+12", "12"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1,234.50", "1234.5"),
        ("-1,234,567.891", "-1234567.891"),
        ("１２３", "123"),
        ("１，２３４．５", "1234.5"),
        ("（50）", "-50"),
        ("(50)", "-50"),
        ("(1,234.50)", "-1234.5"),
        ("50-", "-50"),
        ("12.5元", "12.5"),
        ("12.5 元", "12.5"),
        ("¥12.5", "12.5"),
        ("￥1,234", "1234"),
        ("-¥12.5", "-12.5"),
        ("$5", "5"),
        ("1 234", "1234"),
        ("\u00a012\u00a0", "12"),
        ("\u300012", "12"),
        ("1E+05", "100000"),
        ("\N{MINUS SIGN}12", "-12"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: str, value: Value) -> None:
    assert value("sellout.quantity", text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1,2", "1,23,456", "1.234,5", "1,2345", "12%", "12kg", "abc", "--5", "(-5)", "5--",
     "1.2.3", "0x10", "inf", "nan", "true", "1/2", "约12", "12-13", "¥", "元", "-", ",", ".", "()",
     "1\u200b2", "99999999999999999999"],
)  # fmt: skip
def test_what_is_not_plainly_a_number_is_none(text: str, value: Value) -> None:
    assert value("sellout.quantity", text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.2万", "12000"), ("3萬", "30000"), ("（0.5）万元", "-5000"), ("1,200 万", "12000000"),
     ("万", None), ("1.2万3", None), ("1e99万", None)],
)  # fmt: skip
def test_ten_thousands_are_read_only_of_senders_who_agreed_on_them(
    text: str, number: str | None, value: Value
) -> None:
    found = value("sellout.reported_amount", text, FeedMapping(wan=True))
    assert found == (Decimal(number) if number else None)
    assert value("sellout.reported_amount", text) is None


@settings(max_examples=150, deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_every_amount_reads_back_in_every_way_of_writing(value: Value, amount: Decimal) -> None:
    signs = [f"{amount:.2f}", f"{amount:,.2f}", f"{amount:,.2f}元"]
    if amount < 0:
        signs += [f"({-amount:.2f})", f"{-amount:,.2f}-"]
    assert {value("sellout.reported_amount", text) for text in signs} == {amount}


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("12.0", 12), ("1,234", 1234), ("12.5", None), ("x", None)]
)
def test_a_whole_number_is_whole(text: str, number: int | None, value: Value) -> None:
    assert value("sellout.line_no", text) == number


@pytest.mark.parametrize(
    "text",
    ["2026-11-06", "2026/11/06", "2026/11/6", "2026.11.6", "20261106", "2026年11月6日",
     " 2026-11-06 ", "2026-11-6", "2026-11-06 08:30:00", "2026-11-06T08:30:00", "2026/11/6 8:30"],
)  # fmt: skip
def test_a_day_is_read_as_people_and_programs_write_it(text: str, value: Value) -> None:
    assert value("sellout.sold_date", text) == date(2026, 11, 6)


@pytest.mark.parametrize(
    "text",
    ["", "06/11/2026", "11/06/2026", "26-11-06", "2026-11", "202611", "2026-11-31", "2026-13-01",
     "0", "1900-01-00", "1900-01-01", "46332", "today", "-infinity", "06-Nov-2026",
     "2026116", "infinity",
     "epoch"],
)  # fmt: skip
def test_what_is_not_plainly_a_day_is_none(text: str, value: Value) -> None:
    assert value("sellout.sold_date", text) is None


@pytest.mark.parametrize(
    ("style", "text"),
    [("%d/%m/%Y", "06/11/2026"), ("%m/%d/%Y", "11/06/2026"), ("%d-%b-%Y", "06-Nov-2026")],
)
def test_a_date_style_of_the_sender_is_read_beside_the_usual_ones(
    style: str, text: str, value: Value
) -> None:
    mapping = FeedMapping(dates=[style])
    assert value("sellout.sold_date", text, mapping) == date(2026, 11, 6)
    assert value("sellout.sold_date", "2026-11-06", mapping) == date(2026, 11, 6)


def test_the_style_of_the_sender_is_asked_first(value: Value) -> None:
    mapping = FeedMapping(dates=["%Y/%d/%m"])
    assert value("sellout.sold_date", "2026/06/11", mapping) == date(2026, 11, 6)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_bare_number_in_a_workbook_is_the_day_excel_shows(value: Value, day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert value("sellout.sold_date", str(serial), PLAIN, 1900) == day
    assert value("sellout.sold_date", f"{serial}.75", PLAIN, 1900) == day
    assert value("sellout.sold_date", str(serial)) is None


def test_a_number_means_another_day_where_days_count_from_1904(value: Value) -> None:
    assert value("sellout.sold_date", "46349", PLAIN, 1900) == date(2026, 11, 23)
    assert value("sellout.sold_date", "46349", PLAIN, 1904) == date(2030, 11, 24)
    assert value("sellout.sold_date", "44887", PLAIN, 1904) == date(2026, 11, 23)


@pytest.mark.parametrize("text", ["2026-11", "2026/11", "2026.11", "202611", "2026年11月",
                                  "2026-11-05", "2026/11/05", "2026-11-01 00:00:00"])  # fmt: skip
def test_a_month_is_its_first_day(text: str, value: Value) -> None:
    assert value("claim.claim_month", text) == date(2026, 11, 1)


@pytest.mark.parametrize("text", ["", "2026-13", "11/2026", "Nov-26", "2026", "20261"])
def test_what_is_not_plainly_a_month_is_none(text: str, value: Value) -> None:
    assert value("claim.claim_month", text) is None


def test_a_bare_number_in_a_workbook_is_the_month_excel_shows_or_none(value: Value) -> None:
    assert value("claim.claim_month", "46327", PLAIN, 1900) in (None, date(2026, 11, 1))


@pytest.mark.parametrize(
    "text", ["2026-11-20 08:30", "2026-11-20 08:30:00", "2026/11/20 8:30", "2026.11.20 08:30"]
)
def test_a_time_is_read_to_the_second(text: str, value: Value) -> None:
    assert value("patrol_log.actual_at", text) == datetime(2026, 11, 20, 8, 30)


@pytest.mark.parametrize(
    "text", ["", "08:30", "20/11/2026 08:30", "2026-11-20T08:30:00Z", "2026-11-20 08:30:00+08:00"]
)
def test_a_time_of_another_zone_or_form_is_none(text: str, value: Value) -> None:
    assert value("patrol_log.actual_at", text) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [("是", True), ("否", False), ("TRUE", True), ("n", False), ("1", True), ("0", False),
     ("含税", True), ("不含税", False), (" 是 ", True), ("maybe", None), ("", None), ("2", None)],
)  # fmt: skip
def test_yes_and_no_are_read_and_nothing_else(text: str, answer: bool | None, value: Value) -> None:
    assert value("sellout.tax_included", text) is answer


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("S10133", "S10133"),
        (" S10133 ", "S10133"),
        ("Ｓ１０１３３", "S10133"),
        ("000123", "000123"),
        ("S\u200b1", "S1"),
        ("\ufeffS1\u00a0", "S1"),
        ("S–1", "S-1"),
        ("S—1", "S-1"),
        ("①", "1"),
        ("s1", "s1"),
        ("10 20", "10 20"),
        ("", None),
        (" \u3000", None),
    ],
)
def test_a_code_has_one_form(text: str, code: str | None, value: Value) -> None:
    assert value("sellout.sku_code", text) == code
    assert value("sellout.outlet_code", text) == code
    assert value("sellout.document_no", text) == code


@given(st.text(max_size=12))
def test_a_code_brought_into_form_stays_as_it_is(text: str) -> None:
    assert tidy_code(tidy_code(text)) == tidy_code(text)


def test_a_text_keeps_its_width_and_loses_the_blanks_around_it(value: Value) -> None:
    assert value("sellout.promo_code", "\u3000Ａ－１ 买一赠一 ") == "Ａ－１ 买一赠一"


@pytest.mark.parametrize(
    ("text", "word"),
    [("sale", "sale"), ("SALE", "sale"), ("销售", "sale"), (" 退货 ", "return"),
     ("Return", "return"), ("赠品", "free"), ("出库", None), ("", None)],
)  # fmt: skip
def test_a_word_is_one_the_contract_knows(text: str, word: str | None, value: Value) -> None:
    assert value("sellout.doc_type", text) == word


def test_a_word_of_the_sender_is_known_beside_those_of_the_contract(value: Value) -> None:
    mapping = FeedMapping(
        values={"doc_type": {"销售出库": "sale", "销售": "exchange", "It's": "free"}}
    )
    found = [
        value("sellout.doc_type", word, mapping) for word in ("销售出库", "销售", "it's", "退货")
    ]
    assert found == ["sale", "exchange", "free", "return"]


@given(st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_literal_is_the_text_and_never_sql(con: duckdb.DuckDBPyConnection, text: str) -> None:
    if "\x00" in text:
        return
    assert con.execute(f"select {literal(text)}").fetchall() == [(text,)]


@pytest.mark.parametrize(
    "name", ["sellout.quantity", "sellout.sold_date", "sellout.sku_code", "sellout.doc_type",
             "sellout.tax_included", "sellout.line_no", "claim.claim_month", "patrol_log.actual_at"]
)  # fmt: skip
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=12))
def test_no_text_whatever_stops_the_statement(name: str, text: str, value: Value) -> None:
    value(name, text.replace("\x00", ""), PLAIN, 1900)


def test_a_week_of_days_reads_in_order(value: Value) -> None:
    first = date(2026, 11, 16)
    days = [first + timedelta(days=number) for number in range(7)]
    assert [value("sellout.sold_date", f"{day:%Y%m%d}") for day in days] == days


@pytest.mark.parametrize(
    ("text", "unit", "first"),
    [
        ("2026-11", "month", date(2026, 11, 1)),
        ("2026年11月", "month", date(2026, 11, 1)),
        ("202611", "month", date(2026, 11, 1)),
        ("2026/11/30", "month", date(2026, 11, 1)),
        ("2019-1", "month", date(2019, 1, 1)),
        ("2026-W47", "week", date(2026, 11, 16)),
        ("2026w47", "week", date(2026, 11, 16)),
        ("2026-W01", "week", date(2025, 12, 29)),
        ("2026-11-22", "week", date(2026, 11, 16)),
        ("2026-11-22", "day", date(2026, 11, 22)),
        ("2026-W54", "week", None),
        ("2026-13", "month", None),
        ("11月", "month", None),
        ("2026-W47", "month", None),
    ],
)
def test_a_period_is_the_first_day_of_the_month_or_week_it_names(
    value: Value, text: str, unit: str, first: date | None
) -> None:
    assert value("movement.period_start_date", text, unit=unit) == first


def test_a_period_is_read_as_the_sender_writes_it(value: Value) -> None:
    mapping = FeedMapping(dates=["%b %Y"])
    assert value("movement.period_start_date", "Nov 2026", mapping, unit="month") == date(
        2026, 11, 1
    )


@pytest.mark.parametrize(
    ("text", "kept"), [("走廊", "corridor"), ("corridor", "corridor"), ("Kitchen 3", "Kitchen 3")]
)
def test_a_word_outside_an_open_list_is_kept_as_sent(value: Value, text: str, kept: str) -> None:
    assert value("cleaning.item_code", text) == kept


@pytest.mark.parametrize(
    ("text", "passed"), [("合格", True), ("不合格", False), ("Conditional", True)]
)
def test_yes_and_no_are_read_in_the_words_of_the_field_and_of_the_sender(
    value: Value, text: str, passed: bool
) -> None:
    mapping = FeedMapping(values={"is_passed": {"Conditional": "true"}})
    assert value("cleaning.is_passed", text, mapping) is passed
