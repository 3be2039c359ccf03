"""What the commands of `daqu` do: one call of a pure function each, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from pipelines import publishing, transform
from pipelines.contracts import load_contracts
from pipelines.decisions import Action, subject, write_decision
from pipelines.landing import LandingResult, land, receive
from pipelines.landing.mapping import load_mappings
from pipelines.landing.receipts import files_below
from pipelines.lock import sole_writer
from pipelines.publishing import PublishResult, SnapshotInfo
from pipelines.screens import ledger
from pipelines.screens.figures import read_figures
from pipelines.screens.overview import show_overview
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
        handed_in = receive(settings, paths, received_at, sender, feed)
        result = land(settings, contracts, lambda n, total, _: screen.advanced("landing", n, total))
        result = replace(result, received=result.received + len(handed_in))
        screen.finished("landing", result)
    out.print(landing_line(settings.language, result))
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
    """Show the overview of the published snapshot and what has come since."""
    show_overview(console(), settings, read_figures(settings), waiting_news(settings))


def explain_file(settings: Settings, file: str, limit: int) -> None:
    """Show what became of a file and why rows of it were refused."""
    from pipelines.screens.explain import faults, show_delivery, show_faults

    out = console()
    contracts = load_contracts(settings.contracts)
    mappings = load_mappings(settings.mappings, contracts)
    with ledger.ledger(settings) as con:
        found = ledger.find_deliveries(con, file)
        delivery = found[0]
        rows = ledger.quarantined_rows(con, delivery["delivery_id"])
    sender, contract = delivery["sender"] or "", contracts.get(delivery["feed"] or "")
    language = mappings.languages.get(sender, settings.language)
    show_delivery(out, delivery, language)
    if contract:
        mapping = mappings.of(sender, contract.feed)
        show_faults(out, faults(rows, contract, mapping, language), language, limit)
    for other in found[1:]:
        out.print(f"[dim]{escape(other['file_name'])} {other['received_at']} {other['status']}[/]")


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


def roll_back(settings: Settings, snapshot: str | None) -> SnapshotInfo:
    """Let readers see an earlier snapshot and say which."""
    with sole_writer(settings):
        shown = publishing.rollback(settings, snapshot)
    words = both(settings.language, "readers now see", "当前快照")
    console().print(f"{words}: {shown.snapshot_id} ({shown.as_of})")
    return shown


def show_findings(settings: Settings) -> bool:
    """Look the deployment over; True when nothing is broken."""
    from pipelines.doctor import examine

    out, sound = console(), True
    for finding in examine(settings):
        sound = sound and finding.state != "fail"
        name = one(settings.language, finding.name_en, finding.name_zh)
        text = one(settings.language, finding.text_en, finding.text_zh)
        out.print(f"{STATES[finding.state]} [bold]{name}[/]: {escape(text)}", soft_wrap=True)
    return sound


def landing_line(language: str, result: LandingResult) -> str:
    """One line about a landing run: its files, and its rows to the last one."""
    files = f"{count(result.received)} {one(language, 'new files', '个新文件')}"
    kinds = (("loaded", "入库"), ("quarantined", "隔离"), ("structural", "非数据行"))
    parts = [f"{count(_sum(result.rows_by_feed, en))} {one(language, en, zh)}" for en, zh in kinds]
    read = f"{count(_sum(result.rows_by_feed, 'read'))} {one(language, 'rows read', '行')}"
    return f"{both(language, 'this run', '本次')}: {files}; {read} = {' + '.join(parts)}"


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
    lines = [landing_line(language, results.landing)] if results.landing else []
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
    language = settings.language
    for row in ledger.refused_after(settings, batch):
        reason = one(language, row["reason_en"], row["reason_zh"])
        hint = one(language, row["hint_en"], row["hint_zh"])
        out.print(f"[red]✗[/] {escape(row['file_name'])}: {escape(reason)} → {escape(hint)}")


def _old_stays(settings: Settings) -> str:
    if is_published(settings):
        words = ("readers still see the snapshot before", "读者仍看到原快照")
    else:
        words = ("nothing is published yet", "尚未发布任何快照")
    return both(settings.language, *words)


def _writing(settings: Settings, screen: Screen) -> AbstractContextManager[None]:
    """The writer's lock, telling the screen when somebody else has it."""
    return sole_writer(settings, on_wait=screen.waiting)
