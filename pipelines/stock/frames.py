"""The frames rebalancing takes and gives; decimals and other whole numbers are taken as these."""

from __future__ import annotations

import polars as pl

HOLDER = ["sku_code", "distributor_code"]
POSITION = pl.Schema(
    {
        "sku_code": pl.String,
        "distributor_code": pl.String,
        "territory": pl.String,
        "pieces_per_case": pl.Int64,
        "excess_pieces": pl.Float64,
        "need_pieces": pl.Float64,
        "lost_pieces": pl.Float64,
        "margin_per_piece": pl.Float64,
        "write_off_per_piece": pl.Float64,
    }
)
"""One row is a SKU at a distributor.

territory: Within which goods may go straight; null is a territory of nobody else's.
pieces_per_case: The same in all rows of a SKU; null is single pieces.
excess_pieces: The most it may give away.
need_pieces: The most it may take, up to its order-up-to level less its inventory position.
lost_pieces: Of those, what it would not sell without them; the rest only fills its shelves.
margin_per_piece: Money a lost piece would have earned; null is 0.
write_off_per_piece: Money an expired piece costs, cost less salvage; null is 0.
"""
BATCH = pl.Schema(
    {
        "sku_code": pl.String,
        "distributor_code": pl.String,
        "last_sellable_day": pl.Int64,
        "pieces": pl.Float64,
        "at_risk_pieces": pl.Float64,
    }
)
"""One row is good stock of a last day, of who gives and who takes; rows of one day are added up.

last_sellable_day: Last day it may be sold, 1 is tomorrow; 0 or less is over, null never ends.
pieces: On hand, and on the way where that is known.
at_risk_pieces: Of those, what expires when nothing is done, oldest sold first.
"""
DEMAND = pl.Schema(
    {
        "sku_code": pl.String,
        "distributor_code": pl.String,
        "day": pl.Int64,
        "cumulated_pieces": pl.Float64,
    }
)
"""One row is what is sold from tomorrow, day 1, to the end of a day.

It starts with 0 on day 0, grows evenly between two rows and no more after the last one.
"""
LANE = pl.Schema(
    {
        "from_distributor_code": pl.String,
        "to_distributor_code": pl.String,
        "lane_kind": pl.String,
        "cost_per_case_amount": pl.Float64,
        "lead_time_days": pl.Int64,
    }
)
"""One row is a way from one distributor to another in force today; goods are sold the day after."""
TRANSFER = pl.Schema(
    {
        "sku_code": pl.String,
        "from_distributor_code": pl.String,
        "to_distributor_code": pl.String,
        "lane_kind": pl.String,
        "lead_time_days": pl.Int64,
        "last_sellable_day": pl.Int64,
        "cases": pl.Int64,
        "pieces": pl.Int64,
        "saved_pieces": pl.Float64,
        "sold_pieces": pl.Float64,
        "write_off_amount": pl.Float64,
        "margin_amount": pl.Float64,
        "lane_cost_amount": pl.Float64,
        "value_amount": pl.Float64,
    }
)
"""One row is what to move of a batch of a SKU from one distributor to another, in whole cases.

saved_pieces: Of the pieces, what would have expired where they are.
sold_pieces: Of the pieces, what the other would have lost sales for.
write_off_amount, margin_amount: Money for the two.
lane_cost_amount: Money the way costs.
value_amount: write_off_amount + margin_amount - lane_cost_amount, more than 0.
"""


def taken(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """The columns of a schema in its types.

    Raises:
        polars.exceptions.ColumnNotFoundError: One is missing.
    """
    return frame.select(schema.names()).cast(dict(schema))
