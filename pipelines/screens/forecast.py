"""Shows one forecast taken apart."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.forecasting.explained import Explained
from pipelines.screens.text import both, count, day, one

METHODS = {
    "combined": ("mean of growth and slow level", "增长法与慢水平之均值"),
    "ses_slow": ("slow level × season", "慢平滑水平 × 季节指数"),
    "ses_fast": ("fast level × season", "快平滑水平 × 季节指数"),
    "ses_quick": ("quick level × season", "急平滑水平 × 季节指数"),
    "seasonal_growth": ("year before × growth", "去年同期 × 增长"),
    "tsb": ("chance × size × season (TSB)", "需求概率 × 批量 × 季节指数（TSB）"),
    "like_sku": ("like other launches", "参照同类新品曲线"),
    "seasonal_naive": ("year before", "去年同期"),
    "lightgbm": ("LightGBM", "LightGBM"),
    "statsforecast": ("statsforecast", "statsforecast"),
    "delisted": ("off the list", "已退市"),
}
STATUSES = {
    "no_recent_demand": ("nothing was wanted for a year", "近一年无需求"),
    "no_report": ("the distributor stopped reporting", "经销商停止报送"),
}
HEADS = (
    ("week", "周", "left"),
    ("final", "最终", "right"),
    ("P10…P90", "P10…P90", "right"),
    ("level", "水平", "right"),
    ("season", "季节", "right"),
    ("year before", "去年同期", "right"),
    ("festival", "节日移动", "right"),
    ("growth", "增长", "right"),
    ("share", "分摊", "right"),
    ("promotion", "促销", "right"),
    ("override", "调整", "right"),
)


def show_forecast(out: Console, told: Explained, language: str) -> None:
    """Print what a forecast is made of, week by week, and why that method.

    Args:
        out: Where to.
        told: The forecast.
        language: `zh` or `en`.
    """
    first = told.forecast.row(0, named=True)
    name = f"{told.distributor_code} · {told.sku_code}"
    heading = both(language, "forecast", "预测")
    cycle = one(language, "cycle of", "周期")
    out.print(f"[bold]{heading}[/] {escape(name)} · {cycle} {day(first['cycle_week_start_date'])}")
    if first["status"] in STATUSES:
        out.print(one(language, *STATUSES[first["status"]]))
        return
    out.print(_why(told, first, language))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for en, zh, side in HEADS:
        table.add_column(one(language, en, zh), justify="right" if side == "right" else "left")
    for row in told.forecast.iter_rows(named=True):
        table.add_row(*_line(row))
    out.print(table)


def _why(told: Explained, first: dict[str, Any], language: str) -> str:
    method = one(language, *METHODS.get(first["method"], (first["method"], first["method"])))
    lines = [f"{one(language, 'method', '方法')}: {escape(method)}"]
    judged = [
        f"{row['method']} {row['backtest_wape_ratio']:.1%}"
        for row in told.evidence.iter_rows(named=True)
        if row["backtest_wape_ratio"] is not None
    ]
    if judged:
        said = one(language, "errors (WAPE) of the segment", "同类回测误差（WAPE）")
        lines.append(f"{said}: {', '.join(judged)}")
    marked = told.history.filter(told.history["mark"].is_not_null())
    if marked.height:
        said = one(language, "weeks whose sales do not tell demand", "销量不代表需求的周")
        lines.append(f"{said}: {count(marked.height)}")
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    low, high = _pieces(row["low_pieces"]), _pieces(row["high_pieces"])
    return (
        day(row["week_start_date"]),
        _pieces(row["final_pieces"]),
        "–" if row["low_pieces"] is None else f"{low}…{high}",
        _pieces(row["level_pieces"]),
        _times(row["index_ratio"]),
        _pieces(row["year_before_pieces"]),
        _pieces(row["festival_shift_pieces"]),
        _times(row["growth_ratio"]),
        _times(row["share_ratio"]),
        _pieces(row["promotion_pieces"]),
        _pieces(row["override_pieces"]),
    )


def _pieces(value: Any) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _times(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
