"""A project with one model, whose yml a test may spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

YML = """\
models:
  - name: return_week
    config:
      meta:
        coverage: {feed: sellout, period: week_start_date, unit: week, node: distributor_code}
        kpi:
          period_type: "'week'"
          period_start_date: week_start_date
          node_type: "'distributor'"
          node_code: distributor_code
        metrics:
          - metric_id: returns
            name_en: Return ratio
            name_zh: 退货率
            formula_en: pieces returned / pieces sold
            formula_zh: 退货数量 / 销售数量
            numerator: return_num
            denominator: return_den
            value: return_ratio
            unit: ratio
            direction: down
            additivity: A
            variant_en: of all SKUs
            variant_zh: 全部商品
            owner_role: sales_manager
            source: house
            example: return_week__two_of_ten
    data_tests:
      - unique_combination_of_columns:
          arguments: {combination_of_columns: [week_start_date, distributor_code]}
    columns:
      - name: week_start_date
      - name: distributor_code
      - name: return_num
      - name: return_den
      - name: return_ratio
      - name: status
      - name: imputed_ratio
        config: {meta: {not_a_metric: how far the parts are known}}
unit_tests:
  - name: return_week__two_of_ten
    model: return_week
    description: 2 of 10 came back, 2 / 10 = 0.2
    given:
      - input: ref('fct_sellout_line')
        rows: [{doc_type: sale, quantity_pieces: 10}, {doc_type: return, quantity_pieces: -2}]
    expect:
      rows: [{return_num: 2, return_den: 10, return_ratio: 0.2}]
"""


@pytest.fixture
def dbt_project(tmp_path: Path) -> Path:
    """The dbt project, with the model as it should be."""
    folder = tmp_path / "dbt_project" / "models" / "marts"
    folder.mkdir(parents=True)
    (folder / "return_week.yml").write_text(YML, encoding="utf-8")
    (folder / "return_week.sql").write_text("from {{ ref('fct_sellout_line') }}")
    return tmp_path / "dbt_project"


def change(dbt_project: Path, before: str, after: str) -> None:
    """Write something else in the yml; what was there must have been there once or more."""
    file = dbt_project / "models" / "marts" / "return_week.yml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
