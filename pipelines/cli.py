"""The `daqu` command.

Every command is thin: it reads the settings, calls the function the Dagster step calls too, and
prints. What a command needs is imported when it runs, so that `daqu --help` answers at once.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.alerts.actions import Act, Outcome
from pipelines.decisions import Action
from pipelines.errors import ConfigError, DaquError
from pipelines.settings import PROJECT, Settings

NOT_PUBLISHED = 1
DISK_FULL = ("No space left on device", "File too large", "Disk quota exceeded")
HOME: ContextVar[Path | None] = ContextVar("home", default=None)
"""Folder the command was told, before its name or after it; errors are logged there too."""
AS_OF: ContextVar[date | None] = ContextVar("as_of", default=None)
"""Day the command was told."""

app = typer.Typer(
    help="Daqu 大区: a sales region's spreadsheets in, a warehouse people can trust out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write a day as 2026-11-22") from error


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write a time as 2026-11-16T17:30") from error


def _moment_by(text: str) -> datetime:
    moment = _moment(text)
    return moment if "T" in text or ":" in text else datetime.combine(moment, time.max)


Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Deployment; else DAQU_HOME, else the sample."),
]
AsOf = Annotated[
    date | None,
    typer.Option("--as-of", metavar="DAY", parser=_day, help="Day figures are told as of."),
]
Kind = Literal["sku", "outlet", "uom"]
Strict = Annotated[bool, typer.Option("--strict", help="A refused file makes the exit code 1.")]


forecast_app = typer.Typer(
    help="The weekly forecast, one by one | 周度滚动预测.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(forecast_app, name="forecast")
alert_app = typer.Typer(
    help="The alert board, and what is done about an alert | 预警清单与处理.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(alert_app, name="alert")


@app.callback()
def main_options(home: Home = None, as_of: AsOf = None) -> None:
    """Daqu 大区: a sales region's spreadsheets in, a warehouse people can trust out."""
    HOME.set(home)
    AS_OF.set(as_of)


def _settings(home: Path | None, as_of: date | None = None) -> Settings:
    """Settings of the deployment named after the command, else before it."""
    HOME.set(home or HOME.get())
    AS_OF.set(as_of or AS_OF.get())
    return Settings.load(HOME.get(), AS_OF.get())


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
    feeds: Annotated[
        str, typer.Option(help="Reports it receives, with commas between.")
    ] = "sellout",
    name: Annotated[str, typer.Option(help="What the deployment is called.")] = "",
    timezone: Annotated[str, typer.Option(help="IANA zone of its days.")] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option(help="ISO 4217 code of its amounts.")] = "CNY",
    language: Annotated[str, typer.Option(help="zh or en: which comes first.")] = "zh",
) -> None:
    """Make the folder of a new deployment | 新建部署目录."""
    from pipelines.contracts import load_contracts
    from pipelines.initialise import initialise

    contracts = load_contracts(PROJECT / "quality" / "contracts")
    values = {"timezone": timezone, "currency": currency, "language": language}
    chosen = [feed.strip() for feed in feeds.split(",") if feed.strip()]
    initialise(folder, contracts, chosen, name=name or folder.resolve().name, **values)
    Settings.load(folder)
    typer.echo(f"{folder}: edit deployment.yaml, put files into inbox/<sender>/, then")
    typer.echo(f"  daqu run --home {folder}")


