"""The closed forecast cycle as an asset: what was promised, kept once overrides are past due."""

from collections.abc import Iterator

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    get_dagster_logger,
    multi_asset,
)

from pipelines.defs.deployment import POOL, Deployment
from pipelines.defs.publishing import SNAPSHOT
from pipelines.forecasting.cycle import close_due_cycle
from pipelines.lock import sole_writer

CLOSED = AssetKey(["published", "closed_forecast_cycle"])


def forecast_assets() -> AssetsDefinition:
    """One step that keeps the published forecast when its cycle is over; the next run lands it."""

    @multi_asset(
        name="close_forecast_cycle",
        specs=[
            AssetSpec(
                CLOSED,
                deps=[SNAPSHOT],
                description="What was promised in a cycle, as a delivery that waits to be landed",
                group_name="published",
                skippable=True,
            )
        ],
        pool=POOL,
    )
    def close_forecast_cycle(deployment: ResourceParam[Deployment]) -> Iterator[MaterializeResult]:
        settings = deployment.settings()
        with sole_writer(settings):
            file = close_due_cycle(settings)
        if file is None:
            get_dagster_logger().info("No cycle is due, or it is closed already.")
            return
        yield MaterializeResult(asset_key=CLOSED, metadata={"file": file.name})

    return close_forecast_cycle
