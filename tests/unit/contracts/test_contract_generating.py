import shutil
from pathlib import Path

import pytest
import yaml

from pipelines.contracts import landed_columns, load_contracts
from pipelines.contracts.generate import differences, main, write
from pipelines.settings import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two shipped contracts and nothing generated yet."""
    folder = tmp_path / "quality" / "contracts"
    folder.mkdir(parents=True)
    for feed in ("calendar", "patrol_log"):
        shutil.copy(PROJECT / "quality" / "contracts" / f"{feed}.odcs.yaml", folder)
    shutil.copy(PROJECT / "quality" / "faults.yaml", tmp_path / "quality")
    return tmp_path


@pytest.fixture
def generated(project: Path) -> Path:
    write(differences(project))
    return project


def test_check_names_every_missing_file_and_writes_nothing(project, capsys):
    assert main(["--check"], project) == 1
    said = capsys.readouterr().out
    for file in (
        "dbt_project/models/sources/calendar.yml",
        "dbt_project/models/sources/patrol_log.yml",
        "docs/reference/feeds/calendar.md",
        "docs/reference/feeds/patrol_log.md",
        "docs/reference/feeds/index.md",
    ):
        assert f"missing: {file}\n" in said
        assert not (project / file).exists()


def test_after_generating_check_is_silent_and_generating_again_changes_nothing(project, capsys):
    assert main([], project) == 0
    capsys.readouterr()
    assert main(["--check"], project) == 0
    assert capsys.readouterr().out == ""
    assert differences(project) == []


def test_check_names_a_file_edited_by_hand_and_generating_restores_it(generated, capsys):
    page = generated / "docs" / "reference" / "feeds" / "calendar.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text + "\nby hand\n", encoding="utf-8")
    assert main(["--check"], generated) == 1
    assert capsys.readouterr().out.startswith("stale: docs/reference/feeds/calendar.md\n")
    assert main([], generated) == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_changed_contract_makes_its_source_and_its_page_stale_and_no_others(generated):
    contract = generated / "quality" / "contracts" / "calendar.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace('"The day | 日期"', '"This day | 当天"'), encoding="utf-8")
    assert [(found.file.name, found.problem) for found in differences(generated)] == [
        ("calendar.yml", "stale"),
        ("calendar.md", "stale"),
    ]


def test_a_feed_that_is_gone_leaves_orphans_which_generating_removes(generated, capsys):
    (generated / "quality" / "contracts" / "calendar.odcs.yaml").unlink()
    assert main(["--check"], generated) == 1
    said = capsys.readouterr().out
    assert "orphan: dbt_project/models/sources/calendar.yml\n" in said
    assert "orphan: docs/reference/feeds/calendar.md\n" in said
    assert main([], generated) == 0
    assert not (generated / "docs" / "reference" / "feeds" / "calendar.md").exists()


def test_a_file_written_by_hand_beside_generated_ones_is_left_alone(generated):
    by_hand = generated / "dbt_project" / "models" / "sources" / "_landing.yml"
    by_hand.write_text("version: 2\n", encoding="utf-8")
    assert differences(generated) == []
    assert by_hand.exists()


def test_a_contract_that_cannot_be_read_is_told_in_both_languages_with_exit_code_2(
    generated, capsys
):
    contract = generated / "quality" / "contracts" / "calendar.odcs.yaml"
    contract.write_text("kind: DataContrct\n", encoding="utf-8")
    assert main([], generated) == 2
    said = capsys.readouterr().out
    assert f"{contract}:1: " in said
    assert f"{contract}:1：" in said


def test_the_dbt_source_has_the_landed_columns_with_types_and_both_languages(generated):
    contract = load_contracts(generated / "quality" / "contracts")["patrol_log"]
    file = generated / "dbt_project" / "models" / "sources" / "patrol_log.yml"
    source = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"][0]
    current, history = source["tables"]
    assert (source["name"], source["schema"]) == ("landing", "landing")
    assert (current["name"], history["name"]) == ("patrol_log", "patrol_log_history")
    columns = [(c["name"], c["data_type"], c["description"]) for c in current["columns"]]
    assert columns == [tuple(column) for column in landed_columns(contract)]
    assert [c["name"] for c in history["columns"]][-2:] == ["_superseded_by", "_superseded_at"]
    personal = [c["name"] for c in current["columns"] if "config" in c]
    assert personal == ["inspector_code"]


def test_a_page_tells_what_a_sender_must_know(generated):
    page = (generated / "docs" / "reference" / "feeds" / "patrol_log.md").read_text("utf-8")
    for part in (
        "# Patrol log | 巡查记录",
        "1 day after the end of the day, 10:00; late after 2 more hours",
        "`area_code`, `patrol_date`, `round_no`, `checkpoint_code`",
        "实际时间、巡查时间、到达时间、Actual At",
        "`round_no_out_of_range`",
        "Send the whole file again",
    ):
        assert part in page


def test_no_table_of_a_page_is_broken_by_a_bar_inside_a_text(generated):
    for page in (generated / "docs" / "reference" / "feeds").glob("*.md"):
        width = 0
        for line in page.read_text(encoding="utf-8").splitlines():
            bars = line.replace("\\|", "").count("|") if line.startswith("|") else 0
            assert bars == width or 0 in (bars, width), (page.name, line)
            width = bars


MODEL = """\
models:
  - name: week
    config:
      meta:
        kpi:
          period_type: "'week'"
          period_start_date: week_start_date
          node_type: "'region'"
          node_code: "'all'"
        metrics:
          - metric_id: kept
            name_en: Kept
            name_zh: 保留
            formula_en: rows kept
            formula_zh: 保留行数
            numerator: kept_num
            unit: row
            direction: up
            additivity: A
            owner_role: sales_manager
            source: house
            example: week__two_rows
    columns: [{name: week_start_date}, {name: kept_num}]
unit_tests:
  - {name: week__two_rows, model: week, expect: {rows: [{kept_num: 2}]}}
"""


@pytest.fixture
def model(generated):
    """A model with a metric beside what is generated."""
    file = generated / "dbt_project" / "models" / "marts" / "week.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(MODEL, encoding="utf-8")
    return file


def test_a_metric_makes_the_long_form_and_the_page_of_metrics(generated, model, capsys):
    made = [
        "docs/reference/kpi.md",
        "dbt_project/models/marts/reporting/kpi_value.sql",
        "dbt_project/models/intermediate/int_metric.sql",
    ]
    assert main(["--check"], generated) == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [f"missing: {name}" for name in made]
    assert main([], generated) == 0
    model.write_text(MODEL.replace("rows kept", "rows that stay"), encoding="utf-8")
    assert [found.file.name for found in differences(generated)] == ["kpi.md"]
    model.write_text(MODEL.replace("kept_num", "whole_num"), encoding="utf-8")
    assert [found.file.name for found in differences(generated)] == ["kpi.md", "kpi_value.sql"]


def test_a_figure_without_a_metric_is_told_in_both_languages_with_exit_code_2(
    generated, model, capsys
):
    text = MODEL.replace("{name: kept_num}]", "{name: kept_num}, {name: lost_ratio}]")
    model.write_text(text, encoding="utf-8")
    assert main(["--check"], generated) == 2
    said = capsys.readouterr().out
    assert f"{model}: week: lost_ratio belongs to no metric" in said
    assert f"{model}：week：列 lost_ratio 不属于任何指标" in said
