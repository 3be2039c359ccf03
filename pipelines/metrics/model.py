"""What a model's `.yml` says of its metrics, read strictly."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Unit = Literal[
    "ratio",
    "point",
    "currency",
    "currency_per_piece",
    "piece",
    "piece_per_week",
    "row",
    "file",
    "outlet",
    "sku",
    "visit",
    "hour",
    "day",
    "week",
]
UNITS: dict[Unit, tuple[str, str]] = {
    "ratio": ("ratio, 0.25 is 25 %", "比率，0.25 即 25%"),
    "point": ("points", "点"),
    "currency": ("money, in the deployment's currency", "金额（部署币种）"),
    "currency_per_piece": ("money a piece", "每最小单位金额"),
    "piece": ("pieces", "最小单位数量"),
    "piece_per_week": ("pieces a week", "每周最小单位数量"),
    "row": ("rows", "行"),
    "file": ("files", "份"),
    "outlet": ("outlets", "门店"),
    "sku": ("SKUs", "商品"),
    "visit": ("visits", "次拜访"),
    "hour": ("hours", "小时"),
    "day": ("days", "天"),
    "week": ("weeks", "周"),
}

Direction = Literal["up", "down", "target", "none"]
DIRECTIONS: dict[Direction, tuple[str, str]] = {
    "up": ("more is better", "越高越好"),
    "down": ("less is better", "越低越好"),
    "target": ("near its target is best", "越接近目标越好"),
    "none": ("neither way is better in itself", "无好坏方向"),
}

Additivity = Literal["A", "S", "N"]
ADDITIVITY: dict[Additivity, tuple[str, str]] = {
    "A": (
        "adds up; a ratio by adding numerators and denominators, then dividing",
        "可加；比率先分别加总分子与分母再相除",
    ),
    "S": ("adds up over everything but time", "除时间外可加"),
    "N": ("does not add up; worked out again from the lines", "不可加，须由明细重新计算"),
}

PeriodType = Literal["day", "week", "month", "quarter", "year"]
WORD = re.compile(r"[a-z_][a-z0-9_]*")
BILINGUAL = ("additivity", "variant")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _is_plain_sql(cls, value: Any) -> Any:
        if isinstance(value, str) and "{{" in value:
            raise ValueError("readers of the published file have no dbt: write plain SQL")
        return value


class MetricColumns(_Strict):
    """Which columns of a model hold a metric.

    Attributes:
        metric_id: Stable name of the metric.
        numerator: Column on top; of a metric that is no ratio, the figure itself.
        denominator: Column below; None where the metric is no ratio.
        value: Column with the result, where the model has one.
        where: SQL condition on the rows that hold the metric; None for all of them.
    """

    metric_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    numerator: str
    denominator: str | None = None
    value: str | None = None
    where: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are there."""
        return tuple(c for c in (self.numerator, self.denominator, self.value) if c)


class SharedMetric(MetricColumns):
    """A metric another model defines, at another grain.

    Attributes:
        defined_in: Model with the definition.
    """

    defined_in: str


class Metric(MetricColumns):
    """The definition of a metric.

    Attributes:
        name_en: Name in English.
        name_zh: Name in Chinese.
        formula_en: How it is worked out, in words.
        formula_zh: The same in Chinese.
        unit: Unit of the result.
        direction: Which way is better.
        additivity: A adds up, S not over time, N is worked out again.
        additivity_en: What that means here, where the code does not say it all.
        additivity_zh: The same in Chinese.
        variant_en: Which of several definitions this is; None where there is one.
        variant_zh: The same in Chinese.
        owner_role: Role that answers for the definition.
        source: Where the definition comes from: a publication, or `house`.
        example: Unit test that works it out by hand.
    """

    name_en: str
    name_zh: str
    formula_en: str
    formula_zh: str
    unit: Unit
    direction: Direction
    additivity: Additivity
    additivity_en: str | None = None
    additivity_zh: str | None = None
    variant_en: str | None = None
    variant_zh: str | None = None
    owner_role: str = Field(pattern=r"^[a-z][a-z_]*$")
    source: str
    example: str

    @model_validator(mode="after")
    def _in_both_languages(self) -> Metric:
        for name in BILINGUAL:
            if (getattr(self, f"{name}_en") is None) != (getattr(self, f"{name}_zh") is None):
                raise ValueError(f"{name} is in one language only")
        return self

    @property
    def additivity_words(self) -> tuple[str, str]:
        """What the additivity means, in English and Chinese."""
        english, chinese = ADDITIVITY[self.additivity]
        return self.additivity_en or english, self.additivity_zh or chinese


class Kpi(_Strict):
    """How the rows of a model become rows of `kpi_value`: SQL over its columns.

    Attributes:
        period_type: Gives `day`, `week`, `month`, `quarter` or `year`.
        period_start_date: First day of the period.
        node_type: Kind of node, such as `distributor`.
        node_code: Which node; `all` for the region.
        item_level: `all`, `category`, `brand` or `sku`.
        item_code: Which item; `all` for all.
        summed: Whether several rows make up one: their numerators and denominators are summed.
    """

    period_type: str
    period_start_date: str
    node_type: str
    node_code: str
    item_level: str = "'all'"
    item_code: str = "'all'"
    summed: bool = False

    @property
    def key(self) -> dict[str, str]:
        """SQL of each column that says what a row is about, in order."""
        return {
            "period_type": self.period_type,
            "period_start_date": self.period_start_date,
            "node_type": self.node_type,
            "node_code": self.node_code,
            "item_level": self.item_level,
            "item_code": self.item_code,
        }

    @property
    def words(self) -> frozenset[str]:
        """Words of these expressions, the columns they use among them."""
        return frozenset(word for sql in self.key.values() for word in WORD.findall(sql))
