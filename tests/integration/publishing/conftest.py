"""A small deployment whose warehouse was made by hand: two feeds, one fact, one mart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics import load_registry
from pipelines.metrics.kpi_value import union_sql
from pipelines.publishing import snapshot
from pipelines.settings import PROJECT, Settings
from quality.expectations.batch_gate import BatchResult

WAREHOUSE = """
create schema landing; create schema staging; create schema marts;
create schema quality; create schema meta;

create table landing.contract as
    select * from (values ('sellout', true, 'w'), ('roster', true, null))
        as t(feed, is_subscribed, sla_unit);
create table landing.rule as
    select * from (values
        ('sellout', 'unmapped_sku', 'error', 'Map the code.', '请映射编码。'),
        ('sellout', 'price_odd', 'warning', 'Look at the price.', '请查看单价。'),
        ('sellout', 'quantity_missing', 'error', 'Fill in the quantity.', '请填写数量。')
    ) as t(feed, rule_id, severity, message_en, message_zh);
create table landing.touched_date (feed varchar, business_date date, batch_id varchar);
create table landing.sellout (
    document_no varchar, sold_date date, doc_type varchar, quantity_pieces decimal(18, 3),
    reported_amount decimal(18, 2), _delivery_id bigint, _warnings varchar[]
);
insert into landing.sellout values
    ('A1', '2026-11-16', 'sale', 10, 100.10, 1, null),
    ('A2', '2026-11-17', 'sale', 5, 50.05, 1, ['price_odd']),
    ('A3', '2026-11-18', 'return', 2, 20.02, 1, null),
    ('B1', '2026-11-09', 'sale', 7, 70.07, 2, null);
create table landing.sellout_history as from landing.sellout where false;
create table landing.roster as
    select 'sellout' as feed, 'D001' as sender, null::date as valid_from, null::date as valid_to,
        3::bigint as _delivery_id, null::varchar[] as _warnings;
create table landing.roster_history as from landing.roster where false;
create table landing.quarantined_row as
    select 1::bigint as delivery_id, 'sellout' as feed, ['unmapped_sku'] as reasons,
        true as is_current;
create table landing.delivery (
    delivery_id bigint, sender varchar, feed varchar, period varchar, version int,
    is_current boolean, status varchar, file_name varchar, batch_id varchar,
    rows_read bigint, rows_loaded bigint, rows_quarantined bigint, rows_structural bigint,
    quantity_loaded decimal(18, 3), quantity_quarantined decimal(18, 3),
    amount_loaded decimal(18, 2), amount_quarantined decimal(18, 2),
    control_quantity decimal(18, 3), control_amount decimal(18, 2),
    reason_code varchar, reason_en varchar, reason_zh varchar, hint_en varchar, hint_zh varchar
);
create table landing.removal (
    delivery_id bigint, kind varchar, rows_removed bigint, removed_on date
);
insert into landing.delivery values
    (1, 'D001', 'sellout', '2026-W47', 1, true, 'loaded', 'w47.csv', 'b', 6, 3, 1, 2,
        13, 1, 130.13, 9.99, 14, 140.12, null, null, null, null, null),
    (2, 'D001', 'sellout', '2026-W46', 1, true, 'loaded', 'w46.csv', 'b', 2, 1, 0, 1,
        7, 0, 70.07, 0, null, null, null, null, null, null, null),
    (3, 'self', 'roster', 'all', 1, true, 'loaded', 'roster.csv', 'b', 2, 1, 0, 1,
        null, null, null, null, null, null, null, null, null, null, null),
    (4, 'D002', 'sellout', null, null, false, 'refused', 'x.csv', 'b', null, null, null, null,
        null, null, null, null, null, null, 'binary_file', 'Not a text file.', '不是文本文件。',
        'Send a CSV.', '请报送 CSV。');

create table marts.fct_sellout_line as
    select document_no, sold_date,
        case when doc_type = 'return' then -quantity_pieces else quantity_pieces end
            ::decimal(18, 3) as quantity_pieces,
        reported_amount,
        (case when doc_type = 'return' then -reported_amount else reported_amount end)
            ::decimal(18, 2) as net_amount,
        _delivery_id
    from landing.sellout order by document_no desc;
create view marts.sales_week as
    select date_trunc('week', sold_date)::date as week_start_date, 'D001' as distributor_code,
        sum(quantity_pieces)::decimal(18, 3) as sellout_pieces,
        sum(net_amount)::decimal(18, 2) as sellout_net_amount,
        count(*) as kept_num, count(*) as kept_den, 1.0::double as kept_ratio
    from daqu.marts.fct_sellout_line group by all;
create table marts.stock_health (sku_code varchar, quantity_pieces decimal(18, 3));

create table quality.file_ledger as from landing.delivery;
create table quality.quarantined_row as from landing.quarantined_row;
create table quality.obligation as
    select 'sellout' as feed, 'D001' as sender, unnest(['2026-W46', '2026-W47']) as period;
create table quality.submission_status as
    select feed, sender, period, if(period = '2026-W46', 'late', 'on_time') as status
    from quality.obligation;
create table meta.coverage as
    select 'sellout' as feed, 'distributor' as node_type, 'D001' as node,
        'week' as period_type, '2026-W46' as period,
        date '2026-11-09' as period_start, 1.0::double as coverage_ratio, 'final' as finality
    union all
    select 'sellout', 'distributor', 'D001',
        'week', '2026-W47', date '2026-11-16', 0.5, 'provisional';
