"""How a sender's files differ from the contract: `data/mappings/*.yaml`, read strictly."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipelines.contracts import Contract
from pipelines.contracts.model import Replaces
from pipelines.landing.periods import Period, parse_day, parse_period, span
from pipelines.landing.strict import Strict, error_at, read_model, read_yaml

PLACEHOLDERS = {
    "sender": r".+?",
    "feed": r"[A-Za-z0-9_]+",
    "period": r"\d{4}-?[Ww]\d{2}|\d{4}-?\d{2}-?\d{2}|\d{4}-?\d{2}",
    "start": r"\d{4}-?\d{2}-?\d{2}",
    "end": r"\d{4}-?\d{2}-?\d{2}",
}


class DocTypeFrom(Strict):
    """Where the kind of a document shows in another column."""

    column: str
    prefixes: dict[str, str]


class FeedMapping(Strict):
    """How one sender writes one feed.

    Attributes:
        match: Patterns of file names with `{sender} {feed} {period} {start} {end} {any}`.
        encoding: Encoding where it is not UTF-8 or GB18030.
        delimiter: Field separator of a CSV; default found from the header.
        quote: Sign around cells of a CSV; default found from the file, nearly always `"`.
        escape: Sign before a quote inside a quoted cell; default found from the file.
        sheet: Sheet of a workbook; default the first whose header fits.
        columns: Their headers for our columns; win over the contract's synonyms.
        joined: Their headers for a column that stands in several of theirs, such as year and
            month; their texts are joined with a hyphen. One of them may mean another of our columns
            as well.
        personal: Their headers with persons in them, beside the contract's personal columns:
            masked wherever rows are shown.
        dates: strptime formats tried before the usual ones.
        codes: `ours` when the sender uses our codes where no map says otherwise.
        units: Their unit words: `piece`, `case`, `inner` or a number of pieces.
        values: Per column, their words for the contract's values.
        doc_type_from: Finds the kind of document from the start of another column.
        tax_included: Whether amounts contain VAT when the file has no such column.
        negative_is_return: A sale with a negative quantity is a return.
        period: Overrides the contract's period.
        replaces: Overrides what a newer delivery replaces.
        nil_report: A file of no rows says that there was nothing to report.
        exact_repeats: Whether an exact repeat of a row is a row (`keep`) or an accident (`drop`).
        wan: Whether `1.2万` is 12,000; else it is no number.
        unknown_outlet: Whether a row of an unmapped outlet counts for the sender's unknown outlet
            (`load`) or is held back (`quarantine`).
        uom_autofix: Whether a quantity is converted with the unit its price fits, with a warning,
            where the unit sent does not fit it.
        price_faults: Whether a row whose price or amount cannot be right is held back
            (`quarantine`) or takes the same reason as a warning (`load`), as for a sender whose
            unit prices are before discount.
    """

    match: list[str] = Field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    quote: str | None = Field(default=None, min_length=1, max_length=1)
    escape: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    columns: dict[str, list[str]] = Field(default_factory=dict)
    joined: dict[str, list[str]] = Field(default_factory=dict)
    personal: list[str] = Field(default_factory=list)
    dates: list[str] = Field(default_factory=list)
    codes: Literal["ours", "theirs"] = "theirs"
    units: dict[str, Literal["piece", "case", "inner"] | float] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    doc_type_from: DocTypeFrom | None = None
    tax_included: bool | None = None
    negative_is_return: bool = False
    period: Literal["day", "week", "month", "none"] | None = None
    replaces: Replaces | None = None
    nil_report: bool = False
    exact_repeats: Literal["keep", "drop"] = "keep"
    wan: bool = False
    unknown_outlet: Literal["load", "quarantine"] = "load"
    uom_autofix: bool = False
    price_faults: Literal["quarantine", "load"] = "quarantine"

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                codecs.lookup(value)
            except LookupError as error:
                raise ValueError("is no encoding Python knows, such as gb18030") from error
        return value

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list(cls, values: dict) -> dict:
        if isinstance(values, dict) and isinstance(values.get("match"), str):
            values = values | {"match": [values["match"]]}
        return values


class MappingFile(Strict):
    """One file: the senders it is about and how they write each feed."""

    sender: str | None = None
    senders: list[str] = Field(default_factory=list)
    language: Literal["zh", "en"] | None = None
    feeds: dict[str, FeedMapping]


@dataclass(frozen=True)
class NameMatch:
    """What a file name says.

    Attributes:
        sender: Who sends it.
        feed: Which report it is.
        period: Its period; None when the name does not say.
    """

    sender: str
    feed: str
    period: Period | None


@dataclass(frozen=True)
class Mappings:
    """Every mapping of the deployment, by sender and feed.

    Attributes:
        by_sender: sender → feed → mapping.
        languages: sender → language of answers.
        patterns: (compiled pattern, senders it may name, feed), in file order.
    """

    by_sender: dict[str, dict[str, FeedMapping]] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes whenever a file of unknown sender might find one."""
        return repr([(pattern.pattern, senders, feed) for pattern, senders, feed in self.patterns])

    def of(self, sender: str, feed: str) -> FeedMapping:
        """The mapping of a sender's feed; the plain one when none is written."""
        return self.by_sender.get(sender, {}).get(feed, PLAIN)

    def match(self, name: str, sender: str | None = None) -> NameMatch | None:
        """Read a file name by the first pattern that fits it.

        Args:
            name: Last part of the path.
            sender: Only patterns of this sender; None for all.
        """
        for pattern, senders, feed in self.patterns:
            found = pattern.fullmatch(name)
            if not found:
                continue
            parts = found.groupdict()
            named = _named(parts.get("sender"), sender, senders)
            if named and (sender is None or sender in senders):
                return NameMatch(named, feed, _period(parts))
        return None


