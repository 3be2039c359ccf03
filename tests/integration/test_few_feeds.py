"""A deployment that subscribes to sell-out alone: it publishes, and says why the rest is empty."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb

from tests.integration.conftest import Daqu
from tests.integration.region import Region

FROM_SELLOUT = {
    *("fct_sellout_line", "sales_week", "sales_month", "landing", "distribution"),
    *("demand_week", "forecast", "forecast_node", "forecast_accuracy", "forecast_backtest"),
    *("growth_week", "growth_driver", "price_volume_mix", "sales_bridge", "kpi_value", "alert"),
    *("dim_date", "dim_week", "dim_sku", "dim_outlet", "dim_distributor"),
}


def only_sellout(sample: Path, home: Path) -> Region:
    """The sample region with nothing but its sell-out files and its mappings."""
    shutil.copytree(sample, home)
    shutil.rmtree(home / "reference")
    for file in (home / "inbox").rglob("*.*"):
        if file.parent.name != "sellout" and file.name != "received.csv":
            file.unlink()
    said = home / "deployment.yaml"
    feeds = re.compile(r"^feeds:\n(?:  - .*\n)+", re.MULTILINE)
    said.write_text(feeds.sub("feeds: [sellout]\n", said.read_text("utf-8")), "utf-8")
    return Region(home)


def test_with_sellout_alone_every_other_mart_is_empty_and_says_why(
    tiny_sample: Path, daqu: Daqu, tmp_path: Path
) -> None:
    region = only_sellout(tiny_sample, tmp_path / "home")
    assert region.settings.feeds == ("sellout",)

    done = daqu("run", "--home", region.home)

    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(region.settings.published / "daqu.duckdb"), read_only=True) as con:
        marts = con.execute("select name, status, row_count, reason_en, reason_zh from meta.mart")
        told = {name: rest for name, *rest in marts.fetchall()}
    assert {name for name, (status, *_) in told.items() if status == "ready"} == FROM_SELLOUT
    for status, rows, english, chinese in (told[name] for name in told.keys() - FROM_SELLOUT):
        assert (status in ("unsubscribed", "empty"), rows) == (True, 0)
        assert english and chinese
    assert (
        told["stock_health"][2] == "The deployment does not subscribe to: Stock snapshot (stock)."
    )
