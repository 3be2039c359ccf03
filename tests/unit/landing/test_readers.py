"""Reading CSV: whatever program wrote it, the same table with the row numbers of the sender."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import Contract
from pipelines.landing.mapping import PLAIN, FeedMapping
from pipelines.landing.reading.readers import Reader, TableFile, is_total
from pipelines.landing.refused import RefusedError

HEADER = "单据号,单据日期,商品编码,数量,金额"
NAMES = HEADER.split(",")
ROW = "A1,2026-11-16,S1,3,9.90"
OTHER = "A2,2026-11-17,S2,1,5.00"
# a bare CR is quoted by no program: it ends a line
CELLS = st.lists(st.sampled_from(["a", "1", ",", ";", "\t", '"', "\n", "\r\n", " ", "合", "é"]))
CELLS = CELLS.map("".join)
Read = Callable[..., TableFile]


@pytest.fixture
def read(tmp_path: Path, sellout: Contract) -> Generator[Read]:
    """Reads bytes or text as a sell-out file."""
    reader = Reader(tmp_path)

    def reading(data: bytes | str, mapping: FeedMapping = PLAIN) -> TableFile:
        raw = tmp_path / "raw"
        raw.write_bytes(data.encode() if isinstance(data, str) else data)
        return reader.read(raw, sellout, mapping)

    yield reading
    reader.close()


def refusal(read: Read, data: bytes | str, mapping: FeedMapping = PLAIN) -> str:
    with pytest.raises(RefusedError) as error:
        read(data, mapping)
    return error.value.reason


def rows_of(table: TableFile) -> dict[int, tuple[str | None, ...]]:
    """Row number → cells, read as Parquet where it is that, else by Python."""
    width = len(table.header.texts)
    if table.form == "rows":
        frame = pl.read_parquet(table.source)
        return {row[0]: row[1 : 1 + width] for row in frame.rows()}
    text = table.source.read_bytes().decode("utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter)
    return {number: tuple(row) for number, row in enumerate(reader, start=1)}


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_do_not_matter(
    encoding: str, told: str, newline: str, read: Read
) -> None:
    table = read((newline.join([HEADER, ROW, OTHER]) + newline).encode(encoding))
    assert (table.encoding, table.header_row, table.rows) == (told, 1, 3)
    assert table.header.texts == tuple(NAMES)
    assert rows_of(table)[3] == tuple(OTHER.split(","))


def test_big_endian_utf16_is_read(read: Read) -> None:
    table = read(b"\xfe\xff" + f"{HEADER}\n{ROW}\n".encode("utf-16-be"))
    assert rows_of(table)[2] == tuple(ROW.split(","))


def test_a_declared_encoding_is_tried_after_utf8(read: Read) -> None:
    big5 = FeedMapping(encoding="big5", columns={"document_no": ["單據號"]})
    text = f"單據號,Date,SKU,Qty\n{ROW}\n"
    assert read(text.encode("big5"), big5).encoding == "big5"
    assert read(text.encode("utf-8"), big5).encoding == "utf-8"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_from_the_header(delimiter: str, read: Read) -> None:
    table = read(f"{HEADER}\n{ROW}\n".replace(",", delimiter))
    assert (table.delimiter, rows_of(table)[2]) == (delimiter, tuple(ROW.split(",")))


def test_a_declared_delimiter_is_the_only_one_tried(read: Read) -> None:
    assert refusal(read, f"{HEADER}\n{ROW}\n", FeedMapping(delimiter=";")) == "unknown_header"


def test_row_numbers_count_titles_and_blank_lines(read: Read) -> None:
    table = read(f"某某商贸 销售流向\n\n{HEADER}\n{ROW}\n\n{OTHER}\n")
    assert (table.header_row, table.rows) == (3, 6)
    rows = rows_of(table)
    assert (rows[4][0], rows[6][0]) == ("A1", "A2")
    assert not any(rows[5])


def test_a_record_with_a_line_break_in_quotes_is_one_row(read: Read) -> None:
    table = read(f'{HEADER}\nA1,2026-11-16,"S\n1",3,9.90\n{OTHER}\n')
    assert table.rows == 3
    assert rows_of(table)[2][2] == "S\n1"
    assert rows_of(table)[3][0] == "A2"


def test_quoted_commas_and_doubled_quotes_are_part_of_the_cell(read: Read) -> None:
    table = read(f'{HEADER}\nA1,2026-11-16,"S,1","3","9 ""kg"""\n')
    assert rows_of(table)[2] == ("A1", "2026-11-16", "S,1", "3", '9 "kg"')


def test_an_inch_sign_in_a_text_is_no_quote(read: Read) -> None:
    table = read(f'{HEADER}\nA1,2026-11-16,pan 5" S1,3,9.90\n{OTHER}\n')
    assert table.rows == 3
    assert rows_of(table)[2][2] == 'pan 5" S1'


def test_a_quote_left_open_in_the_header_takes_no_row_into_it(read: Read) -> None:
    table = read(f'{HEADER[:-2]}"金额\n{ROW}\nA2,2026-11-17,"S,2",1,5.00\n{OTHER}\n')
    assert (table.header_row, table.rows) == (1, 4)
    assert rows_of(table)[2][0] == "A1"


