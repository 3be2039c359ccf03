"""Which sender, feed and period a received file is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipelines.contracts import Contract
from pipelines.landing.mapping import FeedMapping, Mappings
from pipelines.landing.periods import ALL, Period, parse_period, period_of
from pipelines.landing.receipts import Receipt
from pipelines.landing.refused import RefusedError

SELF = "self"


@dataclass(frozen=True)
class Identity:
    """What is known of a file before it is opened.

    Attributes:
        sender: Who sent it.
        feed: Which report it is.
        period: What it is about; None when only the dates inside can tell.
        mapping: How this sender writes this feed.
    """

    sender: str
    feed: str
    period: Period | None
    mapping: FeedMapping


def identify(
    receipt: Receipt,
    contracts: dict[str, Contract],
    mappings: Mappings,
    subscribed: Sequence[str] = (),
) -> Identity:
    """Find sender, feed and period from what was said on receipt, the folder, and the name.

    `inbox/<sender>/[<feed>/]file` says it; else the `match` of a mapping fits the name.

    Raises:
        RefusedError: `unknown_sender` or `unknown_feed`.
    """
    path = PurePosixPath(receipt.file_name)
    folders = path.parts[:-1]
    sender = receipt.sender or (folders[0] if folders else None)
    feed = receipt.feed or (folders[1] if len(folders) > 1 and folders[1] in contracts else None)
    match = mappings.match(path.name, sender)
    if sender is None and match is None:
        raise RefusedError("unknown_sender")
    sender = sender or (match.sender if match else "")
    feed = (
        feed
        or (match.feed if match else None)
        or _only_feed(path, contracts, list(mappings.by_sender.get(sender, {})) or subscribed)
    )
    mapping = mappings.of(sender, feed)
    unit = mapping.period or contracts[feed].period
    named = match.period if match and match.feed == feed else None
    period = ALL if unit == "none" else named or _period_in(path.stem, unit)
    return Identity(sender, feed, period, mapping)


def _only_feed(path: PurePosixPath, contracts: dict[str, Contract], expected: Sequence[str]) -> str:
    """The feed the name contains, else the only one this sender is mapped for or all may send."""
    words = path.stem.lower().replace("-", "_")
    named = [feed for feed in contracts if feed in words]
    if named:
        return max(named, key=len)
    if len(expected) == 1:
        return expected[0]
    raise RefusedError("unknown_feed")


def _period_in(stem: str, unit: str) -> Period | None:
    """A period that stands as a word of its own in the name: `D001_sellout_2026W47`.

    Only one of the feed's own unit counts: a day in the name of a weekly file may be the day of
    the export, and six digits may be a number. Then the dates inside decide.
    """
    for word in stem.replace(" ", "_").split("_"):
        period = parse_period(word) if unit != "month" or "-" in word else None
        if period and period.start and period == period_of(period.start, unit):
            return period if 2000 <= period.start.year <= 2100 else None
    return None
