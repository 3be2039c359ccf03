"""What `daqu doctor` looks at where files, receipts, ledger and rows must agree."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Literal

import duckdb

from pipelines.durable import PART
from pipelines.landing.damage import DAMAGED
from pipelines.landing.ledger import known_ids
from pipelines.landing.receipts import Receipt, all_receipts, raw_path
from pipelines.landing.tables import outcome
from pipelines.publishing import current
from pipelines.rescue.rebuild import leftovers
from pipelines.screens.ledger import ledger
from pipelines.settings import Settings

SPOTS = 50
"""Raw files read to the last byte without `--deep`."""

State = Literal["ok", "warn", "fail"]
Seen = tuple[State, str, str]


def raw_files(settings: Settings, deep: bool = False) -> Seen:
    """Receipts against raw files, both ways, and their bytes against their names."""
    receipts = list(all_receipts(settings))
    if not receipts:
        return "warn", "nothing received yet", "尚未收到文件"
    kept = {r.file_sha256: r for r in receipts if r.is_kept}
    gone = {sha: r for sha, r in kept.items() if not raw_path(settings, sha).is_file()}
    if gone:
        names = _names(gone.values())
        text = f"{len(gone)} raw files are gone ({names}): restore HOME/landing/raw from a backup"
        zh = f"缺少 {len(gone)} 个原始文件（{names}）：请从备份恢复 HOME/landing/raw"
        return "fail", text, zh
    read = sorted(kept) if deep else sorted(kept)[:: max(1, len(kept) // SPOTS)]
    wrong = {sha: r for sha, r in kept.items() if _is_wrong(settings, r, sha in set(read))}
    if wrong:
        names = _names(wrong.values())
        text = f"{len(wrong)} raw files hold other bytes than were received ({names}): restore them"
        zh = f"{len(wrong)} 个原始文件的内容与接收时不同（{names}）：请从备份恢复"
        return "fail", text, zh
    known = {receipt.file_sha256 for receipt in receipts}
    strange = [f for f in settings.raw.glob("*/*") if f.name not in known and f.suffix != PART]
    removed = [f for f in settings.raw.glob("*/*") if f.name in known and f.name not in kept]
    return _raw_summary(len(kept), len(read), len(strange), len(removed))


def _raw_summary(kept: int, read: int, strange: int, removed: int) -> Seen:
    en = f"{kept} files are there, {read} of them read to the last byte"
    zh = f"{kept} 个原始文件齐全，其中 {read} 个已逐字节核对"
    if strange:
        en += (
            f"; {strange} have no receipt: their senders' files are still in the inbox, `daqu run`"
        )
        zh += f"；{strange} 个没有收件凭证：原件仍在收件箱，请执行 `daqu run`"
    if removed:
        en += f"; {removed} should be removed by the retention policy: `daqu run` does it"
        zh += f"；{removed} 个按保留期应已删除：执行 `daqu run` 即可"
    return ("warn" if strange or removed else "ok"), en, zh


def ledger_lines(settings: Settings) -> Seen:
    """The ledger against the receipts: a warehouse that lost transactions knows fewer."""
    receipts = {receipt.delivery_id for receipt in all_receipts(settings)}
    if not settings.warehouse_file.is_file():
        if not receipts:
            return "warn", "no warehouse yet", "尚无仓库"
        text = "the warehouse is gone: `daqu run` makes it again from the raw files"
        return "fail", text, "仓库文件已丢失：`daqu run` 会由原始文件重建"
    with ledger(settings) as con:
        known = known_ids(con)
    lost, pending = len(known - receipts), receipts - known
    if lost:
        text = f"{lost} deliveries have no receipt: restore HOME/landing/receipts from a backup"
        return "fail", text, f"{lost} 份报送缺少收件凭证：请从备份恢复 HOME/landing/receipts"
    cut = len(pending & _published_ids(settings))
    if cut:
        text = (
            f"the warehouse lost {cut} deliveries readers see already: `daqu run` lands them again"
        )
        return "fail", text, f"仓库丢失了 {cut} 份已发布的报送：`daqu run` 会重新入库"
    if pending:
        text = f"{len(pending)} received, not landed: `daqu run`"
        return "warn", text, f"{len(pending)} 份待入库：`daqu run`"
    return "ok", f"{len(known)} deliveries, each with its receipt", f"{len(known)} 份，凭证齐全"


def landed_rows(settings: Settings) -> Seen:
    """Rows in the landing tables against what the ledger counts, delivery by delivery."""
    if not settings.warehouse_file.is_file():
        return "warn", "no warehouse yet", "尚无仓库"
    with ledger(settings) as con:
        found = con.execute(_differing_sql(con)).fetchall()
    if not found:
        return "ok", "every row is accounted for", "每一行都有交代"
    names = ", ".join(str(name) for (name,) in islice(found, 3))
    text = f"{len(found)} deliveries have other rows than the ledger counts ({names}): "
    zh = f"{len(found)} 份报送的行数与台账不符（{names}）："
    return "fail", f"{text}`daqu rebuild --replace`", f"{zh}`daqu rebuild --replace`"


def _differing_sql(con: duckdb.DuckDBPyConnection) -> str:
    feeds = con.execute("select feed from landing.contract order by feed").fetchall()
    kinds = ("loaded", "quarantined", "structural")
    counts = ", ".join(f"count(*) filter ({outcome(kind)}) as {kind}" for kind in kinds)
    landed = " union all ".join(
        f"select _delivery_id as id, {counts} from landing.{feed}_all group by all"
        for (feed,) in feeds
    )
    return f"""
        with landed as ({landed}),
        removed as (
            select delivery_id as id, max(kind = 'raw') as is_raw,
                sum(rows_removed) filter (kind = 'history') as history
            from landing.removal group by 1
        )
        select coalesce(d.file_name, landed.id::varchar)
        from landing.delivery as d
        full join landed on d.delivery_id = landed.id
        left join removed on d.delivery_id = removed.id
        where d.delivery_id is null
            or (landed.id is not null and d.status in ('refused', 'duplicate'))
            or (d.status in ('loaded', 'superseded') and not coalesce(removed.is_raw, false)
                and (d.rows_loaded is distinct from
                        coalesce(landed.loaded, 0) + coalesce(removed.history, 0)
                    or d.rows_quarantined is distinct from coalesce(landed.quarantined, 0)
                    or d.rows_structural - d.header_row
                        is distinct from coalesce(landed.structural, 0)))
        order by 1"""


def clock(settings: Settings) -> Seen:
    """Receipts of times to come: the clock went back, or a stamp is wrong."""
    now = settings.now()
    ahead = [receipt for receipt in all_receipts(settings) if receipt.received_at > now]
    if not ahead:
        return "ok", f"{now}, no receipt is later", f"{now}，没有更晚的收件"
    names = _names(ahead)
    text = f"{len(ahead)} receipts are later than now ({names}): they rank above what comes today. "
    zh = f"{len(ahead)} 份收件时间晚于现在（{names}）：其版本会排在今天的文件之上。"
    return (
        "warn",
        f"{text}Set the clock or the gateway's right; hand today's in with `--received-at`",
        f"{zh}请校正时钟或网关时间；今天的文件请用 `--received-at` 提交",
    )


def left_behind(settings: Settings) -> Seen:
    """What killed runs left: of no use to anybody, and gone after the next run."""
    if _is_writing(settings):
        return "ok", "a run is at work: not looked at", "任务正在运行，未检查"
    rebuilt = leftovers(settings)
    found = [
        *(settings.home / "landing" / "work").glob("*"),
        *settings.raw.glob(f"*/*{PART}"),
        *settings.receipts.glob(f"*/*{PART}"),
        *settings.published.glob(".candidate-*"),
        *settings.published.glob(".new-*"),
        *([rebuilt] if rebuilt else []),
    ]
    if not found:
        return "ok", "nothing", "无"
    names = ", ".join(file.relative_to(settings.home).as_posix() for file in found[:3])
    text = f"{len(found)} left by a killed run ({names}): the next run removes or replaces them"
    return "warn", text, f"中断的任务留下 {len(found)} 项（{names}）：下次运行会清除或替换"


def damaged(settings: Settings) -> Seen:
    """Warehouse files that could not be read and were made again."""
    found = sorted(settings.warehouse_file.parent.glob(f"{DAMAGED}*.duckdb"))
    if not found:
        return "ok", "none", "无"
    name = found[0].relative_to(settings.home).as_posix()
    return (
        "warn",
        f"{name} could not be read and was made again: look at the disk, then delete it",
        f"{name} 无法读取，已重建：请检查磁盘，然后删除该文件",
    )


def _is_writing(settings: Settings) -> bool:
    """Whether a process holds the writer's lock; a lock file alone means nothing."""
    file = settings.warehouse_file.parent / "writer.lock"
    if not file.is_file():
        return False
    with file.open("r", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _published_ids(settings: Settings) -> set[int]:
    """Deliveries readers see."""
    shown = current(settings)
    if shown is None:
        return set()
    with duckdb.connect(str(shown.database), read_only=True) as con:
        rows = con.execute("select delivery_id from quality.file_ledger").fetchall()
    return {row[0] for row in rows}


def _is_wrong(settings: Settings, receipt: Receipt, read: bool) -> bool:
    file = raw_path(settings, receipt.file_sha256)
    if file.stat().st_size != receipt.file_size_bytes:
        return True
    return read and _sha256(file) != receipt.file_sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _names(receipts: Iterable[Receipt]) -> str:
    names = sorted({receipt.file_name for receipt in receipts})
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


LOOKS: tuple[tuple[str, str, Callable[[Settings], Seen]], ...] = (
    ("ledger", "台账", ledger_lines),
    ("landed rows", "入库的行", landed_rows),
    ("clock", "时钟", clock),
    ("left behind", "遗留文件", left_behind),
    ("damaged warehouse", "损坏的数仓", damaged),
)
