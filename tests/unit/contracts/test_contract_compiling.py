import json
import unicodedata
from dataclasses import replace
from datetime import time
from importlib.resources import files

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import (
    FILE_REASONS,
    accepted_headers,
    header_key,
    history_columns,
    landed_columns,
    load_contracts,
    reasons_of,
    sla_row,
)
from pipelines.contracts.source import did_you_mean
from pipelines.contracts.values import CHINESE
from pipelines.settings import PROJECT, Settings

FOLDER = PROJECT / "quality" / "contracts"
SHIPPED = load_contracts(FOLDER)


def test_every_feed_the_sample_subscribes_to_has_a_contract():
    subscribed = set(Settings.load(PROJECT / "data").feeds)
    always = {feed for feed, contract in SHIPPED.items() if contract.is_always_taken}
    assert subscribed <= set(SHIPPED) - always
    assert always == {"alert_action", "alert_board", "decision", "forecast_cycle", "period_close"}


@pytest.mark.parametrize("feed", SHIPPED)
def test_a_shipped_contract_is_valid_by_the_schema_of_the_standard(feed):
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    document = yaml.safe_load((FOLDER / f"{feed}.odcs.yaml").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(document)] == []


def test_sent_codes_and_pieces_land_directly_after_their_column(visit):
    names = [column.name for column in landed_columns(visit)]
    assert names == [
        "outlet_code", "their_outlet_code", "visit_date", "visit_kind", "rep_code", "quantity",
        "quantity_pieces", "uom", "seen_from",
        "_sender", "_delivery_id", "_sheet", "_row_no", "_correction_id", "_warnings",
    ]  # fmt: skip


def test_history_columns_are_the_landed_ones_and_what_replaced_them(visit):
    added = history_columns(visit)[len(landed_columns(visit)) :]
    assert history_columns(visit)[: -len(added)] == landed_columns(visit)
    assert [(c.name, c.duckdb_type) for c in added] == [
        ("_superseded_by", "bigint"),
        ("_superseded_at", "timestamp"),
    ]


def test_every_landed_column_is_described_in_both_languages():
    for contract in SHIPPED.values():
        for column in history_columns(contract):
            english, bar, chinese = column.comment.partition(" | ")
            assert bar, column
            assert CHINESE.search(chinese), column
            assert not CHINESE.search(english), column


def test_the_reasons_of_a_feed_follow_from_its_columns_in_order(visit):
    assert [(reason.reason_id, reason.severity) for reason in reasons_of(visit)] == [
        ("outlet_code_missing", "error"),
        ("outlet_code_lost_digits", "error"),
        ("visit_date_missing", "error"),
        ("visit_date_invalid", "error"),
        ("visit_kind_not_allowed", "error"),
        ("rep_code_too_long", "error"),
        ("rep_code_malformed", "error"),
        ("rep_code_lost_digits", "error"),
        ("quantity_invalid", "error"),
        ("quantity_out_of_range", "error"),
        ("seen_from_invalid", "error"),
        ("out_of_period", "error"),
        ("future_date", "error"),
        ("ancient_date", "error"),
        ("plug_line", "error"),
        ("unmapped_uom", "error"),
        ("unmapped_outlet", "warning"),
        ("ambiguous_outlet", "error"),
        ("mixed_units", "warning"),
        ("duplicate_key", "error"),
        ("too_many_cells", "error"),
        ("cell_error", "error"),
        ("formula_without_value", "error"),
        ("correction_outdated", "warning"),
        ("planned_without_rep", "error"),
    ]


def test_a_reason_says_what_to_write_in_both_languages():
    reasons = {reason.reason_id: reason for reason in reasons_of(SHIPPED["sellout"])}
    invalid = reasons["quantity_invalid"]
    assert invalid.message_en == "Quantity 数量 is not a number: write it as 1234.5."
    assert invalid.message_zh == "数量不是数字：请写成 1234.5。"
    assert "sale (销售), return (退货)" in reasons["doc_type_not_allowed"].message_en
    assert "请使用销售、退货" in reasons["doc_type_not_allowed"].message_zh
    assert "14 days" in reasons["out_of_period"].message_en


