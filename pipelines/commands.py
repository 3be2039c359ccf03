"""What the commands of `daqu` do: one call of a pure function each, and what is shown of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from pipelines import publishing, transform
from pipelines.alerts.actions import Act, write_action
from pipelines.alerts.board import keep_board, listed_alerts, named_alert
from pipelines.contracts import Contract, load_contracts
from pipelines.contracts.model import CodeKind
from pipelines.decisions import Action, subject, write_decision
from pipelines.errors import ConfigError
from pipelines.landing import LandingResult, land, receive
from pipelines.landing.identify import SELF
from pipelines.landing.mapping import load_mappings
from pipelines.landing.receipts import files_below
from pipelines.lock import sole_writer
from pipelines.publishing import PublishResult, SnapshotInfo
from pipelines.screens import ledger
from pipelines.screens.figures import read_figures
from pipelines.screens.overview import STATUS, show_overview
from pipelines.screens.progress import Results, Screen, progress
from pipelines.screens.published import is_published
from pipelines.screens.text import both, console, count, one
from pipelines.settings import Settings
from pipelines.transform import BuildResult

if TYPE_CHECKING:
    from quality.expectations.result import CheckResult

STATUS_WORDS = {
    "published": ("published", "已发布"),
    "unchanged": ("nothing new, the snapshot stays", "无变化，快照不变"),
    "refused": ("refused by the gate, the old snapshot stays", "审核未通过，保留原快照"),
}
IN_PART_SHOWN = 5
STATES = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]"}


def ingest_files(
    settings: Settings,
    paths: Sequence[Path],
    received_at: datetime | None,
    sender: str | None,
    feed: str | None,
) -> LandingResult:
    """Receive files, or the inbox when none is named, land them, and say what became of them."""
    out = console()
    contracts = load_contracts(settings.contracts)
    before = ledger.last_batch(settings)
    with progress(settings.language, out) as screen, _writing(settings, screen):
        screen.started("landing")
        keep_board(settings)
        handed_in = receive(settings, paths, received_at, sender, feed)
        result = land(settings, contracts, lambda n, total, _: screen.advanced("landing", n, total))
        result = replace(result, received=result.received + len(handed_in))
        screen.finished("landing", result)
    for line in landing_lines(settings.language, result):
        out.print(line)
    _show_refused(out, settings, before)
    return result


def build_tables(settings: Settings, full_refresh: bool) -> BuildResult:
    """Build the tables and say which tests failed."""
    out = console()
    with progress(settings.language, out) as screen, _writing(settings, screen):
        screen.started("build")
        result = transform.build(
            settings,
            full_refresh=full_refresh,
            on_event=lambda node: screen.advanced("build", node.index, node.total),
        )
        screen.finished("build", result)
    out.print(build_line(settings.language, result))
    show_broken(out, result)
    return result


def audit_tables(settings: Settings) -> bool:
    """Try the publish gate and show what does not hold; nothing is published."""
    out = console()
    with progress(settings.language, out) as screen, _writing(settings, screen):
        screen.started("publish")
        checks = publishing.rehearse(settings)
        screen.finished("publish")
    passed = sum(check.passed for check in checks)
    out.print(f"{count(passed)} / {count(len(checks))} {both(settings.language, 'passed', '通过')}")
    show_checks(out, settings.language, [check for check in checks if not check.passed])
    return not any(check.severity == "critical" and not check.passed for check in checks)


def publish_snapshot(settings: Settings) -> PublishResult:
    """Audit and publish, and say which snapshot readers see."""
    out = console()
    with progress(settings.language, out) as screen, _writing(settings, screen):
        screen.started("publish")
        result = publishing.publish(settings)
        screen.finished("publish", result)
    out.print(publish_line(settings.language, result))
    show_checks(out, settings.language, result.failed)
    return result


def run_everything(settings: Settings) -> Results:
    """Run the daily job in this process and show the overview.

    Raises:
        DaquError: A step could not do its work.
    """
    out = console()
    log = settings.home / "logs" / f"{settings.now():%Y%m%dT%H%M%S}-run.log"
    before = ledger.last_batch(settings)
    with progress(settings.language, out) as screen:
        _run_job(settings, screen, log)
    results = screen.results
    news = run_news(settings, results)
    if results.is_published:
        show_overview(out, settings, read_figures(settings), news)
        return results
    for line in news:
        out.print(line)
    _show_refused(out, settings, before)
    if results.build and not results.build.success:
        show_broken(out, results.build)
    if results.publish:
        show_checks(out, settings.language, results.publish.failed)
    out.print(_old_stays(settings))
    return results


def _run_job(settings: Settings, screen: Screen, log: Path) -> None:
    screen.started("prepare")
    # Dagster and dbt take seconds to import: only a run pays for them
    from dagster import Failure

    from pipelines.defs.deployment import Deployment
    from pipelines.defs.in_process import run_daily_job

    deployment = Deployment(settings.home, settings.as_of, screen)
    try:
        run_daily_job(deployment, log)
    except Failure:
        # the step said so after it had handed its result to the screen
        return


def show_status(settings: Settings) -> None:
    """Show the overview of the published snapshot and what has come since.

    Before the first snapshot it is the ledger that is shown: how many files came to what, and
    which were refused and why.

    Raises:
        DaquError: Nothing has landed either.
    """
    out = console()
    if is_published(settings) or not settings.warehouse_file.is_file():
        show_overview(out, settings, read_figures(settings), waiting_news(settings))
        return
    for line in (_old_stays(settings), *waiting_news(settings)):
        out.print(line)
    out.print(files_line(settings.language, ledger.statuses(settings)))
    _show_refused(out, settings, 0)


def files_line(language: str, statuses: Mapping[str, int]) -> str:
    """One line about the files of the ledger, by status."""
    parts = [f"{count(n)} {both(language, *STATUS[name])}" for name, n in statuses.items()]
    received = f"{both(language, 'files received', '收到')}: {count(sum(statuses.values()))}"
    return f"{received} = {' + '.join(parts)}" if parts else received


def explain_file(settings: Settings, file: str, limit: int, out: Path | None, raw: bool) -> None:
    """Show what became of a file and why rows of it were refused; write the answer to mail back."""
    from pipelines.answers.answer import write_answer
    from pipelines.answers.places import answer_file
    from pipelines.screens.explain import show_delivery, show_faults, show_remarks

    screen = console()
    contracts = load_contracts(settings.contracts)
    mappings = load_mappings(settings.mappings, contracts)
    with ledger.ledger(settings) as con:
        found = ledger.find_deliveries(con, file)
        answer = ledger.answer_to(con, settings, contracts, mappings, found[0], raw)
    show_delivery(screen, answer.delivery, answer.language)
    show_remarks(screen, answer.remarks, answer.language)
    show_faults(screen, answer.refused, answer.language, limit)
    for other in found[1:]:
        screen.print(
            f"[dim]{escape(other['file_name'])} {other['received_at']} {other['status']}[/]"
        )
    path = out or answer_file(settings, answer.delivery["sender"], answer.delivery["file_name"])
    write_answer(path, answer)
    words = both(settings.language, "written to mail back", "已写出，可回复发送方")
    screen.print(f"{words}: {escape(str(path))}", soft_wrap=True)


def explain_forecast_of(settings: Settings, distributor: str, sku: str, out: Path | None) -> Path:
    """Show what a forecast is made of, and write its picture."""
    from pipelines.answers.places import answers_folder, safe_name
    from pipelines.forecasting.explained import explain_forecast
    from pipelines.reporting.forecast_chart import draw_forecast
    from pipelines.screens.forecast import show_forecast

    told = explain_forecast(settings, distributor, sku)
    screen = console()
    show_forecast(screen, told, settings.language)
    path = out or answers_folder(settings, distributor) / f"forecast_{safe_name(sku)}.svg"
    draw_forecast(told, settings.language, path)
    words = both(settings.language, "drawn", "已作图")
    screen.print(f"{words}: {escape(str(path))}", soft_wrap=True)
    return path


def close_forecast(settings: Settings) -> None:
    """Keep the published forecast as what was promised in its cycle, and land it."""
    from pipelines.forecasting.cycle import close_cycle

    with sole_writer(settings):
        file = close_cycle(settings)
    ingest_files(settings, [], None, None, None)
    words = both(settings.language, "closed, what was promised is kept", "周期已关闭，预测已存档")
    console().print(f"{words}: {escape(file.name)}", soft_wrap=True)


def write_template_file(settings: Settings, feed: str, sender: str, out: Path | None) -> Path:
    """Write the empty workbook of a report for one sender and say where it is."""
    from pipelines.answers.places import answers_folder
    from pipelines.answers.template import Form, write_template

    contracts = load_contracts(settings.contracts)
    contract = contract_of(contracts, feed)
    mappings = load_mappings(settings.mappings, contracts)
    language = mappings.languages.get(sender, settings.language)
    path = out or answers_folder(settings, sender) / f"{feed}.template.xlsx"
    form = Form(contract, mappings.of(sender, feed), sender, language, settings.as_of)
    write_template(path, form)
    console().print(
        f"{both(settings.language, 'written', '已写出')}: {escape(str(path))}", soft_wrap=True
    )
    if feed not in settings.feeds:
        words = ("this deployment does not take this report yet", "本部署尚未订阅该报表")
        console().print(f"[yellow]! {feed}: {both(settings.language, *words)}[/]")
    return path


def list_unmapped(
    settings: Settings, kind: CodeKind | None, sender: str | None, limit: int, out: Path | None
) -> None:
    """Show the codes nobody has mapped, the most money first, and write the map to fill in.

    Raises:
        ConfigError: A file is wanted and no kind is named.
    """
    from pipelines.answers.candidates import candidates
    from pipelines.answers.map_file import lines_in_force, lines_to_fill, note_headers, write_map
    from pipelines.answers.template import Form
    from pipelines.answers.unmapped import KINDS, MAPS, unmapped
    from pipelines.screens.unmapped import show_unmapped

    if out and not kind:
        raise ConfigError(
            "A map is of one kind of code: say which.",
            "一个对照文件只含一类编码：请指明类别。",
            "Add --kind sku, --kind outlet or --kind uom.",
            "请加 --kind sku、--kind outlet 或 --kind uom。",
        )
    language, contracts = settings.language, load_contracts(settings.contracts)
    with ledger.ledger(settings) as con:
        items = unmapped(con, contracts, [kind] if kind else KINDS, sender)
        found = candidates(con, items)
        in_force = lines_in_force(con, contracts[MAPS[kind]]) if kind else []
    show_unmapped(console(), items, found, language, limit)
    if not out or not kind:
        return
    contract = contracts[MAPS[kind]]
    mapping = load_mappings(settings.mappings, contracts).of(SELF, contract.feed)
    lines = lines_to_fill(items, found, language)
    notes = note_headers(language)
    form = Form(contract, mapping, SELF, language, settings.as_of, [*lines, *in_force], notes)
    write_map(out, form)
    words = ("written; fill in our codes and put it into", "已写出；填入我方编码后放入")
    place = f"inbox/{SELF}/{contract.feed}/"
    console().print(f"{escape(str(out))}: {both(language, *words)} {place}", soft_wrap=True)


def contract_of(contracts: Mapping[str, Contract], feed: str) -> Contract:
    """The contract of a feed somebody named.

    Raises:
        ConfigError: There is none.
    """
    if feed in contracts:
        return contracts[feed]
    raise ConfigError(
        f"There is no report {feed}.",
        f"没有名为 {feed} 的报表。",
        f"Known are {', '.join(sorted(contracts))}.",
        f"可用的报表：{'、'.join(sorted(contracts))}。",
    )


def decide(settings: Settings, file: str, action: Action, reason: str, by: str) -> str:
    """Release, reject or withdraw a delivery, land the decision, and say what became of it."""
    with ledger.ledger(settings) as con:
        delivery = subject(ledger.find_deliveries(con, file), action)
    write_decision(settings, delivery, action, reason, by)
    ingest_files(settings, [], None, None, None)
    with ledger.ledger(settings) as con:
        now = ledger.delivery(con, delivery["delivery_id"])
    words = f"{now['file_name']}: {delivery['status']} → {now['status']}"
    console().print(escape(words), soft_wrap=True)
    return now["status"]


def act_on_alert(settings: Settings, key: str, act: Act) -> None:
    """Write down what is done about an alert, land it, and say when the board shows it."""
    alert = named_alert(settings, key)
    write_action(settings, alert, act)
    ingest_files(settings, [], None, None, None)
    title = one(settings.language, alert["title_en"], alert["title_zh"])
    words = both(settings.language, "on the board with the next daqu run", "下次 daqu run 后显示")
    shown = f"{alert['entity_code']} {title}: {alert['state']} → {act.action} ({words})"
    console().print(escape(shown), soft_wrap=True)


def list_alerts(settings: Settings, area: str | None, everything: bool, limit: int) -> None:
    """Show the published alert board."""
    from pipelines.screens.alerts import show_alerts

    found = listed_alerts(settings, area, everything)
    show_alerts(console(), found, settings.language, settings.currency, limit)


def roll_back(settings: Settings, snapshot: str | None) -> SnapshotInfo:
    """Let readers see an earlier snapshot and say which."""
    with sole_writer(settings):
        shown = publishing.rollback(settings, snapshot)
    words = both(settings.language, "readers now see", "当前快照")
    console().print(f"{words}: {shown.snapshot_id} ({shown.as_of})")
    return shown


def rebuild_warehouse(settings: Settings, replace_live: bool, marts: bool) -> bool:
    """Make the warehouse again and show where it differs; True when the live one is right."""
    from pipelines.rescue.rebuild import rebuild
    from pipelines.screens.rescue import show_rebuilt

    out = console()
    contracts = load_contracts(settings.contracts)
    with progress(settings.language, out) as screen, _writing(settings, screen):
        screen.started("rebuild")
        result = rebuild(
            settings,
            contracts,
            replace_live=replace_live,
            marts=marts,
            on_progress=lambda n, total, _: screen.advanced("rebuild", n, total),
        )
        screen.finished("rebuild")
    show_rebuilt(out, settings.language, result)
    return result.is_sound


def back_up_deployment(settings: Settings, folder: Path, with_warehouse: bool) -> None:
    """Copy what cannot be made again, and say how much of it was new."""
    from pipelines.rescue.backup import back_up
    from pipelines.screens.rescue import show_backed_up

    out = console()
    with progress(settings.language, out) as screen, _writing(settings, screen):
        screen.started("backup")
        done = back_up(
            settings,
            folder,
            with_warehouse=with_warehouse,
            on_progress=lambda n, total: screen.advanced("backup", n, total),
        )
        screen.finished("backup")
    show_backed_up(out, settings.language, folder, done)


def verify_backup(language: str, folder: Path) -> bool:
    """Read a backup whole and show what is wrong with it; True when nothing is."""
    from pipelines.rescue.backup import verify
    from pipelines.screens.rescue import show_verified

    out = console()
    with progress(language, out) as screen:
        screen.started("verify")
        faults = verify(folder, lambda n, total: screen.advanced("verify", n, total))
        screen.finished("verify")
    show_verified(out, language, folder, faults)
    return not faults


def show_findings(settings: Settings, deep: bool) -> bool:
    """Look the deployment over; True when nothing is broken."""
    from pipelines.doctor import examine

    out, sound = console(), True
    for finding in examine(settings, deep):
        sound = sound and finding.state != "fail"
        name = one(settings.language, finding.name_en, finding.name_zh)
        text = one(settings.language, finding.text_en, finding.text_zh)
        out.print(f"{STATES[finding.state]} [bold]{name}[/]: {escape(text)}", soft_wrap=True)
    return sound


def landing_lines(language: str, result: LandingResult) -> list[str]:
    """What a landing run did: its files, its rows to the last one, and a warehouse made again."""
    files = f"{count(result.received)} {one(language, 'new files', '个新文件')}"
    kinds = (("loaded", "入库"), ("quarantined", "隔离"), ("structural", "非数据行"))
    parts = [f"{count(_sum(result.rows_by_feed, en))} {one(language, en, zh)}" for en, zh in kinds]
    read = f"{count(_sum(result.rows_by_feed, 'read'))} {one(language, 'rows read', '行')}"
    lines = [f"{both(language, 'this run', '本次')}: {files}; {read} = {' + '.join(parts)}"]
    if result.damaged:
        en = "the warehouse could not be read and was made again from the raw files; the old file:"
        zh = "数仓无法读取，已由原始文件重建；旧文件："
        lines.append(f"[yellow]![/] {one(language, en, zh)} {result.damaged}")
    return lines


def _sum(rows_by_feed: Mapping[str, Mapping[str, int]], kind: str) -> int:
    return sum(rows[f"rows_{kind}"] for rows in rows_by_feed.values())


def build_line(language: str, result: BuildResult) -> str:
    """One line about a build."""
    models = sum(node.resource_type == "model" for node in result.results)
    tests = len(result.results) - models
    warned = sum(node.status == "warn" for node in result.results)
    return (
        f"{count(models)} {both(language, 'tables', '张表')}, "
        f"{count(tests)} {both(language, 'tests', '项检验')}: "
        f"{count(len(result.broken))} {both(language, 'failed', '失败')}, "
        f"{count(warned)} {both(language, 'warned', '警告')}"
    )


def publish_line(language: str, result: PublishResult) -> str:
    """One line about an attempt to publish."""
    return f"{result.snapshot_id}: {both(language, *STATUS_WORDS[result.status])}"


def run_news(settings: Settings, results: Results) -> list[str]:
    """Lines about this run, above the overview."""
    language = settings.language
    lines = landing_lines(language, results.landing) if results.landing else []
    if results.build and not results.build.success:
        lines.append(build_line(language, results.build))
    if results.publish:
        lines.append(publish_line(language, results.publish))
    elif results.is_unchanged:
        lines.append(both(language, *STATUS_WORDS["unchanged"]))
    return lines


def waiting_news(settings: Settings) -> list[str]:
    """A line about files that came after the published snapshot was made."""
    waiting = len(files_below(settings.inbox)) if settings.inbox.is_dir() else 0
    if not waiting:
        return []
    words = both(settings.language, "files wait in the inbox", "个文件在收件箱待处理")
    return [f"[yellow]{count(waiting)} {words}: daqu run[/]"]


def show_broken(out: Console, result: BuildResult) -> None:
    """Print which models and tests failed, with what dbt says."""
    for node in result.broken:
        out.print(f"[red]✗[/] {escape(node.name)}: {escape(node.message)}", soft_wrap=True)


def show_checks(out: Console, language: str, checks: Sequence[CheckResult]) -> None:
    """Print the rules that did not hold and what to do, each once."""
    by_rule: dict[str, CheckResult] = {}
    for check in checks:
        by_rule.setdefault(check.rule_id, check)
    for check in by_rule.values():
        mark = STATES["fail" if check.severity == "critical" else "warn"]
        title = one(language, check.title_en, check.title_zh)
        hint = one(language, check.hint_en, check.hint_zh)
        out.print(
            f"{mark} {escape(check.rule_id)}: {escape(title)} ({escape(check.observed)}) → "
            f"{escape(hint)}",
            soft_wrap=True,
        )


def _show_refused(out: Console, settings: Settings, batch: int) -> None:
    """Name the files that were refused, whole or in part, and the command that says why."""
    language = settings.language
    refused = ledger.refused_after(settings, batch)
    for row in refused:
        reason = one(language, row["reason_en"], row["reason_zh"])
        hint = one(language, row["hint_en"], row["hint_zh"])
        out.print(f"[red]✗[/] {escape(row['file_name'])}: {escape(reason)} → {escape(hint)}")
    in_part = ledger.refused_in_part(settings, batch)
    for row in in_part[:IN_PART_SHOWN]:
        words = both(language, "rows not loaded", "行未入库")
        number = f"{count(row['rows_quarantined'])} / {count(row['rows_read'])}"
        out.print(f"[yellow]![/] {escape(row['file_name'])}: {number} {words}")
    if len(in_part) > IN_PART_SHOWN:
        more = both(language, "more files", "个文件")
        out.print(f"  … +{count(len(in_part) - IN_PART_SHOWN)} {more}")
    worst = (refused + in_part)[:1]
    if worst:
        words = both(language, "why, and a workbook to mail back", "查看原因并生成回执")
        out.print(
            f"{words}: daqu explain {escape(shlex.quote(worst[0]['file_name']))}", soft_wrap=True
        )


def _old_stays(settings: Settings) -> str:
    if is_published(settings):
        words = ("readers still see the snapshot before", "读者仍看到原快照")
    else:
        words = ("nothing is published yet", "尚未发布任何快照")
    return both(settings.language, *words)


def _writing(settings: Settings, screen: Screen) -> AbstractContextManager[None]:
    """The writer's lock, telling the screen when somebody else has it."""
    return sole_writer(settings, on_wait=screen.waiting)
