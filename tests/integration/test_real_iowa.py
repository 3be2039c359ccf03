"""Real deliveries by configuration alone: a few distributors and weeks of Iowa's liquor wholesale.

The slice is cut here from the source, written in three header styles, and landed by a deployment
made with `daqu init` and four mapping files. What comes out is compared with the source itself:
distribution is worked out again in polars, without the warehouse.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.integration.conftest import Daqu
from tests.integration.region import Region

REAL = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "iowa_liquor"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="DAQU_REAL_DATA has no iowa_liquor")

SALES, SALES_BEFORE = REAL / "sale_2019.parquet", REAL / "sale_2018.parquet"
FIRST_DAY, LAST_DAY = date(2019, 1, 7), date(2019, 1, 27)
AS_OF = "2019-01-29"
FEEDS = ("sku", "outlet", "distributor", "sellout")
UNKNOWN_STORES = "DUNK"

Lines = list[dict[str, Any]]
Table = list[list[Any]]
Key = tuple[date, str, str, str, str]
Distribution = tuple[int, int, int, int]


def money(cents: int, thousands: str = "") -> str:
    return f"{cents / 100:{thousands}.2f}"


def day(sold: date) -> str:
    return f"{sold.year}/{sold.month}/{sold.day}"


def zh_utf8(lines: Lines, distributor: str, week: str) -> Table:
    head = ["单据号", "单据日期", "客户编码", "商品编码", "数量", "单位", "金额"]
    body = [
        [w["document"], w["day"], w["store"], w["item"], w["pieces"], "瓶", money(w["cents"])]
        for w in lines
    ]
    return [head, *body]


def zh_gbk(lines: Lines, distributor: str, week: str) -> Table:
    head = ["销售日期", "门店代码", "品号", "销售数量", "计量单位", "金额", "订单号"]
    body = [
        [day(w["day"]), w["store"], w["item"], w["pieces"], "瓶", money(w["cents"]), w["document"]]
        for w in lines
    ]
    total = [sum(w["pieces"] for w in lines), "", money(sum(w["cents"] for w in lines)), ""]
    return [[f"{distributor} 销售流向表 {week}"] + [""] * 6, head, *body, ["合计", "", "", *total]]


def en(lines: Lines, distributor: str, week: str) -> Table:
    head = ["Invoice", "Date", "Customer", "Item", "Qty", "UoM", "Amount"]
    body = [[w["document"], w["day"], w["store"], w["item"], w["pieces"], "bottle"] for w in lines]
    return [head, *([*row, money(w["cents"], ",")] for row, w in zip(body, lines, strict=True))]


STYLES: dict[str, tuple[Callable[[Lines, str, str], Table], str, str]] = {
    "zh_utf8": (zh_utf8, "utf-8-sig", "瓶"),
    "zh_gbk": (zh_gbk, "gb18030", "瓶"),
    "en": (en, "ascii", "bottle"),
}
MAPPING = """
senders: [{senders}]
feeds:
  sellout:
    match: "{{sender}}_sellout_{{period}}.csv"
    codes: ours
    units: {{{unit}: piece}}
    doc_type_from: {{column: document_no, prefixes: {{RINV-: return}}}}
"""
MASTERS = """
sender: self
feeds:
  sku: {columns: {brand: [brand_owner]}}
  outlet: {values: {outlet_status: {A: active, I: closed}}}
