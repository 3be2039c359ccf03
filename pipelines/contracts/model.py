"""What an agreed report says, as plain records the rest of Daqu reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal, NamedTuple

Number = int | float
Unit = Literal["d", "w", "m"]
Roll = Literal["next_workday", "none"]
Severity = Literal["error", "warning"]
Period = Literal["day", "week", "month", "none"]
Replaces = Literal["period", "dates_in_file", "keys", "nothing"]
ACRONYMS = {
    word.lower(): word for word in ("SKU", "GTIN", "VAT", "MOQ", "MSL", "SLA", "ABC", "UoM", "ID")
}
CodeKind = Literal["sku", "outlet", "uom"]


class AllowedValue(NamedTuple):
    """A value a column may hold, and the Chinese word a sender may write instead."""

    value: str
    label_zh: str


@dataclass(frozen=True)
class Sla:
    """When a feed is due.

    Attributes:
        unit: How often: each day, ISO week or calendar month.
        latency_days: Days after the last day of the period on which the file is due; negative
            for a plan that is due before its period ends.
        time_of_day: Local time of the deployment at which it is due.
        grace_hours: Hours after that in which a file is not late yet.
        roll: Whether a due day that is no workday moves to the next one.
    """

    unit: Unit
    latency_days: int
    time_of_day: time
    grace_hours: int
    roll: Roll


@dataclass(frozen=True)
class RowRule:
    """A sentence about one row that must not come true.

    Attributes:
        rule_id: Stable name, also the reason in `landing.quarantined_row`.
        severity: `error` quarantines the row, `warning` loads it and says so.
        sql: DuckDB condition over the typed columns; true means the row breaks the rule.
        message_en: What is wrong and what to do, in English.
        message_zh: The same in Chinese.
        dimension: Quality dimension it belongs to.
    """

    rule_id: str
    severity: Severity
    sql: str
    message_en: str
    message_zh: str
    dimension: str


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    Attributes:
        name: English identifier; always accepted as a header.
        label_zh: Chinese label; always accepted as a header.
        description_en: One sentence.
        description_zh: The same in Chinese.
        logical_type: ODCS logical type: string, integer, number, date, timestamp or boolean.
        duckdb_type: Type of the landed column.
        required: Whether an empty cell quarantines the row.
        key_position: Place in the natural key from 1; None outside it.
        personal: Whether it names or points at a person.
        minimum: Smallest value that is in range.
        maximum: Largest value that is in range.
        max_length: Longest text in characters.
        pattern: Regular expression the whole text must match.
        format: How the text is read where the type leaves it open: `yyyy-MM` is a month,
            `period` the day, week or month a row is about; either is kept as its first day.
        allowed: The values it may hold; empty means any.
        open_list: Whether another word than the allowed is loaded as sent, with a warning.
        synonyms: Other accepted headers, of all locales, as written in the contract.
        code_of: Which code map translates the sent value.
        fill: `sender` when an empty cell takes the sender of the file, `period` when it takes the
            first day of the file's period.
        day_of: Column with a time whose day an empty cell takes.
        last_day_of: Column of the format `period` whose last day an empty cell takes.
        default: Text that stands for an empty cell.
        unit_column: Column with the unit of this quantity.
        pieces: Name of the derived column with this quantity in pieces.
        control: `amount` when the ledger adds it up as money.
        references: `feed.column` it points at.
        fill_in: Whether a row without it is a line of a list that is still to be filled in: it is
            structural, neither landed nor refused.
    """

    name: str
    label_zh: str
    description_en: str
    description_zh: str
    logical_type: str
    duckdb_type: str
    required: bool = False
    key_position: int | None = None
    personal: bool = False
    minimum: Number | None = None
    maximum: Number | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    allowed: tuple[AllowedValue, ...] = ()
    open_list: bool = False
    synonyms: tuple[str, ...] = ()
    code_of: CodeKind | None = None
    fill: Literal["sender", "period"] | None = None
    day_of: str | None = None
    last_day_of: str | None = None
    default: str | None = None
    unit_column: str | None = None
    pieces: str | None = None
    control: Literal["amount"] | None = None
    references: str | None = None
    fill_in: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether a row without a value for it is quarantined, wherever the value may come from."""
        return self.required or self.fill == "period" or self.day_of is not None

    @property
    def is_code(self) -> bool:
        """Whether it holds numbers that are names: no digit of them may be lost."""
        named = self.key_position is not None or self.code_of in ("sku", "outlet")
        is_text = self.logical_type == "string" and self.fill is None
        return is_text and (named or self.pattern is not None)

    @property
    def label_en(self) -> str:
        """English label, made from the name: `document_no` is "Document no"."""
        words = [ACRONYMS.get(word, word) for word in self.name.split("_")]
        return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


class Money(NamedTuple):
    """Columns of a feed whose rows say how much of a product went for how much money.

    Attributes:
        quantity: The quantity as sent.
        amount: What it went for in all.
        unit_price: What one unit of it went for; None where the feed has no such column.
    """

    quantity: Column
    amount: Column
    unit_price: Column | None


@dataclass(frozen=True)
class Contract:
    """One agreed report: what a row is, who owes it, when, and what makes it valid.

    Attributes:
        feed: Name of the feed and of its landing table.
        feed_code: Catalogue number, such as F11; several feeds may share one. S01 and on are what a
            deployment says to itself.
        title_en: Title in English.
        title_zh: Title in Chinese.
        grain_en: "one row is a …".
        grain_zh: The same in Chinese.
        purpose: What the report is for, `English | 中文`.
        domain: Part of the business it belongs to.
        owner_role: Role that answers for it.
        version: Version of the contract.
        period: Span one delivery is about; `none` for masters, whose period is `all`.
        replaces: What a newer delivery replaces: `period` the whole of its period,
            `dates_in_file` the days it has rows for, `keys` the rows whose key it repeats (it tells
            changes only), `nothing`.
        business_date: Column whose value must lie in the period; None for masters.
        period_grace_days: Days before the period from which a row may still come.
        is_always_taken: Whether every deployment takes it, subscribed or not.
        late_is_usual: Whether rows from before the period are expected, such as tickets still open.
        line_is_unique: Whether equal keys within a file are told apart by order of lines.
        sla: When it is due; None when it comes on change.
        columns: Columns in the order of the contract.
        rules: Rules on a row.
        source_file: Name of the file the contract was read from.
    """

    feed: str
    feed_code: str
    title_en: str
    title_zh: str
    grain_en: str
    grain_zh: str
    purpose: str
    domain: str
    owner_role: str
    version: str
    period: Period
    replaces: Replaces
    business_date: str | None
    period_grace_days: int
    line_is_unique: bool
    is_always_taken: bool
    late_is_usual: bool
    sla: Sla | None
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...]
    source_file: str

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            KeyError: The feed has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.feed} has no column {name}")

    @property
    def key(self) -> tuple[Column, ...]:
        """Columns of the natural key in key order; empty when the feed has none."""
        in_key = [(c.key_position, c) for c in self.columns if c.key_position is not None]
        return tuple(column for _, column in sorted(in_key, key=lambda pair: pair[0]))

    @property
    def money(self) -> Money | None:
        """What a price can be worked out from; None where the feed has products without prices."""
        quantity = next((column for column in self.columns if column.pieces), None)
        amount = next((column for column in self.columns if column.control == "amount"), None)
        if quantity is None or amount is None:
            return None
        price = next((column for column in self.columns if column.name == "unit_price"), None)
        return Money(quantity, amount, price)

    @property
    def is_plan(self) -> bool:
        """Whether the feed tells what is to come, being due before its period ends."""
        return self.sla is not None and self.sla.latency_days < 0
