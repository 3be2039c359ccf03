"""The alert board over some days: what people say of alerts holds, and what went away is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.integration.conftest import Daqu
from tests.integration.figures import OF_DONE_ALERTS, assert_figures_are_those_of_the_marts
from tests.integration.region import Region

SUNDAY = date(2026, 11, 22)
"""The sample ends, and the board of the first run is told as of it."""
MONDAY = date(2026, 11, 23)
WEEKS_LATER = date(2026, 12, 8)
"""Sixteen days after what was done on Sunday: no alert of then is left alone any more."""
HIDDEN_UNTIL = date(2026, 12, 1)


@pytest.fixture(scope="module")
def keys(published: Region) -> dict[str, str]:
    """An alert to work on, one to close and one to hide, all of which the data go on to show."""
    overspent = "select alert_key from marts.alert where alert_type = '{}' order by alert_rank"
    (ack,), (done,), *_ = _asked(published, overspent.format("trade_spend_over"))
    (suppress,), *_ = _asked(published, overspent.format("feed_missing"))
    return {"ack": ack, "done": done, "suppress": suppress}


@pytest.fixture(scope="module")
def monday(
    published: Region, keys: dict[str, str], daqu: Daqu, tmp_path_factory: pytest.TempPathFactory
) -> Region:
    """The tiny region on Monday, after people worked through the board on Sunday."""
    region = published.copy(tmp_path_factory.mktemp("board"))
    said = {
        "ack": ["--reason", "Called them"],
        "done": ["--outcome", "confirmed"],
        "suppress": ["--reason", "On leave", "--until", HIDDEN_UNTIL.isoformat()],
    }
    for action, words in said.items():
        done = daqu("alert", action, keys[action], *words, "--by", "KAM-2", "--home", region.home)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"open → {action}" in done.stdout
    _run(daqu, region, MONDAY)
    return region


@pytest.fixture(scope="module")
def weeks_later(monday: Region, daqu: Daqu, tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The same, two weeks after Monday; nothing was sent meanwhile."""
    region = monday.copy(tmp_path_factory.mktemp("later"))
    _run(daqu, region, WEEKS_LATER)
    return region


def test_what_people_said_holds_on_the_board_of_the_next_day(
    monday: Region, keys: dict[str, str]
) -> None:
    said = _board(monday)

    assert _told(said[keys["ack"]]) == ("ack", "KAM-2", SUNDAY, "Called them", None)
    assert _told(said[keys["done"]]) == ("done", "KAM-2", SUNDAY, None, "confirmed")
    assert _told(said[keys["suppress"]]) == ("suppressed", "KAM-2", SUNDAY, "On leave", None)
    assert said[keys["suppress"]]["suppressed_until"] == HIDDEN_UNTIL


def test_an_alert_stands_there_since_the_day_readers_first_saw_it(
    published: Region, monday: Region
) -> None:
    before, now = _board(published), _board(monday)

    assert {row["first_seen_date"] for row in before.values()} == {SUNDAY}
    both, added = before.keys() & now.keys(), now.keys() - before.keys()
    assert both == before.keys()
    assert {now[key]["first_seen_date"] for key in both} == {SUNDAY}
    assert {now[key]["first_seen_date"] for key in added} <= {MONDAY}
    assert {row["days_open"] for row in now.values() if row["state"] == "ack"} == {1}


def test_only_what_waits_for_somebody_has_a_rank_and_is_listed(
    monday: Region, keys: dict[str, str], daqu: Daqu
) -> None:
    ranks = sorted(row["alert_rank"] for row in _board(monday).values() if row["alert_rank"])
    waiting = [row for row in _board(monday).values() if row["state"] in ("open", "ack")]
    assert ranks == list(range(1, len(waiting) + 1))

    listed = daqu("alert", "list", "--rows", "0", "--home", monday.home)
    everything = daqu("alert", "list", "--all", "--rows", "0", "--home", monday.home)

    shown = {action: key[:8] in listed.stdout for action, key in keys.items()}
    assert shown == {"ack": True, "done": False, "suppress": False}
    assert all(key[:8] in everything.stdout for key in keys.values())


