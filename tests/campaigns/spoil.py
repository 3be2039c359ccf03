"""Files as people and broken programs make them: whole ones, and ways to spoil them. Seeded."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import xlsxwriter

from tests.old_workbooks import xls, xlsb

HEADERS = ("单据号", "单据日期", "客户编码", "商品编码", "数量", "单位", "金额")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
NAMES = ("大润发", "永辉超市", "全家便利", "O'Neil & Co", '5" 碗', "备注\n两行", "a,b", "")
TOKENS = (
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&lol;", b"&#0;", b"\x00", b"<f/>", b"<f>1+1</f>",
    b't="e"', b't="s"', b"<v>#REF!</v>", b"<v></v>", b'r="XFD1048576"', b'hidden="1"', b"</row>",
    b"<row>", b"<![CDATA[x]]>", b"<!-- x -->", b"]]>", b"\xff\xfe", b"99999999999999999999", b"-1",
    b"date1904='1'", b"1e309", b"NaN", "\ufffd".encode(),
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One file of the campaign.

    Attributes:
        kind: `xlsx`, `csv` or `structural`.
        how: What was done to it.
        data: Its bytes.
        delimiter: Field separator of a CSV.
        rows: Its rows where they are known from its making.
    """

    kind: str
    how: str
    data: bytes
    delimiter: str = ","
    rows: int | None = None


def table(rng: Random) -> list[list[str]]:
    """Header and 1 to 40 rows of sell-out."""
    rows = [list(HEADERS)]
    for number in range(rng.randint(1, 40)):
        day, pieces = rng.randint(16, 22), rng.randint(1, 60)
        row = [f"A{number:04d}", f"2026-11-{day}", rng.choice(NAMES) or "C1", f"S{pieces % 7}"]
        rows.append([*row, str(pieces), "瓶", f"{pieces * 9.9:.2f}"])
    return rows


def workbook(rng: Random) -> bytes:
    """An .xlsx with what sheets have: titles, merges, hidden rows, formulas, errors, sheets."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "date_1904": rng.random() < 0.2}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(rng.choice(["Sheet1", "数据", "a & b"]))
        top, rows = rng.choice([0, 0, 2]), table(rng)
        if top:
            sheet.merge_range(0, 0, 0, 6, "某某商贸 销售流向")
        for number, row in enumerate(rows, start=top):
            for place, cell in enumerate(row):
                if number > top and place in (4, 6):
                    sheet.write_number(number, place, float(cell))
                else:
                    sheet.write_string(number, place, cell)
        last = top + len(rows)
        if rng.random() < 0.3:
            sheet.write_formula(last, 4, "=SUM(E2:E9)", None, rng.choice([5, "", "#REF!"]))
        if rng.random() < 0.3 and len(rows) > 4:
            sheet.merge_range(top + 1, 2, top + 3, 2, "大润发")
        if rng.random() < 0.3:
            sheet.set_row(top + 1, None, None, {"hidden": True})
        if rng.random() < 0.3:
            other = book.add_worksheet("说明")
            other.write(0, 0, "请按模板填写")
            other.hide() if rng.random() < 0.5 else None
    return buffer.getvalue()


def spoilt_workbook(rng: Random) -> Sample:
    """A workbook spoilt inside its archive, which itself stays whole."""
    with zipfile.ZipFile(io.BytesIO(workbook(rng))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    how = rng.choice(list(PARTS))
    likely = [name for name in parts if "sheet1" in name or "shared" in name or "workbook" in name]
    name = rng.choice(likely if rng.random() < 0.8 else list(parts))
    if how == "remove_part":
        del parts[name]
    elif how == "swap_parts":
        other = rng.choice(list(parts))
        parts[name], parts[other] = parts[other], parts[name]
    else:
        parts[name] = PARTS[how](rng, parts[name])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return Sample("xlsx", how, buffer.getvalue())


def _flip(rng: Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 8) if spoilt else 0):
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def _cut_out(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randint(1, 200) :]


def _repeat(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    end = start + rng.randint(1, 400)
    return data[:end] + data[start:end] * rng.randint(1, 5) + data[end:]


def _renumber(rng: Random, data: bytes) -> bytes:
    numbers = list(re.finditer(rb"\d+", data))
    if not numbers:
        return data
    found = rng.choice(numbers)
    other = rng.choice([b"0", b"1", b"7", b"99", b"1048576", b"1048577", b"4294967296", b"-3"])
    return data[: found.start()] + other + data[found.end() :]


def _insert(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(TOKENS) + data[at:]


def _drop_tag(rng: Random, data: bytes) -> bytes:
    tags = list(re.finditer(rb"<[^>]*>", data))
    if not tags:
        return data
    found = rng.choice(tags)
    return data[: found.start()] + data[found.end() :]


def _drop_row(rng: Random, data: bytes) -> bytes:
    rows = list(re.finditer(rb"<row .*?</row>", data, re.DOTALL))
    if not rows:
        return _drop_tag(rng, data)
    found = rng.choice(rows)
    return data[: found.start()] + data[found.end() :]


def _break_off(rng: Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


PARTS = {
    "as_it_is": lambda rng, data: data,
    "flip": _flip,
    "cut_out": _cut_out,
    "repeat": _repeat,
    "renumber": _renumber,
    "insert": _insert,
    "drop_tag": _drop_tag,
    "drop_row": _drop_row,
    "break_off": _break_off,
    "remove_part": _flip,
    "swap_parts": _flip,
}


def spoilt_csv(rng: Random) -> Sample:
    """A CSV in one of four encodings, spoilt as text, or as bytes, or both."""
    delimiter = rng.choice([",", ",", ",", "\t", ";", "|"])
    newline = rng.choice(["\n", "\r\n", "\r\n", "\r"])
    buffer = io.StringIO()
    quoting = csv.QUOTE_ALL if rng.random() < 0.3 else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerows(table(rng))
    text, how = buffer.getvalue(), rng.choice(list(TEXTS))
    for _ in range(rng.randint(1, 3)):
        text = TEXTS[how](rng, text)
    data = text.encode(rng.choice(ENCODINGS), errors="replace")
    if rng.random() < 0.2:
        how, data = f"{how}+bytes", rng.choice([_flip, _cut_out, _break_off])(rng, data)
    return Sample("csv", how, data, delimiter)


def _put_in(*pieces: str) -> Callable[[Random, str], str]:
    def spoil(rng: Random, text: str) -> str:
        at = rng.randrange(len(text) + 1)
        return text[:at] + rng.choice(pieces) + text[at:]

    return spoil


def _cut_text(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.randint(1, 30) :]


def _shuffle_lines(rng: Random, text: str) -> str:
    first, *others = text.splitlines(keepends=True) or [""]
    rng.shuffle(others)
    return first + "".join(others)


TEXTS = {
    "as_it_is": lambda rng, text: text,
    "quote": _put_in('"', '""', '"""', "'"),
    "separator": _put_in(",", ";", "\t", "|", ",,,,,,,,,,"),
    "line_end": _put_in("\n", "\r\n", "\r", "\n\n", "\r\r\n", "\n\r"),
    "sign": _put_in("\x00", "\x1a", "\u2028", "\x85", "\x0b", "\u00a0", "\ufeff", "\U0001f600"),
    "cut": _cut_text,
    "shuffle": _shuffle_lines,
    "title": lambda rng, text: "某某商贸 销售流向\n\n" + text,
    "total": lambda rng, text: text + "合计,,,,99,,99\n",
    "long_cell": _put_in("x" * 70_000),
}


