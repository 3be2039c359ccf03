"""Expectations on frames, and the gate on deliveries."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from pipelines.settings import PROJECT
from quality.expectations.batch_gate import RULES, check_deliveries
from quality.expectations.engine import Expectation, at_least, evaluate, judge, no_more_than
from quality.expectations.publish_gate import EXPECTATIONS
from quality.expectations.result import CheckResult, closes_gate

REFERENCE = PROJECT / "docs" / "reference" / "audit.md"


def expectation(frame: str) -> Expectation:
    return Expectation(
        rule_id="rule",
        severity="critical",
        title_en="title",
        title_zh="标题",
        expected="nothing",
        hint_en="hint",
        hint_zh="办法",
        frame=frame,
    )


def frame(**values: float | None) -> pd.DataFrame:
    return pd.DataFrame({"item": list(values), "value": list(values.values())})


def test_failing_items_are_named_with_their_value() -> None:
    outcome = judge(frame(a=0.0, b=2.5), no_more_than(0))
    assert (outcome.passed, outcome.broken) == (False, False)
    assert outcome.observed == "1 of 2 fail: b: 2.5"


def test_an_empty_frame_does_not_pass_by_being_empty() -> None:
    assert not judge(frame(), no_more_than(0)).passed
    assert judge(frame(), no_more_than(0), least_rows=0).passed


def test_an_unknown_value_does_not_pass() -> None:
    outcome = judge(frame(a=None, b=0.0), no_more_than(0))
    assert not outcome.passed
    assert outcome.observed == "1 of 2 fail: a: none"


def test_a_limit_holds_both_ways() -> None:
    assert judge(frame(a=-0.1, b=0.1), no_more_than(0.1)).passed
    assert not judge(frame(a=-0.2), no_more_than(0.1)).passed
    assert not judge(frame(a=0.0), at_least(1)).passed


@pytest.mark.parametrize(
    "sql", ["from nowhere", "select 'a' as item", "select 'a' as item, 'x' as value"]
)
def test_a_check_that_cannot_run_is_broken(sql: str) -> None:
    with duckdb.connect() as con:
        result = evaluate(con, expectation(sql))
    assert (result.passed, result.broken) == (False, True)
    assert closes_gate([result])


def test_only_critical_failures_close_the_gate() -> None:
    warning = CheckResult(layer="L5", rule_id="rule", severity="warning", passed=False)
    assert not closes_gate([warning])


def test_rule_ids_are_documented_once_each() -> None:
    ids = [e.rule_id for e in EXPECTATIONS] + [rule.expectation.rule_id for rule in RULES]
    text = REFERENCE.read_text(encoding="utf-8")
    assert len(ids) == len(set(ids))
    assert [rule_id for rule_id in ids if text.count(f"| `{rule_id}` |") != 1] == []


@pytest.fixture
def ledger() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("""
            create schema landing;
            create table landing.delivery (
                delivery_id bigint, sender varchar, feed varchar, period varchar,
                is_current boolean, status varchar, file_name varchar, batch_id varchar,
                rows_loaded bigint, rows_quarantined bigint,
                quantity_loaded decimal(18, 3), quantity_quarantined decimal(18, 3),
                amount_loaded decimal(18, 2), amount_quarantined decimal(18, 2),
                control_quantity decimal(18, 3), control_amount decimal(18, 2)
            );
            create table landing.quarantined_row (delivery_id bigint, reasons varchar[]);
        """)
        yield con


def deliver(con: duckdb.DuckDBPyConnection, number: int, loaded: int, reasons: list[str]) -> None:
    con.execute(
        """
        insert into landing.delivery values
            ($1, 'D001', 'sellout', '2026-W47', true, 'loaded', 'file ' || $1, 'batch ' || $1,
            $2, $3, $2, $3, $2 * 10, $3 * 10, null, null)
        """,
        [number, loaded, len(reasons)],
    )
    for reason in reasons:
        con.execute("insert into landing.quarantined_row values (?, ?)", [number, [reason]])


def broken_rules(con: duckdb.DuckDBPyConnection, batch: str | None = None) -> set[tuple[int, str]]:
    return {(c.delivery_id, c.result.rule_id) for c in check_deliveries(con, batch_id=batch).broken}


def test_a_hundredth_in_quarantine_warns_about_that_delivery_only(
    ledger: duckdb.DuckDBPyConnection,
) -> None:
    deliver(ledger, 1, 100, [])
    deliver(ledger, 2, 97, ["sku_code_missing"] * 3)
    deliver(ledger, 3, 99, ["sku_code_missing"])

    assert broken_rules(ledger) == {(2, "quarantine_share_warns")}
    assert broken_rules(ledger, "batch 2") == {(2, "quarantine_share_warns")}
    assert broken_rules(ledger, "batch 3") == set()


def test_a_delivery_that_is_held_waits_for_somebody(ledger: duckdb.DuckDBPyConnection) -> None:
    deliver(ledger, 1, 100, [])
    deliver(ledger, 2, 100, [])
    ledger.execute(
        "update landing.delivery set status = 'held', is_current = false where delivery_id = 2"
    )
    assert broken_rules(ledger) == {(2, "no_delivery_is_held")}
    (found,) = check_deliveries(ledger).broken
    assert (found.result.sender, found.result.period) == ("D001", "2026-W47")


def test_unmapped_codes_do_not_count(ledger: duckdb.DuckDBPyConnection) -> None:
    deliver(ledger, 1, 10, ["unmapped_sku"] * 90)
    assert broken_rules(ledger) == set()


def test_a_row_with_another_fault_counts_though_unmapped(
    ledger: duckdb.DuckDBPyConnection,
) -> None:
    deliver(ledger, 1, 98, ["sold_date_missing"] * 2)
    ledger.execute("update landing.quarantined_row set reasons = ['unmapped_sku', reasons[1]]")
    assert broken_rules(ledger) == {(1, "quarantine_share_warns")}


def test_totals_are_compared_with_all_data_rows(ledger: duckdb.DuckDBPyConnection) -> None:
    deliver(ledger, 1, 200, ["sku_code_missing"])
    ledger.execute("update landing.delivery set control_quantity = 201, control_amount = 2009.99")
    assert broken_rules(ledger) == {(1, "control_amount_matches")}


def test_nothing_delivered_is_nothing_broken(ledger: duckdb.DuckDBPyConnection) -> None:
    found = check_deliveries(ledger)
    assert found.broken == ()
    assert all(result.passed for result in found.rules)


@pytest.fixture
def long_form() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("""
            attach ':memory:' as candidate;
            create schema candidate.marts; create schema candidate.meta;
            create table candidate.meta.metric as
                select 'kept' as metric_id, 'week' as mart, 'basis = 1' as condition
                union all select 'lost', 'week', null;
            create table candidate.marts.week as select 1 as basis;
            create view candidate.marts.kpi_value as
                select 'kept' as metric_id from candidate.marts.week where basis = 1
                union all select 'lost' from candidate.marts.week;
        """)
        yield con


def in_both(con: duckdb.DuckDBPyConnection) -> str:
    (found,) = [e for e in EXPECTATIONS if e.rule_id == "metrics_are_in_both"]
    result = evaluate(con, found)
    assert not result.broken, result.observed
    return result.observed


def test_a_metric_without_rows_is_in_neither(long_form: duckdb.DuckDBPyConnection) -> None:
    assert in_both(long_form) == "2 checked"
    long_form.execute("update candidate.marts.week set basis = 2")
    assert in_both(long_form) == "2 checked"
    long_form.execute("delete from candidate.marts.week")
    assert in_both(long_form) == "2 checked"


def test_a_metric_left_out_of_the_long_form_is_named(
    long_form: duckdb.DuckDBPyConnection,
) -> None:
    long_form.execute("update candidate.meta.metric set condition = null")
    long_form.execute("update candidate.marts.week set basis = 2")
    assert in_both(long_form) == "1 of 2 fail: kept: 1"


def test_figures_of_the_long_form_that_nobody_defined_are_named(
    long_form: duckdb.DuckDBPyConnection,
) -> None:
    long_form.execute("delete from candidate.meta.metric where metric_id = 'lost'")
    assert in_both(long_form) == "1 of 2 fail: lost: 1"
