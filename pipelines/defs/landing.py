"""Assets of the landing layer: one per contract in the folder, and the ledger beside them."""

from collections.abc import Iterator, Mapping

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    get_dagster_logger,
    multi_asset,
)

from pipelines.alerts.board import keep_board
from pipelines.contracts import Contract, load_contracts
from pipelines.defs.deployment import POOL, Deployment
from pipelines.landing import LandingResult, land
from pipelines.lock import sole_writer

LEDGER = {
    "delivery": "One row is a receipt of a file, whatever became of it",
    "quarantined_row": "One row is a row of a file that was not loaded, with its reasons",
    "delivery_finding": "One row is a remark on a delivery or on one of its rows",
    "restatement": "One row is a delivery that replaced rows of an earlier one",
    "touched_date": "One row is a business date whose rows changed since the last good build",
    "rule": "One row is a rule on the rows of a feed",
    "contract": "One row is an agreed report and when it is due",
}
ACCOUNTED = "every_row_accounted"


def landing_key(name: str) -> AssetKey:
    """Key of a table of the landing layer."""
    return AssetKey(["landing", name])


def landing_assets(contracts: Mapping[str, Contract]) -> AssetsDefinition:
    """One step that lands whatever came; a file of any feed belongs to the same batch.

    Args:
        contracts: Every contract there is, by feed; each becomes an asset.
    """

    @multi_asset(
        name="landing",
        specs=[*map(_feed_spec, contracts.values()), *(_ledger_spec(name) for name in LEDGER)],
        check_specs=[AssetCheckSpec(ACCOUNTED, asset=landing_key(feed)) for feed in contracts],
        pool=POOL,
        can_subset=False,
    )
    def landing(
        deployment: ResourceParam[Deployment],
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        settings = deployment.settings()
        deployment.watch.started("landing")
        with sole_writer(settings):
            keep_board(settings)
            result = land(
                settings,
                load_contracts(settings.contracts),
                lambda done, total, feed: deployment.watch.advanced("landing", done, total),
            )
        deployment.watch.finished("landing", result)
        if result.damaged:
            get_dagster_logger().warning(
                "The warehouse could not be read and was made again from the raw files; "
                f"the old file is {result.damaged}"
            )
        for feed in contracts:
            yield _materialized(feed, result)
            yield _accounted(feed, result)
        for name in LEDGER:
            yield MaterializeResult(asset_key=landing_key(name))

    return landing


def _feed_spec(contract: Contract) -> AssetSpec:
    return AssetSpec(
        landing_key(contract.feed),
        description=f"{contract.title_en} | {contract.title_zh}: {contract.grain_en}",
        group_name="landing",
        kinds={"duckdb"},
        metadata={"feed_code": contract.feed_code, "contract": contract.source_file},
    )


def _ledger_spec(name: str) -> AssetSpec:
    return AssetSpec(
        landing_key(name), description=LEDGER[name], group_name="landing", kinds={"duckdb"}
    )


def _materialized(feed: str, result: LandingResult) -> MaterializeResult:
    return MaterializeResult(asset_key=landing_key(feed), metadata={**rows_of(feed, result)})


def rows_of(feed: str, result: LandingResult) -> dict[str, int]:
    """Rows of a feed in a landing run: read, loaded, quarantined and structural."""
    kinds = ("rows_read", "rows_loaded", "rows_quarantined", "rows_structural")
    found = result.rows_by_feed.get(feed, {})
    return {kind: found.get(kind, 0) for kind in kinds}


def _accounted(feed: str, result: LandingResult) -> AssetCheckResult:
    rows = rows_of(feed, result)
    accounted = rows["rows_loaded"] + rows["rows_quarantined"] + rows["rows_structural"]
    return AssetCheckResult(
        asset_key=landing_key(feed),
        check_name=ACCOUNTED,
        passed=rows["rows_read"] == accounted,
        severity=AssetCheckSeverity.ERROR,
        metadata={**rows, "rows_accounted": accounted},
    )
