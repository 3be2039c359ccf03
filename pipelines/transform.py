"""Builds the models over what has landed: the one place that runs dbt.

dbt runs in this process and opens the warehouse itself; when `build` returns, the file is closed
again. Which business dates changed is read from `landing.touched_date`; the marks a build started
with are cleared once it has succeeded whole, so a build that failed or was killed is done again.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.errors import DaquError
from pipelines.failpoints import failpoint
from pipelines.hashing import folder_hash
from pipelines.metrics import load_registry
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

WAREHOUSE_VARIABLE = "DAQU_WAREHOUSE"
BROKEN = ("error", "fail", "runtime error")
# dbt's events at the end of a node, and where each says how many nodes there are
TOTAL_OF = {"LogModelResult": "total", "LogTestResult": "num_models"}


class TransformError(DaquError):
    """dbt could not start: a model or its settings cannot be read. Nothing was built."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, data test or unit test.

    Attributes:
        unique_id: dbt's name, such as `model.daqu.dim_sku`.
        name: Short name.
        resource_type: `model`, `test` or `unit_test`.
        status: `success` or `pass`; `warn`; `error` or `fail`; `skipped`.
        message: What dbt says about it; empty when there is nothing to say.
        failures: Rows a data test found; None where it does not apply.
        seconds: How long it took.
    """

    unique_id: str
    name: str
    resource_type: str
    status: str
    message: str
    failures: int | None
    seconds: float


@dataclass(frozen=True)
class BuildResult:
    """What a build did.

    Attributes:
        success: Whether every model was built and no test failed; warnings do not count.
        results: Every node in the order it finished.
        marks_seen: Touched dates the build started with.
    """

    success: bool
    results: list[NodeResult]
    marks_seen: int

    @property
    def broken(self) -> list[NodeResult]:
        """Nodes that failed, for a message to a person."""
        return [result for result in self.results if result.status in BROKEN]


@dataclass(frozen=True)
class NodeFinished:
    """Progress of a build: one more node is done.

    Attributes:
        name: Short name of the node.
        status: dbt's word for it, such as `OK` or `pass`.
        index: How many are done.
        total: How many there are.
    """

    name: str
    status: str
    index: int
    total: int


@dataclass(frozen=True)
class _Marks:
    rows: int
    batches: tuple[int, ...]


def build(
    settings: Settings,
    *,
    select: str | Sequence[str] | None = None,
    full_refresh: bool = False,
    on_event: Callable[[NodeFinished], None] | None = None,
) -> BuildResult:
    """Build and test the models.

    Args:
        settings: The deployment; `as_of` is the day every figure is told as of.
        select: dbt selection; default everything. A part never clears marks.
        full_refresh: Rebuild incremental models from scratch; done without asking when the
            models are others than those the tables were last built by.
        on_event: Told after each node, from dbt's threads.

    Raises:
        TransformError: Nothing has landed yet, or dbt could not read the project.
        ConfigError: A figure of a model belongs to no metric, or a metric cannot be read.
    """
    load_registry(settings.dbt_project)
    marks = _marks(settings)
    models = folder_hash(settings.dbt_project)
    anew = full_refresh or (not select and _built_by(settings) != models)
    arguments = ["build", *(["--full-refresh"] if anew else [])]
    if select:
        # buildable: a test that reads a model left out would judge yesterday's rows of it
        arguments += ["--indirect-selection", "buildable"]
        arguments += ["--select", *([select] if isinstance(select, str) else select)]
    outcome = _invoke(settings, arguments, on_event)
    results = [_node(run) for run in getattr(outcome.result, "results", [])]
    if not results and outcome.exception:
        raise _unreadable(outcome.exception)
    if outcome.success and not select:
        failpoint("build.before_clear")
        _clear(settings, marks, models)
    return BuildResult(outcome.success, results, marks.rows)


def parse(settings: Settings) -> Path:
    """Read the project without building anything.

    Returns:
        The manifest written.

    Raises:
        TransformError: A model or its settings cannot be read.
    """
    outcome = _invoke(settings, ["parse"])
    if not outcome.success:
        raise _unreadable(outcome.exception)
    return manifest_path(settings)


def manifest_path(settings: Settings) -> Path:
    """Where dbt writes the manifest of the deployment's last build or parse."""
    return _target(settings) / "manifest.json"


