"""Rows that repeat within a file: an accident, a second line, or two claims to one key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pipelines.contracts import load_contracts
from pipelines.landing import land, receive, warehouse
from pipelines.settings import Settings

OUTLETS = "outlet_code,outlet_name\nO1,One\nO1,One\nO2,Two\nO2,Deux\n"
LINES = """document_no,sold_date,outlet_code,sku_code,quantity,driver
A1,2026-11-17,O1,S1,2,Li
A1,2026-11-17,O1,S1,2,Li
A2,2026-11-17,X1,S1,3,Li
A2,2026-11-17,X2,S1,3,Li
A3,2026-11-17,O1,S1,4,Li
A3,2026-11-17,O1,S1,4,Wu
A4,yesterday,O1,S1,4,Wu
"""
MAPPING = """sender: D001
feeds:
  sellout: {codes: ours, exact_repeats: %s, personal: [Driver]}
"""


def landed(home: Path, repeats: str, query: str) -> list[tuple]:
    """Land the outlets, then the lines, and ask."""
    (home / "mappings").mkdir(parents=True)
    (home / "deployment.yaml").write_text("name: repeats\nfeeds: [outlet, sellout]\n")
    (home / "mappings" / "d001.yaml").write_text(MAPPING % repeats)
    settings = Settings.load(home)
    contracts = load_contracts(settings.contracts)
    stamp = datetime(2026, 11, 23, 9)
    for name, text, sender in (
        ("outlet.csv", OUTLETS, "self"),
        ("sellout_2026-W47.csv", LINES, "D001"),
    ):
        (home / name).write_text(text)
        receive(settings, [home / name], stamp, sender=sender)
    land(settings, contracts)
    with warehouse(settings, contracts) as con:
        return con.execute(query).fetchall()


@pytest.mark.parametrize(
    ("repeats", "rows"), [("keep", [2, 3, 4, 5, 6, 7]), ("drop", [2, 4, 5, 6, 7])]
)
def test_an_exact_repeat_goes_only_where_the_mapping_calls_it_an_accident(
    repeats: str, rows: list[int], tmp_path: Path
) -> None:
    """Rows 4 and 5 differ in an outlet code nobody knows: both land, at the unknown outlet.

    Rows 6 and 7 differ in a column no contract knows: they are two lines all the same.
    """
    found = landed(tmp_path, repeats, "select _row_no from landing.sellout order by 1")
    assert [row for (row,) in found] == rows


def test_of_rows_that_differ_under_one_key_none_is_taken(tmp_path: Path) -> None:
    query = "select row_no, reasons from landing.quarantined_row where feed = 'outlet' order by 1"
    assert landed(tmp_path, "keep", query) == [(4, ["duplicate_key"]), (5, ["duplicate_key"])]


def test_a_column_the_mapping_calls_personal_is_masked_where_rows_are_shown(tmp_path: Path) -> None:
    query = (
        "select raw ->> 'driver', raw_masked ->> 'driver', raw_masked ->> 'document_no' "
        "from landing.quarantined_row where feed = 'sellout'"
    )
    assert landed(tmp_path, "drop", query) == [("Wu", "***", "A4")]
