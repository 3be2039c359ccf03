import re
from pathlib import Path

import pytest

from pipelines.contracts import load_contract, load_contracts
from pipelines.errors import ContractError


def _find(pattern: str, text: str) -> list[re.Match[str]]:
    """Matches in the contract outside its quoted texts, each of which is a run of underscores."""
    plain = re.sub(r'"[^"]*"', lambda quoted: "_" * len(quoted.group()), text)
    return list(re.finditer(pattern, plain))


def test_the_contract_these_tests_change_is_itself_accepted(visit):
    assert visit.feed == "visit"
    assert visit.period == "week"
    assert visit.sla is not None
    assert f"{visit.sla.time_of_day:%H:%M}" == "18:00"
    assert [column.name for column in visit.key] == ["outlet_code", "visit_date"]
    assert visit.column("visit_kind").allowed == (("planned", "计划内"), ("extra", "计划外"))
    assert visit.column("rep_code").personal
    assert visit.column("rep_code").pattern == "^R[0-9]+$"
    assert visit.rules[0].message_zh == "未填业务员：请填写。"


def test_a_misspelt_key_at_any_place_is_named_with_its_line_and_the_right_word(
    tmp_path: Path, visit_text: str
):
    file = tmp_path / "visit.odcs.yaml"
    keys = _find(r"\b([a-zA-Z]+):(?=[ \n])", visit_text)
    assert len(keys) > 100
    for key in keys:
        file.write_text(visit_text[: key.end(1)] + "x" + visit_text[key.end(1) :], encoding="utf-8")
        line = visit_text[: key.start()].count("\n") + 1
        with pytest.raises(ContractError) as caught:
            load_contract(file)
        assert caught.value.message_en.startswith(f"{file}:{line}: unknown")
        assert caught.value.message_zh.startswith(f"{file}:{line}：未知")
        assert f"`{key.group(1)}`" in caught.value.hint_en


def test_an_empty_value_at_any_place_is_an_error_on_its_line(tmp_path: Path, visit_text: str):
    file = tmp_path / "visit.odcs.yaml"
    for found in _find(r"\b[a-zA-Z]+: ([^{}\[\n,]+)", visit_text):
        file.write_text(
            visit_text[: found.start(1)] + "null" + visit_text[found.end(1) :], encoding="utf-8"
        )
        line = visit_text[: found.start()].count("\n") + 1
        with pytest.raises(ContractError, match=re.escape(f"{file}:{line}: ")):
            load_contract(file)


def test_a_misspelt_custom_property_of_the_feed_is_named_with_its_line(refusal):
    line, error = refusal("property: replaces", "property: replace")
    assert line == 15
    assert "unknown `replace`" in error.message_en
    assert error.hint_en == "Did you mean `replaces`?"
    assert error.hint_zh == "是否应为 `replaces`？"


def test_a_misspelt_custom_property_of_a_column_is_named_with_its_line(refusal):
    line, error = refusal("property: codeOf", "property: codeof")
    assert line == 42
    assert "unknown `codeof`" in error.message_en
    assert error.hint_en == "Did you mean `codeOf`?"


def test_a_misspelt_sla_property_is_named_with_its_line(refusal):
    line, error = refusal("property: latency", "property: latancy")
    assert line == 19
    assert error.hint_en == "Did you mean `latency`?"


