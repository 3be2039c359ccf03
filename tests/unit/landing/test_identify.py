"""Whose file is it, which report, what about: said on receipt, by the folder, or by the name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pipelines.contracts import Contract
from pipelines.landing.identify import Identity, identify
from pipelines.landing.mapping import Mappings, load_mappings
from pipelines.landing.receipts import Receipt
from pipelines.landing.refused import RefusedError

Contracts = dict[str, Contract]
MAPPING = """
sender: D001
feeds:
  sellout:
    match: "{sender}_销售_{period}.csv"
  stock:
    match: "{sender}_库存_{start}_{end}.csv"
"""


@pytest.fixture
def mappings(tmp_path: Path, contracts: Contracts) -> Mappings:
    (tmp_path / "d001.yaml").write_text(MAPPING, encoding="utf-8")
    only = "sender: D007\nfeeds:\n  claim: {codes: ours}\n"
    (tmp_path / "d007.yaml").write_text(only, encoding="utf-8")
    return load_mappings(tmp_path, contracts)


def received(name: str, sender: str | None = None, feed: str | None = None) -> Receipt:
    return Receipt(1, name, "0" * 64, 1, datetime(2026, 11, 16, 9), sender, feed)


def told(identity: Identity) -> tuple[str, str, str | None]:
    label = identity.period.label if identity.period else None
    return identity.sender, identity.feed, label


@pytest.mark.parametrize(
    ("name", "sender", "feed", "period"),
    [
        ("D002/sellout/anything.csv", "D002", "sellout", None),
        ("D002/stock/2026-W47.csv", "D002", "stock", "2026-W47"),
        ("D002/D002_sellout_2026W47.csv", "D002", "sellout", "2026-W47"),
        ("D002/weekly-stock 2026-W47.xlsx", "D002", "stock", "2026-W47"),
        ("D002/2026/sellout_2026W47.csv", "D002", "sellout", "2026-W47"),
        ("D001_销售_2026W47.csv", "D001", "sellout", "2026-W47"),
        ("D001/D001_销售_2026W47.csv", "D001", "sellout", "2026-W47"),
        ("D001/D001_库存_20261001_20261031.csv", "D001", "stock", "2026-10-01..2026-10-31"),
        ("D007/whatever.csv", "D007", "claim", None),
        ("self/sku/sku_20261005.csv", "self", "sku", "all"),
        ("self/map_sku/2026-W47.csv", "self", "map_sku", "all"),
        ("self/map_sku_2026.csv", "self", "map_sku", "all"),
    ],
)
def test_folder_and_name_say_what_a_file_is(
    name: str, sender: str, feed: str, period: str | None, contracts: Contracts, mappings: Mappings
) -> None:
    assert told(identify(received(name), contracts, mappings)) == (sender, feed, period)


def test_what_was_said_on_receipt_wins_over_folder_and_name(
    contracts: Contracts, mappings: Mappings
) -> None:
    receipt = received("D001/D001_销售_2026W47.csv", sender="D009", feed="stock")
    assert told(identify(receipt, contracts, mappings))[:2] == ("D009", "stock")


def test_a_period_named_by_the_pattern_of_another_feed_is_not_taken(
    contracts: Contracts, mappings: Mappings
) -> None:
    receipt = received("D001/stock/D001_销售_2026W47.csv")
    identity = identify(receipt, contracts, mappings)
    assert told(identity) == ("D001", "stock", "2026-W47")


@pytest.mark.parametrize("name", ["loose.csv", "D002_销售_2026W47.csv", "销售.xlsx"])
def test_a_loose_file_no_pattern_fits_has_no_sender(
    name: str, contracts: Contracts, mappings: Mappings
) -> None:
    with pytest.raises(RefusedError, match="unknown_sender"):
        identify(received(name), contracts, mappings)


@pytest.mark.parametrize("name", ["D002/week47.csv", "D001/week47.csv", "D002/photos/sale.csv"])
def test_a_file_that_names_no_report_has_no_feed(
    name: str, contracts: Contracts, mappings: Mappings
) -> None:
    with pytest.raises(RefusedError, match="unknown_feed"):
        identify(received(name), contracts, mappings)


@pytest.mark.parametrize(
    "name",
    [
        "D002/sellout/1999-W52.csv",
        "D002/sellout/A2026-W47B.csv",
        "D002/sellout/D002_sellout_20261122.csv",
        "D002/sellout/D002_sellout_2026-11.csv",
        "D002/claim/D002_claim_200012.csv",
        "D002/claim/D002_claim_2026-W47.csv",
    ],
)
def test_a_name_that_is_no_period_of_the_report_leaves_it_to_the_dates_inside(
    name: str, contracts: Contracts, mappings: Mappings
) -> None:
    assert identify(received(name), contracts, mappings).period is None


def test_a_file_name_is_data_and_never_a_path(contracts: Contracts, mappings: Mappings) -> None:
    identity = identify(received("D002/sellout/../../etc/passwd"), contracts, mappings)
    assert identity.sender == "D002"


def test_where_one_report_is_subscribed_a_file_that_names_none_is_it(
    contracts: Contracts, mappings: Mappings
) -> None:
    receipt = received("D002/week47.csv")
    assert identify(receipt, contracts, mappings, ("sellout",)).feed == "sellout"
    with pytest.raises(RefusedError, match="unknown_feed"):
        identify(receipt, contracts, mappings, ("sellout", "stock"))
