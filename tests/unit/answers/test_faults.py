"""Which cells a reason is about."""

from __future__ import annotations

import pytest

from pipelines.answers.faults import OF_ERROR_CELLS, concerned, file_sentence
from pipelines.answers.places import safe_name
from pipelines.contracts import Contract, reasons_of

WHOLE_ROW = {"too_many_cells", "correction_outdated", *OF_ERROR_CELLS}


def names(reason: str, contract: Contract) -> list[str]:
    return [column.name for column in concerned(reason, contract)]


@pytest.mark.parametrize(
    ("reason", "columns"),
    [
        ("negative_sale", ["doc_type", "quantity"]),
        ("quantity_missing", ["quantity"]),
        ("out_of_period", ["sold_date"]),
        ("ambiguous_sku", ["sku_code"]),
        ("price_unusual", ["quantity", "unit_price", "reported_amount"]),
        ("too_many_cells", []),
    ],
)
def test_a_reason_is_about_these_columns(
    reason: str, columns: list[str], contracts: dict[str, Contract]
) -> None:
    assert names(reason, contracts["sellout"]) == columns


def test_every_reason_but_that_of_the_whole_row_points_at_a_cell(
    contracts: dict[str, Contract],
) -> None:
    blind = {
        (feed, reason.reason_id)
        for feed, contract in contracts.items()
        for reason in reasons_of(contract)
        if reason.reason_id not in WHOLE_ROW and not concerned(reason.reason_id, contract)
    }
    assert blind == set()


def test_what_is_said_of_a_file_names_its_detail() -> None:
    assert "列 单据号" in file_sentence("missing_column:单据号", "zh")
    assert file_sentence("held_empty_file", "en").startswith("The file has no rows")
    assert file_sentence("never_heard_of", "zh") == "never_heard_of"


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "_.._etc_passwd"), ("", "_"), ("..", "_"), ("库存*?.csv", "库存_.csv")],
)
def test_a_name_never_leads_out_of_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe
