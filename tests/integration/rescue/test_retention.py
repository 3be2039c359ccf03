"""What the policy removes is never needed to say what is current, and is noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.landing import land
from pipelines.landing.receipts import all_receipts, raw_path
from pipelines.landing.retention import months_before
from pipelines.rescue.looks import landed_rows, raw_files
from pipelines.rescue.rebuild import rebuild
from pipelines.settings import Settings
from tests.campaigns.small_region import SKUS, SmallRegion, all_contracts, sellout, week_name
from tests.integration.rescue.conftest import (
    CURRENT,
    LATER,
    LONG_AGO,
    RECENTLY,
    REPLACED,
    UNMAPPED,
    UNREADABLE,
    clean,
    keep,
    map_comes,
)

EVERYTHING = "{raw_months: 1, quarantine_months: 1, history_months: 1}"


def kept_files(region: SmallRegion) -> set[str]:
    """Names of received files whose bytes are there."""
    settings = region.settings
    receipts = all_receipts(settings)
    return {r.file_name for r in receipts if raw_path(settings, r.file_sha256).is_file()}


def is_sound(region: SmallRegion) -> bool:
    """Made again it has the same rows, and every row is accounted for."""
    looks = landed_rows(region.settings)[0], raw_files(region.settings, deep=True)[0]
    made = rebuild(region.settings, all_contracts())
    return looks == ("ok", "ok") and made.different == []


def current(region: SmallRegion) -> list[tuple[object, ...]]:
    return region.query("select document_no, sku_code, quantity from landing.sellout order by all")


def test_without_a_policy_everything_is_kept(region: SmallRegion) -> None:
    assert {REPLACED, CURRENT, UNREADABLE, UNMAPPED} < kept_files(region)
    assert region.query("select count(*) from landing.removal") == [(0,)]


def test_a_file_goes_when_no_kept_row_rests_on_it(region: SmallRegion) -> None:
    before = current(region)
    keep(region, EVERYTHING)
    assert {REPLACED, UNREADABLE}.isdisjoint(kept_files(region))
    assert {CURRENT, UNMAPPED} < kept_files(region)
    assert current(region) == before
    assert region.query(
        "select file_name, kind, rows_removed, removed_on from landing.removal "
        "inner join landing.delivery using (delivery_id) order by all"
    ) == [
        (REPLACED, "raw", 20, date(2026, 11, 22)),
        (UNREADABLE, "raw", None, date(2026, 11, 22)),
        (UNMAPPED, "quarantine", 9, date(2026, 11, 22)),
    ]
    assert is_sound(region)


def test_the_ledger_keeps_the_line_of_what_went(region: SmallRegion) -> None:
    before = region.ledger()
    keep(region, EVERYTHING)
    assert region.ledger() == before
    region.settings.warehouse_file.unlink()
    region.land()
    assert region.ledger() == before


def test_a_version_inside_the_policy_can_be_restored(region: SmallRegion) -> None:
    keep(region, "{raw_months: 1}")
    assert REPLACED in kept_files(region)
    assert UNREADABLE not in kept_files(region)
    keep(region, "{raw_months: 1, history_months: 2}")
    assert REPLACED in kept_files(region)


def test_bytes_come_back_when_they_are_sent_again(region: SmallRegion) -> None:
    keep(region, EVERYTHING)
    region.put(f"{REPLACED[:-4]} again.csv", clean(1), RECENTLY)
    region.land()
    statuses = dict(region.query("select file_name, status from landing.delivery"))
    assert statuses[f"{REPLACED[:-4]} again.csv"] == "loaded"
    assert statuses[CURRENT] == "superseded"
    assert is_sound(region)


def test_a_file_that_replaced_days_of_one_that_stays_is_kept(region: SmallRegion) -> None:
    """Were it gone, days it took from the older file would be current again."""
    weeks = sellout(8, 2, 30, SKUS, days=14, bad_share=0)
    region.put("D001/sellout/two weeks.csv", weeks, LONG_AGO)
    first, second = f"D001/sellout/{week_name(2)}.csv", f"D001/sellout/{week_name(2)} b.csv"
    region.put(first, clean(9, 2), LATER)
    region.put(second, clean(10, 2), "2026-10-03 08:00:00")
    region.land()
    keep(region, EVERYTHING)
    assert first in kept_files(region)
    assert region.query(
        "select count(*) from landing.sellout_history where _row_no > 0 and _delivery_id in "
        "(select delivery_id from landing.delivery where file_name = $1)",
        [first],
    ) == [(0,)]
    assert is_sound(region)


def test_texts_of_quarantined_rows_go_and_the_rows_wait_on(region: SmallRegion) -> None:
    keep(region, "{quarantine_months: 1}")
    assert region.query(
        "select distinct raw, raw_masked, reasons, quantity > 0 from landing.quarantined_row"
    ) == [("{}", "{}", ["unmapped_sku"], True)]
    map_comes(region)
    assert region.query("select count(*) from landing.sellout where _sender = 'D002'") == [(9,)]
    assert is_sound(region)


def test_codes_and_masters_stay_whatever_the_policy(region: SmallRegion) -> None:
    region.put("self/sku/sku again.csv", b"sku_code,sku_name_zh\nS1,x\n", LATER)
    region.land()
    keep(region, EVERYTHING)
    assert {"self/sku/sku.csv", "self/sku/sku again.csv"} < kept_files(region)
    assert region.query("select count(*) from landing.sku_history") == [(len(SKUS),)]


def test_a_look_into_the_future_removes_nothing(region: SmallRegion) -> None:
    keep(region, "{raw_months: 1200}")
    ahead = replace(region.settings, as_of=date(2199, 1, 1))
    land(ahead, all_contracts())
    assert UNREADABLE in kept_files(region)


class KilledError(BaseException):
    """As good as a kill: nothing catches it, and the transaction is gone with the connection."""


@pytest.mark.parametrize("place", ["retention.before_receipts", "retention.before_files"])
def test_a_killed_removal_is_finished_by_the_next_run(
    region: SmallRegion, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        if name == place:
            raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr("pipelines.landing.retention.failpoint", fail)
        keep(region, EVERYTHING)
    region.land()
    assert {REPLACED, UNREADABLE}.isdisjoint(kept_files(region))
    assert is_sound(region)


def test_months_end_where_a_month_is_shorter() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)


@pytest.mark.parametrize(
    "policy", ["{days: 3}", "{raw_months: 0}", "{raw_months: soon}", "{snapshots: null}", "[3]"]
)
def test_a_policy_that_cannot_be_meant_is_refused(policy: str, tmp_path: Path) -> None:
    (tmp_path / "deployment.yaml").write_text(f"feeds: [sellout]\nretention: {policy}\n")
    with pytest.raises(ConfigError, match="retention"):
        Settings.load(tmp_path)


def test_a_policy_of_for_ever_can_be_written_out(tmp_path: Path) -> None:
    text = "feeds: [sellout]\nretention: {snapshots: 5, raw_months: null, history_months: 24}\n"
    (tmp_path / "deployment.yaml").write_text(text)
    policy = Settings.load(tmp_path).retention
    assert (policy.snapshots, policy.raw_months, policy.history_months) == (5, None, 24)
