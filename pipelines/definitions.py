"""Everything Dagster sees: land the inbox, build the models, publish what passes the gate."""

from __future__ import annotations

from collections.abc import Mapping

from dagster import Definitions, LoggerDefinition, definitions, in_process_executor

from pipelines.contracts import load_contracts
from pipelines.defs.deployment import Deployment
from pipelines.defs.forecasting import forecast_assets
from pipelines.defs.jobs import daily_job, schedules, weekly_job
from pipelines.defs.landing import landing_assets
from pipelines.defs.publishing import published_assets
from pipelines.defs.sensors import failed_check_sensors, inbox_sensor
from pipelines.defs.warehouse import cached_manifest, warehouse_assets


def everything(
    deployment: Deployment, loggers: Mapping[str, LoggerDefinition] | None = None
) -> Definitions:
    """The assets, checks, jobs, schedules and sensors of a deployment.

    Args:
        deployment: Which one, and who watches.
        loggers: Where runs log to; default Dagster's own.
    """
    settings = deployment.settings()
    warehouse = warehouse_assets(cached_manifest(settings))
    return Definitions(
        assets=[
            landing_assets(load_contracts(settings.contracts)),
            warehouse,
            published_assets(warehouse.keys, settings.timezone),
            forecast_assets(),
        ],
        jobs=[daily_job, weekly_job],
        schedules=schedules(settings.timezone),
        sensors=[inbox_sensor, *failed_check_sensors],
        resources={"deployment": deployment},
        executor=in_process_executor,
        loggers=loggers,
    )


@definitions
def defs() -> Definitions:
    """What `dagster dev` and `dg` load: the deployment of `DAQU_HOME`."""
    return everything(Deployment())
