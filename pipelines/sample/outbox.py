"""Writing the distributors' files and noting what is true of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.sample.arrivals import Arrival, Content, period, period_label
from pipelines.sample.cells import CELLS
from pipelines.sample.families import FAMILIES, FEED_NAMES_ZH, MOVEMENTS, Family
from pipelines.sample.masters import distributor_names
from pipelines.sample.region import Region
from pipelines.sample.sheets import BROKEN_BYTES, Sheet, csv_bytes, texts, xlsx_bytes
from pipelines.sample.truth import READ, FileTruth, Truth

AMOUNT_FEEDS = ("sellout", "claim")
QUANTITY_FEEDS = ("sellout", "stock", "movement")
SUMMED = ("quantity", "amount", *MOVEMENTS)
Progress = Callable[[int, int], None]


@dataclass
class Outbox:
    """Where the files go and what is noted of them.

    Attributes:
        inbox: Folder the files are written to, laid out as an inbox.
        truth: What is known of them.
        on_progress: Called with files done and files in all.
        total: Files in all.
    """

    inbox: Path
    truth: Truth
    on_progress: Progress | None = None
    total: int = 0

    def put(self, data: bytes, fact: FileTruth) -> None:
        """Write one file and note what is true of it."""
        path = self.inbox / fact.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.truth.files.append(fact)
        if self.on_progress:
            self.on_progress(len(self.truth.files), max(self.total, len(self.truth.files)))


@dataclass(frozen=True)
class Facts:
    """Counts of one content."""

    rows: int
    bad_rows: int
    unmapped_outlet_rows: int
    quantity: int | None
    amount: int | None
    pieces: int | None
    totals: dict[str, int]


def send_feed(region: Region, feed: str, frame: pl.DataFrame, outbox: Outbox) -> None:
    """Write every file of a feed, family by family."""
    arrivals: dict[Content, list[Arrival]] = defaultdict(list)
    for arrival in region.schedule.of(feed):
        arrivals[arrival.content].append(arrival)
    contents = region.contents(feed)
    for number, family in enumerate(FAMILIES):
        rows = frame.filter(pl.col("family") == number)
        for place, cells, data in _written(region, feed, family, rows):
            content = contents[place]
            for arrival in arrivals[content]:
                fact = _fact(region, arrival, _facts(feed, cells))
                outbox.put(data, fact)
                if arrival.status in READ:
                    first = family.header_row(content.kind) + 1
                    note_rows(outbox.truth, arrival.file, first, cells)
    for content, files in arrivals.items():
        if content.broken:
            for arrival in files:
                outbox.put(BROKEN_BYTES[content.broken], _fact(region, arrival, None))


def _written(
    region: Region, feed: str, family: Family, rows: pl.DataFrame
) -> Iterator[tuple[int, pl.DataFrame, bytes]]:
    """Number, cells and bytes of every content of a family."""
    contents, layout = region.contents(feed), family.layout(feed)
    cells = CELLS[feed](region, family, rows)
    in_csv = pl.Series([content.kind == "csv" for content in contents]).gather(rows["content"])
    ready = _by_content(texts(cells.filter(in_csv), family, layout))
    for place, part in _by_content(cells).items():
        sheet = _sheet(region, contents[place], part)
        if place in ready:
            yield place, part, csv_bytes(sheet, ready[place])
        else:
            yield place, part, xlsx_bytes(sheet, part)


def _by_content(rows: pl.DataFrame) -> dict[int, pl.DataFrame]:
    parts = rows.partition_by("content", maintain_order=True, as_dict=True)
    return {int(key[0]): part for key, part in parts.items()}


def _sheet(region: Region, content: Content, cells: pl.DataFrame) -> Sheet:
    family, feed = content.family, content.feed
    layout = family.layout(feed)
    if not family.titled(content.kind):
        return Sheet(family, layout)
    name = distributor_names(region.plan)[content.sender - 1]
    first, last = period(region.plan, content)
    title = f"{name} {FEED_NAMES_ZH[feed]} {first:%Y-%m-%d} 至 {last:%Y-%m-%d}"
    return Sheet(family, layout, title, _facts(feed, cells).totals)


def _facts(feed: str, cells: pl.DataFrame) -> Facts:
    """Counts and sums of a content; totals are over all its numbers, bad rows included."""
    good = cells.filter(pl.col("bad") == "")
    unknown = good["unknown_outlet"].sum() if "unknown_outlet" in cells.columns else 0
    has_quantity, has_amount = feed in QUANTITY_FEEDS, feed in AMOUNT_FEEDS
    summed = [name for name in SUMMED if name in cells.columns]
    return Facts(
        rows=cells.height,
        bad_rows=cells.height - good.height,
        unmapped_outlet_rows=int(unknown),
        quantity=int(good["quantity"].sum()) if has_quantity else None,
        amount=int(good["amount"].sum()) if has_amount else None,
        pieces=int(good["pieces"].sum()) if has_quantity else None,
        totals={name: _numbers(cells, name) for name in summed},
    )


def _numbers(cells: pl.DataFrame, field: str) -> int:
    """Sum of the cells that are numbers, as a spreadsheet would add them."""
    text = f"{field}_text"
    numbers = cells.filter(pl.col(text).is_null()) if text in cells.columns else cells
    return int(numbers[field].sum())


def _fact(region: Region, arrival: Arrival, facts: Facts | None) -> FileTruth:
    content = arrival.content
    return FileTruth(
        file=arrival.file,
        sender=f"D{content.sender:03d}",
        feed=content.feed,
        period=period_label(region.plan, content),
        received_at=arrival.received_at,
        rows=facts.rows if facts else 0,
        bad_rows=facts.bad_rows if facts else 0,
        unmapped_outlet_rows=facts.unmapped_outlet_rows if facts else 0,
        quantity=facts.quantity if facts else None,
        amount=facts.amount if facts else None,
        pieces=facts.pieces if facts else None,
        status=arrival.status,
        reason=arrival.reason,
        is_late=arrival.is_late,
    )


def note_rows(truth: Truth, file: str, first: int, rows: pl.DataFrame) -> None:
    """Note the rows that must be quarantined (`bad`) or loaded with a warning (`warned`).

    Args:
        truth: Where to.
        file: Path below the inbox.
        first: Number of the first row of data.
        rows: Rows in the order of the file; `warned` may be absent.
    """
    for column, noted in (("bad", truth.bad_rows), ("warned", truth.warned_rows)):
        if column in rows.columns:
            found = rows.select(column).with_row_index("place").filter(pl.col(column) != "")
            noted += [(file, first + place, reason) for place, reason in found.rows()]
