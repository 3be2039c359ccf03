"""Workbooks: rows keep the numbers of their sheet, hostile files cost nobody else anything."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Generator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from xlsxwriter.workbook import Workbook

from pipelines.contracts import Contract
from pipelines.landing.mapping import PLAIN, FeedMapping
from pipelines.landing.reading import workbooks
from pipelines.landing.reading.readers import Reader, TableFile
from pipelines.landing.refused import RefusedError
from tests.old_workbooks import Wrong, xls, xlsb

HEADER = ["单据号", "单据日期", "商品编码", "数量", "金额"]
ROW = ["A1", "2026-11-16", "S1", 3, 9.9]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
Read = Callable[..., TableFile]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Generator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("work"))
    yield reader
    reader.close()


@pytest.fixture
def read(reader: Reader, tmp_path: Path, sellout: Contract) -> Read:
    """Reads bytes as a sell-out file; one child serves all tests, as it serves all files."""

    def reading(data: bytes, mapping: FeedMapping = PLAIN) -> TableFile:
        raw = tmp_path / f"raw{len(list(tmp_path.iterdir()))}"
        raw.write_bytes(data)
        return reader.read(raw, sellout, mapping)

    return reading


def refusal(read: Read, data: bytes, mapping: FeedMapping = PLAIN) -> str:
    with pytest.raises(RefusedError) as error:
        read(data, mapping)
    return error.value.reason


def book(fill: Callable[[Workbook], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        fill(workbook)
    return buffer.getvalue()


def plain(workbook: Workbook, name: str = "Sheet1", top: int = 0, left: int = 0) -> None:
    sheet = workbook.add_worksheet(name)
    sheet.write_row(top, left, HEADER)
    sheet.write_row(top + 1, left, ROW)


def cells(table: TableFile) -> dict[int, tuple[str | None, ...]]:
    rows = pl.read_parquet(table.source).rows()
    return {row[0]: row[1 : 1 + len(table.header.texts)] for row in rows}


def test_a_plain_workbook_is_read(read: Read) -> None:
    table = read(book(plain))
    assert (table.encoding, table.sheet, table.header_row, table.rows) == ("xlsx", "Sheet1", 1, 2)
    assert cells(table)[2] == ("A1", "2026-11-16", "S1", "3", "9.9")


def test_leading_empty_rows_keep_the_row_numbers_of_the_sheet(read: Read) -> None:
    table = read(book(lambda workbook: plain(workbook, top=4)))
    assert (table.header_row, table.rows) == (5, 6)
    assert cells(table)[6][0] == "A1"


def test_leading_empty_columns_do_not_matter(read: Read) -> None:
    table = read(book(lambda workbook: plain(workbook, left=2)))
    values = list(table.header.columns.values())
    assert values[:2] == ["document_no", "sold_date"]
    assert "A1" in cells(table)[2]


def test_the_header_is_found_below_a_merged_title(read: Read) -> None:
    def titled(workbook: Workbook) -> None:
        plain(workbook, top=2)
        workbook.worksheets()[0].merge_range(0, 0, 0, 4, "某某商贸 销售流向")

    table = read(book(titled))
    assert (table.header_row, table.rows) == (3, 4)


def test_blank_rows_inside_the_table_are_rows(read: Read) -> None:
    def gap(workbook: Workbook) -> None:
        plain(workbook)
        workbook.worksheets()[0].write_row(4, 0, ["A9", "2026-11-17", "S1", 1, 1])

    rows = cells(read(book(gap)))
    assert (rows[5][0], rows[3], rows[4]) == ("A9", (None,) * 5, (None,) * 5)


def test_cells_come_as_the_text_a_person_sees(read: Read) -> None:
    def typed(workbook: Workbook) -> None:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [200012, None, 6900000010013, 3.0, 96.71000000000001])
        sheet.write_datetime(1, 1, datetime(2026, 11, 16), day)
        sheet.write_row(2, 0, ["000123", 46342, "S1", -0.5, True])
        sheet.write_formula(3, 3, "=1+1", None, 2)
        sheet.write_formula(3, 4, "=1/0", None, "#DIV/0!")

    rows = cells(read(book(typed)))
    assert rows[2] == ("200012", "2026-11-16 00:00:00", "6900000010013", "3", "96.71")
    assert rows[3] == ("000123", "46342", "S1", "-0.5", "true")
    assert rows[4][3:] == ("2", "#DIV/0!")


def test_the_first_sheet_with_the_header_is_the_table(read: Read) -> None:
    def two(workbook: Workbook) -> None:
        workbook.add_worksheet("说明").write(0, 0, "请按模板填写")
        plain(workbook, "数据")
        plain(workbook, "旧数据")

    assert read(book(two)).sheet == "数据"
    assert read(book(two), FeedMapping(sheet="旧数据")).sheet == "旧数据"


@pytest.mark.parametrize("sheet", ["说明", "没有这个表"])
def test_a_named_sheet_without_the_header_is_not_replaced_by_another(
    sheet: str, read: Read
) -> None:
    def two(workbook: Workbook) -> None:
        workbook.add_worksheet("说明").write(0, 0, "请按模板填写")
        plain(workbook, "数据")

    assert refusal(read, book(two), FeedMapping(sheet=sheet)) == "unknown_header"


def test_a_workbook_without_a_cell_is_empty(read: Read) -> None:
    def blank(workbook: Workbook) -> None:
        workbook.add_worksheet()

    assert refusal(read, book(blank)) == "empty_file"


@pytest.mark.parametrize("kept", [60, 800, -1, -300])
def test_a_broken_off_workbook_is_half_written(kept: int, read: Read) -> None:
    assert refusal(read, book(plain)[:kept]) == "half_written"


def test_a_password_protected_workbook_is_told_as_such(read: Read) -> None:
    protected = OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)
    assert refusal(read, protected) == "password_protected"


def test_another_office_file_is_unreadable(read: Read) -> None:
    assert refusal(read, OLE + bytes(2000)) == "unreadable"


def test_a_zip_that_is_no_workbook_is_unreadable(read: Read) -> None:
    assert refusal(read, zipped({"readme.txt": b"hello"})) == "unreadable"


def test_a_garbled_workbook_is_unreadable_and_the_next_one_is_read(read: Read) -> None:
    garbled = bytearray(book(plain))
    garbled[100:400] = bytes(byte ^ 0x55 for byte in garbled[100:400])
    assert refusal(read, bytes(garbled)) == "unreadable"
    assert read(book(plain)).rows == 2


def test_what_unpacks_to_more_than_allowed_is_never_unpacked(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "UNPACKED_BYTES", 10_000)
    assert refusal(read, zipped({"xl/workbook.xml": b" " * 10_001})) == "unreadable"


def test_a_sheet_from_one_corner_to_the_other_is_one_refused_file(read: Read) -> None:
    def sparse(workbook: Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, HEADER[0])
        sheet.write(LAST_ROW, LAST_COLUMN, "x")

    assert refusal(read, book(sparse)) == "unreadable"
    assert cells(read(book(plain)))[2][0] == "A1"


def test_a_child_that_is_gone_is_started_again(read: Read, reader: Reader) -> None:
    read(book(plain))
    reader.close()
    assert read(book(plain)).rows == 2


def test_a_child_that_takes_too_long_is_ended_and_the_next_file_is_read(
    read: Read, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.close()  # a child that has to start first cannot answer at once
    with monkeypatch.context() as patch:
        patch.setattr(workbooks, "SECONDS_PER_FILE", 0)
        assert refusal(read, book(plain)) == "unreadable"
    assert read(book(plain)).rows == 2


def in_sheet(old: bytes, new: bytes) -> bytes:
    """A plain workbook with a change in the XML of its sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(plain))) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old, new, 1))
    return buffer.getvalue()