@app.command()
def sample(
    size: Annotated[str, typer.Option(help="tiny, small or full.")] = "small",
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Make the files of a sample region, good and bad | 生成样例大区的文件."""
    from pipelines.sample import generate
    from pipelines.sample.plan import AS_OF as LAST_DAY
    from pipelines.screens.progress import progress
    from pipelines.screens.text import console, count

    HOME.set(home or HOME.get())
    target = Path(HOME.get() or os.environ.get("DAQU_HOME") or PROJECT / "data")
    out = console()
    with progress("zh", out) as screen:
        screen.started("sample")
        made = generate(
            target,
            size=size,
            on_progress=lambda done, total: screen.advanced("sample", done, total),
            as_of=as_of or AS_OF.get() or LAST_DAY,
        )
        screen.finished("sample")
    out.print(f"{made.home}: {count(made.files)} 个文件 files, {count(made.rows)} 行 rows")


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Default: the inbox.")
    ] = None,
    received_at: Annotated[
        datetime | None,
        typer.Option(parser=_moment, metavar="TIME", help="When they were received; default now."),
    ] = None,
    sender: Annotated[str | None, typer.Option(help="Who sent them.")] = None,
    feed: Annotated[str | None, typer.Option(help="Which report they are.")] = None,
    home: Home = None,
    as_of: AsOf = None,
    strict: Strict = False,
) -> None:
    """Receive files and land them | 接收文件并入库."""
    from pipelines.commands import ingest_files

    settings = _settings(home, as_of)
    result = ingest_files(settings, paths or [], received_at, sender, feed)
    _exit(0, strict and result.statuses.get("refused", 0) > 0)


@app.command()
def build(
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build every table from all landed rows.")
    ] = False,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Build and test the tables over what has landed | 构建并检验数据表."""
    from pipelines.commands import build_tables

    result = build_tables(_settings(home, as_of), full_refresh)
    _exit(0 if result.success else NOT_PUBLISHED)


@app.command()
def audit(home: Home = None, as_of: AsOf = None) -> None:
    """Try the publish gate, publish nothing | 试审核，不发布."""
    from pipelines.commands import audit_tables

    _exit(0 if audit_tables(_settings(home, as_of)) else NOT_PUBLISHED)


@app.command()
def publish(home: Home = None, as_of: AsOf = None) -> None:
    """Audit the tables and let readers see them | 审核并发布."""
    from pipelines.commands import publish_snapshot

    result = publish_snapshot(_settings(home, as_of))
    _exit(NOT_PUBLISHED if result.status == "refused" else 0)


@app.command()
def run(home: Home = None, as_of: AsOf = None, strict: Strict = False) -> None:
    """Land the inbox, build, audit, publish | 入库、构建、审核、发布."""
    from pipelines.commands import run_everything

    results = run_everything(_settings(home, as_of))
    refused = results.landing.statuses.get("refused", 0) if results.landing else 0
    _exit(0 if results.is_published else NOT_PUBLISHED, strict and refused > 0)


@app.command()
def status(home: Home = None, as_of: AsOf = None) -> None:
    """Show what the published snapshot says | 查看已发布快照的概况."""
    from pipelines.commands import show_status

    show_status(_settings(home, as_of))


@app.command()
def explain(
    file: Annotated[str, typer.Argument(help="Name of the file, or the start of its sha256.")],
    rows: Annotated[int, typer.Option(help="Lines shown; 0 for all.")] = 30,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Workbook; default HOME/answers/<sender>/."),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Do not mask cells that name a person.")
    ] = False,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Say why rows of a file were refused, and write the answer | 说明被拒的行并生成回执."""
    from pipelines.commands import explain_file

    explain_file(_settings(home, as_of), file, rows, out, raw)


@forecast_app.command("explain")
def forecast_explain(
    distributor: Annotated[str, typer.Argument(help="Code of the distributor.")],
    sku: Annotated[str, typer.Argument(help="Code of the SKU.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Picture, .svg, .png or .html; default HOME/answers/."),
    ] = None,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Take a forecast apart and plot it | 拆解一条预测并作图."""
    from pipelines.commands import explain_forecast_of

    explain_forecast_of(_settings(home, as_of), distributor, sku, out)


@forecast_app.command("close")
def forecast_close(home: Home = None, as_of: AsOf = None) -> None:
    """Keep the published forecast as what was promised in its cycle | 关闭预测周期并存档."""
    from pipelines.commands import close_forecast

    close_forecast(_settings(home, as_of))


