"""Who gets how many cases when the company has fewer than are wanted.

The next case goes where it saves most margin. Of what is wanted, normal with a mean and a standard
deviation, the pieces expected to be missed with y on hand are

    L(y) = sd * (f(z) - z * (1 - F(z))),  z = (y - mean) / sd

with f and F the normal density and distribution. Each case saves less than the one before, as L is
convex; so the cases that save most are the best there is to give.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.stock.frames import HOLDER, taken

WANT = pl.Schema(
    {
        "sku_code": pl.String,
        "distributor_code": pl.String,
        "pieces_per_case": pl.Int64,
        "position_pieces": pl.Float64,
        "need_pieces": pl.Float64,
        "demand_pieces": pl.Float64,
        "demand_sd_pieces": pl.Float64,
        "margin_per_piece": pl.Float64,
    }
)
"""One row is a SKU a distributor wants more of.

pieces_per_case: The same in all rows of a SKU; null is single pieces.
position_pieces: On hand and on the way.
need_pieces: The most it may get.
demand_pieces, demand_sd_pieces: Expected until it can be supplied again, and how far that is off.
margin_per_piece: Money a missed piece would have earned.
Other figures that are null are 0.
"""
SUPPLY = pl.Schema({"sku_code": pl.String, "available_pieces": pl.Float64})
"""One row is what the company has of a SKU to share; a SKU without a row has none."""
SHARE = pl.Schema(
    {
        "sku_code": pl.String,
        "distributor_code": pl.String,
        "cases": pl.Int64,
        "pieces": pl.Int64,
        "margin_amount": pl.Float64,
    }
)
"""One row is what a distributor gets of a SKU, in whole cases.

margin_amount: Margin it is expected to lose without them and not with them.
"""


def allocate(want: pl.DataFrame, supply: pl.DataFrame) -> pl.DataFrame:
    """Share what there is, for the most margin in each SKU.

    Cases that save the same go to the first distributor by code. Nobody gets a case that saves
    nothing.

    Args:
        want: Rows of `WANT`, one for each SKU and distributor.
        supply: Rows of `SUPPLY`.

    Returns:
        Rows of `SHARE`, sorted by SKU and distributor; only of who gets something.
    """
    case = pl.col("pieces_per_case")
    known = taken(want, WANT).with_columns(case.fill_null(1), pl.selectors.float().fill_null(0))
    given = (
        _each_case(known)
        .join(taken(supply, SUPPLY), on="sku_code")
        .filter(pl.col("margin_amount") > 0)
        .sort("sku_code", -pl.col("margin_amount"), "distributor_code", "case_no")
        .filter(case * pl.int_range(1, pl.len() + 1).over("sku_code") <= pl.col("available_pieces"))
    )
    return (
        given.group_by(HOLDER)
        .agg(pl.len().alias("cases"), case.sum().alias("pieces"), pl.col("margin_amount").sum())
        .with_columns(pl.col("margin_amount").round(2))
        .sort(HOLDER)
        .pipe(taken, SHARE)
    )


def _each_case(want: pl.DataFrame) -> pl.DataFrame:
    """One row is a case somebody may get, with the margin it saves after those before it."""
    most = (pl.col("need_pieces").clip(0) / pl.col("pieces_per_case") + 1e-9).floor()
    cases = (
        want.with_columns(case_no=pl.int_ranges(1, most.cast(pl.Int64) + 1))
        .explode("case_no")
        .drop_nulls("case_no")
    )
    after = pl.col("position_pieces") + pl.col("case_no") * pl.col("pieces_per_case")
    rows = cases.with_columns(after=after, before=after - pl.col("pieces_per_case"))
    saved = _missed(rows, "before") - _missed(rows, "after")
    # to a millionth: what differs by less is the same, and what is less is nothing
    return rows.with_columns(margin_amount=(pl.col("margin_per_piece") * saved).round(6))


def _missed(rows: pl.DataFrame, on_hand: str) -> pl.Series:
    """Pieces expected to be missed; without a deviation demand is as told."""
    from scipy.special import ndtr

    short = (rows["demand_pieces"] - rows[on_hand]).to_numpy()
    sd = rows["demand_sd_pieces"].to_numpy()
    is_sure = sd <= 0
    z = -short / np.where(is_sure, 1, sd)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return pl.Series(np.where(is_sure, np.maximum(short, 0), sd * (density - z * ndtr(-z))))
