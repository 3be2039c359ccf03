"""How separated values are written is seen from the file; a stray quote costs its own line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing.reading.dialect import Dialect, sniff
from pipelines.landing.reading.records import Records, split_line
from pipelines.landing.rows.garbled import has_marks, is_misread

ROWS = [["单据号", "日期", "备注"], ["A1", "2026-11-10", 'a "b" c'], ["A2", "2026-11-11", "x,y;z"]]
TEXT = st.text(st.sampled_from('ab1,;"\n 合'), max_size=6)


def written(dialect: Dialect) -> list[str]:
    buffer = io.StringIO()
    is_doubled = dialect.escape == dialect.quote
    writer = csv.writer(
        buffer,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        doublequote=is_doubled,
        escapechar=None if is_doubled else dialect.escape,
        quoting=csv.QUOTE_ALL,
        lineterminator="\n",
    )
    writer.writerows(ROWS * 3)
    return buffer.getvalue().splitlines(keepends=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
@pytest.mark.parametrize(("quote", "escape"), [('"', '"'), ('"', "\\"), ("'", "'")])
def test_the_dialect_is_seen_from_the_file(delimiter: str, quote: str, escape: str) -> None:
    dialect = Dialect(delimiter, quote, escape)
    lines = written(dialect)
    found = sniff(lines)
    assert (found.delimiter, found.quote) == (delimiter, quote)
    assert list(Records("".join(lines), found))[:3] == ROWS


def test_blanks_after_the_delimiter_belong_to_no_cell() -> None:
    lines = ['a, "b", c\n', '1, "x, y", 3\n'] * 3
    assert list(Records("".join(lines), sniff(lines)))[1] == ["1", "x, y", "3"]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('1,"04:45,3,"a, b",4', ["1", '"04:45', "3", "a, b", "4"]),
        ('1,""text, more",4', ["1", '"text, more', "4"]),
        ('1,2,"', ["1", "2", '"']),
        ('1,"a ""b"" c",3', ["1", 'a "b" c', "3"]),
    ],
)
def test_a_quote_nobody_meant_is_a_character_like_all(line: str, cells: list[str]) -> None:
    assert split_line(line, Dialect()) == cells


def test_a_quote_left_open_costs_its_own_line_only() -> None:
    text = 'a,b,c\n1,"2,3\n4,5,6\n7,"8",9\n'
    assert list(Records(text, Dialect(), 3))[1:] == [["1", '"2', "3"], list("456"), list("789")]


def test_thousands_of_open_quotes_are_thousands_of_lines() -> None:
    text = '1,"2,3\n' * 5_000
    assert len(list(Records(text, Dialect(), 3))) == 5_000


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_a_program_writes_rightly_is_read_as_written(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    assert list(Records(buffer.getvalue(), Dialect(), 3)) == rows


def test_lost_characters_are_told() -> None:
    assert has_marks("大润\ufffd".encode())
    assert has_marks("锟斤拷".encode())
    assert not has_marks("大润发 烫烫".encode())
    assert is_misread("单据编号,单据日期,数量件数".encode().decode("gb18030", errors="replace"))
    assert not is_misread("单据编号,单据日期,数量件数,联通,Überraschung,日本語テスト")
