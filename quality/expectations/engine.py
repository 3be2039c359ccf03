"""Runs named expectations with Great Expectations on small pandas frames.

Great Expectations is imported when a gate runs, not before (7 CPU s, 270 MB), works in memory,
sends nothing anywhere and writes nothing. An expectation that could not be carried out is
`broken`: our fault, not the data's, and no reason to let the data pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb
import pandas as pd

from quality.expectations.result import CheckResult, Severity

ITEM = "item"
VALUE = "value"
EXAMPLES = 5

Build = Callable[[Any], Any]
"""Makes a Great Expectations expectation from its module `expectations`."""

Frame = str | Callable[[duckdb.DuckDBPyConnection], str]
"""SQL of the frame, or a function that writes it from what the database holds."""


def no_more_than(limit: float) -> Build:
    """Every `value` lies between -limit and limit; nulls are not judged."""
    return lambda gxe: gxe.ExpectColumnValuesToBeBetween(
        column=VALUE, min_value=-limit, max_value=limit
    )


NO_DIFFERENCE = no_more_than(0)
"""Every `value` is zero."""


def at_least(limit: float) -> Build:
    """Every `value` is the limit or more."""
    return lambda gxe: gxe.ExpectColumnValuesToBeBetween(column=VALUE, min_value=limit)


@dataclass(frozen=True)
class Expectation:
    """A named check on a frame with the columns `item` (what it is about) and `value`.

    Attributes:
        rule_id: Stable name, documented in `docs/reference/audit.md`.
        severity: What a failure means.
        title_en: The rule in a sentence.
        title_zh: The same in Chinese.
        expected: What `value` should be, in words.
        hint_en: What to do when it fails.
        hint_zh: The same in Chinese.
        owner_role: Who fixes it.
        frame: Where the frame comes from.
        build: The expectation on it.
        least_rows: Rows the frame must have, so that nothing passes by being empty.
        requires: Feeds without which the check has no object.
        compares: Whether it compares with the previous snapshot and has no object on the first.
    """

    rule_id: str
    severity: Severity
    title_en: str
    title_zh: str
    expected: str
    hint_en: str
    hint_zh: str
    frame: Frame
    build: Build = NO_DIFFERENCE
    owner_role: str = "data_engineer"
    least_rows: int = 1
    requires: tuple[str, ...] = ()
    compares: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one expectation on one frame.

    Attributes:
        passed: Whether it held.
        broken: Whether it could not be carried out.
        observed: What was found, in words.
        failing: `value` of the items that failed, by item.
    """

    passed: bool
    broken: bool
    observed: str
    failing: Mapping[str, float | None]


def evaluate(
    con: duckdb.DuckDBPyConnection, expectation: Expectation, layer: str = "L5"
) -> CheckResult:
    """Query the frame, run the expectation on it and put the outcome in words."""
    try:
        sql = expectation.frame if isinstance(expectation.frame, str) else expectation.frame(con)
        outcome = judge(con.execute(sql).df(), expectation.build, expectation.least_rows)
    except duckdb.Error as error:
        outcome = Outcome(False, True, f"the check could not run: {error}"[:500], {})
    return result_of(expectation, outcome, layer)


def result_of(expectation: Expectation, outcome: Outcome, layer: str = "L5") -> CheckResult:
    """A line of `quality.check_result` from an outcome."""
    return CheckResult(
        layer=layer,
        rule_id=expectation.rule_id,
        severity=expectation.severity,
        passed=outcome.passed,
        broken=outcome.broken,
        observed=outcome.observed,
        expected=expectation.expected,
        failed_rows=len(outcome.failing),
        owner_role=expectation.owner_role,
        title_en=expectation.title_en,
        title_zh=expectation.title_zh,
        hint_en=expectation.hint_en,
        hint_zh=expectation.hint_zh,
    )


def not_applicable(expectation: Expectation, why: str) -> CheckResult:
    """The result of a check that has no object here."""
    return result_of(expectation, Outcome(True, False, f"not applicable: {why}", {}))


def judge(frame: pd.DataFrame, build: Build, least_rows: int = 1) -> Outcome:
    """Run one expectation on a frame, and beside it that there are rows and no empty values."""
    gx, batches = _great_expectations()
    gxe = gx.expectations
    rules = [
        gxe.ExpectTableRowCountToBeBetween(min_value=least_rows),
        gxe.ExpectColumnValuesToNotBeNull(column=VALUE),
        build(gxe),
    ]
    validation = batches.get_batch({"dataframe": frame}).validate(
        gx.ExpectationSuite(name="gate", expectations=rules),
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [ITEM]},
    )
    return _outcome(frame, validation.results)


def _outcome(frame: pd.DataFrame, results: Sequence[Any]) -> Outcome:
    faults = [text for part in results for text in _faults(part.exception_info)]
    if faults:
        return Outcome(False, True, f"the check could not run: {faults[0]}"[:500], {})
    failing = {
        str(found[ITEM]): found.get(VALUE)
        for part in results
        for found in part.result.get("unexpected_index_list") or ()
    }
    passed = all(part.success for part in results)
    return Outcome(passed, False, _in_words(len(frame), failing), failing)


def _faults(info: Mapping[str, Any]) -> list[str]:
    parts = [info] if "raised_exception" in info else list(info.values())
    return [str(part["exception_message"]) for part in parts if part["raised_exception"]]


def _in_words(items: int, failing: Mapping[str, float | None]) -> str:
    if not failing:
        return f"{items} checked"
    examples = "; ".join(_example(*found) for found in list(failing.items())[:EXAMPLES])
    return f"{len(failing)} of {items} fail: {examples}"


def _example(item: str, value: float | None) -> str:
    return f"{item}: none" if value is None or value != value else f"{item}: {value:,.6g}"  # noqa: PLR0124


@lru_cache(maxsize=1)
def _great_expectations() -> tuple[Any, Any]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return gx, asset.add_batch_definition_whole_dataframe("whole")
