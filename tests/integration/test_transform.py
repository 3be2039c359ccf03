"""Models over a small landed region: what a build does, and that increments equal a rebuild."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import transform
from pipelines.contracts import load_contract, load_contracts
from pipelines.landing.schema import add_columns, create_tables
from pipelines.landing.tables import stored_columns
from pipelines.settings import PROJECT, Settings

CORE = ["path:models/staging", "path:models/marts/core", "int_sellout_outlet_sku_week"]
INCREMENTAL = {
    "marts.fct_sellout_line": "sold_date",
    "marts.fct_stock_snapshot": "snapshot_date",
    "marts.fct_claim_line": "claim_month",
    "marts.fct_patrol_round": "patrol_date",
    "marts.fct_stock_movement": "period_start_date",
    "marts.fct_ar_item": "as_of_date",
    "marts.fct_inspection_item": "inspection_date",
    "marts.fct_sellin_line": "invoice_date",
    "marts.fct_open_order": "as_of_date",
    "marts.fct_ka_pos": "sold_date",
    "marts.fct_check_sku": "visit_date",
    "marts.fct_check_category": "visit_date",
    "marts.fct_check_posm": "visit_date",
    "marts.fct_check_question": "visit_date",
    "intermediate.int_sellout_outlet_sku_week": "week_start_date",
}
REBUILT = (
    "dim_date",
    "dim_week",
    "dim_sku",
    "dim_outlet",
    "dim_distributor",
    "dim_geo",
    "fct_ticket",
    "fct_budget",
    "fct_target",
    "dim_price",
    "dim_msl",
    "dim_promotion",
)
FEEDS = (
    *("sku", "outlet", "sellout", "stock", "movement", "claim", "receivable"),
    *("patrol_plan", "patrol_log", "cleaning", "ticket"),
    *("sellin", "open_order", "ka_pos"),
    *("check_sku", "check_category", "check_posm", "check_question"),
    *("budget", "target", "price", "msl", "promotion", "score_weight"),
)


class Region:
    """A landed region written by hand: deliveries, their rows, and the dates they touch."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(
            home=home,
            name="test",
            timezone="Asia/Shanghai",
            currency="CNY",
            language="en",
            feeds=FEEDS,
            as_of=date(2026, 11, 22),
        )
        self.settings.warehouse_file.parent.mkdir(parents=True)
        self.contracts = load_contracts(self.settings.contracts)
        with self.warehouse() as con:
            create_tables(con, self.contracts, set(self.settings.feeds))

    @contextmanager
    def warehouse(self) -> Generator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.settings.warehouse_file)) as con:
            yield con

    def deliver(self, delivery_id: int, feed: str, received_at: str, *rows: dict[str, Any]) -> None:
        """Land a file of the next period, as landing does."""
        with self.warehouse() as con:
            con.execute(
                "insert into landing.delivery by name select ? as delivery_id, ? as feed, "
                "'D001' as sender, 'loaded' as status, ?::timestamp as received_at, "
                "?::varchar as file_sha256, ?::varchar as file_name, ?::varchar as period, "
                "date '2026-11-09' as period_start, date '2026-11-15' as period_end, "
                "? as version, true as is_current, 1 as header_row, "
                "0 as rows_quarantined, 1 as rows_structural, ? as rows_loaded, ? as rows_read",
                [
                    delivery_id,
                    feed,
                    received_at,
                    *[delivery_id] * 4,
                    len(rows),
                    len(rows) + 1,
                ],
            )
            for number, row in enumerate(rows, start=1):
                _insert(con, feed, row | {"_delivery_id": delivery_id, "_row_no": number})
            self._touch(con, delivery_id)

    def supersede(self, delivery_id: int) -> None:
        """Let a later file replace this one."""
        with self.warehouse() as con:
            con.execute(
                "update landing.delivery set status = 'superseded', is_current = false "
                "where delivery_id = ?",
                [delivery_id],
            )
            for feed in self.contracts:
                con.execute(
                    f"update landing.{feed}_all set _superseded_by = _delivery_id "
                    "where _delivery_id = ?",
                    [delivery_id],
                )
            self._touch(con, delivery_id)

    def restore(self, delivery_id: int) -> None:
        """Let a replaced file be the current one again."""
        with self.warehouse() as con:
            con.execute(
                "update landing.delivery set status = 'loaded', is_current = true "
                "where delivery_id = ?",
                [delivery_id],
            )
            for feed in self.contracts:
                con.execute(
                    f"update landing.{feed}_all set _superseded_by = null where _delivery_id = ?",
                    [delivery_id],
                )
            self._touch(con, delivery_id)

    def _touch(self, con: duckdb.DuckDBPyConnection, delivery_id: int) -> None:
        for feed, contract in self.contracts.items():
            if contract.business_date:
                con.execute(
                    f"insert into landing.touched_date select distinct '{feed}', "
                    f"{contract.business_date}, 1 from landing.{feed}_every where _delivery_id = ?",
                    [delivery_id],
                )

    def build_core(self, *, full_refresh: bool = False) -> None:
        """Build the part of the models under test and work off the marks, as a whole build does."""
        result = transform.build(self.settings, select=CORE, full_refresh=full_refresh)
        assert result.broken == []
        self.forget_marks()

    def forget_marks(self) -> None:
        with self.warehouse() as con:
            con.execute("delete from landing.touched_date")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse() as con:
            return con.execute(sql).fetchall()

    def facts(self) -> dict[str, list[tuple[Any, ...]]]:
        tables = [*INCREMENTAL, *(f"marts.{name}" for name in REBUILT)]
        return {table: self.query(f"select * from {table} order by all") for table in tables}


