"""Execution blocks, must-stock lists and distribution beside their recomputation from visits."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.integration.oracle import distribution as shelf
from tests.integration.oracle import execution
from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.frames import differences

NODE_KEYS = ["month_start_date", "node_type", "node_code"]


@pytest.fixture(scope="session")
def universe(table: Tables, lines: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    weeks = lines.select("week_start_date").unique()
    trading = shelf.open_outlets(weeks, lines, table("marts.dim_outlet"), belongs)
    return shelf.universe(trading, lines)


@pytest.fixture(scope="session")
def found(
    table: Tables, lines: pl.DataFrame, skus: pl.DataFrame, universe: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Distribution on each basis."""
    looks = {
        "selling": shelf.bought(lines),
        "audited": shelf.checked(table("marts.fct_check_sku")),
        "stocking": shelf.stocked(table("marts.fct_ka_pos")),
    }
    told = {
        basis: shelf.distribution(universe, shelf.by_item(rows, skus))
        for basis, rows in looks.items()
    }
    return {
        basis: shelf.of_all(rows) if basis == "selling" else shelf.of_looked_at(rows)
        for basis, rows in told.items()
    }


@pytest.mark.parametrize("basis", ["selling", "audited", "stocking"])
def test_distribution_is_who_had_an_item_among_those_that_count(
    table: Tables, found: dict[str, pl.DataFrame], basis: str
) -> None:
    mart = table("marts.distribution").filter(pl.col("basis") == basis)
    expected = found[basis]
    told = mart.join(expected, on=shelf.KEYS, how="semi")
    assert not told.is_empty()
    assert differences(told, expected, shelf.KEYS) == []
    # an item that only outlets outside the universe bought is told with nobody who had it
    beyond = mart.join(expected, on=shelf.KEYS, how="anti")
    assert beyond["numeric_distribution_num"].sum() == 0


@pytest.mark.parametrize("basis", ["selling", "audited", "stocking"])
def test_assortment_is_the_points_of_its_skus(
    table: Tables, found: dict[str, pl.DataFrame], skus: pl.DataFrame, basis: str
) -> None:
    mart = table("marts.assortment").filter(pl.col("basis") == basis)
    expected = shelf.assortment(found[basis], skus)
    assert not expected.is_empty()
    assert differences(mart, expected, shelf.KEYS) == []


@pytest.fixture(scope="session")
def checks(table: Tables) -> dict[str, pl.DataFrame]:
    kinds = ("sku", "category", "posm", "question")
    return {kind: table(f"marts.fct_check_{kind}") for kind in kinds}


@pytest.fixture(scope="session")
def seen(table: Tables, checks: dict[str, pl.DataFrame], belongs: pl.DataFrame) -> pl.DataFrame:
    return execution.visits(checks.values(), belongs, table("marts.dim_outlet"))


@pytest.fixture(scope="session")
def due(table: Tables, limits: dict[str, Any]) -> pl.DataFrame:
    return execution.due_spans(table("marts.dim_msl"), int(limits["msl_grace_days"]))


@pytest.fixture(scope="session")
def handled(
    table: Tables, lines: pl.DataFrame, checks: dict[str, pl.DataFrame], due: pl.DataFrame
) -> pl.DataFrame:
    return execution.handled_days(lines, table("marts.fct_ka_pos"), checks["sku"], due)


@pytest.fixture(scope="session")
def msl(
    seen: pl.DataFrame,
    checks: dict[str, pl.DataFrame],
    due: pl.DataFrame,
    handled: pl.DataFrame,
    limits: dict[str, Any],
) -> pl.DataFrame:
    weeks = int(limits["void_weeks"])
    return execution.visit_msl(seen, checks["sku"], due, handled, weeks)


@pytest.fixture(scope="session")
def blocks(
    table: Tables,
    seen: pl.DataFrame,
    checks: dict[str, pl.DataFrame],
    msl: pl.DataFrame,
    skus: pl.DataFrame,
    limits: dict[str, Any],
) -> pl.DataFrame:
    """Every block of every visit."""
    planned = execution.planned(seen, table("marts.dim_promotion"))
    least, before = limits["shelf_rsl_min_ratio"], limits["last_sale_days_before_expiry"]
    return execution.visit_blocks(
        seen,
        msl,
        checks["category"],
        checks["posm"],
        execution.prices(seen, checks["sku"], table("marts.dim_price"), planned),
        execution.mechanics(planned, checks["question"]),
        execution.freshness(checks["sku"], skus, float(least), int(before)),
    )


@pytest.fixture(scope="session")
def months(table: Tables, blocks: pl.DataFrame) -> pl.DataFrame:
    return execution.outlet_months(blocks, table("staging.stg_score_weight"))


def test_blocks_of_a_visit_are_what_it_noted(table: Tables, blocks: pl.DataFrame) -> None:
    keys = [*execution.VISIT, "block"]
    mart = table("marts.bbx_visit").filter(pl.col("block") != "perfect_store")
    expected = blocks.select(*keys, "is_counted", *execution.SUMS)
    assert expected["block"].n_unique() == len(execution.BLOCKS)
    assert differences(mart, expected, keys) == []


def test_the_score_of_a_visit_weighs_its_blocks(table: Tables, blocks: pl.DataFrame) -> None:
    weights = table("staging.stg_score_weight")
    expected = execution.perfect_store(blocks, execution.VISIT, weights, "visit_date")
    mart = table("marts.bbx_visit").filter(pl.col("block") == "perfect_store")
    assert not mart.is_empty()
    assert differences(mart, expected, execution.VISIT) == []


def test_an_outlets_month_is_the_sum_of_its_visits_and_its_score(
    table: Tables, months: pl.DataFrame
) -> None:
    keys = ["month_start_date", "outlet_code", "block"]
    assert differences(table("marts.bbx_outlet_month"), months, keys) == []


def test_a_nodes_month_is_the_sum_of_its_visits_and_of_its_outlets_scores(
    table: Tables, blocks: pl.DataFrame, months: pl.DataFrame
) -> None:
    expected = execution.node_months(blocks, months)
    mart = table("marts.bbx_node_month")
    assert differences(mart, expected, [*NODE_KEYS, "block"]) == []


def test_must_sell_is_who_had_the_whole_list(
    table: Tables,
    belongs: pl.DataFrame,
    due: pl.DataFrame,
    msl: pl.DataFrame,
    handled: pl.DataFrame,
    today: date,
) -> None:
    mart = table("marts.must_sell")
    days = execution.months_told(mart["month_start_date"].to_list(), today)
    asked = execution.due_outlets(table("marts.dim_outlet"), due, days)
    lists = execution.outlet_lists(asked, msl, handled)
    expected = execution.must_sell(lists, belongs)
    assert set(expected["basis"]) == {"audited", "selling", "all"}
    assert differences(mart, expected, [*NODE_KEYS, "basis"]) == []


def test_void_is_what_an_outlet_should_have_and_has_not_handled_for_weeks(
    table: Tables,
    due: pl.DataFrame,
    handled: pl.DataFrame,
    limits: dict[str, Any],
    today: date,
) -> None:
    now = pl.DataFrame({"told_date": [today]})
    asked = execution.due_outlets(table("marts.dim_outlet"), due, now)
    expected = execution.voids(asked, handled, int(limits["void_weeks"]))
    assert not expected.is_empty()
    assert differences(table("marts.void"), expected, ["outlet_code", "sku_code"]) == []