def structural(rng: Random) -> Sample:
    """A file that is broken as a whole, or is another than its name says."""
    how = rng.choice(["old_as_it_is", *WHOLES])
    if how == "old_as_it_is":
        rows = table(rng)
        return Sample("structural", how, _old(rng, rows), rows=len(rows))
    return Sample("structural", how, WHOLES[how](rng))


def _old(rng: Random, rows: list[list[str]]) -> bytes:
    return rng.choice([xls, xlsb])([[cell or None for cell in row] for row in rows])


def _zip_of(rng: Random) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(rng.randint(0, 5)):
            archive.writestr(rng.choice(["a.txt", "xl/workbook.xml", "content.xml"]) + str(number),
                             rng.randbytes(50))  # fmt: skip
    return buffer.getvalue()


WHOLES = {
    "archive_flipped": lambda rng: _flip(rng, workbook(rng)),
    "archive_cut_off": lambda rng: _break_off(rng, workbook(rng)),
    "archive_cut_out": lambda rng: _cut_out(rng, workbook(rng)),
    "archive_twice": lambda rng: workbook(rng) + workbook(rng),
    "archive_after_junk": lambda rng: rng.randbytes(rng.randint(1, 99)) + workbook(rng),
    "archive_before_junk": lambda rng: workbook(rng) + rng.randbytes(rng.randint(1, 99)),
    "archive_of_others": _zip_of,
    "old_flipped": lambda rng: _flip(rng, _old(rng, table(rng))),
    "old_cut_off": lambda rng: _break_off(rng, _old(rng, table(rng))),
    "random_bytes": lambda rng: rng.randbytes(rng.randint(0, 5_000)),
    "ole_and_random": lambda rng: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.randbytes(2_000),
    "zip_and_random": lambda rng: b"PK\x03\x04" + rng.randbytes(500),
    "one_long_line": lambda rng: ",".join(HEADERS).encode() + b"x," * rng.randint(1, 300_000),
    "megabyte_cell": lambda rng: ("\n".join([",".join(HEADERS), "A1," + "x" * 2_000_000])).encode(),
    "only_ends": lambda rng: rng.choice([b"\n", b"\r\n", b",", b'"']) * rng.randint(1, 9_000),
    "html": lambda rng: b"<html><table><tr><td>" + ",".join(HEADERS).encode() + b"</td></table>",
}


def samples(seed: int, xlsx: int, csvs: int, wholes: int) -> list[Sample]:
    """The campaign's files, the same for the same seed."""
    makers = [(spoilt_workbook, xlsx), (spoilt_csv, csvs), (structural, wholes)]
    return [
        make(Random(f"{seed} {make.__name__} {number}"))
        for make, count in makers
        for number in range(count)
    ]