def _insert(con: duckdb.DuckDBPyConnection, feed: str, row: dict[str, Any]) -> None:
    contract = load_contract(PROJECT / "quality" / "contracts" / f"{feed}.odcs.yaml")
    add_columns(con, contract, {column.name for column in stored_columns(contract)})
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    con.execute(f"insert into landing.{feed}_all ({names}) values ({marks})", list(row.values()))


def sold(day: str, document_no: str, pieces: int, amount: float, **other: Any) -> dict[str, Any]:
    return {
        "distributor_code": "D001",
        "document_no": document_no,
        "sold_date": day,
        "outlet_code": "O1",
        "sku_code": "S1",
        "doc_type": "sale",
        "quantity_pieces": pieces,
        "reported_amount": amount,
        "tax_included": True,
    } | other


def counted(day: str, pieces: int) -> dict[str, Any]:
    return {
        "distributor_code": "D001",
        "warehouse_code": "MAIN",
        "sku_code": "S1",
        "stock_status": "good",
        "snapshot_date": day,
        "quantity_pieces": pieces,
    }


def claimed(month: str, claim_no: str, amount: float) -> dict[str, Any]:
    return {
        "distributor_code": "D001",
        "claim_no": claim_no,
        "claim_month": month,
        "claim_type": "display",
        "claimed_amount": amount,
        "claim_status": "submitted",
    }


def moved(month: str, closing: int) -> dict[str, Any]:
    return {
        "distributor_code": "D001",
        "sku_code": "S1",
        "period_start_date": month,
        "period_end_date": month[:8] + "28",
        "opening_pieces": 50,
        "sellout_pieces": 10,
        "closing_pieces": closing,
    }


def owed(day: str, open_amount: float) -> dict[str, Any]:
    return {
        "as_of_date": day,
        "distributor_code": "D001",
        "document_no": "FP1",
        "document_amount": 500.00,
        "open_amount": open_amount,
        "is_disputed": False,
    }


def inspected(day: str, score: int) -> dict[str, Any]:
    return {
        "area_code": "A",
        "inspection_date": day,
        "round_no": 1,
        "item_code": "corridor",
        "score": score,
    }


def reported(day: str, done_at: str | None) -> dict[str, Any]:
    return {"ticket_id": "T1", "opened_date": day, "done_at": done_at}


