"""The command line: quick to start, a sentence instead of a traceback, exit codes kept."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from pipelines import cli
from pipelines.errors import ConfigError, DaquError

HEAVY = ("duckdb", "dagster", "dbt", "pandas", "polars", "pyarrow", "pydantic")


@pytest.fixture(autouse=True)
def _fresh_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAQU_HOME", raising=False)
    cli.HOME.set(None)
    cli.AS_OF.set(None)


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def broken() -> None:
        raise error

    monkeypatch.setattr(cli, "app", app)


def test_help_imports_nothing_that_takes_long() -> None:
    code = f"import sys, pipelines.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    names = "init sample ingest build audit publish run status explain rollback doctor query dev"
    assert all(f"\n  {name} " in shown for name in names.split())


def test_a_known_error_is_told_in_both_languages_the_deployments_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deployment.yaml").write_text("language: en\nfeeds: [sellout]\n")
    monkeypatch.setenv("DAQU_HOME", str(tmp_path))
    _fail_with(monkeypatch, DaquError("It is late.", "迟了。", "Hurry.", "请快。"))
    assert cli.main([]) == 1
    told = capsys.readouterr().err
    assert told.index("It is late.") < told.index("迟了。") < told.index("Hurry.")
    assert told.index("Hurry.") < told.index("请快。")
    assert "Traceback" not in told


def test_wrong_configuration_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail_with(monkeypatch, ConfigError("no", "否"))
    assert cli.main([]) == 2
    assert "✗" in capsys.readouterr().err


def test_an_unforeseen_error_is_logged_and_its_file_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellout]\n")
    monkeypatch.setenv("DAQU_HOME", str(tmp_path))
    _fail_with(monkeypatch, KeyError("sku_code"))
    assert cli.main([]) == 1
    told = capsys.readouterr().err
    [log] = (tmp_path / "logs").iterdir()
    assert log.name in told
    assert "Traceback" not in told
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_a_full_disk_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail_with(monkeypatch, OSError(28, "No space left on device"))
    assert cli.main([]) == 1
    assert "The disk is full." in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["run", "--as-of", "2026-13-01"], ["nothing"], ["ingest", "--received-at", "yesterday"]],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("order", [["--home", "{}", "status"], ["status", "--home", "{}"]])
def test_home_is_taken_before_and_after_the_command(
    order: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([part.format(tmp_path) for part in order]) == 2
    assert str(tmp_path) in capsys.readouterr().err.replace("\n", "")


def test_status_before_the_first_snapshot_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deployment.yaml").write_text("feeds: [sellout]\n")
    assert cli.main(["status", "--home", str(tmp_path)]) == 1
    assert "daqu run" in capsys.readouterr().err