"""


@dataclass(frozen=True)
class Walk:
    """The deployment after landing and building, and the source it was cut from.

    Attributes:
        lines: Every line sent: file, distributor, week, day, document, store, item, pieces, cents.
        stores: The outlet master: code, name, city, distributor, status, weight in cents or null.
        items: The item master: code, name, brand.
    """

    region: Region
    lines: pl.DataFrame
    stores: pl.DataFrame
    items: pl.DataFrame

    @property
    def known(self) -> pl.DataFrame:
        """Lines whose item is in the master."""
        return self.lines.join(self.items, on="item")


def read_stores() -> pl.DataFrame:
    cents = (pl.col("sale_dollars") * 100).round().cast(pl.Int64).sum()
    market = pl.read_parquet(SALES_BEFORE).group_by(store="store_number").agg(weight=cents // 12)
    stores = pl.read_csv(REAL / "store.csv", infer_schema_length=0).select(
        store="Store",
        name="Name",
        city="City",
        distributor="D" + pl.col("Zip Code").str.slice(0, 3),
        status="Store Status",
    )
    return stores.join(market, on="store", how="left").sort("store")


def read_items() -> pl.DataFrame:
    items = pl.read_csv(REAL / "product.csv", infer_schema_length=0)
    return items.select(item="Item Number", item_name="Item Description", brand="Vendor Name")


def read_lines(stores: pl.DataFrame) -> pl.DataFrame:
    """Lines of three distributors and of the stores nobody knows, with a return in every file."""
    sold = (
        pl.scan_parquet(SALES)
        .filter(pl.col("date").is_between(FIRST_DAY, LAST_DAY))
        .collect()
        .select(
            document="invoice_item_number",
            day="date",
            store="store_number",
            item="item_number",
            pieces=pl.col("bottles_sold").cast(pl.Int64),
            cents=(pl.col("sale_dollars") * 100).round().cast(pl.Int64),
        )
        .join(stores.select("store", "distributor"), on="store", how="left")
        .with_columns(pl.col("distributor").fill_null(UNKNOWN_STORES))
    )
    chosen = [*sold["distributor"].unique().sort().to_list()[: len(STYLES)], UNKNOWN_STORES]
    named = sold.filter(pl.col("distributor").is_in(chosen)).with_columns(
        week=pl.col("day").dt.truncate("1w"),
        file=pl.format("{}_sellout_{}.csv", "distributor", pl.col("day").dt.strftime("%GW%V")),
    )
    return pl.concat([named, returned(named)]).sort("file", "day", "document")


def returned(lines: pl.DataFrame) -> pl.DataFrame:
    """The first line of every file comes back: real years without returns are the rule."""
    first = lines.sort("document").group_by("file", maintain_order=True).first()
    return first.select(lines.columns).with_columns(
        document="R" + pl.col("document"), pieces=-pl.col("pieces"), cents=-pl.col("cents")
    )


def csv_bytes(table: Iterable[Iterable[Any]], encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return text.getvalue().encode(encoding)


def master_files(walk: Walk) -> Iterator[tuple[str, bytes]]:
    head = ("outlet_code", "outlet_name", "city", "distributor", "status", "category_sales")
    rows = (
        (*row[:-1], "" if row[-1] is None else money(row[-1])) for row in walk.stores.iter_rows()
    )
    yield "self/outlets.csv", csv_bytes([head, *rows])
    head = ("sku_code", "sku_name", "brand_owner")
    yield "self/skus.csv", csv_bytes([head, *walk.items.iter_rows()])
    senders = walk.lines["distributor"].unique().sort()
    yield "self/distributors.csv", csv_bytes([["distributor_code"], *([s] for s in senders)])


def sellout_files(walk: Walk) -> Iterator[tuple[str, str, str, bytes]]:
    """Style, sender, name and bytes of every delivery; the styles go round among the senders."""
    senders = walk.lines["distributor"].unique().sort().to_list()
    style_of = dict(zip(senders, cycle(STYLES), strict=False))
    for (distributor, file), sent in walk.lines.group_by("distributor", "file"):
        sender, name = str(distributor), str(file)
        write, encoding, _ = STYLES[style_of[sender]]
        table = write(sent.to_dicts(), sender, name[-11:-4])
        yield style_of[sender], sender, name, csv_bytes(table, encoding)


def deliver(walk: Walk) -> None:
    """Put everything into the inbox, and one mapping for each header style beside it."""
    for name, data in master_files(walk):
        walk.region.put(name, data, "2019-01-02 09:00:00")
    senders: dict[str, set[str]] = {style: set() for style in STYLES}
    for style, sender, name, data in sellout_files(walk):
        walk.region.put(f"{sender}/{name}", data, "2019-01-28 09:00:00")
        senders[style].add(sender)
    mappings = {"self": MASTERS} | {
        style: MAPPING.format(senders=", ".join(sorted(senders[style])), unit=unit)
        for style, (_, _, unit) in STYLES.items()
    }
    for name, text in mappings.items():
        (walk.region.home / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, daqu: Daqu) -> Walk:
    home = tmp_path_factory.mktemp("iowa") / "home"
    made = daqu("init", home, "--feeds", ",".join(FEEDS), "--timezone", "America/Chicago")
    assert made.returncode == 0, made.stderr
    with (home / "deployment.yaml").open("a", encoding="utf-8") as deployment:
        deployment.write(f"as_of: {AS_OF}\n")
    stores = read_stores()
    walked = Walk(Region(home), read_lines(stores), stores, read_items())
    deliver(walked)
    walked.region.land()
    walked.region.build()
    return walked


def by_file(lines: pl.DataFrame) -> dict[str, tuple[int, Decimal, Decimal]]:
    sums = lines.group_by("file").agg(pl.len(), pl.col("pieces").sum(), pl.col("cents").sum())
    return {
        file: (rows, Decimal(pieces), Decimal(cents) / 100)
        for file, rows, pieces, cents in sums.iter_rows()
    }


def test_rows_quantity_and_amount_of_every_file_equal_the_source(walk: Walk) -> None:
    found = walk.region.query(
        "select parse_filename(file_name), rows_loaded + rows_quarantined, "
        "quantity_loaded + quantity_quarantined, amount_loaded + amount_quarantined "
        "from landing.delivery where feed = 'sellout'"
    )
    assert {file: tuple(rest) for file, *rest in found} == by_file(walk.lines)


def test_rows_of_unknown_items_and_only_these_are_held_back_with_their_money(walk: Walk) -> None:
    unknown = walk.lines.join(walk.items, on="item", how="anti")
    assert not unknown.is_empty()
    found = walk.region.query(
        "select parse_filename(d.file_name), count(*), sum(q.quantity), sum(q.amount) "
        "from landing.quarantined_row as q inner join landing.delivery as d using (delivery_id) "
        "where q.reasons = ['unmapped_sku'] group by 1"
    )
    assert {file: tuple(rest) for file, *rest in found} == by_file(unknown)
    assert walk.region.query("select count(*) from landing.quarantined_row") == [(unknown.height,)]


def test_every_line_that_counts_is_in_the_facts_once(walk: Walk) -> None:
    [found] = walk.region.query(
        "select count(*), sum(quantity_pieces), sum(reported_amount) from marts.fct_sellout_line"
    )
    pieces, cents = (walk.known[name].sum() for name in ("pieces", "cents"))
    assert found == (walk.known.height, Decimal(pieces), Decimal(cents) / 100)


def test_lines_of_unknown_stores_keep_their_volume_at_the_unknown_outlet(walk: Walk) -> None:
    at_unknown = walk.known.filter(pl.col("distributor") == UNKNOWN_STORES)
    [found] = walk.region.query(
        "select count(*), sum(quantity_pieces), sum(net_amount) from marts.fct_sellout_line "
        "where outlet_code = 'UNKNOWN-' || distributor_code"
    )
    assert not at_unknown.is_empty()
    pieces, cents = (at_unknown[name].sum() for name in ("pieces", "cents"))
    assert found == (at_unknown.height, Decimal(pieces), Decimal(cents) / 100)


def test_returns_come_out_as_returns_to_the_cent(walk: Walk) -> None:
    back = walk.known.filter(pl.col("document").str.starts_with("RINV-"))
    assert not back.is_empty()
    found = walk.region.query(
        "select document_no, cast(quantity_pieces as bigint), cast(net_amount * 100 as bigint) "
        "from marts.fct_sellout_line where doc_type = 'return' order by 1"
    )
    assert found == back.select("document", "pieces", "cents").sort("document").rows()


def universe(stores: pl.DataFrame) -> pl.DataFrame:
    """Outlets that trade; one without a weight weighs the median, cut to the cent."""
    trading = stores.filter(pl.col("status") == "A")
    weights = trading["weight"].drop_nulls().sort()
    middle = (weights[(weights.len() - 1) // 2] + weights[weights.len() // 2]) // 2
    return trading.with_columns(
        pl.col("weight").fill_null(middle), pl.col("city").fill_null("UNKNOWN")
    )


def handled(known: pl.DataFrame, level: str, item: pl.Expr) -> pl.DataFrame:
    """Stores that bought an item in a week, each once."""
    bought = known.filter(pl.col("pieces") > 0)
    return bought.select("week", "store", level=pl.lit(level), code=item).drop_nulls().unique()


def expected_distribution(walk: Walk) -> dict[Key, Distribution]:
    outlets = universe(walk.stores)
    items = {"sku": pl.col("item"), "brand": pl.col("brand"), "all": pl.lit("all")}
    nodes = {
        "region": pl.lit("all"),
        "channel": pl.lit("UNKNOWN"),
        "city": pl.col("city"),
        "distributor": pl.col("distributor"),
    }
    bought = pl.concat([handled(walk.known, level, item) for level, item in items.items()])
    counts = pl.len(), pl.col("weight").sum()
    found: dict[Key, Distribution] = {}
    for node_type, node in nodes.items():
        # the master's distributor of a store, not the one that sold to it
        members = outlets.select("store", "weight", node=node)
        base = members.group_by("node").agg(outlets=counts[0], total=counts[1])
        counted = bought.join(members, on="store").group_by("week", "node", "level", "code")
        for row in counted.agg(*counts).join(base, on="node").iter_rows(named=True):
            key = (row["week"], node_type, row["node"], row["level"], row["code"])
            found[key] = (row["len"], row["outlets"], row["weight"], row["total"])
    return found


def test_numeric_and_weighted_distribution_equal_those_worked_out_from_the_source(
    walk: Walk,
) -> None:
    rows = walk.region.query(
        "select week_start_date, node_type, node_code, item_level, item_code, "
        "numeric_distribution_num, numeric_distribution_den, "
        "cast(weighted_distribution_num * 100 as bigint), "
        "cast(weighted_distribution_den * 100 as bigint), "
        "numeric_distribution_ratio, weighted_distribution_ratio from marts.distribution"
    )
    # an item sold only outside the universe has a row with nobody in it
    found = {row[:5]: row[5:9] for row in rows if row[5] > 0}
    assert found == expected_distribution(walk)
    for *_, shops, all_shops, weight, total, numeric, weighted in rows:
        if shops > 0:
            assert numeric == shops / all_shops
            assert weighted == (weight / 100) / (total / 100)


def test_unknown_stores_are_in_no_universe(walk: Walk) -> None:
    found = walk.region.query(
        "select distinct status, numeric_distribution_num, numeric_distribution_den "
        "from marts.distribution where node_type = 'distributor' and node_code = ?",
        [UNKNOWN_STORES],
    )
    assert found == [("no_base", 0, 0)]
