import re
from pathlib import Path

import pytest

from pipelines.contracts import load_contracts
from pipelines.errors import ContractError


def test_a_business_date_that_is_no_column_is_an_error_with_the_nearest(refusal):
    line, error = refusal("value: visit_date", "value: visit_dat")
    assert (line, error.hint_en) == (16, "Did you mean `visit_date`?")


def test_a_unit_column_that_does_not_exist_is_an_error_with_the_nearest(refusal):
    line, error = refusal("unitColumn, value: uom", "unitColumn, value: uon")
    assert (line, error.hint_en) == (75, "Did you mean `uom`?")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("primaryKeyPosition: 2", "primaryKeyPosition: 3", 49, "expected 2, not 3"),
        ("        primaryKey: true\n", "", 36, "go together"),
        ("value: week", "value: none", 14, "needs a `businessDate`"),
        ("value: week", "value: month", 18, "the SLA counts in `w`"),
        ("value: visit_date", "value: seen_from", 84, "required date"),
        ("value: quantity_pieces", "value: quantity", 68, "exist twice"),
        ("- name: visit_kind", "- name: their_outlet_code", 51, "exist twice"),
        ("- name: seen_from", "- name: quantity_pieces", 84, "exist twice"),
        ("- name: seen_from", "- name: order", 84, "DuckDB says"),
        ("- name: seen_from", "- name: _row_no", 84, "expected the form"),
        ("          - {property: pieces, value: quantity_pieces}\n", "", 74, "go together"),
        ("value: planned}", "value: plan}", 60, "not allowed"),
        ("minimum: 0", "minimum: 2000", 73, "above `maximum`"),
        ('"^R[0-9]+$"', '"^R[0-9+$"', 67, "DuckDB says"),
        ('"extra", label: "计划外"', '"extra", label: "计划内"', 56, "means both"),
        ('value: "extra"', 'value: "Planned"', 56, "means both"),
        ("codeOf, value: uom", "fill, value: sender", 77, "lacks `codeOf: uom`"),
        ("unitColumn, value: uom", "codeOf, value: sku", 75, "goes with a string"),
        ("codeOf, value: outlet", "control, value: amount", 42, "goes with a number"),
        ("codeOf, value: outlet", "fill, value: period", 42, "goes with a date"),
        ("codeOf, value: outlet", "dayOf, value: seen_from", 42, "goes with a date"),
        ("codeOf, value: outlet", "lastDayOf, value: visit_date", 42, "goes with a date"),
        ("codeOf, value: outlet", "openList, value: true", 42, "needs an `enum`"),
        (
            "        logicalType: timestamp\n",
            '        enum: [{value: "a", label: "甲"}]\n        logicalType: timestamp\n',
            87,
            "goes with a string",
        ),
    ],
)
def test_a_contract_that_contradicts_itself_is_an_error_on_its_line(refusal, old, new, line, said):
    found, error = refusal(old, new)
    assert found == line
    assert said in error.message_en


def test_a_feed_without_columns_is_an_error(refusal, visit_text):
    columns = visit_text[visit_text.index("    properties:") : visit_text.index("    quality:")]
    line, error = refusal(columns, "    properties: []\n")
    assert line == 30
    assert "no columns" in error.message_en


def test_a_feed_without_a_key_is_an_error(refusal, visit_text):
    columns = visit_text[visit_text.index("    properties:") : visit_text.index("    quality:")]
    without_key = re.sub(r" +primaryKey.*\n", "", columns)
    line, error = refusal(columns, without_key)
    assert line == 30
    assert "no column has `primaryKey: true`" in error.message_en


def test_a_default_that_does_not_fit_the_type_is_an_error(refusal):
    entry = "          - {property: pieces, value: quantity_pieces}\n"
    line, _ = refusal(entry, entry + "          - {property: default, value: many}\n")
    assert line == 77


def test_a_required_column_with_a_default_is_an_error(refusal):
    kind = "        physicalType: varchar\n        enum:"
    line, error = refusal(kind, kind.replace("enum", "required: true\n        enum"))
    assert line == 56
    assert "contradict" in error.message_en


def test_two_columns_may_not_share_a_header_whatever_its_case_width_or_blanks(refusal):
    for header in ("rep_code", "业务员", "REP CODE", "Ｒｅｐ＿code"):
        line, error = refusal('"Outlet"', f'"{header}"')
        assert line in (40, 61, 62)
        assert "`outlet_code` and `rep_code`" in error.message_en


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("rep_cod is null", "rep_code"),
        ("quantity > 'abc' and", "syntax error"),
        ("quantity + 1", "not a condition"),
        ("sum(quantity) > 0", "aggregates"),
        ("row_number() over () > 1", "window"),
        ("visit_date > current_date", "another time"),
        ("random() > 0.5", "another time"),
        ("rep_code in (select name from other)", "other"),
        ("true -- always", "syntax error"),
        ("exists (from read_csv('/etc/passwd'))", "disabled"),
    ],
)
def test_a_row_rule_that_is_no_condition_on_the_row_alone_is_an_error(refusal, sql, said):
    line, error = refusal("\"visit_kind = 'planned' and rep_code is null\"", f'"{sql}"')
    assert line == 97
    assert said in error.message_en


def test_a_rule_may_not_take_the_name_of_a_reason_that_exists(refusal):
    line, error = refusal("id: planned_without_rep", "id: rep_code_malformed")
    assert line == 92
    assert "exists twice" in error.message_en


def test_two_rules_may_not_share_a_name(refusal, visit_text):
    rule = visit_text[visit_text.index("      - id: planned") :]
    assert refusal(rule, rule + rule)[1].message_en.endswith("exists twice")


def _write(folder: Path, text: str, target: str) -> None:
    text = text.replace("to: visit.seen_from", f"to: {target}")
    (folder / "visit.odcs.yaml").write_text(text, encoding="utf-8")


def test_a_reference_to_a_known_column_of_the_same_type_is_accepted(tmp_path, visit_text):
    _write(tmp_path, visit_text, "visit.seen_from")
    assert load_contracts(tmp_path)["visit"].column("seen_from").references == "visit.seen_from"


@pytest.mark.parametrize(
    ("target", "said", "hint"),
    [
        ("visit.seen_fro", "no contract has", "Did you mean `visit.seen_from`?"),
        ("visits.seen_from", "no contract has", "Did you mean `visit.seen_from`?"),
        ("visit.visit_date", "is date, not timestamp", ""),
    ],
)
def test_a_reference_to_nothing_or_to_another_type_is_an_error_on_its_line(
    tmp_path, visit_text, target, said, hint
):
    _write(tmp_path, visit_text, target)
    with pytest.raises(ContractError) as caught:
        load_contracts(tmp_path)
    assert caught.value.message_en.startswith(f"{tmp_path / 'visit.odcs.yaml'}:90: ")
    assert said in caught.value.message_en
    assert caught.value.hint_en == hint


@pytest.mark.parametrize(("role", "said"), [("dayOf", "no time"), ("lastDayOf", "no period")])
def test_a_day_follows_from_a_time_or_a_period_and_from_nothing_else(refusal, role, said):
    time = "        logicalType: timestamp\n        physicalType: timestamp\n"
    day = time.replace("timestamp", "date") + "        customProperties:\n"
    line, error = refusal(time, day + f"          - {{property: {role}, value: rep_code}}\n")
    assert line == 90
    assert said in error.message_en
