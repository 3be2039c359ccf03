from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.contracts import Contract, load_contract
from pipelines.errors import ContractError

VISIT = """\
apiVersion: v3.2.0
kind: DataContract
id: visit
name: "Visits | 拜访"
version: 1.0.0
status: active
domain: sales
description:
  purpose: "Who was seen | 拜访了谁"
team:
  name: sales_operations
customProperties:
  - {property: feedCode, value: F31}
  - {property: period, value: week}
  - {property: replaces, value: period}
  - {property: businessDate, value: visit_date}
slaProperties:
  - {property: frequency, value: 1, unit: w, driver: operational}
  - {property: latency, value: 1, unit: d}
  - {property: timeOfAvailability, value: "18:00"}
  - {property: gracePeriod, value: 2, unit: h}
  - {property: roll, value: none}
schema:
  - name: visit
    logicalType: object
    physicalType: table
    businessName: "拜访"
    description: "Visits | 拜访"
    dataGranularityDescription: "one row is a visit | 一行是一次拜访"
    properties:
      - name: outlet_code
        businessName: "门店编码"
        description: "The outlet | 门店"
        logicalType: string
        physicalType: varchar
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        synonyms:
          - {synonym: "Outlet", locale: en}
        customProperties:
          - {property: codeOf, value: outlet}
      - name: visit_date
        businessName: "日期"
        description: "Day of the visit | 拜访日期"
        logicalType: date
        physicalType: date
        primaryKey: true
        primaryKeyPosition: 2
        required: true
      - name: visit_kind
        businessName: "类型"
        description: "Planned or not; empty means planned | 是否计划内；空为计划内"
        logicalType: string
        physicalType: varchar
        enum:
          - {value: "planned", label: "计划内"}
          - {value: "extra", label: "计划外"}
        customProperties:
          - {property: default, value: planned}
      - name: rep_code
        businessName: "业务员"
        description: "Representative, a code | 业务员编码"
        logicalType: string
        physicalType: varchar
        classification: personal
        logicalTypeOptions: {maxLength: 20, pattern: "^R[0-9]+$"}
      - name: quantity
        businessName: "数量"
        description: "Quantity ordered | 订货数量"
        logicalType: number
        physicalType: decimal(18,3)
        logicalTypeOptions: {minimum: 0, maximum: 1000}
        customProperties:
          - {property: unitColumn, value: uom}
          - {property: pieces, value: quantity_pieces}
      - name: uom
        businessName: "单位"
        description: "Unit | 单位"
        logicalType: string
        physicalType: varchar
        customProperties:
          - {property: codeOf, value: uom}
      - name: seen_from
        businessName: "开始时间"
        description: "Start | 开始"
        logicalType: timestamp
        physicalType: timestamp
        relationships:
          - {type: foreignKey, to: visit.seen_from}
    quality:
      - id: planned_without_rep
        type: custom
        engine: daqu
        severity: error
        dimension: completeness
        implementation: "visit_kind = 'planned' and rep_code is null"
        description: "Nobody was planned: name the representative. | 未填业务员：请填写。"
"""


@pytest.fixture
def visit_text() -> str:
    """A contract that uses every key Daqu reads."""
    return VISIT


@pytest.fixture
def visit(tmp_path: Path) -> Contract:
    file = tmp_path / "visit.odcs.yaml"
    file.write_text(VISIT, encoding="utf-8")
    return load_contract(file)


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., tuple[int, ContractError]]:
    """Write the contract with one part changed; return the line named and the error."""

    def refuse(old: str, new: str, nth: int = 0) -> tuple[int, ContractError]:
        parts = VISIT.split(old)
        assert len(parts) > nth + 1, f"the contract has no {old!r} number {nth}"
        text = old.join(parts[: nth + 1]) + new + old.join(parts[nth + 1 :])
        file = tmp_path / "visit.odcs.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ContractError) as caught:
            load_contract(file)
        place = caught.value.message_en.removeprefix(f"{file}:")
        return int(place.partition(":")[0]), caught.value

    return refuse