def test_a_formula_nobody_computed_has_no_value_and_says_so(read: Read) -> None:
    table = read(in_sheet(b'"D2"><v>3</v>', b'"D2"><f>1+2</f>'))
    assert cells(table)[2][3] == "#NOVALUE!"
    assert cells(read(in_sheet(b'"D2"><v>3</v>', b'"D2"><f>1+2</f><v>3</v>')))[2][3] == "3"


def test_tags_with_a_prefix_are_the_same_tags(read: Read) -> None:
    def prefixed(parts: bytes) -> bytes:
        named = parts.replace(b'"D2"><v>3</v>', b'"D2"><f>1+2</f>').replace(b"xmlns=", b"xmlns:x=")
        return named.replace(b"</", b"<~").replace(b"<", b"<x:").replace(b"<x:~", b"</x:")

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(plain))) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("sheet1.xml"):
                head, body = part.split(b"?>", 1)
                part = head + b"?>" + prefixed(body)
            target.writestr(name, part)
    assert cells(read(buffer.getvalue()))[2][3] == "#NOVALUE!"


def test_merged_texts_are_filled_and_merged_numbers_are_not(read: Read) -> None:
    def merged(workbook: Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 1, HEADER)
        sheet.write_row(1, 1, ROW)
        sheet.write_row(2, 2, ["2026-11-17", "S1"])
        sheet.merge_range(1, 1, 2, 1, "A1")
        sheet.merge_range(1, 4, 2, 4, 3)

    table = read(book(merged))
    assert cells(table)[3][:4] == ("A1", "2026-11-17", "S1", None)
    assert [(note.rule_id, note.observed) for note in table.notes] == [("merged_cells_filled", "1")]


def test_a_hidden_sheet_is_the_table_only_when_named(read: Read) -> None:
    def hidden(workbook: Workbook) -> None:
        workbook.add_worksheet("说明").write(0, 0, "请按模板填写")
        plain(workbook, "旧数据")
        workbook.worksheets()[1].hide()

    assert refusal(read, book(hidden)) == "unknown_header"
    table = read(book(hidden), FeedMapping(sheet="旧数据"))
    assert (table.sheet, table.notes) == ("旧数据", ())


@pytest.mark.parametrize("part", ["../../x", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_paths_that_lead_out_parts_twice_and_entities_are_refused(part: str, read: Read) -> None:
    buffer = io.BytesIO(book(plain))
    with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr(part, "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><x>&a;</x>")
    assert refusal(read, buffer.getvalue()) == "unreadable"


@pytest.mark.parametrize(("kind", "make"), [("xls", xls), ("xlsb", xlsb)])
def test_older_workbooks_say_the_same(kind: str, make: Callable[..., bytes], read: Read) -> None:
    rows = [HEADER, ["A1", 44874.0, "S1", 3.0, 9.9], [None, 44875.0, "S1", 1.0, 1.0]]
    table = read(make(rows, "数据", True, [(1, 0, 2, 0)], [2]))
    assert (table.encoding, table.date_system, table.sheet) == (kind, 1904, "数据")
    assert [note.rule_id for note in table.notes] == ["merged_cells_filled", "hidden_rows"]
    assert cells(table)[3] == ("A1", "44875", "S1", "1", "1")
    assert refusal(read, xls(rows, password=True)) == "password_protected"
    assert refusal(read, xls(rows)[:-600]) == "half_written"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("make", [xls, xlsb])
@pytest.mark.parametrize("left", [0, 2])
def test_errors_in_binary_cells_are_texts_as_in_new_workbooks(
    left: int, make: Callable[..., bytes], read: Read
) -> None:
    rows = [
        HEADER,
        ["A1", "2026-11-16", Wrong(0x17), Wrong(0x2A, is_formula=True), 9.9],
        [Wrong(0x07, is_formula=True), None, "S1", 3, Wrong(0x0F)],
    ]
    found = cells(read(make([[None] * left + row for row in rows])))
    assert found[2] == ("A1", "2026-11-16", "#REF!", "#N/A", "9.9")
    assert found[3] == ("#DIV/0!", None, "S1", "3", "#VALUE!")
