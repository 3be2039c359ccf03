"""What to move between distributors, SKU by SKU, for the most money."""

from pipelines.stock.rebalance import rebalance


def model(dbt, session):  # noqa: D103
    return rebalance(
        dbt.ref("int_transfer_position").pl(),
        dbt.ref("int_transfer_batch").pl(),
        dbt.ref("int_transfer_demand").pl(),
        dbt.ref("int_transfer_lane").pl(),
    ).to_arrow()
