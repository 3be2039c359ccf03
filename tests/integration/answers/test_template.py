"""A template, filled in by a person, lands like any other file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml

from pipelines.answers.columns import Asked, asked
from pipelines.answers.template import Form, file_name, write_template
from pipelines.contracts import Contract, is_note, load_contracts
from pipelines.landing import land
from pipelines.landing.mapping import PLAIN, FeedMapping
from pipelines.landing.periods import ALL, period_of
from pipelines.settings import PROJECT, Settings

CONTRACTS = load_contracts(PROJECT / "quality" / "contracts")
TODAY = date(2026, 11, 16)
GTIN = "4006381333931"
ROWS = 2
MASTERS = ("sku", "outlet")
DAYS = {1: datetime(2026, 11, 15), 2: datetime(2026, 11, 16)}
"""The second is a Monday: some weeks are told by the day they begin on."""
OWN = FeedMapping(
    sheet="我的 表",
    columns={"sold_date": ["日期"], "quantity": ["金额"], "reported_amount": ["总价"]},
    values={"doc_type": {"销售出库": "sale"}},
    units={"听": 1, "大箱": 24},
)


def deployment(folder: Path, feeds: list[str], mapping: FeedMapping | None = None) -> Settings:
    (folder / "mappings").mkdir(parents=True)
    values = {"name": "试", "language": "zh", "feeds": feeds, "as_of": TODAY}
    (folder / "deployment.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    if mapping:
        stated = {"sender": "D001", "feeds": {feeds[0]: mapping.model_dump(exclude_defaults=True)}}
        (folder / "mappings" / "D001.yaml").write_text(yaml.safe_dump(stated), encoding="utf-8")
    return Settings.load(folder)


def value(contract: Contract, item: Asked, number: int) -> Any:
    """What a clerk may well write there; codes begin with zeros."""
    column = item.column
    if item.words:
        return item.words[number % len(item.words)]
    if column.logical_type == "date":
        is_free = column.key_position == 1 and column.name != contract.business_date
        return DAYS[number] if is_free else DAYS[2]
    if column.logical_type == "timestamp":
        return datetime(2026, 11, 16, 9 if column.name.endswith("_to") else 8, 30)
    if column.logical_type in ("number", "integer"):
        return number if column.key_position or column.pieces or column.control else 1
    # a lane leads from one to the other
    other = ROWS + 1 - number if column.name.startswith("to_") else number
    return GTIN if column.pattern else f"00{other}"


def fill(file: Path, contract: Contract, items: list[Asked]) -> None:
    """Fill rows in, each with the n-th word of every list."""
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for number in range(1, ROWS + 1):
        for place, item in enumerate(items, start=1):
            sheet.cell(number + 1, place, value(contract, item, number))
    book.save(file)


def landed(settings: Settings, feeds: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each feed, once everything has landed and nothing was refused."""
    land(settings, CONTRACTS)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        refused = con.execute("select feed, reasons, raw from landing.quarantined_row").fetchall()
        ledger = con.execute("select feed, status, reason_code from landing.delivery").fetchall()
        # nothing Daqu put into the template is said to be odd
        assert con.execute("select rule_id from landing.delivery_finding").fetchall() == []
        assert (refused, sorted(ledger)) == ([], [(feed, "loaded", None) for feed in sorted(feeds)])
        return {feed: _rows(con, feed) for feed in feeds}


