"""What files of one layout have in common: contract, mapping, header."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Column, Contract
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.reading.readers import TableFile
from pipelines.landing.rows.corrections import Correction


@dataclass(frozen=True)
class Layout:
    """Files that one statement can read together.

    Attributes:
        contract: The feed.
        mapping: How their sender writes it.
        table: One of them.
        asked: Edits that may concern rows of them.
    """

    contract: Contract
    mapping: FeedMapping
    table: TableFile
    asked: tuple[Correction, ...] = ()

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """Edits of rows of these files that name no column the files have not."""
        return tuple(c for c in self.asked if {*c.columns, *c.expect, *c.value} <= set(self.sent))

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for files of one layout."""
        t = self.table
        columns = tuple(sorted(t.header.columns.items()))
        form = (t.form, t.delimiter, t.header_row if t.form == "csv" else 0)
        feed, edits = self.contract.feed, tuple(c.id for c in self.asked)
        return (feed, id(self.mapping), form, t.date_system, t.header.texts, columns, edits)

    def unit_of(self, column: Column) -> str:
        """The span of which a date is the first day: of a period, by the mapping or the contract.

        Returns:
            `day`, `week` or `month`; a day for any other date.
        """
        if column.format != "period":
            return "day"
        stated = self.mapping.period
        return stated if stated and stated != "none" else self.contract.period

    @property
    def finds_repeats(self) -> bool:
        """Whether a row that repeats another of its file in every cell is no row.

        Where lines of equal key are told apart by their order, only if the mapping says that
        exact repeats are accidents.
        """
        return not self.contract.line_is_unique or self.mapping.exact_repeats == "drop"

    @property
    def sent(self) -> dict[str, int]:
        """Our columns the file has → place of the cell, of the first where it is joined."""
        header = self.table.header
        places = {name: place for place, name in header.columns.items()}
        return places | {name: joined[0] for name, joined in header.joined.items()}

    def cell(self, name: str, row: str = "") -> str:
        """SQL of the cell our column is read from, or of the cells it is joined from.

        Args:
            name: One of the columns sent.
            row: Alias of the table with the cells, with its dot.
        """
        places = self.table.header.joined.get(name)
        if places is None:
            return f"{row}c{self.sent[name]}"
        cells = ", ".join(f"{row}c{place}" for place in places)
        return f"nullif(concat_ws('-', {cells}), '')"


def stated_in(layout: Layout, column: Column) -> list[Column]:
    """Columns the files have in which the value may stand: its own, and that with its time."""
    names = [name for name in (column.name, column.day_of) if name in layout.sent]
    return [layout.contract.column(name) for name in names if name]


def text_name(column: Column) -> str:
    """Name of the text a column is read from, within the statement."""
    return f"_t_{column.name}"


def is_derived(layout: Layout, name: str) -> bool:
    """Whether something else than the file says what stands in a column it has not."""
    mapping, column = layout.mapping, layout.contract.column(name)
    if column.fill == "period" or column.day_of or column.last_day_of:
        return True
    return (name == "tax_included" and mapping.tax_included is not None) or (
        name == "doc_type" and bool(mapping.doc_type_from or mapping.negative_is_return)
    )