PLAIN = FeedMapping()


def load_mappings(folder: Path, contracts: dict[str, Contract]) -> Mappings:
    """Read every mapping of a deployment.

    Raises:
        ContractError: A file has an unknown key, feed or column; names file and line.
    """
    by_sender: dict[str, dict[str, FeedMapping]] = {}
    languages: dict[str, str] = {}
    patterns = []
    for file in sorted(folder.glob("*.y*ml")):
        mapping = read_model(file, MappingFile, read_yaml(file))
        senders = tuple(mapping.senders or ([mapping.sender] if mapping.sender else []))
        if not senders:
            raise error_at(file, ("sender",), "names no sender: write `sender:` or `senders:`")
        for feed, feed_mapping in mapping.feeds.items():
            _check(file, feed, feed_mapping, contracts)
            for sender in senders:
                if feed in by_sender.setdefault(sender, {}):
                    raise error_at(file, ("feeds", feed), f"is mapped twice for {sender}")
                by_sender[sender][feed] = feed_mapping
            for pattern in feed_mapping.match:
                patterns.append((_compile(file, feed, pattern), senders, feed))
        if mapping.language:
            languages |= dict.fromkeys(senders, mapping.language)
    return Mappings(by_sender, languages, tuple(patterns))


def _check(file: Path, feed: str, mapping: FeedMapping, contracts: dict[str, Contract]) -> None:
    if feed not in contracts:
        raise error_at(
            file, ("feeds", feed), f"is no feed; known are {', '.join(sorted(contracts))}"
        )
    known = {column.name for column in contracts[feed].columns}
    named = {"columns": mapping.columns, "joined": mapping.joined, "values": mapping.values}
    for key, columns in named.items():
        for column in columns:
            if column not in known:
                raise error_at(file, ("feeds", feed, key, column), f"is no column of {feed}")
    for column, words in mapping.values.items():
        is_boolean = contracts[feed].column(column).logical_type == "boolean"
        if is_boolean and not set(words.values()) <= {"true", "false"}:
            raise error_at(
                file, ("feeds", feed, "values", column), "means 'true' or 'false', quoted"
            )
    if mapping.doc_type_from and mapping.doc_type_from.column not in known:
        raise error_at(file, ("feeds", feed, "doc_type_from"), "names a column the feed has not")


def _compile(file: Path, feed: str, pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern)
    compiled, seen = "", set[str]()
    for position, part in enumerate(parts):
        if position % 2 == 0:
            compiled += re.escape(part)
        elif part == "any":
            compiled += ".*"
        elif part in seen or part not in PLACEHOLDERS:
            raise error_at(file, ("feeds", feed, "match"), f"has a wrong placeholder {{{part}}}")
        else:
            compiled += f"(?P<{part}>{PLACEHOLDERS[part]})"
            seen.add(part)
    return re.compile(compiled, re.IGNORECASE)


def _named(part: str | None, asked: str | None, senders: tuple[str, ...]) -> str | None:
    if part is None:
        return asked or (senders[0] if len(senders) == 1 else None)
    return next((sender for sender in senders if sender.lower() == part.lower()), None)


def _period(parts: dict[str, str | None]) -> Period | None:
    start, end = (parts.get(key) for key in ("start", "end"))
    if start and end:
        days: tuple[date | None, date | None] = (parse_day(start), parse_day(end))
        return span(days[0], days[1]) if days[0] and days[1] else None
    period = parts.get("period")
    return parse_period(period) if period else None
