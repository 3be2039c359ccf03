"""Files nobody can read, beside good ones: each is told, kept, and costs the others nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines import cli
from pipelines.landing.receipts import raw_path
from tests.integration.conftest import Done
from tests.integration.region import Region

Daqu = Callable[..., Done]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = "单据号,单据日期,商品编码,数量,金额"
GOOD = HEADER + "\nA1,2026-11-{day},S1,2,10.00\nA2,2026-11-{day},S2,3,15.50\n"
BAD = {
    "empty.csv": (b"", "empty_file", "文件没有数据行"),
    "binary.csv": (bytes(range(256)) * 20, "binary_file", "内容不是文本"),
    "locked.xlsx": (
        OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1024),
        "password_protected",
        "工作簿设有密码",
    ),
    "drivers.csv": (
        "车牌号,司机,里程\n沪A1,甲,120\n".encode(),
        "unknown_header",
        "找不到约定的表头",
    ),
    "cut_off.csv": (GOOD.format(day=12).encode()[:-14], "half_written", "文件不完整"),
}
GOOD_FILES = {
    "D1/sellout/2026-W46.csv": 9,
    "D1/sellout/2026-W47.csv": 16,
    "D2/sellout/2026-W46.csv": 10,
}
HELD_NAME = "D3/sellout/2026-W46.csv"
HELD = HEADER + "".join(
    f"\nA{number},2026-{'11-10' if number > 2 else '02-30'},S1,2,10.00" for number in range(1, 21)
)
"""Twenty rows, two of them of a day that does not exist: a tenth, so the whole file waits."""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, daqu: Daqu) -> tuple[Region, Done]:
    """A deployment made by `daqu init`, its inbox with good and bad files, run once."""
    home = tmp_path_factory.mktemp("bad") / "home"
    made = daqu("init", home, "--feeds", "sellout")
    assert made.returncode == 0, made.stderr
    region = Region(home)
    for name, day in GOOD_FILES.items():
        region.put(name, GOOD.format(day=f"{day:02d}").encode(), "2026-11-22 09:00:00")
    for name, (data, _, _) in BAD.items():
        region.put(f"D1/sellout/{name}", data, "2026-11-22 10:00:00")
    region.put(HELD_NAME, HELD.encode(), "2026-11-22 11:00:00")
    return region, daqu("run", "--home", home, "--as-of", "2026-11-22")


def test_bad_files_do_not_keep_a_run_from_publishing(first: tuple[Region, Done]) -> None:
    _, done = first
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


def test_a_file_that_waits_is_published_as_waiting_with_what_holds_it(
    first: tuple[Region, Done],
) -> None:
    with duckdb.connect(str(first[0].settings.published / "daqu.duckdb"), read_only=True) as con:
        status = con.execute(
            "select status, hold_rule from quality.file_ledger where file_name = ?", [HELD_NAME]
        ).fetchall()
        said = con.execute(
            "select rule_id, severity, observed from quality.delivery_finding where file_name = ?",
            [HELD_NAME],
        ).fetchall()
    assert status == [("held", "quarantine_share")]
    assert said == [("quarantine_share", "hold", "2 / 20")]


def test_every_bad_file_is_in_the_ledger_with_its_reason(first: tuple[Region, Done]) -> None:
    found = first[0].query(
        "select file_name, reason_code, rows_read from landing.delivery where status = 'refused'"
    )
    assert sorted(found) == sorted(
        (f"D1/sellout/{name}", bad[1], None) for name, bad in BAD.items()
    )


def test_status_tells_each_of_them_on_a_line_of_its_own(
    first: tuple[Region, Done], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["status", "--home", str(first[0].home)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, (_, _, told) in BAD.items():
        [line] = [line for line in lines if name in line]
        assert told in line


def test_explain_tells_of_each_file_why_and_what_to_do(
    first: tuple[Region, Done], capsys: pytest.CaptureFixture[str]
) -> None:
    for name, (_, _, told) in BAD.items():
        assert cli.main(["explain", f"D1/sellout/{name}", "--home", str(first[0].home)]) == 0
        assert told in capsys.readouterr().out.replace("\n", "")


def test_the_bytes_of_every_file_are_kept(first: tuple[Region, Done]) -> None:
    region, _ = first
    for data, _, _ in BAD.values():
        sha = hashlib.sha256(data).hexdigest()
        assert raw_path(region.settings, sha).read_bytes() == data


def test_the_good_files_beside_them_are_loaded_whole(first: tuple[Region, Done]) -> None:
    region, _ = first
    found = region.query(
        "select file_name, period, rows_loaded, amount_loaded::varchar from landing.delivery "
        "where status = 'loaded' order by 1"
    )
    assert found == [(name, name[-12:-4], 2, "25.50") for name in GOOD_FILES]
    assert region.query(
        "select count(*), sum(reported_amount)::varchar from marts.fct_sellout_line"
    ) == [(6, "76.50")]


def test_the_mended_file_takes_the_place_of_the_refused_one(
    first: tuple[Region, Done], tmp_path: Path
) -> None:
    region = first[0].copy(tmp_path)
    region.put("D1/sellout/cut_off.csv", GOOD.format(day="12").encode(), "2026-11-22 11:00:00")
    region.land()
    found = region.query(
        "select status, period, version, is_current from landing.delivery "
        "where file_name = 'D1/sellout/cut_off.csv' order by received_at"
    )
    assert found == [("refused", None, None, False), ("loaded", "2026-W46", 2, True)]


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--strict"], 1)])
def test_strict_makes_a_refused_file_exit_with_1(
    words: list[str], code: int, first: tuple[Region, Done], tmp_path: Path
) -> None:
    region = first[0].copy(tmp_path)
    region.put("D2/sellout/empty_too.csv", b"", "2026-11-22 12:00:00")
    assert cli.main(["ingest", "--home", str(region.home), *words]) == code


def test_strict_has_nothing_against_good_files(first: tuple[Region, Done], tmp_path: Path) -> None:
    region = first[0].copy(tmp_path)
    region.put("D2/sellout/2026-W47.csv", GOOD.format(day="17").encode(), "2026-11-22 12:00:00")
    assert cli.main(["ingest", "--home", str(region.home), "--strict"]) == 0
