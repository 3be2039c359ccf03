"""Receiving: the bytes are kept once, the receipt says who sent what when, partial files wait."""

from __future__ import annotations

import hashlib
import os
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.landing.receipts import (
    all_receipts,
    files_below,
    raw_path,
    receive,
    receive_inbox,
    receive_reference,
)
from pipelines.settings import Settings

NOON = datetime(2026, 11, 16, 12, 0)
PARTIAL = ["a.csv.part", "a.tmp", "a.CRDOWNLOAD", "a.filepart"]
PARTIAL += [".a.csv", "~$a.xlsx", ".sync/a.csv", "received.csv"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        name="test",
        timezone="Asia/Shanghai",
        currency="CNY",
        language="en",
        feeds=("sellout",),
        as_of=date(2026, 11, 22),
    )


def put(folder: Path, name: str, data: bytes = b"a,b\n") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def test_a_file_is_kept_under_its_hash_and_leaves_the_inbox(settings: Settings) -> None:
    file = put(settings.inbox, "D001/sellout/a.csv", b"x")
    [receipt] = receive_inbox(settings)
    assert raw_path(settings, hashlib.sha256(b"x").hexdigest()).read_bytes() == b"x"
    assert (receipt.file_name, receipt.file_size_bytes) == ("D001/sellout/a.csv", 1)
    assert not file.exists()


def test_receiving_the_same_thing_again_later_is_the_same_receipt(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in (13, 14):
        monkeypatch.setattr(Settings, "now", lambda _, hour=hour: NOON.replace(hour=hour))
        put(settings.inbox, "received.csv", b"file,received_at\nD001/a.csv,2026-11-16 12:00:00\n")
        put(settings.inbox, "D001/a.csv")
        receive_inbox(settings)
    assert len(list(all_receipts(settings))) == 1


def test_the_same_bytes_later_are_another_receipt_of_one_raw_file(settings: Settings) -> None:
    file = put(settings.home, "a.csv")
    receive(settings, [file], NOON, "D001", "sellout")
    receive(settings, [file], NOON.replace(hour=13), "D001", "sellout")
    assert len(list(all_receipts(settings))) == 2
    assert len([path for path in settings.raw.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("received_at", "sender", "feed"),
    [
        (NOON, "D002", "sellout"),
        (NOON, "D001", "stock"),
        (NOON.replace(second=1), "D001", "sellout"),
    ],
)
def test_who_what_and_when_make_a_delivery(
    received_at: datetime, sender: str, feed: str, settings: Settings
) -> None:
    file = put(settings.home, "a.csv")
    [first] = receive(settings, [file], NOON, "D001", "sellout")
    [second] = receive(settings, [file], received_at, sender, feed)
    assert first.delivery_id != second.delivery_id


def test_a_receipt_reads_back_as_it_was_written(settings: Settings) -> None:
    [receipt] = receive(settings, [put(settings.home, "销售.csv")], NOON, "D001", "sellout")
    assert list(all_receipts(settings)) == [receipt]


def test_a_file_handed_in_by_name_stays_where_it_is(settings: Settings) -> None:
    file = put(settings.home, "mine/a.csv")
    [receipt] = receive(settings, [file], NOON)
    assert file.exists()
    assert receipt.file_name == "a.csv"


def test_a_folder_handed_in_is_walked_and_its_stamps_count(settings: Settings) -> None:
    folder = settings.home / "mail"
    put(folder, "D001/a.csv", b"1")
    put(folder, "D002/b.csv", b"2")
    put(folder, "received.csv", "\ufefffile,received_at\nD001/a.csv,2026-11-15T08:00\n".encode())
    receipts = receive(settings, [folder])
    assert [r.file_name for r in receipts] == ["D001/a.csv", "D002/b.csv"]
    assert receipts[0].received_at == datetime(2026, 11, 15, 8)
    assert receipts[1].received_at > datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("stamp", "local"),
    [
        ("2026-11-16 09:30:00", datetime(2026, 11, 16, 9, 30)),
        ("2026-11-16T09:30:00.987", datetime(2026, 11, 16, 9, 30)),
        ("2026-11-16T09:30:00Z", datetime(2026, 11, 16, 17, 30)),
        ("2026-11-16T20:30:00+00:00", datetime(2026, 11, 17, 4, 30)),
        ("2026-11-16T09:30:00+08:00", datetime(2026, 11, 16, 9, 30)),
    ],
)
def test_a_stamp_is_told_in_the_time_of_the_deployment(
    stamp: str, local: datetime, settings: Settings
) -> None:
    put(settings.inbox, "D001/a.csv")
    put(settings.inbox, "received.csv", f"file,received_at\nD001/a.csv,{stamp}\n".encode())
    [receipt] = receive_inbox(settings)
    assert receipt.received_at == local


@pytest.mark.parametrize("line", ["a.csv,yesterday", "a.csv", "a.csv,"])
def test_a_stamp_that_is_no_time_is_told_with_its_line(line: str, settings: Settings) -> None:
    put(settings.inbox, "a.csv")
    put(settings.inbox, "received.csv", f"file,received_at\n{line}\n".encode())
    with pytest.raises(ConfigError, match=r"received\.csv"):
        receive_inbox(settings)
    assert (settings.inbox / "a.csv").exists()


@pytest.mark.parametrize("name", PARTIAL)
def test_files_still_being_written_and_hidden_ones_are_left_alone(
    name: str, settings: Settings
) -> None:
    put(settings.inbox, name, b"file,received_at\n")
    assert receive_inbox(settings) == []
    assert (settings.inbox / name).exists()


def test_a_senders_own_received_csv_is_a_file_like_any_other(settings: Settings) -> None:
    put(settings.inbox, "D001/received.csv")
    assert [file.name for file in files_below(settings.inbox)] == ["received.csv"]


def test_a_path_that_is_not_there_is_told(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        receive(settings, [settings.home / "none.csv"])


def test_an_inbox_that_is_not_there_is_empty(settings: Settings) -> None:
    assert receive_inbox(settings) == []
    assert list(all_receipts(settings)) == []


def test_a_reference_table_is_received_when_it_changed_and_only_then(settings: Settings) -> None:
    put(settings.reference, "roster.csv", b"1")
    put(settings.reference, "notes.txt", b"no table")
    [first] = receive_reference(settings, [])
    assert (first.file_name, first.sender, first.feed) == ("reference/roster.csv", "self", "roster")
    assert receive_reference(settings, [first]) == []
    put(settings.reference, "roster.csv", b"2")
    [second] = receive_reference(settings, all_receipts(settings))
    assert second.file_sha256 == hashlib.sha256(b"2").hexdigest()


def test_nothing_half_written_is_left_behind(settings: Settings) -> None:
    put(settings.inbox, "D001/a.csv")
    receive_inbox(settings)
    left = [name for _, _, names in os.walk(settings.home) for name in names]
    assert not [name for name in left if name.endswith(".part")]
