"""Tables of a built region as frames, and how a mart is held against its recomputation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

# doubles agree to this share of themselves: sums in another order differ in the last digits
NEAR = 1e-12
MONEY = pl.Decimal(38, 2)
PIECES = pl.Decimal(38, 3)
SHOWN = 5


def read(file: Path, name: str) -> pl.DataFrame:
    """A table of the warehouse, decimals as decimals."""
    with duckdb.connect(str(file), read_only=True) as con:
        frame = pl.from_arrow(con.sql(f"select * from {name}").to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def ratio(numerator: str, denominator: str) -> pl.Expr:
    """One column over another; null where there is nothing to divide by."""
    parts = pl.col(numerator).cast(pl.Float64), pl.col(denominator).cast(pl.Float64)
    return pl.when(parts[1] > 0).then(parts[0] / parts[1])


def money(value: int = 0) -> pl.Expr:
    return pl.lit(value).cast(MONEY)


def differences(
    mart: pl.DataFrame, expected: pl.DataFrame, keys: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows in which a mart is not what it should be: the first few, with both figures.

    Decimals, counts and words must be equal. Doubles must agree to one part in 10^12. A double that
    the mart tells as a decimal must be that decimal rounded.

    Args:
        mart: What the region says; columns `expected` does not have are not looked at.
        expected: What it should say.
        keys: Columns that name a row.
    """
    values = [name for name in expected.columns if name not in keys]
    both = mart.select(*keys, *values, is_told=True).join(
        expected.with_columns(is_expected=True),
        on=list(keys),
        how="full",
        coalesce=True,
        nulls_equal=True,
        suffix=" expected",
    )
    differs = pl.col("is_told").is_null() | pl.col("is_expected").is_null()
    for name in values:
        differs |= ~_agree(name, mart.schema[name], expected.schema[name])
    return both.filter(differs).sort(keys).head(SHOWN).to_dicts()


def says_nothing(mart: pl.DataFrame, expected: pl.DataFrame, keys: Sequence[str]) -> bool:
    """Whether rows of a mart that are not expected hold no figure but zeros."""
    beyond = mart.join(expected, on=list(keys), how="anti").drop("week_count", strict=False)
    figures = [name for name, kind in beyond.schema.items() if kind.is_numeric()]
    return beyond.filter(pl.any_horizontal(pl.col(figures).fill_null(0) != 0)).is_empty()


def _agree(name: str, told: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    one, other = pl.col(name), pl.col(f"{name} expected")
    if not wanted.is_float():
        return one.eq_missing(other)
    bound = NEAR * other.abs()
    if isinstance(told, pl.Decimal):
        bound = 0.5 * 10.0**-told.scale + 1e-9 * other.abs().clip(1)
    is_near = (one.cast(pl.Float64) - other).abs() <= bound
    return (one.is_null() & other.is_null()) | is_near.fill_null(value=False)