@app.command()
def template(
    feed: Annotated[str, typer.Argument(help="Report, such as sellout.")],
    sender: Annotated[str, typer.Option(help="Who fills it in.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Workbook; default HOME/answers/<sender>/."),
    ] = None,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Write the empty workbook of a report for a sender | 生成报表模板."""
    from pipelines.commands import write_template_file

    write_template_file(_settings(home, as_of), feed, sender, out)


@app.command()
def unmapped(
    kind: Annotated[Kind | None, typer.Option(help="sku, outlet or uom; default all.")] = None,
    sender: Annotated[str | None, typer.Option(help="Codes of this sender only.")] = None,
    rows: Annotated[int, typer.Option(help="Lines shown; 0 for all.")] = 30,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Map to fill in: .xlsx, or .csv. Needs --kind."),
    ] = None,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """List codes nobody has mapped, by money, and write the map | 列出未对照的编码."""
    from pipelines.commands import list_unmapped

    list_unmapped(_settings(home, as_of), kind, sender, rows, out)


Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence.")]
By = Annotated[str | None, typer.Option("--by", help="Who decided; default the user.")]
FileName = Annotated[
    str, typer.Argument(metavar="FILE", help="Name of the file, or the start of its sha256.")
]


@app.command()
def release(
    file: FileName, reason: Reason, by: By = None, home: Home = None, as_of: AsOf = None
) -> None:
    """Load a file that is held back | 放行暂缓的文件."""
    _decide("release", file, reason, by, _settings(home, as_of))


@app.command()
def reject(
    file: FileName, reason: Reason, by: By = None, home: Home = None, as_of: AsOf = None
) -> None:
    """Keep a file out that is held back | 驳回暂缓的文件."""
    _decide("reject", file, reason, by, _settings(home, as_of))


@app.command()
def withdraw(
    file: FileName, reason: Reason, by: By = None, home: Home = None, as_of: AsOf = None
) -> None:
    """Take a loaded file back; the version before it counts again | 撤回已入库的文件."""
    _decide("withdraw", file, reason, by, _settings(home, as_of))


def _decide(action: Action, file: str, reason: str, by: str | None, settings: Settings) -> None:
    from pipelines.commands import decide

    decide(settings, file, action, reason, by or getpass.getuser())


Key = Annotated[
    str, typer.Argument(metavar="KEY", help="Key of the alert, or what no other one begins with.")
]
Said = Annotated[str | None, typer.Option("--reason", help="Why, or what was done.")]
Signed = Annotated[
    str | None, typer.Option("--by", help="Role or code, shown on the board; default the user.")
]


@alert_app.command("list")
def alert_list(
    area: Annotated[str | None, typer.Option(help="Alerts of this area only.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is done, expired or suppressed.")
    ] = False,
    rows: Annotated[int, typer.Option(help="Lines shown; 0 for all.")] = 30,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """List the published board, the most money first | 列出预警清单."""
    from pipelines.commands import list_alerts

    list_alerts(_settings(home, as_of), area, everything, rows)


@alert_app.command("ack")
def alert_ack(
    key: Key, reason: Said = None, by: Signed = None, home: Home = None, as_of: AsOf = None
) -> None:
    """Say that somebody works on an alert; it stays on the board | 知悉预警."""
    act = Act("ack", by or getpass.getuser(), reason)
    _act(_settings(home, as_of), key, act)


@alert_app.command("done")
def alert_done(
    key: Key,
    outcome: Annotated[
        Outcome | None, typer.Option(help="Whether it was as the alert said.")
    ] = None,
    reason: Said = None,
    by: Signed = None,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Close an alert; still found two weeks later, it opens again | 完成预警."""
    act = Act("done", by or getpass.getuser(), reason, outcome=outcome)
    _act(_settings(home, as_of), key, act)


@alert_app.command("suppress")
def alert_suppress(
    key: Key,
    until: Annotated[date, typer.Option(parser=_day, metavar="DAY", help="Day it is shown again.")],
    reason: Reason,
    by: Signed = None,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Hide an alert until a day | 屏蔽预警至某日."""
    act = Act("suppress", by or getpass.getuser(), reason, until=until)
    _act(_settings(home, as_of), key, act)


def _act(settings: Settings, key: str, act: Act) -> None:
    from pipelines.commands import act_on_alert

    act_on_alert(settings, key, act)


@app.command()
def rollback(
    snapshot: Annotated[
        str | None, typer.Argument(help="Name of a kept snapshot; default the one before.")
    ] = None,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Let readers see an earlier snapshot again | 回到较早的快照."""
    from pipelines.commands import roll_back

    roll_back(_settings(home, as_of), snapshot)


@app.command()
def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Read every raw file whole.")] = False,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Look the deployment over and say what to do | 检查部署."""
    from pipelines.commands import show_findings

    _exit(0 if show_findings(_settings(home, as_of), deep) else NOT_PUBLISHED)


@app.command()
def rebuild(
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the one made again though it differs.")
    ] = False,
    marts: Annotated[bool, typer.Option("--marts", help="Build and compare marts too.")] = False,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Make the warehouse again from what was received and compare | 由原始文件重建并比对仓库."""
    from pipelines.commands import rebuild_warehouse

    _exit(0 if rebuild_warehouse(_settings(home, as_of), replace, marts) else NOT_PUBLISHED)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder, or a backup.")],
    verify: Annotated[bool, typer.Option("--verify", help="Read the backup instead.")] = False,
    warehouse: Annotated[
        bool, typer.Option("--warehouse", help="Also what can be made again.")
    ] = False,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Copy what cannot be made again, or check such a copy | 备份或核对备份."""
    from pipelines.commands import back_up_deployment, verify_backup

    if verify:
        HOME.set(home or HOME.get())
        _exit(0 if verify_backup(_language(), folder) else NOT_PUBLISHED)
    back_up_deployment(_settings(home, as_of), folder, warehouse)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement over marts, quality and meta.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV, all rows.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, all rows.")] = False,
    home: Home = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            parser=_moment_by,
            metavar="TIME",
            help="Ask landing.<feed> as it was known then; a day means its end.",
        ),
    ] = None,
) -> None:
    """Ask the published snapshot, read-only | 查询已发布快照（只读）."""
    from pipelines.screens.answers import show_table, write_csv, write_json
    from pipelines.screens.as_known import answer_as_of
    from pipelines.screens.published import answer
    from pipelines.screens.text import console

    settings = _settings(home)
    names, rows = answer_as_of(settings, sql, as_of) if as_of else answer(settings, sql)
    if as_csv:
        write_csv(names, rows)
    elif as_json:
        write_json(names, rows)
    else:
        show_table(console(), names, rows)


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the page.")] = 3000,
    home: Home = None,
    as_of: AsOf = None,
) -> None:
    """Open the Dagster page of the deployment | 打开 Dagster 页面."""
    settings = _settings(home, as_of)
    instance = settings.home / "dagster"
    instance.mkdir(exist_ok=True)
    config = (settings.project / "dagster.yaml").read_text(encoding="utf-8")
    (instance / "dagster.yaml").write_text(config, encoding="utf-8")
    variables = {"DAGSTER_HOME": str(instance), "DAQU_HOME": str(settings.home)}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    place = ["--host", "127.0.0.1", "--port", str(port)]
    code = subprocess.call([*command, *place], cwd=instance, env=os.environ | variables)
    _exit(code)


