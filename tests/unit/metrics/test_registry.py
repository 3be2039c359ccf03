"""No figure goes without a definition, and no definition goes unchecked."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipelines import transform
from pipelines.errors import ConfigError
from pipelines.metrics import load_registry
from pipelines.metrics.page import kpi_page
from pipelines.settings import PROJECT, Settings
from tests.unit.metrics.conftest import YML, change

SUM = "          node_code: distributor_code\n"


def test_a_metric_is_read_with_its_model(dbt_project: Path) -> None:
    ((model, metric),) = load_registry(dbt_project).metrics
    assert (model.schema, model.name, model.has_coverage) == ("marts", "return_week", True)
    assert metric.columns == ("return_num", "return_den", "return_ratio")
    assert model.kpi.key["item_code"] == "'all'"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("direction: down", "direction: down\n            colour: red", "colour: Extra inputs"),
        ("direction: down", "direction: sideways", "direction: Input should be"),
        ("unit: ratio", "unit: percent", "unit: Input should be"),
        ("additivity: A", "additivity: additive", "additivity: Input should be"),
        ("            name_zh: 退货率\n", "", "name_zh: Field required"),
        ("            variant_zh: 全部商品\n", "", "variant is in one language only"),
        ("            source: house\n", "", "source: Field required"),
        ("example: return_week__two_of_ten", "example: elsewhere", "it has no unit test elsewhere"),
        ("            example: return_week__two_of_ten\n", "", "example: Field required"),
        ("return_ratio: 0.2", "status: ok", "does not work out return_ratio"),
        ("value: return_ratio", "value: return_share", "a column that is not there: return_share"),
        ("            value: return_ratio\n", "", "return_ratio belongs to no metric"),
        ("- name: status", "- name: shelf_score", "shelf_score belongs to no metric"),
        ("not_a_metric: how far the parts are known", "", "imputed_ratio belongs to no metric"),
        ("distributor_code]", "distributor_code, status]", "status is of the key"),
        (SUM, "          node_code: \"'D1'\"\n", "distributor_code is of the key"),
        ("          node_type:", "          nodetype:", "Kpi: node_type: Field required"),
        ("node_code: distributor_code", 'node_code: "{{ as_of() }}"', "write plain SQL"),
        ("additivity: A", "additivity: N", None),
    ],
)
def test_a_definition_that_is_not_right_stops_the_build(
    dbt_project: Path, before: str, after: str, fault: str | None
) -> None:
    change(dbt_project, before, after)
    if fault is None:
        assert load_registry(dbt_project).metrics
        change(dbt_project, SUM, f"{SUM}          summed: true\n")
        fault = "returns is summed and does not add up"
    with pytest.raises(ConfigError) as caught:
        load_registry(dbt_project)
    assert fault in caught.value.message_en
    assert "return_week.yml：return_week：" in caught.value.message_zh


def test_the_build_does_not_start_while_a_figure_has_no_metric(dbt_project: Path) -> None:
    change(dbt_project, "- name: status", "- name: shelf_score")
    home = dbt_project.parent
    settings = Settings(
        home=home,
        name="Test",
        timezone="Asia/Shanghai",
        currency="CNY",
        language="en",
        feeds=("sellout",),
        as_of=date(2026, 11, 22),
        project=home,
    )
    with pytest.raises(ConfigError, match="shelf_score belongs to no metric"):
        transform.build(settings)


def test_what_is_summed_may_leave_out_columns_of_the_key(dbt_project: Path) -> None:
    change(dbt_project, "distributor_code]", "distributor_code, status]")
    change(dbt_project, SUM, f"{SUM}          summed: true\n")
    assert load_registry(dbt_project).models[0].kpi.summed


def test_a_condition_accounts_for_a_column_of_the_key(dbt_project: Path) -> None:
    change(dbt_project, "distributor_code]", "distributor_code, status]")
    change(dbt_project, "unit: ratio", "where: status = 'ok'\n            unit: ratio")
    assert load_registry(dbt_project).metrics


def second_model(dbt_project: Path, **replaced: str) -> None:
    text = YML.replace("return_week", "return_month")
    for before, after in replaced.items():
        text = text.replace(before, after)
    (dbt_project / "models" / "marts" / "return_month.yml").write_text(text, encoding="utf-8")


def test_a_metric_is_defined_once(dbt_project: Path) -> None:
    second_model(dbt_project)
    with pytest.raises(ConfigError, match=r"returns is defined in return_month too"):
        load_registry(dbt_project)


def test_another_model_may_show_a_metric_of_this_one(dbt_project: Path) -> None:
    start, end = YML.index("            name_en"), YML.index("    data_tests")
    shared = "            defined_in: return_week\n" + "".join(
        f"            {part}: return_{column}\n"
        for part, column in (("numerator", "num"), ("denominator", "den"), ("value", "ratio"))
    )
    second_model(dbt_project, **{YML[start:end].replace("return_week", "return_month"): shared})
    registry = load_registry(dbt_project)
    assert [model.name for model in registry.models] == ["return_month", "return_week"]
    assert [model.name for model, _ in registry.metrics] == ["return_week"]
    second_model(
        dbt_project,
        **{
            YML[start:end].replace("return_week", "return_month"): shared.replace(
                "in: return_week", "in: sales_week"
            )
        },
    )
    with pytest.raises(ConfigError, match="sales_week does not define returns"):
        load_registry(dbt_project)


def test_dimensions_and_facts_have_no_figures_of_this_kind(dbt_project: Path) -> None:
    text = "models: [{name: dim_sku, columns: [{name: vat_ratio}]}]"
    (dbt_project / "models" / "marts" / "dim_sku.yml").write_text(text)
    assert len(load_registry(dbt_project).models) == 1


def test_the_page_shows_the_definition_and_the_sum(dbt_project: Path) -> None:
    page = kpi_page(load_registry(dbt_project), "Generated")["kpi.md"]
    for part in (
        "<!-- Generated -->",
        "| `returns` | Return ratio | 退货率 | [`marts.return_week`](#martsreturn_week) |",
        "| Formula 公式 | pieces returned / pieces sold | 退货数量 / 销售数量 |",
        "| Variant 口径 | of all SKUs | 全部商品 |",
        "2 of 10 came back, 2 / 10 = 0.2",
        "From | 取自 `fct_sellout_line`:\n\n| doc_type | quantity_pieces |\n| --- | --- |\n"
        "| sale | 10 |\n| return | -2 |",
        "| return_num | return_den | return_ratio |\n| --- | --- | --- |\n| 2 | 10 | 0.2 |",
    ):
        assert part in page


def test_the_figures_of_this_project_are_registered() -> None:
    registry = load_registry(PROJECT / "dbt_project")
    ids = {metric.metric_id for _, metric in registry.metrics}
    assert {"numeric_distribution", "trade_spend", "patrol_compliance", "coverage"} <= ids


def test_the_how_to_shows_a_definition_that_is_right(dbt_project: Path) -> None:
    text = (PROJECT / "docs" / "how-to" / "add-a-kpi.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(models:.*?)^```", text, re.DOTALL | re.MULTILINE)
    folder = dbt_project / "models" / "marts"
    (folder / "return_week.yml").write_text(shown, encoding="utf-8")
    ((_, metric),) = load_registry(dbt_project).metrics
    assert metric.metric_id == "return_ratio"
