"""Two years of invoices with when they were due, when settled, and which were disputed."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.integration.region import Region
from tests.real.arrival import REAL, landed, only_with

NAME = "ar_ibm"
FILE = "accounts_receivable.csv"
pytestmark = only_with(NAME)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (REAL / NAME / FILE).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    files = {FILE: (REAL / NAME / FILE).read_bytes()}
    return landed(NAME, tmp_path_factory.mktemp("real"), files, "2014-01-31 09:00:00")


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


def test_every_invoice_is_landed_as_it_stands(region: Region, rows: list[dict[str, str]]) -> None:
    found = region.query(
        "select document_no, distributor_code, document_date, due_date, paid_date, "
        "document_amount, is_disputed from landing.receivable"
    )
    assert len(rows) == 2_466
    assert sorted(found) == sorted(
        (
            row["invoiceNumber"],
            row["customerID"],
            day(row["InvoiceDate"]),
            day(row["DueDate"]),
            day(row["SettledDate"]),
            Decimal(row["InvoiceAmount"]),
            row["Disputed"] == "Yes",
        )
        for row in rows
    )


def test_nothing_is_held_back_and_the_balance_is_that_of_the_day_it_came(
    region: Region, rows: list[dict[str, str]]
) -> None:
    assert region.query(
        "select rows_read, rows_loaded, rows_quarantined, rows_structural, amount_loaded "
        "from landing.delivery"
    ) == [(len(rows) + 1, len(rows), 0, 1, sum(Decimal(row["InvoiceAmount"]) for row in rows))]
    assert region.query("select distinct as_of_date from landing.receivable") == [
        (date(2014, 1, 31),)
    ]


def test_days_paid_late_are_those_the_source_counts(
    region: Region, rows: list[dict[str, str]]
) -> None:
    found = region.query(
        "select document_no, greatest(paid_date - due_date, 0) from landing.receivable"
    )
    assert dict(found) == {row["invoiceNumber"]: int(row["DaysLate"]) for row in rows}