def test_short_rows_are_filled_and_long_ones_marked(read: Read, tmp_path: Path) -> None:
    table = Reader(tmp_path).as_rows(read(f"{HEADER}\nA1,2026-11-16\nA2,,,,,more\nA3,,,,,,\n"))
    marks = pl.read_parquet(table.source)["_extra"].to_list()
    assert rows_of(table)[2] == ("A1", "2026-11-16", None, None, None)
    assert marks == [None, None, "1", None]


def test_a_nul_beyond_the_head_is_taken_out(read: Read) -> None:
    filler = f"{ROW}\n" * 20_000
    table = read(f"{HEADER}\n{filler}A\x009,2026-11-16,S1,3,9.90\n")
    assert rows_of(table)[20_002][0] == "A9"


@pytest.mark.parametrize("data", [b"", b"\n\n", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_empty(data: bytes, read: Read) -> None:
    assert refusal(read, data) in ("empty_file", "unknown_header")


def test_a_file_of_zero_bytes_is_empty(read: Read) -> None:
    assert refusal(read, b"") == "empty_file"


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 9, b"\x00" * 64, bytes(range(1, 256)) * 9, b"\x7fELF\x02\x01\x01\x00" * 9],
)
def test_what_is_no_text_is_binary(data: bytes, read: Read) -> None:
    assert refusal(read, data) == "binary_file"


@pytest.mark.parametrize(
    "data",
    [
        f"{HEADER}\n{ROW}\nA2,2026-11",
        f"{HEADER}\r{ROW}\rA2,2026-11",
        f'{HEADER}\n{ROW}\nA2,2026-11-17,"S2,1',
        f'{HEADER}\n{ROW}\nA2,"2026\n{ROW}\n',
        f"{HEADER}\n{ROW}\nA2,2026-11-17,销".encode()[:-1],
        f"{HEADER}\n{ROW}\nA2,2026-11-17,销".encode("gb18030")[:-1],
        f"{HEADER}\n{ROW}\n".encode("utf-16")[:-1],
        b"\xff\xfe" + f"{HEADER}\n{ROW}\n".encode("utf-16-le") + b"\x3d\xd8",
    ],
)
def test_a_file_that_breaks_off_is_half_written(data: bytes | str, read: Read) -> None:
    assert refusal(read, data) == "half_written"


@pytest.mark.parametrize(
    "end",
    [ROW, f"{ROW}\n合计,,,3,9.90", f"{ROW}\n合计", 'A2,2026-11-17,"S\n2",1,5.00', ""],
)
def test_a_whole_last_row_or_total_needs_no_line_end(end: str, read: Read) -> None:
    read(f"{HEADER}\n{ROW}\n{end}")


def test_a_table_of_something_else_has_an_unknown_header(read: Read) -> None:
    assert refusal(read, "车牌号,司机,里程\n沪A1,甲,120\n") == "unknown_header"


def test_one_header_by_chance_is_not_enough(read: Read) -> None:
    assert refusal(read, "司机,日期,里程\n甲,2026-11-16,120\n") == "unknown_header"


def test_a_required_column_that_is_not_there_is_named(read: Read) -> None:
    assert refusal(read, f"单据号,数量\n{ROW}\n") == "missing_column:sold_date"


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (["合计", "", "3"], True),
        (["", None, " 总 计： "], True),
        (["Grand Total"], True),
        (["TOTAL:"], True),
        (["合计金额单", "1"], False),
        (["A1", "合计"], False),
        (["", None], False),
        ([], False),
    ],
)
def test_a_total_is_told_by_its_first_text(cells: list[str | None], answer: bool) -> None:
    assert is_total(cells) == answer


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_every_record_a_spreadsheet_writes_is_a_row_with_its_cells(
    sellout: Contract, rows: list[list[str]], newline: str, quotes_all: bool, encoding: str
) -> None:
    buffer = io.StringIO()
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    csv.writer(buffer, lineterminator=newline, quoting=quoting).writerows([NAMES, *rows])
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        raw.write_bytes(buffer.getvalue().encode(encoding))
        reader = Reader(Path(folder))
        table = reader.read(raw, sellout, PLAIN)
        read = rows_of(reader.as_rows(table))
        assert table.rows == len(rows) + 1
        assert list(read.values())[1:] == [tuple(cell or None for cell in row) for row in rows]


@pytest.fixture(scope="module")
def one_reader(tmp_path_factory: pytest.TempPathFactory) -> Generator[Reader]:
    """One reader and one child for many files, as a landing run has."""
    reader = Reader(tmp_path_factory.mktemp("work"))
    yield reader
    reader.close()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", HEADER.encode()]))
def test_no_bytes_do_more_than_get_a_file_refused(
    sellout: Contract, one_reader: Reader, data: bytes, start: bytes
) -> None:
    raw = one_reader.work / "raw"
    raw.write_bytes(start + data)
    try:
        one_reader.as_rows(one_reader.read(raw, sellout, PLAIN))
    except RefusedError as error:
        assert error.reason
