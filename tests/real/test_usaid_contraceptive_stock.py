"""Four years of a country's monthly stock ledger: it adds up, and mostly begins where it ended.

What is expected is worked out from the file in polars. Then a hundred breaks of each kind are
planted, and the ledger is sent again month by month: these are found on top, and nothing else.
"""

from __future__ import annotations

from random import Random

import polars as pl
import pytest

from tests.integration.region import Region
from tests.real.arrival import REAL, landed, only_with

NAME = "usaid_contraceptive_stock"
FILE = "contraceptive_logistics_data.csv"
RECEIVED = "2020-02-01 09:00:00"
PLANTED, SEED = 100, 20_200_201
SERIES = ("site_code", "product_code")
pytestmark = only_with(NAME)

Places = set[tuple[str, str, int]]


@pytest.fixture(scope="module")
def ledger() -> pl.DataFrame:
    """Every row with its month, counted from year 0, and what the row before it ended with."""
    return (
        pl.read_csv(REAL / NAME / FILE)
        .with_columns(count=pl.col("year") * 12 + pl.col("month"))
        .sort(*SERIES, "count")
        .with_columns(
            last_count=pl.col("count").shift().over(SERIES),
            last_closing=pl.col("stock_end").shift().over(SERIES),
            closing_differs=pl.col("stock_end") != balance(),
        )
        .with_columns(
            is_next=pl.col("last_count") == pl.col("count") - 1,
            opening_differs=pl.col("last_closing") != pl.col("stock_initial"),
        )
    )


def balance() -> pl.Expr:
    came = pl.col("stock_initial") + pl.col("stock_received") + pl.col("stock_adjustment")
    return came - pl.col("stock_distributed")


def broken(ledger: pl.DataFrame) -> pl.DataFrame:
    """Rows that do not open with what the month just before ended with."""
    return ledger.filter(pl.col("is_next") & pl.col("opening_differs"))


def places(rows: pl.DataFrame) -> Places:
    return set(rows.select(*SERIES, "count").rows())


def found(region: Region, rule: str) -> Places:
    """Rows of which something is said: site, product, month."""
    rows = region.query(
        """
        with said as (
            select delivery_id, row_no, rule_id from landing.delivery_finding
            union all
            select _delivery_id, _row_no, unnest(_warnings) from landing.movement
        )
        select m.distributor_code, m.sku_code,
            year(m.period_start_date) * 12 + month(m.period_start_date)
        from said inner join landing.movement as m
            on said.delivery_id = m._delivery_id and said.row_no = m._row_no
        where said.rule_id = ?""",
        [rule],
    )
    assert len(rows) == len(set(rows))
    return set(rows)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Region:
    files = {FILE: (REAL / NAME / FILE).read_bytes()}
    return landed(NAME, tmp_path_factory.mktemp("real"), files, RECEIVED)


def test_the_source_is_what_it_is_said_to_be(ledger: pl.DataFrame) -> None:
    pairs = ledger.filter("is_next").height
    gaps = ledger.filter(pl.col("last_count").is_not_null() & ~pl.col("is_next")).height
    assert (ledger.height, pairs, gaps, broken(ledger).height) == (38_842, 37_074, 411, 142)


def test_every_row_is_landed_and_adds_up(whole: Region, ledger: pl.DataFrame) -> None:
    assert not ledger["closing_differs"].any()
    assert whole.query(
        "select rows_read, rows_loaded, rows_quarantined, rows_structural, rows_warned "
        "from landing.delivery"
    ) == [(ledger.height + 1, ledger.height, 0, 1, 0)]
    names = ("initial", "received", "distributed", "adjustment", "end")
    assert whole.query(
        "select sum(opening), sum(receipts), sum(sellout), sum(adjustment), sum(closing) "
        "from landing.movement"
    ) == [tuple(ledger[f"stock_{name}"].sum() for name in names)]


def test_openings_that_differ_from_the_month_before_are_told_and_gaps_are_not(
    whole: Region, ledger: pl.DataFrame
) -> None:
    assert found(whole, "opening_not_last_closing") == places(broken(ledger))


def planted(ledger: pl.DataFrame) -> tuple[pl.DataFrame, Places, Places]:
    """The ledger with a hundred wrong openings and, elsewhere, a hundred sums that are wrong."""
    sound = ledger.with_row_index("place").filter(
        pl.col("is_next") & ~pl.col("opening_differs") & (pl.col("stock_end") > 0)
    )
    rng = Random(SEED)
    chosen = rng.sample(sound["place"].to_list(), 2 * PLANTED)
    by = pl.Series("by", [0] * ledger.height, pl.Int64)
    openings, sums = by.clone(), by.clone()
    openings[chosen[:PLANTED]] = [rng.randint(1, 500) for _ in range(PLANTED)]
    sums[chosen[PLANTED:]] = [rng.randint(1, 500) for _ in range(PLANTED)]
    spoilt = ledger.with_columns(
        # an adjustment hides the wrong opening from the sum of the row
        stock_initial=pl.col("stock_initial") + openings,
        stock_adjustment=pl.col("stock_adjustment") - openings,
        stock_received=pl.col("stock_received") + sums,
    )
    return spoilt, places(ledger[chosen[:PLANTED]]), places(ledger[chosen[PLANTED:]])


@pytest.fixture(scope="module")
def by_month(ledger: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Region:
    sent = planted(ledger)[0].select(pl.read_csv(REAL / NAME / FILE, n_rows=0).columns)
    files, received = {}, {}
    for (year, month), rows in sent.group_by("year", "month"):
        name = f"logistics_{year}-{month:02d}.csv"
        files[name] = rows.write_csv().encode()
        received[name] = f"{year + month // 12}-{month % 12 + 1:02d}-05 09:00:00"
    return landed(NAME, tmp_path_factory.mktemp("planted"), files, received)


def test_planted_breaks_are_found_on_top_and_no_other(
    by_month: Region, ledger: pl.DataFrame
) -> None:
    _, openings, sums = planted(ledger)
    assert len(openings) == len(sums) == PLANTED
    assert found(by_month, "opening_not_last_closing") == places(broken(ledger)) | openings
    assert found(by_month, "movement_not_balanced") == sums
