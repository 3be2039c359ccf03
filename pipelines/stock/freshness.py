"""How much may come to a taker so that none of it, nor of what is there, expires for it.

Oldest first, of the pieces Q(x) that end by day x what passes the sales C(x) until then expires:
the waste is R = max(0, max over x of Q(x) - C(x)), and R(s) the same up to day s. Pieces A that
are on the shelf after day s and end by day x have the sales from s to x at best. They add no waste
exactly when, for each day x on which something ends and each s on which something arrives,

    A(x) <= R + C(x) - Q(x)                       all that comes, beside what is there
    A(s, x) <= R - R(s) + C(x) - C(s)             what arrives on day s or later, by itself

provided nothing that comes ends before the last of it arrives; else two stretches of days with
something arriving in each would have to be looked at together.
"""

from __future__ import annotations

import numpy as np
import polars as pl

NEVER = 999_999
"""Day nothing lasts until."""
TAKER = ["sku_code", "to_distributor_code"]
LIMIT = pl.Schema({"limit_no": pl.UInt32, "cap_cases": pl.Float64})
MEMBER = pl.Schema({"limit_no": pl.UInt32, "way_no": pl.UInt32})


def limits(
    ways: pl.DataFrame, lots: pl.DataFrame, demand: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The limits that may bind.

    Args:
        ways: way_no, sku_code, to_distributor_code, last_sellable_day, lead_time_days,
            pieces_per_case and take_cases; last days are after all lead times of the taker.
        lots: Stock by sku_code, distributor_code and last_sellable_day, of anybody.
        demand: Sales, as `frames.DEMAND`.

    Returns:
        One row is a limit, limit_no and cap_cases; and one row is a way it is for, limit_no and
        way_no. Limits that another one or what the taker needs implies are left out.
    """
    coming = ways.drop_nulls("last_sellable_day")
    own = lots.drop_nulls("last_sellable_day").rename({"distributor_code": "to_distributor_code"})
    own = own.join(coming, on=TAKER, how="semi")
    starts = pl.concat(
        [coming.select(TAKER).with_columns(start=0), coming.select(*TAKER, start="lead_time_days")],
        how="vertical_relaxed",
    ).unique()
    marked = _marked(coming, own, starts, demand)
    begun = marked.select(*TAKER, start="day", start_sold="sold", start_waste="waste")
    taker = coming.group_by(TAKER).agg(
        pl.col("pieces_per_case", "take_cases").first(), first=pl.col("last_sellable_day").min()
    )
    room = pl.when(pl.col("start") == 0).then(pl.col("sold") - pl.col("held")).otherwise(
        pl.col("sold") - pl.col("start_sold") - pl.col("start_waste")
    ) + pl.col("waste").max().over(TAKER)
    stated = (
        marked.join(starts.join(begun, on=[*TAKER, "start"]), on=TAKER)
        .with_columns(room=room)
        .join(taker, on=TAKER)
        .filter(pl.col("day") >= pl.col("first"))
        .with_columns(cap_cases=(pl.col("room") / pl.col("pieces_per_case") + 1e-9).floor().clip(0))
    )
    return _kept(stated, coming)


def _kept(stated: pl.DataFrame, coming: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    later = pl.col("cap_cases").cum_min(reverse=True).shift(-1).over([*TAKER, "start"])
    binding = (
        stated.sort([*TAKER, "start", "day"])
        .filter(pl.col("cap_cases") < pl.min_horizontal(later, "take_cases"))
        .with_row_index("limit_no")
    )
    ways = coming.select(*TAKER, "way_no", "last_sellable_day", "lead_time_days")
    member = binding.join(ways, on=TAKER).filter(
        pl.col("last_sellable_day") <= pl.col("day"), pl.col("lead_time_days") >= pl.col("start")
    )
    return binding.select(LIMIT.names()).cast(dict(LIMIT)), member.select(MEMBER.names())


def _marked(
    coming: pl.DataFrame, own: pl.DataFrame, starts: pl.DataFrame, demand: pl.DataFrame
) -> pl.DataFrame:
    """One row is a day of a taker that matters, with what is sold, ends and expires until then."""
    days = pl.concat(
        [
            coming.select(*TAKER, day="last_sellable_day", pieces=pl.lit(0.0)),
            own.select(*TAKER, day="last_sellable_day", pieces="pieces"),
            starts.select(*TAKER, day="start", pieces=pl.lit(0.0)),
        ]
    )
    marks = days.group_by([*TAKER, "day"]).agg(pl.col("pieces").sum()).sort([*TAKER, "day"])
    return (
        marks.with_columns(
            sold=pl.Series(_sold(marks, demand)), held=pl.col("pieces").cum_sum().over(TAKER)
        )
        .with_columns(waste=(pl.col("held") - pl.col("sold")).clip(0).cum_max().over(TAKER))
        .drop("pieces")
    )


def _sold(marks: pl.DataFrame, demand: pl.DataFrame) -> np.ndarray:
    """Cumulated sales of the takers to the end of days, on straight lines between rows of demand.

    All takers are laid one after the other on one line, NEVER days each, for one interpolation.
    """
    taker = marks.select(TAKER).unique(maintain_order=True).with_row_index("taker_no")
    of_taker = demand.rename({"distributor_code": "to_distributor_code"}).join(taker, on=TAKER)
    known = of_taker.select("taker_no", "day", "cumulated_pieces").filter(
        pl.col("day").is_between(1, NEVER - 1)
    )
    ends = known.group_by("taker_no").agg(pl.col("cumulated_pieces").max())
    ends = taker.select("taker_no").join(ends, on="taker_no", how="left")
    line = pl.concat(
        [
            known,
            ends.select("taker_no", pl.lit(0, pl.Int64).alias("day"), cumulated_pieces=pl.lit(0.0)),
            ends.select(
                "taker_no",
                pl.lit(NEVER, pl.Int64).alias("day"),
                pl.col("cumulated_pieces").fill_null(0),
            ),
        ]
    ).sort("taker_no", "day")
    place = pl.col("taker_no").cast(pl.Int64) * (NEVER + 1)
    at = marks.join(taker, on=TAKER, maintain_order="left").select(
        place + pl.col("day").clip(0, NEVER)
    )
    on_line = line.select(place + pl.col("day")).to_series()
    # one point before the first taker, as there may be none
    points = np.append(-1, on_line), np.append(0, line["cumulated_pieces"])
    return np.asarray(np.interp(at.to_series(), *points))
