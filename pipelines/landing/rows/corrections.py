"""Reasoned edits of what senders sent: `data/corrections/<feed>.yaml`.

A correction acts on the texts of a row before they are read as values. It says what it expects to
find: where the file says something else, the source is fixed or another row is meant, so it does
nothing and says so (`correction_outdated`). The raw file is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from pipelines.contracts import Contract
from pipelines.errors import ContractError
from pipelines.landing.identify import Identity
from pipelines.landing.periods import Period, parse_day, parse_period, span
from pipelines.landing.strict import Strict, error_at, read_model, read_yaml

SENDER, PERIOD = "sender", "period"


class Correction(Strict):
    """One edit.

    Attributes:
        id: Stable name, landed as `_correction_id`.
        match: `sender`, perhaps `period`, and our columns with the values that name the rows.
        action: `set` puts `value` in place of what was sent; `drop` leaves the row out.
        value: Column → what should stand there.
        expect: Column → what stands there in the file as long as the correction is needed.
        reason: Why, in a sentence.
        reported: Day the sender was told.
        status: `open` while it applies; `fixed` keeps it as a record and applies nothing.
    """

    id: str = Field(min_length=1)
    match: dict[str, str]
    action: Literal["set", "drop"] = "set"
    value: dict[str, str] = Field(default_factory=dict)
    expect: dict[str, str]
    reason: str = Field(min_length=1)
    reported: date
    status: Literal["open", "fixed"] = "open"

    @field_validator("match", "value", "expect", mode="before")
    @classmethod
    def _as_texts(cls, values: Any) -> Any:
        """What YAML reads as a number or a day is the text it was written as."""
        return {k: str(v) for k, v in values.items()} if isinstance(values, dict) else values

    @property
    def period(self) -> Period | None:
        """The period of the files it is about; None for any."""
        return _period(self.match.get(PERIOD, ""))

    @property
    def columns(self) -> dict[str, str]:
        """Our columns a row is known by, with their values."""
        return {k: v for k, v in self.match.items() if k not in (SENDER, PERIOD)}

    def may_concern(self, identity: Identity) -> bool:
        """Whether rows of a file may be meant, as far as its name says."""
        if self.match[SENDER] != identity.sender:
            return False
        return self.period is None or identity.period in (None, self.period)


@dataclass(frozen=True)
class Corrections:
    """Every open correction, by feed."""

    by_feed: Mapping[str, tuple[Correction, ...]]

    def of(self, identity: Identity) -> tuple[Correction, ...]:
        """Corrections that may concern a file."""
        found = self.by_feed.get(identity.feed, ())
        return tuple(correction for correction in found if correction.may_concern(identity))


def load_corrections(folder: Path, contracts: Mapping[str, Contract]) -> Corrections:
    """Read the corrections of a deployment.

    Raises:
        ContractError: A file or one of its corrections is not as it should be; names the line.
    """
    by_feed: dict[str, tuple[Correction, ...]] = {}
    for file in sorted(folder.glob("*.y*ml")):
        contract = contracts.get(file.stem)
        if contract is None:
            raise error_at(file, (file.stem,), f"is no feed; known are {', '.join(contracts)}")
        found = _read(file, contract)
        by_feed[contract.feed] = tuple(c for c in found if c.status == "open")
    return Corrections(by_feed)


def _read(file: Path, contract: Contract) -> list[Correction]:
    values = read_yaml(file) or []
    if not isinstance(values, list):
        raise ContractError(f"{file} is not a list of corrections.", f"{file} 不是修正列表。")
    found = [read_model(file, Correction, value, (i,)) for i, value in enumerate(values)]
    seen: set[str] = set()
    for index, correction in enumerate(found):
        _check(file, (index,), correction, contract)
        if correction.id in seen:
            raise error_at(file, (index, "id"), "is the name of another correction too")
        seen.add(correction.id)
    return found


def _check(file: Path, place: tuple[int], correction: Correction, contract: Contract) -> None:
    if SENDER not in correction.match:
        raise error_at(file, (*place, "match"), "names no sender")
    label = correction.match.get(PERIOD)
    if label and _period(label) is None:
        raise error_at(file, (*place, "match", PERIOD), "is no period such as 2026-W46")
    if bool(correction.value) != (correction.action == "set"):
        raise error_at(file, (*place, "action"), "set needs a value, drop has none")
    known = {column.name for column in contract.columns}
    parts = {"match": correction.columns, "value": correction.value, "expect": correction.expect}
    for key, columns in parts.items():
        for name in columns:
            if name not in known:
                raise error_at(file, (*place, key, name), f"is no column of {contract.feed}")
    if not correction.expect:
        raise error_at(file, (*place, "expect"), "says nothing: what does the file say today?")


def _period(label: str) -> Period | None:
    start, dots, end = label.partition("..")
    days = (parse_day(start), parse_day(end)) if dots else (None, None)
    return span(days[0], days[1]) if days[0] and days[1] else parse_period(label)