def planned(day: str, round_no: int) -> dict[str, Any]:
    return {
        "area_code": "A",
        "plan_date": day,
        "round_no": round_no,
        "checkpoint_code": "P1",
        "window_from": f"{day} 08:00:00",
        "window_to": f"{day} 10:00:00",
    }


def seen(day: str, round_no: int) -> dict[str, Any]:
    return {
        "area_code": "A",
        "patrol_date": day,
        "round_no": round_no,
        "checkpoint_code": "P1",
        "actual_at": f"{day} 09:00:00",
    }


def invoiced(day: str, pieces: int, gross: float, **other: Any) -> dict[str, Any]:
    return {
        "distributor_code": "D001",
        "invoice_no": "FP1",
        "line_no": 1,
        "invoice_date": day,
        "sku_code": "S1",
        "doc_type": "sale",
        "quantity_pieces": pieces,
        "gross_amount": gross,
        "discount_amount": 10.00,
    } | other


def ordered(day: str, pieces: int) -> dict[str, Any]:
    return {
        "as_of_date": day,
        "order_no": "SO1",
        "line_no": 1,
        "distributor_code": "D001",
        "sku_code": "S1",
        "order_status": "open",
        "quantity_pieces": pieces,
    }


def rung_up(day: str, pieces: int, amount: float) -> dict[str, Any]:
    return {
        "banner": "KA1",
        "outlet_code": "O1",
        "sku_code": "S1",
        "sold_date": day,
        "quantity": pieces,
        "amount": amount,
        "tax_included": True,
    }


def visited(day: str, **found: Any) -> dict[str, Any]:
    return {"visit_id": "V1", "visit_date": day, "outlet_code": "O1", "rep_code": "R1"} | found


def price_from(day: str | None, price: float, **other: Any) -> dict[str, Any]:
    return {
        "price_group": "all",
        "sku_code": "S1",
        "valid_from": day,
        "net_selling_price_per_piece": price,
    } | other


def aimed(node_type: str, node_code: str, value: float) -> dict[str, Any]:
    return {
        "target_month": "2026-11-01",
        "node_type": node_type,
        "node_code": node_code,
        "metric_id": "net_amount",
        "target_value": value,
    }


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """A region with every fact, built once; tests go on from where the one before left it."""
    region = Region(tmp_path_factory.mktemp("region"))
    region.deliver(1, "sku", "2026-01-05 08:00", {"sku_code": "S1", "vat_ratio": 0.13})
    region.deliver(2, "outlet", "2026-01-05 08:00", {"outlet_code": "O1", "outlet_class": "B"})
    region.deliver(
        10,
        "sellout",
        "2026-11-09 08:00",
        sold("2026-11-02", "A1", 10, 113.00),
        sold("2026-11-04", "A2", 5, 56.50),
        sold("2026-11-04", "A3", 2, 22.60, doc_type="return", outlet_code="UNKNOWN-D001"),
    )
    region.deliver(11, "sellout", "2026-11-16 08:00", sold("2026-11-10", "B1", 8, 90.40))
    region.deliver(20, "stock", "2026-11-09 08:00", counted("2026-11-08", 50))
    region.deliver(30, "claim", "2026-11-05 08:00", claimed("2026-10-01", "C1", 500.00))
    region.deliver(40, "patrol_plan", "2026-11-01 08:00", planned("2026-11-20", 1))
    region.deliver(50, "movement", "2026-11-05 08:00", moved("2026-10-01", 40))
    region.deliver(60, "receivable", "2026-11-20 08:00", owed("2026-11-19", 500.00))
    region.deliver(70, "cleaning", "2026-11-20 08:00", inspected("2026-11-19", 80))
    region.deliver(80, "ticket", "2026-11-05 08:00", reported("2026-10-30", None))
    region.deliver(90, "sellin", "2026-11-17 08:00", invoiced("2026-11-16", 12, 130.00))
    region.deliver(89, "open_order", "2026-11-18 08:00", ordered("2026-11-17", 24))
    region.deliver(91, "ka_pos", "2026-11-17 08:00", rung_up("2026-11-09", 3, 45.20))
    for number, feed, found in (
        (92, "check_sku", {"sku_code": "S1", "is_present": True}),
        (93, "check_category", {"category": "C", "total_facings": 10, "our_facings": 12}),
        (94, "check_posm", {"posm_item": "P", "exists": True}),
        (95, "check_question", {"question_id": "Q", "answer": "yes"}),
    ):
        region.deliver(number, feed, "2026-11-17 08:00", visited("2026-11-16", **found))
    region.deliver(
        100,
        "price",
        "2026-11-01 08:00",
        price_from(None, 10.00),
        price_from("2026-07-01", 11.00, valid_to="2026-08-31"),
        price_from("2026-10-01", 12.00),
    )
    region.deliver(101, "msl", "2026-11-01 08:00", {"msl_group": "A", "sku_code": "S1"})
    region.deliver(
        102,
        "promotion",
        "2026-11-01 08:00",
        {
            "promo_code": "P1",
            "sku_code": "S1",
            "start_date": "2026-11-01",
            "end_date": "2026-11-14",
        },
    )
    region.deliver(
        103,
        "budget",
        "2026-11-01 08:00",
        {"budget_version": "2026", "budget_month": "2026-11-01", "volume": 100},
    )
    region.deliver(
        104,
        "target",
        "2026-11-01 08:00",
        aimed("region", "all", 900.00),
        aimed("rep", "R1", 300.00),
    )
    region.deliver(105, "score_weight", "2026-11-01 08:00", {"block": "price", "weight": 0.3})
    region.build_core()
    return region