def _rows(con: duckdb.DuckDBPyConnection, feed: str) -> list[dict[str, Any]]:
    result = con.execute(f"from landing.{feed} order by _row_no")
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def filled(settings: Settings, contract: Contract, mapping: FeedMapping, language: str) -> Path:
    """The template of D001, filled in and put into the inbox under the name it asks for."""
    form = Form(contract, mapping, "D001", language, TODAY)
    unit = contract.period
    name = file_name(form, ALL if unit == "none" else period_of(TODAY, unit))
    file = settings.inbox / "D001" / contract.feed / name
    write_template(file, form)
    fill(file, contract, asked(contract, mapping, language))
    return file


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("masters", [True, False], ids=["masters", "reports"])
def test_a_filled_in_template_of_every_feed_lands_whole(
    language: str, masters: bool, tmp_path: Path
) -> None:
    # without a master no code is unknown, so the reports land apart from the masters
    feeds = [feed for feed in CONTRACTS if (feed in MASTERS) == masters]
    settings = deployment(tmp_path / "home", feeds)
    for feed in feeds:
        filled(settings, CONTRACTS[feed], PLAIN, language)
    for feed, rows in landed(settings, feeds).items():
        assert len(rows) == ROWS, feed
        for item in asked(CONTRACTS[feed], PLAIN, language):
            column = item.column
            texts = [row[column.name] for row in rows]
            assert None not in texts, (feed, column.name)
            if column.logical_type == "string" and not item.words and not column.pattern:
                assert sorted(texts) == ["001", "002"], (feed, column.name)


def test_a_senders_own_headers_sheet_and_words_are_asked_for_and_read(tmp_path: Path) -> None:
    settings = deployment(tmp_path / "home", ["sellout"], OWN)
    file = filled(settings, CONTRACTS["sellout"], OWN, "zh")
    sheet = openpyxl.load_workbook(file).worksheets[0]
    assert sheet.title == "我的 表"
    assert all(map(is_note, sheet.parent.sheetnames[1:]))
    headers = [cell.value for cell in sheet[1]]
    assert {"日期 *", "金额 *", "总价"} <= set(headers)
    rows = landed(settings, ["sellout"])["sellout"]
    # 听, the first of the sender's units, is one piece; 大箱 is 24
    assert [row["quantity_pieces"] for row in rows] == [1 * 24, 2 * 1]


def test_an_empty_template_is_refused_as_empty(tmp_path: Path) -> None:
    settings = deployment(tmp_path / "home", ["sellout"])
    file = settings.inbox / "D001" / "sellout" / "2026-W47.xlsx"
    write_template(file, Form(CONTRACTS["sellout"], PLAIN, "D001", "zh", TODAY))
    land(settings, CONTRACTS)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        assert con.execute("select reason_code from landing.delivery").fetchall() == [
            ("empty_file",)
        ]


def test_contract_and_version_stand_in_the_workbook_and_its_properties(tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    write_template(file, Form(CONTRACTS["sellout"], PLAIN, "D001", "zh", TODAY))
    book = openpyxl.load_workbook(file)
    version = CONTRACTS["sellout"].version
    properties = {item.name: item.value for item in book.custom_doc_props.props}
    assert properties["daqu_contract"] == "sellout"
    assert properties["daqu_contract_version"] == version
    cells = [cell for row in book.worksheets[1].iter_rows(values_only=True) for cell in row]
    assert f"sellout {version}" in cells


def test_a_template_lists_words_limits_and_notes_and_keeps_its_header_in_view(
    tmp_path: Path,
) -> None:
    file = tmp_path / "t.xlsx"
    write_template(file, Form(CONTRACTS["sellout"], OWN, "D001", "zh", TODAY))
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    kinds = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    heads = {str(cell.value).removesuffix(" *"): cell for cell in sheet[1]}
    places = {name: f"{cell.column_letter}2" for name, cell in heads.items()}
    checked = {name: kinds[place] for name, place in places.items() if place in kinds}
    assert checked["日期"].type == "date"
    assert checked["金额"].type == "decimal"
    assert (checked["单据号"].type, checked["单据号"].formula2) == ("textLength", "60")
    words = [cell.value for cell in book["#lists"]["A"]]
    assert checked["单据类型"].type == "list"
    assert words[:2] == ["销售出库", "销售"]
    assert "free" in words
    assert sheet.freeze_panes == "A2"
    assert all(cell.comment and cell.comment.text for cell in heads.values())
    code = sheet.column_dimensions[heads["商品编码"].column_letter]
    assert code.number_format == "@"
