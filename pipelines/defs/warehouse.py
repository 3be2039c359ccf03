"""Assets of the models: dbt's graph under `schema/name`, built by one call of `transform.build`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Config,
    Failure,
    MaterializeResult,
    ResourceParam,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from pipelines import transform
from pipelines.defs.deployment import POOL, Deployment
from pipelines.hashing import folder_hash
from pipelines.lock import sole_writer
from pipelines.publishing import current
from pipelines.publishing.candidate import WAREHOUSE, attached
from pipelines.publishing.fingerprint import fingerprint
from pipelines.settings import Settings
from pipelines.transform import BuildResult, NodeFinished, NodeResult

Manifest = Mapping[str, Any]
PASSED = ("pass", "success")


class BuildConfig(Config):
    """How to build.

    Attributes:
        full_refresh: Build the incremental tables again from all landed rows.
    """

    full_refresh: bool = False


class Translator(DagsterDbtTranslator):
    """Names assets `schema/name`, sources like the landing assets they are."""

    def __init__(self) -> None:
        settings = DagsterDbtTranslatorSettings(
            enable_source_tests_as_checks=False, enable_duplicate_source_asset_keys=True
        )
        super().__init__(settings)

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Key of a model or source, without dbt's own prefixes.

        A feed's current rows and its history are one asset: one step writes both.
        """
        name = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            name = name.removesuffix("_history")
        return AssetKey([dbt_resource_props["schema"], name])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer is the group."""
        return dbt_resource_props["schema"]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the model's file says; its SQL is one click away in the repository."""
        return dbt_resource_props["description"]


@dataclass(frozen=True)
class Graph:
    """dbt's manifest with the keys it has in Dagster."""

    manifest: Manifest
    translator: Translator

    def asset_key(self, unique_id: str) -> AssetKey | None:
        """Key of a model; None for anything else."""
        node = self.manifest["nodes"].get(unique_id)
        is_model = node is not None and node["resource_type"] in ("model", "seed", "snapshot")
        return self.translator.get_asset_key(node) if is_model else None

    def check_key(self, unique_id: str) -> AssetCheckKey | None:
        """Key of a data test; None for one that belongs to no single model."""
        return get_asset_check_key_for_test(self.manifest, self.translator, unique_id, None)


def cached_manifest(settings: Settings) -> Manifest:
    """Dbt's manifest, read again only when a file of the project changed.

    Raises:
        TransformError: A model or its settings cannot be read.
    """
    path = transform.manifest_path(settings)
    stamp = path.with_name("manifest.sha256")
    now = folder_hash(settings.dbt_project)
    if not path.is_file() or not stamp.is_file() or stamp.read_text(encoding="utf-8") != now:
        transform.parse(settings)
        stamp.write_text(now, encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def warehouse_assets(manifest: Manifest) -> AssetsDefinition:
    """One step that builds and tests the models.

    Args:
        manifest: dbt's manifest of the project.
    """
    graph = Graph(manifest, Translator())

    @dbt_assets(
        manifest=manifest, dagster_dbt_translator=graph.translator, name="warehouse", pool=POOL
    )
    def warehouse(
        context: AssetExecutionContext, config: BuildConfig, deployment: ResourceParam[Deployment]
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        settings = deployment.settings()
        selection = _selection(context)
        with sole_writer(settings):
            if not (selection or config.full_refresh) and is_up_to_date(settings):
                context.log.info("Readers see what a build would give: nothing to do.")
                return
            deployment.watch.started("build")
            result = transform.build(
                settings,
                select=selection,
                full_refresh=config.full_refresh,
                on_event=lambda node: _advance(deployment, node),
            )
        deployment.watch.finished("build", result)
        chosen = context.selected_asset_keys, context.selected_asset_check_keys
        yield from events(graph, result, *chosen)
        if not result.success:
            raise Failure(broken_text(result), metadata=unit_test_counts(result.results))

    return warehouse


def is_up_to_date(settings: Settings) -> bool:
    """Whether the snapshot readers see is made from exactly what is there now.

    Then neither a build nor an audit can come to anything else, and the steps after are skipped.
    """
    shown = current(settings)
    if shown is None:
        return False
    with attached(settings) as con:
        marks = con.execute(f"select count(*) from {WAREHOUSE}.landing.touched_date").fetchone()
        return marks == (0,) and fingerprint(settings, con, WAREHOUSE) == shown.fingerprint


def events(
    graph: Graph,
    result: BuildResult,
    assets: Iterable[AssetKey],
    checks: Iterable[AssetCheckKey],
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """What Dagster is told about a build: models that were built, tests that ran.

    dbt's unit tests are no checks in Dagster; each model counts its own.

    Args:
        graph: dbt's graph under Dagster's keys.
        result: What the build did.
        assets: Keys that were asked for.
        checks: Checks that were asked for.
    """
    wanted, asked = set(assets), set(checks)
    for node in result.results:
        key = graph.asset_key(node.unique_id)
        if key in wanted and node.status in PASSED:
            own = [n for n in result.results if _tested_model(n) == node.name]
            metadata = {"seconds": node.seconds, **unit_test_counts(own)}
            yield MaterializeResult(asset_key=key, metadata=metadata)
        check = graph.check_key(node.unique_id)
        if check in asked and node.status != "skipped":
            yield _check_result(check, node)


def unit_test_counts(nodes: Iterable[NodeResult]) -> dict[str, int]:
    """Number of unit tests among some nodes: those that passed and those that did not."""
    statuses = Counter(n.status in PASSED for n in nodes if n.resource_type == "unit_test")
    return {"unit_tests_passed": statuses[True], "unit_tests_failed": statuses[False]}


def broken_text(result: BuildResult) -> str:
    """Names of the models and tests that failed, with what dbt says about the first ones."""
    lines = [f"{node.name}: {node.message}".strip(": ") for node in result.broken[:5]]
    return f"{len(result.broken)} models or tests failed. " + "; ".join(lines)


def _tested_model(node: NodeResult) -> str | None:
    """Model a unit test is about, from `unit_test.<project>.<model>.<name>`."""
    return node.unique_id.split(".")[2] if node.resource_type == "unit_test" else None


def _check_result(key: AssetCheckKey, node: NodeResult) -> AssetCheckResult:
    warns = node.status == "warn"
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=node.status in PASSED,
        severity=AssetCheckSeverity.WARN if warns else AssetCheckSeverity.ERROR,
        metadata={"failed_rows": node.failures or 0, "message": node.message},
    )


def _selection(context: AssetExecutionContext) -> list[str] | None:
    """Names of the models asked for; None for all of them."""
    asked, known = context.selected_asset_keys, context.assets_def.keys
    return None if asked == known else sorted(key.path[-1] for key in asked)


def _advance(deployment: Deployment, node: NodeFinished) -> None:
    deployment.watch.advanced("build", node.index, node.total)
