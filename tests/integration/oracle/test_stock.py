"""Stock cover beside its recomputation from counts and lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.frames import differences
from tests.integration.oracle.stock import COUNT, KEYS, covers


def test_cover_is_good_stock_over_what_four_weeks_sold(table: Tables, lines: pl.DataFrame) -> None:
    mart = table("marts.stock_health")
    expected = covers(mart.select(COUNT).unique(), table("marts.fct_stock_snapshot"), lines)
    assert differences(mart.join(expected, on=KEYS, how="semi"), expected, KEYS) == []


def test_what_was_neither_counted_nor_sold_is_there_because_it_is_asked_for(
    table: Tables, lines: pl.DataFrame
) -> None:
    mart = table("marts.stock_health")
    known = covers(mart.select(COUNT).unique(), table("marts.fct_stock_snapshot"), lines)
    asked_for = mart.join(known, on=KEYS, how="anti")
    forecast = table("marts.forecast").filter(pl.col("final_pieces") > 0)
    assert not asked_for.is_empty()
    assert asked_for["is_latest"].all()
    assert asked_for["good_stock_pieces"].max() == 0
    assert asked_for.join(forecast, on=["distributor_code", "sku_code"], how="anti").is_empty()


def test_what_the_company_is_short_of_is_shared_and_no_more_than_there_is(table: Tables) -> None:
    listed = table("landing.company_stock")
    newest = listed.filter(pl.col("as_of_date") == listed["as_of_date"].max())
    there = newest.group_by("sku_code").agg(there=pl.col("quantity_pieces").cast(pl.Float64).sum())
    case = pl.col("order_cases") * pl.col("pieces_per_case")
    wanted = table("intermediate.int_replenishment").group_by("sku_code").agg(wanted=case.sum())
    actions = table("marts.stock_action").with_columns(pl.col("quantity_pieces").cast(pl.Float64))
    ordered = actions.filter(pl.col("action_type") == "replenish")
    shared = actions.filter(pl.col("action_type") == "allocate")
    given = shared.group_by("sku_code").agg(given=pl.col("quantity_pieces").sum())
    known = wanted.join(there, on="sku_code").join(given, on="sku_code", how="left")
    short = known.filter(pl.col("wanted") > pl.col("there"))
    assert not shared.is_empty()
    assert set(short.drop_nulls()["sku_code"]) == set(shared["sku_code"])
    assert short.filter(pl.col("given") > pl.col("there")).is_empty()
    assert ordered.join(short, on="sku_code", how="semi").is_empty()


def test_of_blind_stock_nothing_is_said_but_that_the_report_is_asked_for(table: Tables) -> None:
    blind = table("marts.stock_health").filter("is_latest", "is_blind")
    alerts = table("marts.alert").filter(pl.col("state") == "open")
    keys = ["distributor_code", "sku_code"]
    of_stock = alerts.filter(pl.col("area") == "stock").rename({"entity_code": keys[0]})
    asked = alerts.filter(pl.col("alert_type").is_in(["stock_blind", "stock_unbalanced"]))
    assert not blind.is_empty()
    assert (blind["state"] == "BLIND").all()
    assert of_stock.join(blind, on=keys, how="semi").is_empty()
    assert table("marts.stock_action").join(blind, on=keys, how="semi").is_empty()
    assert set(blind[keys[0]]) == set(asked["entity_code"])