def test_a_part_of_the_models_clears_no_marks(region: Region) -> None:
    with region.warehouse() as con:
        con.execute("insert into landing.touched_date values ('sellout', '2026-11-02', 1)")
    assert transform.build(region.settings, select="stg_sellout").marks_seen == 1
    assert region.query("select feed from landing.touched_date") == [("sellout",)]
    region.forget_marks()


def test_a_build_says_how_each_node_ended_and_prints_nothing(
    region: Region, capfd: pytest.CaptureFixture[str]
) -> None:
    events: list[transform.NodeFinished] = []
    result = transform.build(region.settings, select="dim_geo", on_event=events.append)
    kinds = {node.resource_type for node in result.results}
    assert (result.success, result.broken, kinds) == (True, [], {"model", "test"})
    assert [event.index for event in events] == list(range(1, len(result.results) + 1))
    assert {event.total for event in events} == {len(result.results)}
    assert capfd.readouterr() == ("", "")


def test_the_warehouse_can_be_opened_by_others_after_a_build(region: Region) -> None:
    transform.build(region.settings, select="stg_threshold")
    with duckdb.connect(str(region.settings.warehouse_file), read_only=True) as con:
        assert con.execute("select count(*) from marts.dim_sku").fetchall() == [(1,)]


def test_facts_and_descriptions_are_in_the_warehouse(region: Region) -> None:
    line = region.query(
        "select quantity_pieces, reported_amount, net_amount from marts.fct_sellout_line "
        "order by sold_date, document_no"
    )
    assert [tuple(map(float, row)) for row in line] == [
        (10, 113.00, 100.00),
        (5, 56.50, 50.00),
        (-2, 22.60, -20.00),
        (8, 90.40, 80.00),
    ]
    undescribed = region.query(
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'marts' and coalesce(comment, '') not like '%_ | _%' "
        "and table_name in (select table_name from duckdb_tables() where comment is not null)"
    )
    assert undescribed == []


