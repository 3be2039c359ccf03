"""Planting bad rows, each with the one reason it must be quarantined for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

LARGEST_SHARE_IN_A_FILE = 0.05
# a shorter file would not take a bad row, and small samples must have one of each kind
ROWS_TO_SPOIL = 20


class Kind(NamedTuple):
    """A way a row can be bad, and the rows it can be planted in."""

    reason: str
    possible: pl.Expr


def plant(
    frame: pl.DataFrame,
    rng: np.random.Generator,
    kinds: list[Kind],
    rate: float,
    largest_share: float = LARGEST_SHARE_IN_A_FILE,
) -> pl.Series:
    """Choose bad rows: the reason of each row, empty for good ones.

    Args:
        frame: Rows with the column `content`, the file they stand in.
        rng: Random numbers.
        kinds: Ways to be bad; each is planted at least once.
        rate: Share of rows to make bad.
        largest_share: No file has more of its rows bad; a shorter one than takes one has none.

    Returns:
        One reason or empty text a row.
    """
    each = max(1, round(rate * frame.height / max(1, len(kinds))))
    chosen = np.zeros(frame.height, dtype=np.int64)
    for number, kind in enumerate(kinds, 1):
        possible = frame.select(kind.possible).to_series().to_numpy()
        places = np.flatnonzero(possible & (chosen == 0))
        chosen[rng.choice(places, min(each, places.size), replace=False)] = number
    names = pl.Series(["", *(kind.reason for kind in kinds)])
    marked = pl.DataFrame({"content": frame["content"], "bad": names.gather(chosen)})
    return marked.select(_within(largest_share).alias("bad")).to_series()


def _within(largest_share: float) -> pl.Expr:
    """The reasons, with those beyond the limit of their file taken away."""
    is_bad = pl.col("bad") != ""
    limit = (pl.len() * largest_share).floor()
    allowed = is_bad.cum_sum().over("content") <= limit.over("content")
    return pl.when(is_bad & allowed).then("bad").otherwise(pl.lit(""))