def _target(settings: Settings) -> Path:
    return settings.warehouse_file.parent / "dbt"


def _invoke(
    settings: Settings,
    arguments: list[str],
    on_event: Callable[[NodeFinished], None] | None = None,
) -> dbtRunnerResult:
    # dbt takes a second to import: only who builds pays for it
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    callbacks = [_listener(on_event)] if on_event else []
    with _warehouse_variable(settings):
        try:
            return dbtRunner(callbacks=callbacks).invoke([*arguments, *_options(settings)])
        finally:
            DuckDBConnectionManager.close_all_connections()
            gc.collect()  # the file is closed when the last handle on it is gone


def _options(settings: Settings) -> list[str]:
    project, target = str(settings.dbt_project), str(_target(settings))
    return [
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", target, "--log-path", target),
        *("--vars", json.dumps(_variables(settings))),
        *("--log-level", "none", "--log-level-file", "info"),
        *("--quiet", "--no-print", "--no-use-colors", "--no-version-check"),
        "--no-send-anonymous-usage-stats",
    ]


def _variables(settings: Settings) -> dict[str, object]:
    return {
        "as_of": settings.as_of.isoformat(),
        "forecast_challengers": list(settings.forecast_challengers),
    }


@contextmanager
def _warehouse_variable(settings: Settings) -> Generator[None]:
    before = os.environ.get(WAREHOUSE_VARIABLE)
    os.environ[WAREHOUSE_VARIABLE] = str(settings.warehouse_file)
    try:
        yield
    finally:
        if before is None:
            del os.environ[WAREHOUSE_VARIABLE]
        else:
            os.environ[WAREHOUSE_VARIABLE] = before


def _listener(on_event: Callable[[NodeFinished], None]) -> Callable[[Any], None]:
    def listen(event: Any) -> None:
        data = event.data
        if event.info.name in TOTAL_OF:
            total = getattr(data, TOTAL_OF[event.info.name])
            on_event(NodeFinished(data.node_info.node_name, str(data.status), data.index, total))

    return listen


def _node(run: Any) -> NodeResult:
    return NodeResult(
        unique_id=run.node.unique_id,
        name=run.node.name,
        resource_type=str(run.node.resource_type),
        status=str(run.status),
        message=run.message or "",
        failures=run.failures,
        seconds=run.execution_time,
    )


def _marks(settings: Settings) -> _Marks:
    file = settings.warehouse_file
    query = (
        "select batch_id, count(*) from landing.touched_date group by batch_id order by batch_id"
    )
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            batches = con.execute(query).fetchall()
    except (duckdb.CatalogException, duckdb.IOException) as error:
        raise TransformError(
            f"There is nothing to build in {file}: {error}",
            f"{file} 中没有可构建的数据：{error}",
            "Receive something first: `daqu ingest` or `daqu run`.",
            "请先接收数据：`daqu ingest` 或 `daqu run`。",
        ) from error
    return _Marks(sum(rows for _, rows in batches), tuple(batch for batch, _ in batches))


def _built_by(settings: Settings) -> str | None:
    """Hash of the models the tables were last built by as a whole; None before the first time."""
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        try:
            found = con.execute("select models from landing.built_by").fetchone()
        except duckdb.CatalogException:
            return None
    return found[0] if found else None


def _clear(settings: Settings, marks: _Marks, models: str) -> None:
    """Forget the marks the build has worked off, and only these; note what models it was by."""
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create or replace table landing.built_by as select ? as models", [models])
        con.execute(
            "delete from landing.touched_date where batch_id in (select unnest(?))",
            [list(marks.batches)],
        )


def _unreadable(cause: BaseException | None) -> TransformError:
    return TransformError(
        f"The models cannot be read: {cause}",
        f"模型无法读取：{cause}",
        "This is a fault of the project, not of the data: see dbt.log in HOME/warehouse/dbt.",
        "这是项目本身的问题，与数据无关：请查看 HOME/warehouse/dbt 下的 dbt.log。",
    )
