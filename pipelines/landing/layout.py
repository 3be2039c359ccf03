"""What files of one layout have in common: contract, mapping, header."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Column, Contract
from pipelines.landing.headers import joined_places
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.readers import TableFile


@dataclass(frozen=True)
class Layout:
    """Files that one statement can read together."""

    contract: Contract
    mapping: FeedMapping
    table: TableFile

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for files of one layout."""
        t = self.table
        columns = tuple(sorted(t.header.columns.items()))
        form = (t.form, t.delimiter, t.header_row if t.form == "csv" else 0)
        workbook = t.encoding == "xlsx"
        return (self.contract.feed, id(self.mapping), form, workbook, t.header.texts, columns)

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
    def sent(self) -> dict[str, int]:
        """Our columns the file has → place of the cell."""
        return {name: place for place, name in self.table.header.columns.items()}

    def cell(self, name: str, row: str = "") -> str:
        """SQL of the cell our column is read from, or of the cells it is joined from.

        Args:
            name: One of the columns sent.
            row: Alias of the table with the cells, with its dot.
        """
        headers = self.mapping.joined.get(name, [])
        places = joined_places(self.table.header.texts, headers)
        if not places or None in places:
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
