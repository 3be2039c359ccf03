"""Mappings are read strictly: what cannot be understood is an error with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.contracts import Contract
from pipelines.errors import ContractError
from pipelines.landing.mapping import PLAIN, Mappings, load_mappings
from pipelines.landing.periods import span, week_of
from pipelines.settings import PROJECT

Contracts = dict[str, Contract]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def written(folder: Path, text: str, name: str = "d001.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def load(folder: Path, contracts: Contracts, text: str) -> Mappings:
    written(folder, text)
    return load_mappings(folder, contracts)


SELLOUT = "senders: [D001, D004]\nfeeds:\n  sellout:\n"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("sender: D001\nfeds:\n  sellout: {}\n", 2, "feds"),
        ("sender: D001\nfeeds:\n  sellout:\n    codes: ours\n    colums: {}\n", 5, "colums"),
        ("sender: D001\nfeeds:\n  sellout:\n    codes: mine\n", 4, "codes"),
        ("sender: D001\nfeeds:\n  sellout:\n    columns:\n      sold_day: [日]\n", 5, "sold_day"),
        ("sender: D001\nfeeds:\n  sellout:\n    values:\n      doctype: {a: sale}\n", 5, "doctype"),
        ("sender: D001\nfeeds:\n  selout: {}\n", 3, "selout"),
        ("sender: D001\nfeeds:\n  sellout:\n    match: '{sendr}.csv'\n", 4, "match"),
        ("sender: D001\nfeeds:\n  sellout:\n    match: '{period}{period}'\n", 4, "match"),
        ("sender: D001\nfeeds:\n  sellout:\n    units: {瓶: bottle}\n", 4, "units"),
        ("sender: D001\nfeeds:\n  sellout:\n    period: quarter\n", 4, "period"),
        ("sender: D001\nfeeds:\n  sellout:\n    encoding: klingon\n", 4, "encoding"),
        ("sender: D001\nfeeds:\n  sellout:\n    delimiter: ',,'\n", 4, "delimiter"),
        (
            "sender: D001\nfeeds:\n  sellout:\n    doc_type_from:\n      column: document\n"
            "      prefixes: {R: return}\n",
            4,
            "doc_type_from",
        ),
        ("feeds:\n  sellout: {}\n", 1, "sender"),
        ("sender: D001\nlanguage: fr\nfeeds: {sellout: {}}\n", 2, "language"),
    ],
)
def test_what_cannot_be_understood_names_file_line_and_key(
    text: str, line: int, key: str, folder: Path, contracts: Contracts
) -> None:
    file = written(folder, text)
    with pytest.raises(ContractError) as error:
        load_mappings(folder, contracts)
    assert f"{file}, line {line}:" in str(error.value)
    assert key in str(error.value)


def test_a_file_that_is_no_yaml_is_an_error(folder: Path, contracts: Contracts) -> None:
    with pytest.raises(ContractError, match="is not YAML"):
        load(folder, contracts, "sender: [D001\n")


def test_a_feed_mapped_twice_for_a_sender_is_an_error(folder: Path, contracts: Contracts) -> None:
    written(folder, SELLOUT + "    codes: ours\n", "a.yaml")
    written(folder, "sender: D004\nfeeds:\n  sellout: {}\n", "b.yaml")
    with pytest.raises(ContractError, match="twice for D004") as error:
        load_mappings(folder, contracts)
    assert "b.yaml" in str(error.value)


def test_one_file_may_speak_for_several_senders(folder: Path, contracts: Contracts) -> None:
    mappings = load(folder, contracts, "language: en\n" + SELLOUT + "    codes: ours\n")
    assert mappings.of("D001", "sellout") is mappings.of("D004", "sellout")
    assert mappings.of("D004", "sellout").codes == "ours"
    assert mappings.languages == {"D001": "en", "D004": "en"}


def test_a_sender_without_mapping_writes_as_the_contract_says(
    folder: Path, contracts: Contracts
) -> None:
    mappings = load(folder, contracts, SELLOUT + "    codes: ours\n")
    assert mappings.of("D009", "sellout") is PLAIN
    assert mappings.of("D001", "stock") is PLAIN


def test_an_empty_folder_maps_nothing(folder: Path, contracts: Contracts) -> None:
    assert load_mappings(folder, contracts).by_sender == {}
    assert load_mappings(folder / "none", contracts).by_sender == {}


@pytest.mark.parametrize(
    ("name", "sender", "week"),
    [
        ("D001_sellout_2026W47.csv", "D001", week_of(date(2026, 11, 16))),
        ("d004_SELLOUT_2026-w47.CSV", "D004", week_of(date(2026, 11, 16))),
    ],
)
def test_a_pattern_says_sender_feed_and_period(
    name: str, sender: str, week: object, folder: Path, contracts: Contracts
) -> None:
    mappings = load(folder, contracts, SELLOUT + '    match: "{sender}_{feed}_{period}.csv"\n')
    found = mappings.match(name)
    assert found is not None
    assert (found.sender, found.feed, found.period) == (sender, "sellout", week)


def test_a_pattern_with_start_and_end_says_a_span(folder: Path, contracts: Contracts) -> None:
    mappings = load(folder, contracts, SELLOUT + '    match: "{sender}_{start}_{end}{any}"\n')
    found = mappings.match("D001_20241125_2026-05-24 (1).csv")
    assert found is not None
    assert found.period == span(date(2024, 11, 25), date(2026, 5, 24))


@pytest.mark.parametrize(
    "name",
    [
        "D002_sellout_2026W47.csv",
        "D001_sellout_2026W47.xlsx",
        "xD001_sellout_2026W47.csv",
        "D001_sellout_2026W47.csv.bak",
    ],
)
def test_names_of_strangers_and_other_names_do_not_fit(
    name: str, folder: Path, contracts: Contracts
) -> None:
    mappings = load(folder, contracts, SELLOUT + '    match: "{sender}_sellout_{period}.csv"\n')
    assert mappings.match(name) is None


def test_a_pattern_without_sender_needs_a_mapping_of_one(
    folder: Path, contracts: Contracts
) -> None:
    pattern = "feeds:\n  sellout:\n    match: '日报{period}.csv'\n"
    assert (
        load(folder, contracts, "senders: [D001, D004]\n" + pattern).match("日报202611.csv") is None
    )
    found = load(folder, contracts, "sender: D001\n" + pattern).match("日报202611.csv")
    assert found is not None
    assert found.sender == "D001"


def test_the_first_of_several_patterns_wins(folder: Path, contracts: Contracts) -> None:
    text = SELLOUT + '    match: ["{sender}_{start}_{end}{any}", "{sender}_{period}{any}"]\n'
    mappings = load(folder, contracts, text)
    both, one = mappings.match("D001_20261101_20261107.csv"), mappings.match("D001_20261101.csv")
    assert both and both.period == span(date(2026, 11, 1), date(2026, 11, 7))
    assert one and one.period and one.period.label == "2026-11-01"


def test_signs_in_a_pattern_stand_for_themselves(folder: Path, contracts: Contracts) -> None:
    mappings = load(folder, contracts, SELLOUT + '    match: "{sender}.sell+out({period})"\n')
    assert mappings.match("D001.sell+out(2026W47)")
    assert not mappings.match("D001xselloutt2026W47")


def test_only_patterns_of_the_sender_who_is_known_are_asked(
    folder: Path, contracts: Contracts
) -> None:
    written(folder, "sender: D001\nfeeds:\n  sellout: {match: 'week{period}.csv'}\n", "a.yaml")
    written(folder, "sender: D002\nfeeds:\n  stock: {match: 'week{period}.csv'}\n", "b.yaml")
    mappings = load_mappings(folder, contracts)
    found = [mappings.match("week2026W47.csv", sender) for sender in ("D001", "D002", "D003")]
    assert [match and (match.sender, match.feed) for match in found] == [
        ("D001", "sellout"),
        ("D002", "stock"),
        None,
    ]


def test_the_mappings_of_the_sample_deployment_can_be_read(contracts: Contracts) -> None:
    mappings = load_mappings(PROJECT / "data" / "mappings", contracts)
    assert mappings.of("D004", "sellout").doc_type_from is not None
    assert len([sender for sender in mappings.by_sender if sender.startswith("D")]) == 40


def test_a_new_pattern_changes_the_fingerprint(folder: Path, contracts: Contracts) -> None:
    before = load(folder, contracts, SELLOUT + "    match: a.csv\n").fingerprint
    assert load(folder, contracts, SELLOUT + "    match: b.csv\n").fingerprint != before
