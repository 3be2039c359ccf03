"""The commands over a tiny sample region, in the order a person uses them."""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines import cli
from pipelines.settings import Settings

Done = subprocess.CompletedProcess[str]
FirstRun = tuple[Path, Done]
LINES_OF_A_SCREEN = 45


def _asked(home: Path, sql: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert cli.main(["query", sql, "--json", "--home", str(home)]) == 0
    return json.loads(capsys.readouterr().out)


def test_run_publishes_and_ends_with_one_screen(first_run: FirstRun) -> None:
    home, done = first_run
    assert done.returncode == 0, done.stdout + done.stderr
    assert (home / "published" / "daqu.duckdb").is_file()
    assert len(done.stdout.splitlines()) <= LINES_OF_A_SCREEN
    for words in ("rows read", "late and missing reports", "refused files", "stock alerts"):
        assert words in done.stdout
    assert str(home / "published" / "daqu.duckdb") in done.stdout


def test_nothing_of_dagster_or_dbt_is_printed(first_run: FirstRun) -> None:
    home, done = first_run
    assert done.stderr == ""
    assert "dagster" not in done.stdout
    [log] = (home / "logs").glob("*-run.log")
    assert "RUN_SUCCESS" in log.read_text(encoding="utf-8")


def test_the_rows_on_the_screen_add_up_to_the_ledger(
    first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    home, done = first_run
    [row] = _asked(
        home,
        "select sum(rows_read)::bigint as r, sum(rows_loaded)::bigint as l, "
        "sum(rows_quarantined)::bigint as q, sum(rows_structural)::bigint as s "
        "from quality.file_ledger",
        capsys,
    )
    read, loaded, quarantined, structural = (int(str(row[key])) for key in "rlqs")
    assert read == loaded + quarantined + structural
    assert f"{read:,} = {loaded:,} 入库 loaded + {quarantined:,} 隔离" in done.stdout


def test_a_second_run_changes_nothing(first_run: FirstRun, daqu: Callable[..., Done]) -> None:
    home, _ = first_run
    before = (home / "published" / "current").readlink()
    done = daqu("run", "--home", home)
    assert done.returncode == 0, done.stderr
    assert "nothing new" in done.stdout
    assert (home / "published" / "current").readlink() == before


def test_status_shows_the_same_screen_without_a_run(
    first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    home, done = first_run
    assert cli.main(["status", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == done.stdout.splitlines()[-1]
    assert "rows read" in shown


def test_status_says_that_files_wait(
    first_run: FirstRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = _copy(first_run[0], tmp_path)
    (home / "inbox" / "D001").mkdir(parents=True, exist_ok=True)
    (home / "inbox" / "D001" / "late.csv").write_text("x")
    assert cli.main(["status", "--home", str(home)]) == 0
    assert "files wait in the inbox: daqu run" in capsys.readouterr().out


def test_explain_names_row_reason_and_what_to_do(
    first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    home, _ = first_run
    [row] = _asked(
        home,
        "select file_name, file_sha256, row_no, reasons[1] as reason, messages_zh "
        "from quality.quarantined_row where len(reasons) = 1 and is_current "
        "order by file_name, row_no limit 1",
        capsys,
    )
    for name in (row["file_name"], Path(str(row["file_name"])).name):
        assert cli.main(["explain", str(name), "--home", str(home), "--rows", "0"]) == 0
        shown = capsys.readouterr().out
        assert str(row["row_no"]) in shown
        assert str(row["reason"]) in shown


def test_explain_finds_a_file_by_its_hash(
    first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    home, _ = first_run
    [row] = _asked(home, "select any_value(file_sha256) as sha from quality.file_ledger", capsys)
    assert cli.main(["explain", str(row["sha"])[:12], "--home", str(home)]) == 0
    assert cli.main(["explain", "never-sent.csv", "--home", str(home)]) == 2
    assert "never-sent.csv" in capsys.readouterr().err


def test_refused_files_are_told_with_reason_and_hint(
    first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    home, done = first_run
    refused = _asked(
        home, "select reason_zh from quality.file_ledger where status = 'refused'", capsys
    )
    assert refused
    assert all(str(row["reason_zh"]) in done.stdout for row in refused[:5])


def test_query_gives_csv_a_program_can_read(
    first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select feed, count(*) as files from quality.file_ledger group by feed order by feed"
    assert cli.main(["query", sql, "--csv", "--home", str(first_run[0])]) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {"sellout", "stock"} <= {row["feed"] for row in found}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/hostname')",
        "copy marts.alert to '/tmp/stolen.csv'",
        "delete from marts.alert",
        "set enable_external_access = true",
        "selec 1",
    ],
)
def test_query_reads_the_snapshot_and_nothing_else(
    sql: str, first_run: FirstRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["query", sql, "--home", str(first_run[0])]) == 2
    assert "The query cannot be answered" in capsys.readouterr().err


def test_doctor_finds_a_run_region_sound_and_a_lost_raw_file(
    first_run: FirstRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = _copy(first_run[0], tmp_path)
    assert cli.main(["doctor", "--home", str(home)]) == 0
    raw = next(file for file in (home / "landing" / "raw").rglob("*") if file.is_file())
    raw.unlink()
    capsys.readouterr()
    assert cli.main(["doctor", "--home", str(home)]) == 1
    assert "1 个原始文件" in capsys.readouterr().out


def test_ingest_by_hand_refuses_a_bad_file_and_strict_says_so(
    first_run: FirstRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = _copy(first_run[0], tmp_path)
    bad = tmp_path / "D001_sellout_2026W47.csv"
    bad.write_bytes(b"\x00\x01\x02" * 100)
    words = ["ingest", str(bad), "--sender", "D001", "--feed", "sellout", "--home", str(home)]
    assert cli.main([*words, "--received-at", "2026-11-22T09:00"]) == 0
    assert "✗ D001_sellout_2026W47.csv" in capsys.readouterr().out
    assert bad.is_file()
    assert cli.main([*words, "--received-at", "2026-11-22T10:00", "--strict"]) == 1


def test_a_closed_gate_exits_with_1_and_readers_keep_what_they_have(
    first_run: FirstRun, tmp_path: Path, daqu: Callable[..., Done]
) -> None:
    home = _copy(first_run[0], tmp_path)
    before = (home / "published" / "current").readlink()
    _break_the_tables(Settings.load(home))
    done = daqu("publish", "--home", home, "--as-of", "2026-11-23")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the old snapshot stays" in done.stdout
    assert (home / "published" / "current").readlink() == before


def test_audit_tries_the_gate_and_publishes_nothing(
    first_run: FirstRun, daqu: Callable[..., Done]
) -> None:
    home, _ = first_run
    before = sorted(path.name for path in (home / "published").iterdir())
    done = daqu("audit", "--home", home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert sorted(path.name for path in (home / "published").iterdir()) == before


def test_rollback_shows_the_snapshot_before(
    first_run: FirstRun, tmp_path: Path, daqu: Callable[..., Done]
) -> None:
    home = _copy(first_run[0], tmp_path)
    before = (home / "published" / "current").readlink()
    later = daqu("run", "--home", home, "--as-of", "2026-11-23")
    assert later.returncode == 0, later.stdout + later.stderr
    assert (home / "published" / "current").readlink() != before
    done = daqu("rollback", "--home", home)
    assert done.returncode == 0, done.stderr
    assert (home / "published" / "current").readlink() == before


def _copy(home: Path, folder: Path) -> Path:
    """A copy of a region a test may spoil."""
    return Path(shutil.copytree(home, folder / "home", symlinks=True))


def _break_the_tables(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("delete from marts.fct_sellout_line where quantity_pieces > 0")
