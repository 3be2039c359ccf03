"""Screens: both languages, one screen of 100 columns, formulas made harmless."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from pipelines.answers.faults import concerned, faults
from pipelines.contracts import Contract, load_contracts
from pipelines.landing.mapping import FeedMapping
from pipelines.screens.answers import show_table, write_csv, write_json
from pipelines.screens.explain import show_faults
from pipelines.screens.figures import Figures
from pipelines.screens.overview import show_overview
from pipelines.screens.progress import progress
from pipelines.screens.text import both, one
from pipelines.settings import PROJECT, Settings

AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "quality" / "contracts")


def _printed(show: Callable[[Console], object]) -> str:
    out = Console(file=io.StringIO(), width=100)
    show(out)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def _settings(home: Path, language: str = "zh") -> Settings:
    return Settings(home, "样例大区", "Asia/Shanghai", "CNY", language, ("sellout",), AS_OF)


def _figures() -> Figures:
    files = {
        status: {
            "status": status,
            "files": number,
            "rows_read": 1000,
            "rows_loaded": 900,
            "rows_quarantined": 60,
            "rows_structural": 40,
        }
        for status, number in {"loaded": 2000, "superseded": 40, "refused": 6}.items()
    }
    long = "中文与 English " * 12
    line = {"reason_en": long, "reason_zh": long, "hint_en": long, "hint_zh": long}
    due = {"sender": "D012", "feed": "sellout", "period": "2026-W46", "status": "missing"}
    alert = {"alert_type": "stock_oos", "entity_code": "D012", "sku_code": "S-0001"}
    check = {"rule_id": "r" * 40, "title_en": long, "title_zh": long, "observed": long}
    return Figures(
        snapshot_id="2026-11-22-0123456789ab",
        as_of=AS_OF,
        files=files,
        refused=[{"file_name": "D001/" + "x" * 90, "sender": "D001", **line}] * 6,
        reports={"missing": 3, "late": 12},
        owed=[{**due, "due_at": datetime(2026, 11, 16, 18), "lateness_hours": 4.0}] * 5,
        reasons=[{"feed": "sellout", "reason": "unmapped_sku", "rows": 40, "senders": 3}] * 5,
        alerts=[{**alert, "value_at_risk_amount": 4956, "action_en": long, "action_zh": long}] * 5,
        alert_count=31,
        checks={"passed": 24, "failed": 5},
        warned=[{**check, "severity": "warning"}] * 5,
    )


def test_the_language_of_the_deployment_comes_first() -> None:
    assert both("zh", "late", "迟报") == "迟报 late"
    assert both("en", "late", "迟报") == "late 迟报"
    assert one("zh", "late", None) == "late"


def test_the_overview_of_a_bad_day_fits_one_screen(tmp_path: Path) -> None:
    settings, news = _settings(tmp_path), ["news"]
    shown = _printed(lambda out: show_overview(out, settings, _figures(), news))
    lines = shown.splitlines()
    assert len(lines) <= 42
    assert max(cell_len(line) for line in lines) <= 100
    assert "2,046" in shown
    assert "= 2,700 入库 loaded + 180 隔离 quarantined + 120 非数据行 structural" in shown
    assert str(tmp_path / "published") in shown.replace("\n", "")


def test_an_overview_without_refused_rows_says_that_there_is_no_reason(tmp_path: Path) -> None:
    figures = replace(_figures(), reasons=[])
    shown = _printed(lambda out: show_overview(out, _settings(tmp_path), figures))
    assert "top quarantine reasons: 无 none" in shown


def test_a_refused_row_shows_the_senders_header_value_and_reason(
    contracts: dict[str, Contract],
) -> None:
    raw = json.dumps({"下单日": "2026/13/45", "数量": "3"}, ensure_ascii=False)
    row = {"sheet": None, "row_no": 7, "reasons": ["sold_date_invalid"], "raw_masked": raw}
    mapping = FeedMapping(columns={"sold_date": ["下单日"]})
    [fault] = faults([row], contracts["sellout"], mapping, "zh")
    assert fault.row_no == 7
    assert fault.cells == "下单日: 2026/13/45"
    assert "2026-11-22" in fault.text


def test_every_reason_of_a_row_is_told_and_counted(contracts: dict[str, Contract]) -> None:
    row = {"sheet": "Sheet1", "row_no": 7, "raw_masked": None}
    rows = [{**row, "reasons": ["unmapped_sku", "quantity_missing"]}] * 3
    found = faults(rows, contracts["sellout"], FeedMapping(), "en")
    shown = _printed(lambda out: show_faults(out, found, "en", 2))
    assert "Sheet1!7" in shown
    assert "… and 4 more" in shown
    assert "3 unmapped_sku" in " ".join(shown.split())


def test_the_longest_column_name_wins(contracts: dict[str, Contract]) -> None:
    columns = concerned("quantity_missing", contracts["sellout"])
    assert [column.name for column in columns] == ["quantity"]
    assert concerned("out_of_period", contracts["sellout"])[0].name == "sold_date"


def test_csv_carries_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(["name", "n"], [["=cmd()", -5], ["plain", 2]])
    assert capsys.readouterr().out == "name,n\n'=cmd(),-5\nplain,2\n"


def test_json_has_one_object_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    write_json(["day", "n"], [[AS_OF, 1], [None, 2]])
    found = json.loads(capsys.readouterr().out)
    assert found == [{"day": "2026-11-22", "n": 1}, {"day": None, "n": 2}]


def test_a_long_table_says_how_much_is_left_out() -> None:
    shown = _printed(lambda out: show_table(out, ["n"], [[n] for n in range(250)]))
    assert "50 more rows" in shown


def test_progress_is_plain_lines_without_a_terminal() -> None:
    def steps(out: Console) -> None:
        with progress("en", out) as screen:
            screen.started("landing")
            screen.advanced("landing", 1, 2)
            screen.finished("landing", "what came of it")
            assert screen.results.landing == "what came of it"

    assert _printed(steps).startswith("landing files 文件入库: 0.")