"""


def described(con: duckdb.DuckDBPyConnection) -> None:
    """Give every table and column a text in both languages."""
    objects = con.execute(
        """
        select 'table', schema_name, table_name from duckdb_tables()
        union all select 'view', schema_name, view_name from duckdb_views() where not internal
        """
    ).fetchall()
    for kind, schema, name in objects:
        con.execute(f"comment on {kind} {schema}.{name} is 'Table of the region''s | 表'")
    for schema, table, column in con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() where not internal"
    ).fetchall():
        con.execute(f"comment on column {schema}.{table}.{column} is '{column} | 列'")


def model(name: str, **meta: object) -> dict[str, object]:
    """A model as dbt's manifest has it."""
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "marts",
        "config": {"meta": meta},
    }


METRICS = """
models:
  - name: sales_week
    config:
      meta:
        coverage: {feed: sellout, period: week_start_date, unit: week, node_type: distributor,
          node: distributor_code}
        kpi:
          period_type: "'week'"
          period_start_date: week_start_date
          node_type: "'distributor'"
          node_code: distributor_code
        metrics:
          - metric_id: kept
            name_en: Kept
            name_zh: 保留率
            formula_en: lines kept / lines
            formula_zh: 保留行数 / 行数
            numerator: kept_num
            denominator: kept_den
            value: kept_ratio
            unit: ratio
            direction: up
            additivity: A
            owner_role: sales_manager
            source: house
            example: sales_week__all_is_kept
    data_tests:
      - unique_combination_of_columns:
          arguments: {combination_of_columns: [week_start_date, distributor_code]}
    columns:
      - {name: week_start_date}
      - {name: distributor_code}
      - {name: kept_num}
      - {name: kept_den}
      - {name: kept_ratio}
unit_tests:
  - name: sales_week__all_is_kept
    model: sales_week
    expect:
      rows: [{kept_num: 2, kept_den: 2, kept_ratio: 1}]
"""
COVERAGE = {
    "feed": "sellout",
    "period": "week_start_date",
    "unit": "week",
    "node_type": "distributor",
    "node": "distributor_code",
}
NODES = {
    "model.daqu.fct_sellout_line": model("fct_sellout_line", requires=["sellout"]),
    "model.daqu.sales_week": model(
        "sales_week",
        requires=["sellout"],
        grain=["week_start_date", "distributor_code"],
        coverage=COVERAGE,
    ),
    "model.daqu.kpi_value": model("kpi_value", grain=["metric_id"]),
    "model.daqu.stock_health": model("stock_health", requires=["stock"], grain=["sku_code"]),
    "test.daqu.fct_key.1": {
        "resource_type": "test",
        "name": "fct_key",
        "attached_node": "model.daqu.fct_sellout_line",
        "test_metadata": {
            "name": "unique_combination_of_columns",
            "kwargs": {"combination_of_columns": ["document_no"]},
        },
        "config": {"severity": "ERROR"},
    },
}


def dbt_status(settings: Settings, status: str) -> None:
    """Write what dbt left behind, with one test that ended so."""
    target = settings.warehouse_file.parent / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    (target / "manifest.json").write_text(json.dumps({"nodes": NODES}))
    result = {"unique_id": "test.daqu.fct_key.1", "status": status, "failures": 0, "message": None}
    (target / "run_results.json").write_text(json.dumps({"results": [result]}))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployment, built once."""
    root = tmp_path_factory.mktemp("template")
    home = root / "home"
    shutil.copytree(PROJECT / "quality" / "contracts", root / "quality" / "contracts")
    models = root / "dbt_project" / "models" / "marts"
    models.mkdir(parents=True)
    (models / "sales_week.yml").write_text(METRICS, encoding="utf-8")
    (home / "warehouse").mkdir(parents=True)
    (home / "deployment.yaml").write_text("name: Test\nfeeds: [sellout, roster]\n")
    with duckdb.connect(str(home / "warehouse" / "daqu.duckdb")) as con:
        con.execute(WAREHOUSE)
        metrics = load_registry(root / "dbt_project").models
        long_form = union_sql(metrics, lambda m: f"daqu.{m.schema}.{m.name}", covered=False)
        con.execute(f"create view marts.kpi_value as {long_form}")
        described(con)
    return root


@pytest.fixture
def settings(template: Path, tmp_path: Path) -> Settings:
    """A fresh copy of the deployment."""
    root = Path(shutil.copytree(template, tmp_path / "project"))
    settings = Settings(
        home=root / "home",
        name="Test | 测试",
        timezone="Asia/Shanghai",
        currency="CNY",
        language="en",
        feeds=("sellout", "roster"),
        as_of=date(2026, 11, 22),
        project=root,
    )
    dbt_status(settings, "pass")
    return settings


@pytest.fixture
def change(settings: Settings) -> Callable[[str], None]:
    """Run SQL in the warehouse."""

    def run(sql: str) -> None:
        with duckdb.connect(str(settings.warehouse_file)) as con:
            con.execute(sql)

    return run


@pytest.fixture
def unaudited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish without the two gates: where the subject is the swap, they only cost time."""
    monkeypatch.setattr(snapshot, "check_deliveries", lambda *_: BatchResult((), ()))
    monkeypatch.setattr(snapshot, "audit", lambda *_: [])


def on(settings: Settings, day: int) -> Settings:
    """The deployment as of another day of November 2026."""
    return replace(settings, as_of=date(2026, 11, day))
