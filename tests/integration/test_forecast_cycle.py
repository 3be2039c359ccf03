"""A forecast cycle from its Monday to the day it is judged, run by the command alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.integration.conftest import Daqu
from tests.integration.events import WEEK_44, moved
from tests.integration.figures import (
    OF_CLOSED_CYCLES,
    assert_figures_are_those_of_the_marts,
)
from tests.integration.region import Region

THURSDAY = "2026-11-26"
"""The sample ends on Sunday the 22nd; overrides of the cycle that follows are due on Wednesday."""
WEEKS_LATER = "2026-12-21"
"""Four weeks of it are over."""


@pytest.fixture(scope="module")
def closed(published: Region, daqu: Daqu, tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The tiny region after the run of Thursday."""
    region = published.copy(tmp_path_factory.mktemp("cycle"))
    done = daqu("run", "--home", region.home, "--as-of", THURSDAY)
    assert done.returncode == 0, done.stdout + done.stderr
    return region


@pytest.fixture(scope="module")
def judged(closed: Region, daqu: Daqu, tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The same four weeks later, the first and the fourth of them reported by one distributor."""
    region = closed.copy(tmp_path_factory.mktemp("judged"))
    week_44 = region.sent(WEEK_44)
    for week, received_at in ((48, "2026-11-30 09:00:00"), (51, "2026-12-21 09:00:00")):
        name = WEEK_44.replace("W44", f"W{week}")
        region.put(name, moved(week_44, weeks=week - 44), received_at)
    done = daqu("run", "--home", region.home, "--as-of", WEEKS_LATER)
    assert done.returncode == 0, done.stdout + done.stderr
    return region


def test_the_run_after_the_last_override_keeps_what_was_promised(closed: Region) -> None:
    waiting = list((closed.home / "inbox" / "self" / "forecast_cycle").glob("*.csv"))

    assert [file.name for file in waiting] == ["forecast_cycle_20261123.csv"]
    promised = pl.read_csv(waiting[0])["final_pieces"]
    [(count, total)] = _published(
        closed, "select count(final_pieces), sum(final_pieces)::double from marts.forecast"
    )
    assert promised.len() == count > 0
    assert promised.sum() == pytest.approx(total)


def test_an_override_takes_the_place_of_the_statistical_forecast(closed: Region) -> None:
    said = _published(
        closed,
        """select count(*), bool_and(final_pieces = override_pieces)
        from marts.forecast where override_pieces is not null""",
    )
    assert said == [(23, True)]
    others = "select bool_and(final_pieces = statistical_pieces) from marts.forecast " + (
        "where override_pieces is null and final_pieces is not null"
    )
    assert _published(closed, others) == [(True,)]


def test_levels_add_up_at_every_node(closed: Region) -> None:
    apart = _published(
        closed,
        """
        with leaf as (
            select forecast.*, coalesce(sku.brand, 'UNKNOWN') as brand
            from marts.forecast
            inner join marts.dim_sku as sku
                on forecast.sku_code = sku.sku_code and sku.is_current
            where final_pieces is not null
        ),
        summed as (
            select week_start_date, distributor_code, category, brand, sku_code,
                sum(final_pieces) as final_pieces, count(*) as series_count
            from leaf
            group by week_start_date, grouping sets (
                (), (category), (brand), (sku_code), (distributor_code),
                (distributor_code, category), (distributor_code, brand)
            )
        )
        select count(*), max(abs(node.final_pieces - summed.final_pieces) / summed.series_count)
        from marts.forecast_node as node
        inner join summed
            on node.week_start_date = summed.week_start_date
            and node.node_code = coalesce(summed.distributor_code, 'all')
            and node.item_code = coalesce(
                summed.category, summed.brand, summed.sku_code, 'all'
            )
            and node.item_level = case
                when summed.category is not null then 'category'
                when summed.brand is not null then 'brand'
                when summed.sku_code is not null then 'sku' else 'all' end
        """,
    )
    nodes = _published(closed, "select count(*) from marts.forecast_node")
    # each row is rounded to a thousandth of a piece
    assert apart[0][0] == nodes[0][0] > 0
    assert apart[0][1] <= 0.001


def test_a_closed_cycle_is_landed_judged_and_never_changed(
    closed: Region, judged: Region, daqu: Daqu
) -> None:
    lags = _published(
        judged,
        """select distinct cycle_week_start_date, week_start_date, lag_weeks
        from marts.forecast_accuracy where basis = 'archive' order by all""",
    )
    # what nobody reported is not judged: three other distributors, and two weeks of this one
    judged_of = _published(
        judged,
        """select distinct node_code from marts.forecast_accuracy
        where basis = 'archive' and node_type = 'distributor'""",
    )
    assert judged_of == [("D001",)]
    cycle = date(2026, 11, 23)
    assert lags == [(cycle, cycle, 1), (cycle, date(2026, 12, 14), 4)]

    again = daqu("forecast", "close", "--home", closed.home, "--as-of", THURSDAY)
    assert again.returncode == 2
    assert "2026-11-23 is closed" in again.stderr


@pytest.mark.parametrize("metric_id", OF_CLOSED_CYCLES)
def test_the_figures_of_closed_cycles_are_those_of_their_marts(
    judged: Region, metric_id: str
) -> None:
    file = judged.settings.published / "daqu.duckdb"

    assert_figures_are_those_of_the_marts(file, metric_id)


def test_one_forecast_is_taken_apart_and_drawn(closed: Region, daqu: Daqu, tmp_path: Path) -> None:
    [(distributor, sku)] = _published(
        closed,
        """select distributor_code, sku_code from marts.forecast
        where lag_weeks = 1 order by final_pieces desc nulls last limit 1""",
    )
    picture = tmp_path / "forecast.svg"

    done = daqu("forecast", "explain", distributor, sku, "--home", closed.home, "--out", picture)

    assert done.returncode == 0, done.stderr
    assert "2027-02-15" in done.stdout
    assert picture.read_text(encoding="utf-8").startswith("<svg")

    unknown = daqu("forecast", "explain", distributor, "S0", "--home", closed.home)
    assert unknown.returncode == 2
    assert sku in unknown.stderr


def _published(region: Region, sql: str) -> list[tuple]:
    with duckdb.connect(str(region.settings.published / "daqu.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()
