"""What files of one layout have in common: contract, mapping, header."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Column, Contract
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

    @property
    def sent(self) -> dict[str, int]:
        """Our columns the file has → place of the cell."""
        return {name: place for place, name in self.table.header.columns.items()}


def text_name(column: Column) -> str:
    """Name of the text a column is read from, within the statement."""
    return f"_t_{column.name}"


def is_derived(layout: Layout, name: str) -> bool:
    """Whether the mapping says what stands in a column the file has not."""
    mapping = layout.mapping
    return (name == "tax_included" and mapping.tax_included is not None) or (
        name == "doc_type" and bool(mapping.doc_type_from or mapping.negative_is_return)
    )
