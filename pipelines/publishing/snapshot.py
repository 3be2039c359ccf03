"""Publishing: candidate → audit → files → one rename that readers notice; and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from pipelines.contracts import Contract, load_contracts
from pipelines.durable import sync
from pipelines.errors import ConfigError, DaquError
from pipelines.failpoints import failpoint
from pipelines.metrics import Registry, load_registry
from pipelines.publishing import candidate, meta_tables, packaging, results, store
from pipelines.publishing.candidate import CANDIDATE, PREVIOUS, WAREHOUSE, SnapshotKey
from pipelines.publishing.fingerprint import fingerprint
from pipelines.publishing.manifest import Model, dbt_results, load_models
from pipelines.publishing.packaging import DATABASE_FILE
from pipelines.publishing.store import SnapshotInfo
from pipelines.settings import Settings
from quality.expectations.batch_gate import check_deliveries
from quality.expectations.publish_gate import Scope, audit
from quality.expectations.result import CheckResult

Progress = Callable[[str], None]
"""Called with the name of each step as it begins: candidate, audit, files, swap."""


@dataclass(frozen=True)
class PublishResult:
    """What came of an attempt to publish.

    Attributes:
        status: `published`, `unchanged` (the current snapshot is made from the same things, or
            somebody rolled back from one that is) or `refused` (a critical check failed).
        snapshot_id: The new snapshot, the current one when unchanged, or the refused one.
        path: Folder of that snapshot.
        checks: Results on deliveries, models and the candidate; of a snapshot built before, those
            its `snapshot.json` tells of: the failed ones and the whole audit.
    """

    status: Literal["published", "unchanged", "refused"]
    snapshot_id: str
    path: Path
    checks: tuple[CheckResult, ...] = ()

    @property
    def failed(self) -> list[CheckResult]:
        """Results of the rules that did not hold."""
        return [check for check in self.checks if not check.passed]


@dataclass(frozen=True)
class _Plan:
    settings: Settings
    key: SnapshotKey
    models: Mapping[str, Model]
    registry: Registry
    contracts: Mapping[str, Contract]
    previous: SnapshotInfo | None
    folder: Path


def publish(
    settings: Settings,
    run_id: str | None = None,
    force: bool = False,
    on_progress: Progress | None = None,
) -> PublishResult:
    """Publish the warehouse as it stands, unless readers see the same already.

    Args:
        settings: The deployment.
        run_id: Run to name in the results; default the snapshot's own name.
        force: Build and publish even when nothing changed.
        on_progress: Told of each step as it begins.

    Raises:
        DaquError: There is nothing to publish, or the warehouse or `published/` is in use.
    """
    with store.only_one(settings):
        store.remove_leftovers(settings)
        with candidate.attached(settings) as con:
            print_of_now = fingerprint(settings, con, WAREHOUSE)
            there = None if force else _already_there(settings, print_of_now)
            if there:
                return there
            plan = _plan(settings, print_of_now, run_id)
            return _build(con, plan, on_progress or (lambda _: None))


def rehearse(settings: Settings) -> tuple[CheckResult, ...]:
    """Build the candidate and audit it as `publish` would, then throw it away.

    Args:
        settings: The deployment.

    Returns:
        Results on deliveries, models and the candidate.

    Raises:
        DaquError: There is nothing to audit, or the warehouse or `published/` is in use.
    """
    with store.only_one(settings):
        store.remove_leftovers(settings)
        try:
            with candidate.attached(settings) as con:
                plan = _plan(settings, fingerprint(settings, con, WAREHOUSE), None)
                plan.folder.mkdir()
                _fill(con, plan)
                return tuple(_check(con, plan))
        finally:
            store.remove_leftovers(settings)


def _already_there(settings: Settings, fingerprint_now: str) -> PublishResult | None:
    shown = store.current(settings)
    if shown is None:
        return _finished_before(settings, fingerprint_now, None)
    same = shown.fingerprint == fingerprint_now and store.is_whole(shown)
    rollback = store.rolled_back(settings)
    left = rollback is not None and rollback.away_from == fingerprint_now
    if same or left:
        told = packaging.told_checks(shown.path)
        return PublishResult("unchanged", shown.snapshot_id, shown.path, told)
    return _finished_before(settings, fingerprint_now, shown)


def _finished_before(
    settings: Settings, fingerprint_now: str, shown: SnapshotInfo | None
) -> PublishResult | None:
    """Show a snapshot that passed its audit but was not shown, or not any more."""
    for info in reversed(store.snapshots(settings)):
        is_later = shown is None or info.as_of >= shown.as_of
        is_same = info.fingerprint == fingerprint_now and not info.is_current
        if is_same and is_later and store.is_whole(info) and not packaging.verify(info.path):
            _show(settings, info.snapshot_id)
            told = packaging.told_checks(info.path)
            return PublishResult("published", info.snapshot_id, info.path, told)
    return None


def _plan(settings: Settings, fingerprint_now: str, run_id: str | None) -> _Plan:
    shown = store.current(settings)
    name = store.free_name(settings, f"{settings.as_of.isoformat()}-{fingerprint_now[:12]}")
    return _Plan(
        settings=settings,
        key=SnapshotKey(name, fingerprint_now, settings.now(), run_id or name),
        models=load_models(settings),
        registry=load_registry(settings.dbt_project),
        contracts=load_contracts(settings.contracts),
        previous=shown if shown and store.is_whole(shown) else None,
        folder=settings.published / f"{store.CANDIDATE_PREFIX}{name}",
    )


def _build(con: duckdb.DuckDBPyConnection, plan: _Plan, on_progress: Progress) -> PublishResult:
    on_progress("candidate")
    plan.folder.mkdir()
    _fill(con, plan)
    failpoint("publish.after_candidate")
    on_progress("audit")
    checks = _check(con, plan)
    failpoint("publish.after_audit")
    on_progress("files")
    counts = _finish_files(con, plan)
    checks = [*checks, _reopened(plan.folder)]
    status = packaging.write_snapshot_file(plan.folder, plan.settings, plan.key, counts, checks)
    packaging.to_disk(plan.folder)
    failpoint("publish.before_rename")
    on_progress("swap")
    path = _settle(plan, status)
    return PublishResult(status, plan.key.snapshot_id, path, tuple(checks))


def _fill(con: duckdb.DuckDBPyConnection, plan: _Plan) -> None:
    candidate.create(con, plan.folder / DATABASE_FILE)
    candidate.copy_tables(con, plan.models)
    candidate.view_metrics(con, plan.registry)
    meta_tables.write_marts(con, plan.settings, plan.models, plan.contracts)
    meta_tables.write_metrics(con, plan.registry)
    results.write_check_table(con, plan.key)


def _check(con: duckdb.DuckDBPyConnection, plan: _Plan) -> list[CheckResult]:
    deliveries = check_deliveries(con, f"{WAREHOUSE}.landing").results
    earlier = [*deliveries, *dbt_results(plan.settings)]
    results.add_results(con, plan.key, earlier)
    if plan.previous:
        candidate.attach(con, plan.previous.database, PREVIOUS)
    audited = audit(con, _scope(plan))
    results.add_results(con, plan.key, audited)
    return [*earlier, *audited]


def _scope(plan: _Plan) -> Scope:
    grains = {
        model.name: model.grain
        for model in plan.models.values()
        if model.schema == "marts" and model.grain
    }
    feeds = frozenset(plan.settings.feeds)
    return Scope(plan.settings.as_of, feeds, grains, plan.previous is not None)


def _finish_files(con: duckdb.DuckDBPyConnection, plan: _Plan) -> dict[str, int]:
    counts = meta_tables.write_snapshot_row(con, plan.settings, plan.key, plan.contracts)
    packaging.write_parquet(con, plan.folder / "parquet")
    packaging.write_datapackage(con, plan.folder, plan.settings, plan.key, plan.models)
    con.execute(f"checkpoint {CANDIDATE}")
    con.execute(f"detach {CANDIDATE}")
    return counts


def _reopened(folder: Path) -> CheckResult:
    found = packaging.verify(folder)
    return CheckResult(
        layer="L6",
        rule_id="snapshot_equals_its_meta",
        severity="critical",
        passed=not found,
        observed="; ".join(found) or "all tables and files agree",
        expected="every table and file as meta.snapshot states",
        failed_rows=len(found),
        owner_role="data_engineer",
        title_en="The written snapshot, opened again, is what it says",
        title_zh="写出的快照重新打开后与自述一致",
        hint_en="Check the disk, then publish again.",
        hint_zh="请检查磁盘后重新发布。",
    )


def _settle(plan: _Plan, status: str) -> Path:
    if status == "refused":
        return store.keep_refused(plan.settings, plan.folder, plan.key.snapshot_id)
    path = plan.folder.rename(plan.settings.published / plan.key.snapshot_id)
    sync(plan.settings.published)
    _show(plan.settings, plan.key.snapshot_id)
    return path


def _show(settings: Settings, snapshot_id: str) -> None:
    rollback = store.rolled_back(settings)
    store.keep_constant_links(settings)
    failpoint("publish.before_swap")
    store.show(settings, snapshot_id)
    failpoint("publish.after_swap")
    store.note_rollback(settings, None)
    store.remove_old(settings, also_keep=rollback.back_to if rollback else None)


def rollback(settings: Settings, to: str | None = None) -> SnapshotInfo:
    """Let readers see an earlier snapshot again.

    It stays until something new is published: the snapshot left is not published again.

    Args:
        settings: The deployment.
        to: Name of a kept snapshot; default the one built before the current one.

    Returns:
        The snapshot readers see now.

    Raises:
        ConfigError: There is no such snapshot.
        DaquError: It is damaged, or `published/` is in use.
    """
    with store.only_one(settings):
        target = _rollback_target(settings, to)
        found = packaging.verify(target.path)
        if found:
            raise DaquError(
                f"Snapshot {target.snapshot_id} is damaged: {found[0]}",
                f"快照 {target.snapshot_id} 已损坏：{found[0]}",
                "Name another one with `daqu rollback SNAPSHOT`.",
                "请用 `daqu rollback SNAPSHOT` 指定其他快照。",
            )
        left = store.current(settings)
        if left and not target.is_current:
            store.note_rollback(settings, store.Rollback(left.fingerprint, target.snapshot_id))
            failpoint("rollback.before_swap")
            store.show(settings, target.snapshot_id)
        return next(i for i in store.snapshots(settings) if i.is_current)


def _rollback_target(settings: Settings, to: str | None) -> SnapshotInfo:
    kept = store.snapshots(settings)
    if to is None:
        shown = next((n for n, info in enumerate(kept) if info.is_current), 0)
        matches = kept[shown - 1 : shown] if shown else []
    else:
        matches = [info for info in kept if info.snapshot_id == to]
    if matches:
        return matches[0]
    names = ", ".join(info.snapshot_id for info in kept) or "none"
    raise ConfigError(
        f"There is no {'earlier snapshot' if to is None else f'snapshot {to}'} to roll back to.",
        f"没有可回滚的{'更早快照' if to is None else f'快照 {to}'}。",
        f"Kept snapshots: {names}.",
        f"现有快照：{names}。",
    )