def test_incremental_equals_full_refresh_after_everything_that_can_happen(region: Region) -> None:
    # a restated week that no longer has 2026-11-04, and a late line for a day long gone
    region.supersede(10)
    region.deliver(
        12,
        "sellout",
        "2026-11-17 08:00",
        sold("2026-11-02", "A1", 9, 101.70),
        sold("2026-10-26", "A0", 1, 11.30, sku_code="S2"),
    )
    # a stock count moved by a day, a claim moved to another month, a round walked
    region.supersede(20)
    region.deliver(21, "stock", "2026-11-10 08:00", counted("2026-11-07", 48))
    region.supersede(30)
    region.deliver(31, "claim", "2026-11-12 08:00", claimed("2026-09-01", "C1", 400.00))
    region.deliver(41, "patrol_log", "2026-11-21 08:00", seen("2026-11-20", 1))
    # a closing corrected, a balance of another day, a score raised, a ticket done and redated
    region.supersede(50)
    region.deliver(51, "movement", "2026-11-09 08:00", moved("2026-10-01", 38))
    region.supersede(60)
    region.deliver(61, "receivable", "2026-11-21 08:00", owed("2026-11-20", 200.00))
    region.supersede(70)
    region.deliver(71, "cleaning", "2026-11-21 08:00", inspected("2026-11-19", 90))
    region.deliver(81, "ticket", "2026-11-21 08:00", reported("2026-10-29", "2026-11-02 10:00:00"))
    # an invoice credited, an order and till sales of another day, a visit told of again later
    region.supersede(90)
    region.deliver(
        96, "sellin", "2026-11-21 08:00", invoiced("2026-11-16", 2, 30.00, doc_type="return")
    )
    region.supersede(89)
    region.deliver(88, "open_order", "2026-11-21 08:00", ordered("2026-11-20", 12))
    region.supersede(91)
    region.deliver(97, "ka_pos", "2026-11-21 08:00", rung_up("2026-11-10", 3, 45.20))
    region.deliver(
        98,
        "check_sku",
        "2026-11-21 08:00",
        visited("2026-11-16", sku_code="S1", is_present=False),
    )
    # masters change without touching any business date: VAT from 2026-11-10 on, a class
    region.supersede(1)
    region.deliver(3, "sku", "2026-11-10 08:00", {"sku_code": "S1", "vat_ratio": 0.09})
    region.supersede(2)
    region.deliver(4, "outlet", "2026-11-10 09:00", {"outlet_code": "O1", "outlet_class": "A"})

    region.build_core()
    incremental = region.facts()
    region.build_core(full_refresh=True)
    rebuilt = region.facts()

    assert incremental == rebuilt
    assert region.query("select unexplained_pieces from marts.fct_stock_movement") == [(2,)]
    assert region.query("select as_of_date, open_amount::double from marts.fct_ar_item") == [
        (date(2026, 11, 20), 200.00)
    ]
    assert region.query("select score::integer from marts.fct_inspection_item") == [(90,)]
    assert region.query("select opened_date, is_open from marts.fct_ticket") == [
        (date(2026, 10, 29), False)
    ]
    assert region.query(
        "select sold_date, net_amount::double from marts.fct_sellout_line order by sold_date"
    ) == [
        (date(2026, 10, 26), 11.30),
        (date(2026, 11, 2), 90.00),
        (date(2026, 11, 10), 82.94),
    ]


def test_new_facts_say_what_was_told_last(region: Region) -> None:
    assert region.query(
        "select quantity_pieces::integer, net_amount::double from marts.fct_sellin_line"
    ) == [(-2, -20.00)]
    assert region.query(
        "select as_of_date, quantity_pieces::integer from marts.fct_open_order"
    ) == [(date(2026, 11, 20), 12)]
    assert region.query("select sold_date, net_amount::double from marts.fct_ka_pos") == [
        (date(2026, 11, 10), 41.47)
    ]
    assert region.query("select is_present from marts.fct_check_sku") == [(False,)]
    assert region.query("select is_plausible from marts.fct_check_category") == [(False,)]


def test_prices_are_half_open_spans_that_end_where_the_next_begins(region: Region) -> None:
    assert region.query(
        "select valid_from::varchar, valid_to::varchar, net_selling_price_per_piece::double "
        "from marts.dim_price order by 1"
    ) == [
        ("1900-01-01", "2026-07-01", 10.0),
        ("2026-07-01", "2026-09-01", 11.0),
        ("2026-10-01", "9999-12-31", 12.0),
    ]


