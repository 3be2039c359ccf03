"""The audit of a finished candidate (L5): named expectations, severity-graded.

To add a check, add one `Expectation` to `accounting`, `values` or `continuity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from quality.expectations import accounting, continuity, values
from quality.expectations.engine import Expectation, evaluate, not_applicable
from quality.expectations.result import CheckResult

EXPECTATIONS: tuple[Expectation, ...] = (
    *accounting.EXPECTATIONS,
    *values.EXPECTATIONS,
    *continuity.EXPECTATIONS,
)


@dataclass(frozen=True)
class Scope:
    """What a candidate is judged against.

    Attributes:
        as_of: The day it is told as of.
        feeds: Subscribed feeds.
        grains: Key columns of each mart that states them.
        has_previous: Whether there is a snapshot to compare with.
    """

    as_of: date
    feeds: frozenset[str]
    grains: Mapping[str, Sequence[str]]
    has_previous: bool


def audit(
    con: duckdb.DuckDBPyConnection,
    scope: Scope,
    expectations: Sequence[Expectation] = EXPECTATIONS,
) -> list[CheckResult]:
    """Run every expectation on the candidate.

    Args:
        con: Connection with the databases `daqu` (warehouse), `candidate` and, unless this is
            the first snapshot, `previous` attached.
        scope: What the candidate is judged against.
        expectations: What to run.

    Returns:
        One result per expectation, in their order.
    """
    con.execute(f"set variable as_of = date '{scope.as_of}'")
    con.execute("create or replace temp table gate_grain (mart varchar, grain varchar[])")
    for mart, grain in sorted(scope.grains.items()):
        con.execute("insert into gate_grain values (?, ?)", [mart, list(grain)])
    return [_result(con, scope, expectation) for expectation in expectations]


def _result(con: duckdb.DuckDBPyConnection, scope: Scope, expectation: Expectation) -> CheckResult:
    absent = [feed for feed in expectation.requires if feed not in scope.feeds]
    if absent:
        return not_applicable(expectation, f"{', '.join(absent)} is not subscribed")
    if expectation.compares and not scope.has_previous:
        return not_applicable(expectation, "there is no snapshot to compare with")
    return evaluate(con, expectation)
