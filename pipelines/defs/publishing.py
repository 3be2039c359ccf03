"""The published snapshot as an asset, with every rule of the publish gate as its check."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    FreshnessPolicy,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from pipelines.defs.deployment import POOL, Deployment
from pipelines.lock import sole_writer
from pipelines.publishing import PublishResult, publish
from quality.expectations.publish_gate import EXPECTATIONS
from quality.expectations.result import CheckResult

SNAPSHOT = AssetKey(["published", "snapshot"])
PUBLISHED_LAYERS = ("marts", "quality", "meta")
GATE = "L5"
DUE_AT = "0 8 * * *"
DUE_WITHIN = timedelta(hours=1)
"""The snapshot of the day is published between seven and eight; senders' deadlines are data."""


def published_assets(models: Iterable[AssetKey], timezone: str) -> AssetsDefinition:
    """One step that builds the candidate, audits it and lets readers see it.

    Args:
        models: Keys of the models; the snapshot holds those of the published layers.
        timezone: IANA zone of the deployment, in which a snapshot is due each morning.
    """
    deps = [key for key in models if key.path[0] in PUBLISHED_LAYERS]

    @multi_asset(
        name="publish",
        specs=[
            AssetSpec(
                SNAPSHOT,
                deps=deps,
                description="What people read: one DuckDB file with marts, quality and meta",
                group_name="published",
                freshness_policy=FreshnessPolicy.cron(
                    deadline_cron=DUE_AT, lower_bound_delta=DUE_WITHIN, timezone=timezone
                ),
                kinds={"duckdb", "parquet"},
            )
        ],
        check_specs=[
            AssetCheckSpec(
                rule.rule_id,
                asset=SNAPSHOT,
                description=f"{rule.title_en} | {rule.title_zh}",
                blocking=rule.severity == "critical",
            )
            for rule in EXPECTATIONS
        ],
        pool=POOL,
        can_subset=False,
    )
    def publish_snapshot(
        context: AssetExecutionContext, deployment: ResourceParam[Deployment]
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        settings = deployment.settings()
        deployment.watch.started("publish")
        with sole_writer(settings):
            result = publish(settings, run_id=context.run_id)
        deployment.watch.finished("publish", result)
        yield from gate_results(result)
        if result.status == "refused":
            raise Failure(refusal(result))
        yield MaterializeResult(
            asset_key=SNAPSHOT,
            metadata={"snapshot_id": result.snapshot_id, "status": result.status},
        )

    return publish_snapshot


def gate_results(result: PublishResult) -> Iterator[AssetCheckResult]:
    """A result for every rule of the gate; a snapshot older than a rule was not judged by it."""
    judged = {check.rule_id: check for check in result.checks if check.layer == GATE}
    for rule in EXPECTATIONS:
        if rule.rule_id in judged:
            yield check_result(judged[rule.rule_id])
        else:
            yield AssetCheckResult(
                asset_key=SNAPSHOT,
                check_name=rule.rule_id,
                passed=False,
                severity=AssetCheckSeverity.WARN,
                metadata={"observed": "the snapshot shown is older than this rule"},
            )


def check_result(check: CheckResult) -> AssetCheckResult:
    """A result of the gate as Dagster keeps it."""
    critical = check.severity == "critical"
    return AssetCheckResult(
        asset_key=SNAPSHOT,
        check_name=check.rule_id,
        passed=check.passed,
        severity=AssetCheckSeverity.ERROR if critical else AssetCheckSeverity.WARN,
        metadata={
            "observed": check.observed,
            "expected": check.expected,
            "failed_rows": check.failed_rows,
            "broken": check.broken,
            "owner_role": check.owner_role,
            "hint": check.hint_en,
        },
    )


def refusal(result: PublishResult) -> str:
    """Which critical rules kept the old snapshot."""
    rules = [c.rule_id for c in result.failed if c.severity == "critical"]
    return f"The gate is closed, the old snapshot stays: {', '.join(rules)}"