def test_a_month_column_asks_for_a_month():
    reasons = {reason.reason_id: reason for reason in reasons_of(SHIPPED["claim"])}
    assert "write it as 2026-11." in reasons["claim_month_invalid"].message_en


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0, None, "below 0"), (None, 9, "above 9"), (1, 9, "between 1 and 9")],
)
def test_an_out_of_range_reason_names_the_bounds_there_are(visit, low, high, said):
    column = replace(visit.column("quantity"), minimum=low, maximum=high)
    narrowed = replace(visit, columns=(column,), business_date=None)
    reasons = {reason.reason_id: reason for reason in reasons_of(narrowed)}
    assert said in reasons["quantity_out_of_range"].message_en


def test_a_plan_may_speak_of_days_to_come():
    assert "future_date" not in {r.reason_id for r in reasons_of(SHIPPED["patrol_plan"])}
    assert "future_date" in {r.reason_id for r in reasons_of(SHIPPED["patrol_log"])}


def test_what_a_piece_costs_is_asked_only_of_feeds_with_quantities_and_amounts():
    priced = {name for name, feed in SHIPPED.items() if feed.money}
    asked = {
        name
        for name, feed in SHIPPED.items()
        if "price_implausible" in {reason.reason_id for reason in reasons_of(feed)}
    }
    assert priced == asked == {"sellout", "sellin"}


def test_reasons_are_named_once_in_two_languages_and_fit_a_bitmask():
    for contract in SHIPPED.values():
        reasons = reasons_of(contract)
        assert len({reason.reason_id for reason in reasons}) == len(reasons) < 63
        for reason in reasons:
            assert reason.message_en.endswith("."), reason
            assert reason.message_zh.endswith("。"), reason


def test_file_reasons_say_what_is_wrong_and_what_to_do_in_both_languages():
    for reason in FILE_REASONS.values():
        assert CHINESE.search(reason.message_zh)
        assert CHINESE.search(reason.hint_zh)
        assert reason.message_en
        assert reason.hint_en
        assert ("{detail}" in reason.message_en) == (reason.reason_id == "missing_column")
        assert ("{detail}" in reason.message_zh) == (reason.reason_id == "missing_column")


def test_the_sla_of_a_feed_is_a_row_and_of_a_master_all_null():
    assert sla_row(SHIPPED["claim"]) == {
        "sla_unit": "m",
        "sla_latency_days": 5,
        "sla_time_of_day": time(18),
        "sla_grace_hours": 4,
        "sla_roll": "next_workday",
    }
    assert set(sla_row(SHIPPED["sku"]).values()) == {None}


def test_a_header_of_one_feed_means_one_column_only():
    for contract in SHIPPED.values():
        keys = [
            {header_key(header) for header in accepted_headers(column)}
            for column in contract.columns
        ]
        assert sum(map(len, keys)) == len(set().union(*keys)), contract.feed


@given(st.text())
def test_comparing_headers_twice_changes_nothing_more(text):
    assert header_key(header_key(text)) == header_key(text)


@given(st.lists(st.sampled_from("单据号 Doc_No 数量"), max_size=12).map("".join))
def test_width_case_blanks_and_punctuation_of_a_header_do_not_matter(header):
    wide = header.replace("D", "Ｄ").replace(" ", "\u3000")
    spaced = "\n".join(unicodedata.normalize("NFKC", wide).upper())
    assert header_key(wide) == header_key(spaced) == header_key(f"（{header}）:".replace(" ", "_"))


@given(st.sampled_from(["period", "replaces", "businessDate", "lineIsUnique"]), st.data())
def test_one_wrong_letter_still_finds_the_word(word, data):
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    typo = word[:at] + letter + word[at + 1 :]
    known = ["period", "replaces", "businessDate", "lineIsUnique", "feedCode"]
    assert did_you_mean(typo, known)[0] == f"Did you mean `{word}`?"
