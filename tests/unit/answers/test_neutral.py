"""Nothing Daqu writes can become a live formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell import Cell

from pipelines.answers.neutral import STARTERS, is_formula_like, neutral
from pipelines.answers.workbook import workbook
from pipelines.landing.rows.expressions import tidy_code
from pipelines.screens.answers import write_csv

RISKY = st.builds(str.__add__, st.sampled_from(STARTERS), st.text(max_size=20))
TEXTS = st.one_of(st.text(max_size=30), RISKY)
NUMBERS = st.one_of(
    st.integers(-(10**14), 10**14),
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
    st.floats(-1e9, 1e9, allow_nan=False),
)


def written(values: list[object], folder: Path) -> list[Cell]:
    """Cells of a workbook with these values, as another program reads them."""
    file = folder / "book.xlsx"
    with workbook(file, {}) as book:
        sheet = book.sheet("x")
        for row, value in enumerate(values):
            book.put(sheet, row, 0, value)
    return [row[0] for row in openpyxl.load_workbook(file).active.iter_rows(max_col=1)]


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=8))
def test_no_text_in_a_workbook_is_a_formula_now_or_when_it_is_edited(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        cells = written(list(texts), Path(folder))
    assert len(cells) == len(texts)
    for cell, text in zip(cells, texts, strict=True):
        assert cell.data_type in ("s", "n")
        assert cell.data_type == "s" or cell.value is None
        if is_formula_like(text):
            assert (cell.quotePrefix, cell.number_format) == (True, "@")


@settings(max_examples=40, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_numbers_in_a_workbook_stay_numbers(numbers: list[int | float | Decimal]) -> None:
    with TemporaryDirectory() as folder:
        cells = written(list(numbers), Path(folder))
    for cell, number in zip(cells, numbers, strict=True):
        assert cell.data_type == "n"
        assert float(cell.value) == pytest.approx(float(number), rel=1e-14)


def test_days_stay_days_and_what_no_cell_can_hold_exactly_is_text(tmp_path: Path) -> None:
    values = [date(2026, 11, 22), datetime(2026, 11, 22, 8, 30), True, 10**18 + 1, float("inf")]
    cells = written([*values], tmp_path)
    assert [cell.data_type for cell in cells] == ["d", "d", "b", "s", "s"]
    assert cells[3].value == "1000000000000000001"


@given(st.lists(st.one_of(TEXTS, NUMBERS), min_size=1, max_size=6))
def test_no_text_in_a_csv_starts_like_a_formula(values: list[object]) -> None:
    for value in values:
        plain = neutral(value)
        if isinstance(value, str):
            assert not is_formula_like(str(plain))
            assert str(plain).removeprefix("'") == value.removeprefix("'")
        else:
            assert plain is value


@given(TEXTS)
def test_a_code_made_safe_for_a_csv_is_the_same_code_when_it_lands(text: str) -> None:
    assert tidy_code(str(neutral(text))) == tidy_code(text)


def test_a_query_as_csv_carries_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(["=name", "n"], [["=cmd()", Decimal("-5.10")], ["-1", -2]])
    found = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert found == [["'=name", "n"], ["'=cmd()", "-5.10"], ["'-1", "-2"]]