@pytest.mark.parametrize(
    ("old", "new", "line", "hint"),
    [
        ("value: week", "value: weekly", 14, "Did you mean `week`?"),
        ("replaces, value: period", "replaces, value: periods", 15, "Did you mean `period`?"),
        ("value: outlet", "value: outlets", 42, "Did you mean `outlet`?"),
        ("severity: error", "severity: eror", 95, "Did you mean `error`?"),
        ("logicalType: date", "logicalType: dates", 46, "Did you mean `date`?"),
        ("locale: en", "locale: english", 40, "Use one of: en, zh."),
        ("unit: w", "unit: week", 18, "Use one of: d, m, w."),
    ],
)
def test_a_word_outside_a_list_is_named_with_its_line_and_the_nearest(
    refusal, old, new, line, hint
):
    found, error = refusal(old, new)
    assert found == line
    assert error.hint_en == hint


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('value: "18:00"', "value: 18:00", 20),
        ('value: "18:00"', 'value: "24:00"', 20),
        ("version: 1.0.0", "version: 1.0", 5),
        ("required: true", 'required: "yes"', 38),
        ("value: F31", "value: X31", 13),
        ("minimum: 0", "minimum: .nan", 73),
        ("physicalType: date", "physicalType: timestamp", 47),
        ("maxLength: 20", "minimum: 20", 67),
        ("status: active", "status: draft", 6),
        ("apiVersion: v3.2.0", "apiVersion: v3.1.0", 1),
        ("id: visit", "id: visits", 3),
        ("latency, value: 1, unit: d", "latency, value: 1, unit: h", 19),
        ("classification: personal", "classification: secret", 66),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error_on_its_line(refusal, old, new, line):
    assert refusal(old, new)[0] == line


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"Visits | 拜访"', '"Visits"', 4),
        ('"Who was seen | 拜访了谁"', '"拜访了谁"', 9),
        ('"The outlet | 门店"', '"The outlet"', 33),
        ('businessName: "门店编码"', 'businessName: "Outlet code"', 32),
        ("未填业务员：请填写。", "name the representative.", 98),
        ("one row is a visit | 一行是一次拜访", "一行是一次拜访 | one row is a visit", 29),
    ],
)
def test_a_text_in_one_language_is_an_error_on_its_line(refusal, old, new, line):
    assert refusal(old, new)[0] == line


def test_a_key_written_twice_names_both_lines(refusal):
    line, error = refusal("status: active\n", "status: active\nstatus: active\n")
    assert line == 7
    assert "twice, first on line 6" in error.message_en


def test_a_custom_property_given_twice_is_an_error(refusal):
    entry = "  - {property: feedCode, value: F31}\n"
    assert refusal(entry, entry + entry)[0] == 14


def test_a_key_of_the_standard_that_nobody_acts_on_is_an_error(refusal):
    line, error = refusal("        required: true\n", "        unique: true\n")
    assert line == 38
    assert "does not act on" in error.message_en


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("status: active", "status: &a active"),
        ("status: active", "<<: {status: active}"),
        ("status: active", "status: [active"),
        ("status: active", "status: !!python/name:os.system active"),
        ("status: active", "status: 2026-13-45"),
        ("status: active", "? [a]\n: active"),
    ],
)
def test_yaml_that_reads_otherwise_than_it_looks_is_an_error(refusal, old, new):
    refusal(old, new)


def test_a_file_that_is_not_utf8_is_an_error_and_no_crash(tmp_path: Path, visit_text: str):
    file = tmp_path / "visit.odcs.yaml"
    file.write_bytes(visit_text.encode("gb18030"))
    with pytest.raises(ContractError, match="this is not YAML"):
        load_contract(file)


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n", "schema: []\n", "schema: 7\n"])
def test_a_file_that_is_no_contract_is_an_error_and_no_crash(tmp_path: Path, text: str):
    file = tmp_path / "visit.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError):
        load_contract(file)


def test_a_yaml_file_with_another_name_is_not_passed_over(tmp_path: Path, visit_text: str):
    (tmp_path / "visit.odcs.yml").write_text(visit_text, encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape("named <feed>.odcs.yaml")):
        load_contracts(tmp_path)


def test_a_folder_without_contracts_is_an_error(tmp_path: Path):
    with pytest.raises(ContractError, match="has no contract"):
        load_contracts(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("domain: sales\n", "", 1, "`domain` is missing"),
        ("domain: sales", 'domain: " sales"', 7, "without blanks"),
        ("status: active\n", "", 1, "`status` is missing: expected 'active'"),
        ("  - {property: replaces, value: period}\n", "", 12, "`replaces` is missing"),
        ("  - {property: roll, value: none}\n", "", 17, "`roll` is missing"),
        (
            "          - {type: foreignKey, to: visit.seen_from}\n",
            "          - {}\n",
            90,
            "missing",
        ),
    ],
)
def test_what_is_missing_is_named_with_the_line_it_belongs_to(refusal, old, new, line, said):
    found, error = refusal(old, new)
    assert found == line
    assert said in error.message_en


def test_a_contract_has_exactly_one_table(refusal, visit_text):
    table = visit_text[visit_text.index("  - name: visit\n") :]
    for tables in (" []\n", f"\n{table}{table}"):
        line, error = refusal(f"schema:\n{table}", f"schema:{tables}")
        assert line == 23
        assert "exactly one table" in error.message_en


def test_a_column_points_at_one_column_only(refusal):
    entry = "          - {type: foreignKey, to: visit.seen_from}\n"
    line, error = refusal(entry, entry + entry)
    assert line == 89
    assert "one other column" in error.message_en