def test_another_run_on_the_same_day_keeps_no_board(monday: Region, daqu: Daqu) -> None:
    again = daqu("run", "--home", monday.home, "--as-of", MONDAY.isoformat())

    assert "nothing new" in again.stdout
    kept = monday.query("select distinct as_of_date, count(*) over () from landing.alert_board")
    [(shown,)] = monday.query(
        "select count(*) from marts.alert where first_seen_date = ?", [SUNDAY]
    )
    assert kept == [(SUNDAY, shown)]


def test_weeks_later_what_was_not_fixed_is_open_again(
    weeks_later: Region, keys: dict[str, str]
) -> None:
    said = _board(weeks_later)

    assert _told(said[keys["ack"]]) == ("ack", "KAM-2", SUNDAY, "Called them", None)
    assert _told(said[keys["done"]]) == ("open", "KAM-2", SUNDAY, None, "confirmed")
    assert said[keys["done"]]["days_open"] == (WEEKS_LATER - SUNDAY).days
    assert said[keys["suppress"]]["state"] == "open"


def test_what_went_away_by_itself_has_expired_on_the_day_it_was_last_seen(
    monday: Region, weeks_later: Region
) -> None:
    kinds = ("patrol_round_missed", "stock_oos")
    gone = {k: row for k, row in _board(weeks_later).items() if row["alert_type"] in kinds}

    assert {row["alert_type"] for row in gone.values()} == set(kinds)
    assert {(row["state"], row["last_seen_date"]) for row in gone.values()} == {("expired", MONDAY)}
    before = _board(monday)
    assert all(row["title_zh"] == before[key]["title_zh"] for key, row in gone.items())


def test_without_a_count_of_late_it_is_the_report_that_is_asked_for(weeks_later: Region) -> None:
    said = _board(weeks_later).values()
    owed = weeks_later.query(
        "select distinct sender from intermediate.int_reporting_duty where feed = 'stock'"
    )

    blind = [row for row in said if row["alert_type"] == "stock_blind" and row["state"] == "open"]
    assert sorted(row["entity_code"] for row in blind) == sorted(sender for (sender,) in owed)
    assert not [row for row in said if row["area"] == "stock" and row["state"] == "open"]


@pytest.mark.parametrize("metric_id", OF_DONE_ALERTS)
def test_the_figures_of_done_alerts_are_those_of_their_mart(
    weeks_later: Region, metric_id: str
) -> None:
    assert_figures_are_those_of_the_marts(weeks_later.settings.published / "daqu.duckdb", metric_id)


def test_outcomes_make_the_precision_of_a_kind_of_alert(weeks_later: Region) -> None:
    assert _asked(
        weeks_later,
        """select alert_type, month_start_date, precision_num, precision_den, precision_ratio,
            fixed_num, fixed_den, fixed_ratio
        from marts.alert_precision""",
    ) == [("trade_spend_over", date(2026, 11, 1), 1, 1, 1.0, 0, 1, 0.0)]


def test_a_rebuild_replays_boards_and_actions(weeks_later: Region, daqu: Daqu) -> None:
    made = daqu(
        *("rebuild", "--marts", "--home", weeks_later.home, "--as-of", WEEKS_LATER.isoformat())
    )

    assert made.returncode == 0, made.stdout + made.stderr


def test_a_key_nobody_knows_and_one_that_fits_several_are_told(
    published: Region, daqu: Daqu
) -> None:
    unknown = daqu("alert", "ack", "zz", "--home", published.home)
    assert unknown.returncode == 2
    assert "预警清单中没有编号以 'zz' 开头的预警" in unknown.stderr

    [(first, count)] = _asked(
        published,
        "select alert_key[:1], count(*) from marts.alert group by 1 order by 2 desc, 1 limit 1",
    )
    several = daqu("alert", "ack", first, "--home", published.home)
    assert several.returncode == 2
    assert f"{count} alerts have a key that begins with '{first}'" in several.stderr


def _run(daqu: Daqu, region: Region, day: date) -> None:
    done = daqu("run", "--home", region.home, "--as-of", day.isoformat())
    assert done.returncode == 0, done.stdout + done.stderr


def _told(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[c] for c in ("state", "acted_by", "acted_on", "state_reason", "outcome"))


def _board(region: Region) -> dict[str, dict[str, Any]]:
    with duckdb.connect(str(region.settings.published / "daqu.duckdb"), read_only=True) as con:
        rows = con.sql("select * from marts.alert").pl().to_dicts()
    return {row["alert_key"]: row for row in rows}


def _asked(region: Region, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(region.settings.published / "daqu.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()
