"""Publishing a small warehouse with all its checks."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import publishing
from pipelines.errors import DaquError
from pipelines.publishing import publish, store
from pipelines.settings import Settings
from tests.integration.publishing.conftest import dbt_status, on

Change = Callable[[str], None]

RESTATE = """
    update {table} set quantity_pieces = quantity_pieces + 1 where document_no = 'B1'
"""


def restate(change: Change) -> None:
    for table in ("landing.sellout", "marts.fct_sellout_line"):
        change(RESTATE.format(table=table))
    change("update landing.delivery set version = version + 1 where delivery_id = 2")


def query(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published / "daqu.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def shown_pieces(settings: Settings) -> object:
    return query(settings, "select sum(sellout_pieces)::int from marts.sales_week")[0][0]


def failed(result: publishing.PublishResult) -> set[str]:
    return {check.rule_id for check in result.failed}


def test_a_first_snapshot_holds_what_the_warehouse_has(settings: Settings) -> None:
    steps: list[str] = []
    result = publish(settings, on_progress=steps.append)

    assert result.status == "published"
    assert steps == ["candidate", "audit", "files", "swap"]
    assert (settings.published / "current").resolve() == result.path
    assert result.snapshot_id.startswith("2026-11-22-")
    assert not failed(result)
    assert publishing.verify(result.path) == []
    assert shown_pieces(settings) == 20
    assert {file.name for file in result.path.iterdir()} == {
        "daqu.duckdb",
        "parquet",
        "datapackage.json",
        "snapshot.json",
    }


@pytest.mark.usefixtures("unaudited")
def test_older_clients_can_open_it_and_read_what_columns_mean(settings: Settings) -> None:
    file = publish(settings).path / "daqu.duckdb"

    assert struct.unpack("<Q", file.read_bytes()[12:20]) == (65,)  # v1.2.0
    assert query(
        settings, "select comment from duckdb_tables() where table_name = 'sales_week'"
    ) == [("Table of the region's | 表",)]
    missing = "select table_name, column_name from duckdb_columns() where comment is null"
    assert query(settings, f"{missing} and schema_name in ('marts', 'quality', 'meta')") == []


@pytest.mark.usefixtures("unaudited")
def test_figures_carry_coverage_and_finality(settings: Settings) -> None:
    publish(settings)
    found = query(settings, "select coverage_ratio, finality from marts.sales_week order by all")
    assert found == [(0.5, "provisional"), (1.0, "final")]


@pytest.mark.usefixtures("unaudited")
def test_the_long_form_has_the_coverage_of_the_mart_and_takes_no_room(settings: Settings) -> None:
    folder = publish(settings).path
    found = query(
        settings, "select value, coverage_ratio, finality from marts.kpi_value order by 2"
    )
    assert found == [(1.0, 0.5, "provisional"), (1.0, 1.0, "final")]
    assert query(settings, "select view_name from duckdb_views() where not internal") == [
        ("kpi_value",)
    ]
    assert not (folder / "parquet" / "kpi_value.parquet").exists()


@pytest.mark.usefixtures("unaudited")
def test_meta_says_what_is_there_and_why_not(settings: Settings) -> None:
    result = publish(settings)

    marts = query(settings, "select name, status, row_count, reason_zh from meta.mart order by 1")
    assert marts == [
        ("fct_sellout_line", "ready", 4, None),
        ("kpi_value", "ready", 2, None),
        ("sales_week", "ready", 2, None),
        ("stock_health", "unsubscribed", 0, "本部署未订阅：库存快照（stock）。"),
    ]
    assert query(settings, "select mart, metric_id, name_zh from meta.metric") == [
        ("sales_week", "kept", "保留率")
    ]
    ((snapshot_id, currency, counts),) = query(
        settings, "select snapshot_id, currency, row_counts from meta.snapshot"
    )
    assert (snapshot_id, currency) == (result.snapshot_id, "CNY")
    assert json.loads(str(counts))["marts.fct_sellout_line"] == 4


@pytest.mark.usefixtures("unaudited")
@pytest.mark.parametrize(
    ("feeds", "status", "reason"),
    [
        (
            ["stock", "movement"],
            "unsubscribed",
            "以下报表本部署均未订阅：库存快照（stock）、进销存报表（movement）。",
        ),
        (["stock", "sellout"], "empty", "尚无数据来自：库存快照（stock）、销售流向（sellout）。"),
    ],
)
def test_one_of_several_feeds_is_enough_where_a_mart_says_so(
    settings: Settings, feeds: list[str], status: str, reason: str
) -> None:
    manifest = settings.warehouse_file.parent / "dbt" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["nodes"]["model.daqu.stock_health"]["config"]["meta"] = {"requires_any": feeds}
    manifest.write_text(json.dumps(content))
    publish(settings)
    assert query(
        settings, "select status, reason_zh from meta.mart where name = 'stock_health'"
    ) == [(status, reason)]


def test_every_layer_tells_its_results(settings: Settings) -> None:
    publish(settings)
    found = query(
        settings,
        """
        select layer, rule_id, sender, period, passed, failed_rows from quality.check_result
        where layer in ('L0', 'L1', 'L3', 'L4') order by all
        """,
    )
    assert found == [
        ("L0", "binary_file", "D002", None, False, 1),
        ("L0", "files_accepted", None, None, True, 1),
        ("L1", "price_odd", "D001", "2026-W47", False, 1),
        ("L1", "price_odd", None, None, False, 1),
        ("L1", "quantity_missing", None, None, True, 0),
        ("L1", "unmapped_sku", "D001", "2026-W47", False, 1),
        ("L1", "unmapped_sku", None, None, False, 1),
        ("L3", "report_late", "D001", "2026-W46", False, 1),
        ("L4", "test.fct_key", None, None, True, 0),
    ]
    layers = query(settings, "select distinct layer from quality.check_result")
    assert {layer for (layer,) in layers} == {"L0", "L1", "L2", "L3", "L4", "L5"}


@pytest.mark.usefixtures("unaudited")
def test_parquet_and_datapackage_describe_every_mart(settings: Settings) -> None:
    folder = publish(settings).path
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))

    named = {resource["name"]: resource for resource in package["resources"]}
    assert set(named) == {"fct_sellout_line", "sales_week", "stock_health"}
    week = named["sales_week"]
    assert week["schema"]["primaryKey"] == ["week_start_date", "distributor_code"]
    assert week["schema"]["fields"][0] | {"description_zh": ""} == {
        "name": "week_start_date",
        "type": "date",
        "duckdb_type": "DATE",
        "description": "week_start_date | 列",
        "description_en": "week_start_date",
        "description_zh": "",
    }
    assert duckdb.read_parquet(str(folder / week["path"])).shape == (2, 9)


def test_nothing_new_changes_nothing(settings: Settings) -> None:
    first = publish(settings)
    again = publish(settings)

    assert again.status == "unchanged"
    assert again.snapshot_id == first.snapshot_id
    assert [c for c in again.checks if c.layer == "L5"] == [
        c for c in first.checks if c.layer == "L5"
    ]
    assert len(publishing.snapshots(settings)) == 1


def test_a_later_day_is_published(settings: Settings) -> None:
    publish(settings)
    assert publish(on(settings, 23)).status == "published"
    assert query(settings, "select day(as_of) from meta.snapshot") == [(23,)]


def test_an_earlier_day_is_refused(settings: Settings) -> None:
    publish(settings)
    result = publish(on(settings, 21))
    assert result.status == "refused"
    assert "as_of_moves_forward" in failed(result)


@pytest.mark.usefixtures("unaudited")
def test_a_rebuilt_warehouse_gives_the_same_bytes(settings: Settings, change: Change) -> None:
    first = publish(settings)
    change("""
        create or replace table marts.fct_sellout_line as
        from marts.fct_sellout_line order by document_no
    """)
    again = publish(settings, force=True)

    assert again.snapshot_id == f"{first.snapshot_id}.2"
    for file in (first.path / "parquet").iterdir():
        assert file.read_bytes() == (again.path / "parquet" / file.name).read_bytes()


def test_a_critical_failure_keeps_the_old_snapshot(settings: Settings, change: Change) -> None:
    first = publish(settings)
    restate(change)
    change("delete from marts.fct_sellout_line where document_no = 'A2'")
    result = publish(settings)

    assert result.status == "refused"
    assert {"sellout_rows_reach_marts", "sellout_quantity_reconciles"} <= failed(result)
    shown = publishing.current(settings)
    assert shown and shown.snapshot_id == first.snapshot_id
    assert shown_pieces(settings) == 20
    kept = json.loads((result.path / "snapshot.json").read_text(encoding="utf-8"))
    assert kept["status"] == "refused" and kept["critical"] >= 2
    assert result.path.name.startswith(".refused-")


def test_only_the_latest_refused_candidate_is_kept(settings: Settings, change: Change) -> None:
    change("delete from marts.fct_sellout_line")
    publish(settings)
    latest = publish(on(settings, 23))
    assert list(settings.published.glob(".refused-*")) == [latest.path]
    assert publishing.current(settings) is None


def test_a_warning_is_published_and_seen(settings: Settings, change: Change) -> None:
    change("comment on column marts.sales_week.sellout_pieces is null")
    result = publish(settings)

    assert result.status == "published"
    assert failed(result) == {"columns_are_described"}
    shown = publishing.current(settings)
    assert shown and shown.warnings == 1
    found = query(
        settings,
        "select observed, fix_hint_zh <> '' from quality.check_result "
        "where layer = 'L5' and not passed",
    )
    assert found == [("1 of 12 fail: marts.sales_week: 1", True)]


def test_a_check_that_cannot_run_is_no_pass(settings: Settings, change: Change) -> None:
    change("alter table quality.obligation rename column period to span")
    result = publish(settings)
    assert result.status == "refused"
    broken = {check.rule_id for check in result.checks if check.broken}
    assert broken == {"obligations_cover_roster", "obligations_have_status"}


def test_a_failed_model_test_is_refused(settings: Settings) -> None:
    dbt_status(settings, "fail")
    assert failed(publish(settings)) == {"test.fct_key", "model_tests_passed"}


def test_changed_history_is_told(settings: Settings, change: Change) -> None:
    publish(settings)
    for table in ("landing.sellout", "marts.fct_sellout_line"):
        change(f"update {table} set quantity_pieces = 70 where document_no = 'B1'")
    change("update landing.delivery set version = 2 where delivery_id = 2")
    result = publish(settings)
    assert result.status == "published"
    assert failed(result) == {"restatement_is_small"}


def test_lost_files_and_marts_are_refused(settings: Settings, change: Change) -> None:
    publish(settings)
    change("delete from landing.delivery where delivery_id = 4")
    change("create or replace table quality.file_ledger as from landing.delivery")
    change("drop table marts.stock_health")
    result = publish(settings)
    assert result.status == "refused"
    assert {"files_still_there", "marts_still_there"} <= failed(result)


@pytest.mark.usefixtures("unaudited")
def test_a_damaged_snapshot_is_replaced(settings: Settings) -> None:
    first = publish(settings)
    (first.path / "daqu.duckdb").write_bytes(b"")
    second = publish(settings)
    assert (second.status, second.snapshot_id) == ("published", f"{first.snapshot_id}.2")
    assert shown_pieces(settings) == 20


@pytest.mark.usefixtures("unaudited")
def test_three_snapshots_are_kept(settings: Settings) -> None:
    for day in (22, 23, 24, 25):
        publish(on(settings, day))
    days = [info.as_of.day for info in publishing.snapshots(settings)]
    assert days == [23, 24, 25]


def test_one_at_a_time(settings: Settings) -> None:
    with store.only_one(settings), pytest.raises(DaquError, match="publishing right now"):
        publish(settings)


def test_without_a_warehouse_it_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DaquError) as caught:
        publish(replace(settings, home=tmp_path))
    assert "daqu run" in caught.value.hint_en


@pytest.mark.usefixtures("unaudited")
def test_a_reader_goes_on_reading(settings: Settings, change: Change) -> None:
    publish(settings)
    path = (settings.published / "daqu.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as reader:
        for day in (23, 24, 25):
            restate(change)
            assert publish(on(settings, day)).status == "published"
            found = reader.execute("select sum(sellout_pieces)::int from marts.sales_week")
            assert found.fetchall() == [(20,)]
        assert not path.exists()
    assert shown_pieces(settings) == 23
