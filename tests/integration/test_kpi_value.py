"""The long form on a published region: every metric, to the last digit of its mart."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.integration.figures import (
    FIGURES,
    OF_CLOSED_CYCLES,
    OF_DONE_ALERTS,
    assert_figures_are_those_of_the_marts,
)
from tests.integration.region import Region

KEY = "metric_id, period_type, period_start_date, node_type, node_code, item_level, item_code"


@pytest.fixture(scope="module")
def file(published: Region, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file under another name, without anything beside it."""
    other = tmp_path_factory.mktemp("elsewhere") / "mailed.duckdb"
    return Path(shutil.copy(published.home / "published" / "daqu.duckdb", other))


@pytest.mark.parametrize("metric_id", sorted({*FIGURES} - {*OF_CLOSED_CYCLES, *OF_DONE_ALERTS}))
def test_the_figures_of_a_metric_are_those_of_its_marts(file: Path, metric_id: str) -> None:
    assert_figures_are_those_of_the_marts(file, metric_id)


def test_every_figure_stands_once_and_is_its_parts_divided(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True) as con:
        twice = f"select {KEY} from marts.kpi_value group by all having count(*) > 1"
        assert con.execute(twice).fetchall() == []
        wrong = con.execute("""
            select metric_id, numerator, denominator, value, status from marts.kpi_value
            where (status = 'ok') <> (value is not null) or (denominator is null and
                value <> numerator) or not isfinite(coalesce(value, 0))
                or value <> numerator / denominator
                or (denominator > 0 and value is null and numerator is not null)
        """).fetchall()
    assert wrong == []


def test_readers_have_the_coverage_of_the_mart_and_models_the_same_figures(
    file: Path, published: Region
) -> None:
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute(f"attach '{published.home / 'warehouse' / 'daqu.duckdb'}' as daqu (read_only)")
        of_models = "from daqu.marts.kpi_value"
        # a model made from the long form is in that of readers only
        figures = f"""
            select * exclude (coverage_ratio, finality) from mailed.marts.kpi_value
            where metric_id in (select metric_id {of_models})
        """
        for one, other in ((figures, of_models), (of_models, figures)):
            assert con.execute(f"({one}) except all ({other})").fetchall() == []
        differ = con.execute("""
            select count(*), count(*) filter (long_form.coverage_ratio is distinct from
                mart.coverage_ratio or long_form.finality is distinct from mart.finality)
            from mailed.marts.kpi_value as long_form
            inner join mailed.marts.stock_health as mart
                on long_form.metric_id = 'distributor_oos'
                and long_form.period_start_date = mart.week_start_date
                and long_form.node_code = mart.distributor_code
                and long_form.item_code = mart.sku_code
        """).fetchall()
        (rows,) = con.execute("select count(*) from mailed.marts.stock_health").fetchall()
    assert differ == [(rows[0], 0)]
    assert not (published.home / "published/current/parquet/kpi_value.parquet").exists()