def test_a_target_of_a_representative_meets_his_visits_without_naming_him(region: Region) -> None:
    assert region.query(
        "select t.target_value::integer from marts.fct_target as t "
        "inner join marts.fct_check_sku as c on t.node_code = c.rep_code"
    ) == [(300,)]
    assert region.query("select count(*) from marts.fct_target where node_code = 'R1'") == [(0,)]


def test_a_restored_version_gives_the_earlier_facts_again(region: Region) -> None:
    before = region.facts()
    region.supersede(11)
    region.deliver(13, "sellout", "2026-11-18 08:00", sold("2026-11-11", "B9", 1, 11.30))
    region.build_core()
    assert region.facts() != before
    region.supersede(13)
    region.restore(11)
    region.build_core()
    assert region.facts() == before


def test_a_change_landing_did_not_mark_is_found_by_the_totals(region: Region) -> None:
    with region.warehouse() as con:
        _insert(con, "stock", counted("2026-01-01", 7) | {"_delivery_id": 21, "_row_no": 77})
    result = transform.build(region.settings, select="fct_stock_snapshot")
    assert [node.name for node in result.broken] == ["fct_stock_snapshot__pieces_equal_landing"]
    with region.warehouse() as con:
        con.execute("delete from landing.stock_all where _row_no = 77")


def test_the_same_document_in_two_deliveries_is_a_warning_not_a_failure(region: Region) -> None:
    region.deliver(
        15, "sellout", "2026-11-20 07:00", sold("2026-11-02", "A1", 9, 101.70, line_no=1)
    )
    lines_and_weeks = ["fct_sellout_line", "int_sellout_outlet_sku_week"]
    result = transform.build(region.settings, select=lines_and_weeks)
    warned = [node.name for node in result.results if node.status == "warn"]
    assert warned == ["fct_sellout_line__one_row_for_each_line_of_a_document"]
    assert (result.success, result.broken) == (True, [])
    region.supersede(15)
    region.build_core()


def test_marks_outlive_a_build_that_failed_and_go_with_one_that_succeeded(region: Region) -> None:
    region.deliver(14, "sellout", "2026-11-20 08:00", sold("2026-11-16", "E1", 1, 1.13))
    with region.warehouse() as con:
        con.execute(
            "update landing.sellout_all set quantity_pieces = null, quantity = null "
            "where _delivery_id = 14"
        )
    failed = transform.build(region.settings)
    assert not failed.success
    assert "fct_sellout_line" in [node.name for node in failed.broken]
    assert region.query("select business_date from landing.touched_date") == [(date(2026, 11, 16),)]

    with region.warehouse() as con:
        con.execute(
            "update landing.sellout_all set quantity_pieces = 1, quantity = 1 "
            "where _delivery_id = 14"
        )
    mended = transform.build(region.settings)
    assert mended.broken == []
    assert (mended.success, mended.marks_seen) == (True, 1)
    assert region.query("select count(*) from landing.touched_date") == [(0,)]


def test_the_manifest_is_written_beside_the_warehouse(region: Region) -> None:
    manifest = transform.parse(region.settings)
    assert manifest == transform.manifest_path(region.settings)
    assert '"model.daqu.fct_sellout_line"' in manifest.read_text(encoding="utf-8")


def test_a_deployment_where_nothing_has_landed_says_so(region: Region, tmp_path: Path) -> None:
    empty = replace(region.settings, home=tmp_path)
    with pytest.raises(transform.TransformError, match="nothing to build"):
        transform.build(empty)


def test_a_project_that_cannot_be_read_is_named_as_our_fault(
    region: Region, tmp_path: Path
) -> None:
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        (project / name).write_text((region.settings.dbt_project / name).read_text())
    (project / "models" / "broken.sql").write_text("select * from {{ ref('no_such_model') }}")
    broken = replace(region.settings, project=tmp_path)
    with pytest.raises(transform.TransformError, match="no_such_model"):
        transform.build(broken)
    with pytest.raises(transform.TransformError, match="no_such_model"):
        transform.parse(broken)