def _exit(code: int, strictly: bool = False) -> None:
    raise typer.Exit(code or int(strictly))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; a person sees a sentence, never a traceback.

    Args:
        arguments: Words after `daqu`; default those of the process.

    Returns:
        0 done and published, 1 gate closed or nothing published, 2 wrong usage or configuration.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="daqu")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        return _quietly()
    except DaquError as error:
        return _report(error)
    except Exception as error:
        return _report(_known(error) or _unexpected(error))
    return 0


def _quietly() -> int:
    """The reader of a pipe went away: nothing is left to say."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _report(error: DaquError) -> int:
    from pipelines.screens.text import show_error

    show_error(error, _language())
    return error.exit_code


def _known(error: Exception) -> DaquError | None:
    """Faults of the machine a person can mend."""
    from pipelines.landing.damage import is_damage

    text = str(error)
    if any(words in text for words in DISK_FULL):
        en, zh = "The disk is full.", "磁盘已满。"
        return DaquError(en, zh, "Free some space, then run it again.", "请清理空间后重试。")
    if isinstance(error, PermissionError):
        en, zh = f"No permission: {error.filename}", f"没有权限：{error.filename}"
        return ConfigError(en, zh, "Check who owns the folder.", "请检查目录的所有者。")
    if is_damage(error):
        en, zh = "The warehouse file is damaged.", "数仓文件已损坏。"
        hint = (
            "Run `daqu rebuild --replace`, then `daqu run`: it follows from the raw files.",
            "请执行 `daqu rebuild --replace`，再执行 `daqu run`：数仓可由原始文件重建。",
        )
        return DaquError(en, zh, *hint)
    if "Could not set lock on file" in text:
        en, zh = "Another program has the warehouse open.", "另一个程序正在使用数仓文件。"
        hint = (
            "Close it; readers use published/daqu.duckdb.",
            "请关闭它；读取请用 published/daqu.duckdb。",
        )
        return DaquError(en, zh, *hint)
    return None


def _unexpected(error: Exception) -> DaquError:
    """Keep the traceback in a file and say where it is."""
    text = "".join(traceback.format_exception(error))
    file = _log_folder() / f"{datetime.now():%Y%m%dT%H%M%S}-error.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError:
        file = Path(os.devnull)
    kind = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return DaquError(
        f"Something unforeseen went wrong ({kind}).",
        f"发生未预料的错误（{kind}）。",
        f"The details are in {file}. Run `daqu doctor`; what was received is safe.",
        f"详情见 {file}。请执行 `daqu doctor`；已接收的文件不会丢失。",
    )


def _language() -> str:
    try:
        return Settings.load(HOME.get()).language
    except DaquError:
        return "zh"


def _log_folder() -> Path:
    try:
        return Settings.load(HOME.get()).home / "logs"
    except DaquError:
        return Path(tempfile.gettempdir()) / "daqu-logs"
