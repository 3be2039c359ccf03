"""What people say about an alert: written as a delivery, or told why it cannot be."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.cells import cell_len
from rich.console import Console

from pipelines import cli
from pipelines.alerts.actions import Act, write_action
from pipelines.alerts.board import keep_board
from pipelines.errors import ConfigError
from pipelines.landing.receipts import receive_inbox
from pipelines.screens.alerts import show_alerts
from pipelines.settings import Settings

SUNDAY = date(2026, 11, 22)
ALERT = {
    "alert_key": "3f9c21ab" * 4,
    "alert_type": "stock_oos",
    "state": "open",
    "days_open": 3,
    "value_at_risk_amount": None,
    "entity_code": "D001",
    "title_en": "Out of stock: Mint",
    "title_zh": "缺货：薄荷糖",
    "action_en": "Order for the weeks until the next delivery: 17 cases",
    "action_zh": "补订到下次到货为止的用量：17 箱",
    "acted_by": None,
    "acted_on": None,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, "East", "Asia/Shanghai", "CNY", "zh", ("stock",), SUNDAY)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_an_action_waits_in_the_inbox_with_all_that_was_said(settings: Settings) -> None:
    act = Act("done", "KAM-2", "Ordered, 17 cases", outcome="confirmed")

    file = write_action(settings, ALERT, act)

    assert file.parent == settings.inbox / "self" / "alert_action"
    [row] = _rows(file)
    assert datetime.fromisoformat(row.pop("acted_at")).date() == settings.now().date()
    assert row == {
        "alert_key": ALERT["alert_key"],
        "acted_on": "2026-11-22",
        "action": "done",
        "reason": "Ordered, 17 cases",
        "outcome": "confirmed",
        "suppressed_until": "",
        "acted_by": "KAM-2",
        "alert_type": "stock_oos",
        "title": "缺货：薄荷糖",
    }


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Act("suppress", "S1", " ", until=date(2026, 11, 23)), "--reason"),
        (Act("suppress", "S1", "Delisted", until=SUNDAY), "--until"),
    ],
)
def test_a_suppression_says_why_and_until_which_later_day(
    settings: Settings, act: Act, words: str
) -> None:
    with pytest.raises(ConfigError) as told:
        write_action(settings, ALERT, act)
    assert words in told.value.message_en
    assert words in told.value.message_zh
    assert not settings.inbox.exists()


def test_of_an_expired_alert_only_the_outcome_can_still_be_told(settings: Settings) -> None:
    expired = {**ALERT, "state": "expired"}

    with pytest.raises(ConfigError):
        write_action(settings, expired, Act("ack", "S1"))
    assert write_action(settings, expired, Act("done", "S1", outcome="false_alarm")).is_file()


def _publish(settings: Settings, alerts: str) -> None:
    """A snapshot with nothing but an alert board."""
    folder = settings.published / "one"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "daqu.duckdb")) as con:
        con.execute(f"create schema marts; create table marts.alert as {alerts}")
    size = (folder / "daqu.duckdb").stat().st_size
    told = {
        "snapshot_id": "one",
        "as_of": settings.as_of.isoformat(),
        "built_at": "2026-11-22T08:00:00",
        "fingerprint": "f",
        "warnings": 0,
        "files": [{"path": "daqu.duckdb", "bytes": size}],
    }
    (folder / "snapshot.json").write_text(json.dumps(told), encoding="utf-8")
    (settings.published / "current").symlink_to("one")


BOARD = """
    select
        date '2026-11-22' as as_of_date, key as alert_key, 'stock_oos' as alert_type,
        'stock' as area, 'high' as severity, 'distributor' as entity_type, 'D1' as entity_code,
        'One' as entity_name, 'S1' as sku_code, null as batch_no, null as period,
        'Out' as title_en, '缺' as title_zh, 'Order' as action_en, '订' as action_zh,
        1.5 as quantity_pieces, 2.5 as value_at_risk_amount, '{}' as arithmetic,
        'sales' as owner_role, date '2026-11-24' as due_date, seen as last_seen_date
    from (values ('k1', date '2026-11-22'), ('k2', date '2026-11-21')) as t (key, seen)"""


def test_a_board_is_kept_once_when_the_day_is_over_without_what_is_no_longer_found(
    settings: Settings,
) -> None:
    _publish(settings, BOARD)
    monday = replace(settings, as_of=date(2026, 11, 23))

    assert keep_board(settings) is None
    file = keep_board(monday)
    assert file is not None
    assert file.name == "alert_board_20261122.csv"
    assert [row["alert_key"] for row in _rows(file)] == ["k1"]

    assert keep_board(monday) is None
    assert len(receive_inbox(monday)) == 1
    assert keep_board(monday) is None
    assert not file.exists()


def test_a_snapshot_that_knows_no_states_or_is_damaged_keeps_no_board(settings: Settings) -> None:
    monday = replace(settings, as_of=date(2026, 11, 23))
    assert keep_board(monday) is None
    _publish(settings, "select date '2026-11-22' as as_of_date, 'k1' as alert_key")
    assert keep_board(monday) is None
    (settings.published / "one" / "daqu.duckdb").write_bytes(b"not a database")
    assert keep_board(monday) is None


@pytest.mark.parametrize(
    "words",
    [
        ["alert", "suppress", "3f9c", "--reason", "x"],
        ["alert", "done", "3f9c", "--outcome", "perhaps"],
        ["alert", "list"],
        ["alert", "ack", "3f9c"],
    ],
)
def test_what_cannot_be_done_ends_with_2_and_no_traceback(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellout]\n")
    assert cli.main([*words, "--home", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def _shown(alerts: list[dict[str, Any]], language: str, limit: int) -> str:
    out = Console(file=io.StringIO(), width=100)
    show_alerts(out, alerts, language, "CNY", limit)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_the_board_names_who_acted_and_counts_what_is_left_out() -> None:
    ack = {**ALERT, "state": "ack", "acted_by": "KAM-2", "acted_on": SUNDAY}

    shown = _shown([ack, ALERT, ALERT], "en", 2)

    assert "3f9c21ab" in shown
    assert "ack KAM-2 2026-11-22" in shown
    assert "Out of stock: Mint" in shown
    assert "+1 more" in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= 100
    assert "缺货：薄荷糖" in _shown([ALERT], "zh", 0)
