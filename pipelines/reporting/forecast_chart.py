"""A picture of one forecast: what was sold, what was wanted, what is expected and how surely."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars import selectors

from pipelines.forecasting.explained import Explained
from pipelines.language import one

if TYPE_CHECKING:
    import altair as alt

WIDTH, HEIGHT = 860, 300
SOLD, WANTED, EXPECTED, NAIVE = "#b8c4d0", "#34495e", "#c0392b", "#8e9aa6"


def draw_forecast(told: Explained, language: str, file: Path) -> None:
    """Write the picture.

    Args:
        told: The forecast.
        language: `zh` or `en`, of its words.
        file: Where to; its ending says what: .svg, .png or .html.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    chart(told, language).save(str(file))


def chart(told: Explained, language: str) -> alt.LayerChart:
    """The picture as Altair has it.

    Args:
        told: The forecast.
        language: `zh` or `en`, of its words.
    """
    import altair as alt

    words = {
        "sold": one(language, "sold", "销量"),
        "wanted": one(language, "wanted", "需求"),
        "expected": one(language, "expected", "预测"),
        "naive": one(language, "year before", "去年同期"),
    }
    pieces = alt.Axis(title=one(language, "pieces a week", "件/周"), format=",d")
    week = alt.X("week:T", title=None, axis=alt.Axis(format="%Y-%m"))
    colour = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=[*words.values()], range=[SOLD, WANTED, EXPECTED, NAIVE]),
        legend=alt.Legend(orient="top"),
    )
    dense = _dense(told.history)
    future = told.forecast.select(
        pl.col("week_start_date").alias("week"),
        "low_pieces",
        "high_pieces",
        "final_pieces",
        "naive_pieces",
    ).with_columns(selectors.decimal().cast(pl.Float64))
    y = alt.Y("pieces:Q", axis=pieces)
    marks = (
        (dense, "sold_pieces", words["sold"], alt.MarkDef(type="bar", width=5)),
        (future, "naive_pieces", words["naive"], alt.MarkDef(type="line", strokeDash=[4, 3])),
        (dense, "demand_pieces", words["wanted"], alt.MarkDef(type="line", strokeWidth=1.2)),
        (future, "final_pieces", words["expected"], alt.MarkDef(type="line", strokeWidth=2)),
    )
    band = alt.Chart(
        future.drop_nulls("low_pieces"),
        mark=alt.MarkDef(type="area", opacity=0.18, color=EXPECTED),
    ).encode(week, alt.Y("low_pieces:Q", axis=pieces), alt.Y2("high_pieces"))
    lines = [
        alt.Chart(_told(rows, column, what), mark=mark).encode(week, y, colour)
        for rows, column, what, mark in marks
    ]
    return (
        alt.layer(band, *lines)
        .properties(width=WIDTH, height=HEIGHT, title=f"{told.distributor_code} · {told.sku_code}")
        .configure_view(stroke=None)
        .configure(font="Noto Sans CJK SC, Noto Sans, sans-serif")
    )


def _dense(history: pl.DataFrame) -> pl.DataFrame:
    """Every week from the first to the last; those without a row sold nothing."""
    weeks = history.rename({"week_start_date": "week"}).sort("week")
    every = weeks.upsample("week", every="1w") if weeks.height else weeks
    return every.with_columns(selectors.decimal().cast(pl.Float64).fill_null(0))


def _told(rows: pl.DataFrame, column: str, what: str) -> pl.DataFrame:
    known = rows.select("week", pl.col(column).alias("pieces")).drop_nulls()
    return known.with_columns(what=pl.lit(what))
