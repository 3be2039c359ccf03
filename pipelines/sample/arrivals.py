"""Which files arrive when: on time, late, twice, restated, restored, broken or never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np

from pipelines.sample.families import FEED_NAMES_ZH, Family, family_of
from pipelines.sample.plan import Plan, Stream, due_of_month
from pipelines.sample.trouble import TROUBLED

INITIAL = -1
FEEDS = ("sellout", "stock", "claim", "movement")
MONTHLY = ("claim", "movement")
BROKEN = {"empty": "empty_file", "binary": "binary_file", "header": "unknown_header"}
RATES = {
    "late": 0.025,
    "missing": 0.008,
    "duplicate": 0.01,
    "restated": 0.012,
    "restored": 0.003,
    "empty": 0.002,
    "binary": 0.002,
    "header": 0.002,
}
STOCK_RATES = {"late": 0.02, "missing": 0.008, "duplicate": 0.005, "restated": 0.005}
CLAIM_RATES = {"late": 0.04, "restated": 0.02, "duplicate": 0.01, "missing": 0.015}
MOVEMENT_RATES = {"late": 0.04, "restated": 0.03, "duplicate": 0.01, "missing": 0.01}
EVENTS = {
    "sellout": RATES,
    "stock": STOCK_RATES,
    "claim": CLAIM_RATES,
    "movement": MOVEMENT_RATES,
}


@dataclass(frozen=True)
class Content:
    """What stands in a file; several files may have the same.

    Attributes:
        feed: Which report.
        sender: Number of the distributor.
        slot: Index of week or month; -1 for the initial load.
        first_try: True for the version that was later restated.
        broken: `empty`, `binary` or `header` where the file is none of ours.
    """

    feed: str
    sender: int
    slot: int
    first_try: bool = False
    broken: str = ""

    @property
    def family(self) -> Family:
        """How its sender writes."""
        return family_of(self.sender)

    @property
    def kind(self) -> str:
        """`csv` or `xlsx`: initial loads and broken files are CSV."""
        is_csv = self.slot == INITIAL or self.broken
        return "csv" if is_csv else self.family.dialect.kind


@dataclass(frozen=True)
class Arrival:
    """One file received.

    Attributes:
        content: What is in it.
        file: Path below the inbox.
        received_at: Local time of receipt.
        status: What must become of it: loaded, superseded, duplicate or refused.
        is_late: Whether it was sent after its deadline.
    """

    content: Content
    file: str
    received_at: datetime
    status: str = "loaded"
    is_late: bool = False

    @property
    def reason(self) -> str:
        """Why it must be refused; empty when it must not."""
        return BROKEN.get(self.content.broken, "")


@dataclass
class Schedule:
    """Every file of the distributors.

    Attributes:
        arrivals: Files received.
        missing: (feed, sender, slot) that were owed and never came whole.
        not_due: The same for what is not due yet and has not come.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    missing: list[tuple[str, int, int]] = field(default_factory=list)
    not_due: list[tuple[str, int, int]] = field(default_factory=list)

    def of(self, feed: str) -> list[Arrival]:
        """Files of one feed."""
        return [arrival for arrival in self.arrivals if arrival.content.feed == feed]


def make_schedule(plan: Plan) -> Schedule:
    """Decide what arrives, and when."""
    schedule = Schedule()
    for number, feed in enumerate(FEEDS):
        rng = plan.rng(Stream.ARRIVALS, number)
        events = _events(plan, feed, rng)
        for sender in range(1, plan.size.distributors + 1):
            for slot in (*_initial(plan, feed), *slots(plan, feed)):
                _arrive(plan, schedule, Content(feed, sender, slot), events.get((sender, slot), ""))
    return schedule


def _initial(plan: Plan, feed: str) -> tuple[int, ...]:
    """The initial load, unless every month has a file of its own."""
    return () if feed in MONTHLY and plan.monthly_from == 0 else (INITIAL,)


def slots(plan: Plan, feed: str) -> range:
    """Weeks or months of a feed that come in a file of their own."""
    if feed in MONTHLY:
        return range(plan.monthly_from, len(plan.months))
    return range(plan.split, plan.size.weeks)


def is_not_due(plan: Plan, content: Content) -> bool:
    """Whether the file of the last week is still to come: every other sender waits for Monday."""
    last = plan.size.weeks - 1
    if content.feed in MONTHLY or content.slot != last or plan.as_of > plan.sunday(last):
        return False
    return content.sender % 2 == 0


def _events(plan: Plan, feed: str, rng: np.random.Generator) -> dict[tuple[int, int], str]:
    """What goes wrong with which file; at least one of each kind."""
    rates, chosen = EVENTS[feed], {}
    eligible = [
        (sender, slot)
        for sender in range(1, plan.size.distributors + 1)
        for slot in slots(plan, feed)
        if _may_go_wrong(plan, feed, sender, slot)
    ]
    order = [eligible[i] for i in rng.permutation(len(eligible))]
    for event, rate in rates.items():
        possible = [key for key in order if key not in chosen and _fits(event, key[0])]
        for key in possible[: max(1, round(rate * len(eligible)))]:
            chosen[key] = event
    return chosen


def _may_go_wrong(plan: Plan, feed: str, sender: int, slot: int) -> bool:
    """Files that show the stock trouble, and what is not due yet, come as they should."""
    if feed in MONTHLY:
        return True
    # holidays lie in the first days of a month: a deadline there moves, and late would be on time
    due = plan.sunday(slot) + timedelta(days=1)
    if slot == plan.size.weeks - 1 or due.day <= 8:
        return False
    return sender - 1 not in TROUBLED or slot < plan.size.weeks - 3


def _fits(event: str, sender: int) -> bool:
    return event not in BROKEN or family_of(sender).dialect.kind == "csv"


def _arrive(plan: Plan, schedule: Schedule, content: Content, event: str) -> None:
    """Add the files of one report."""
    key = (content.feed, content.sender, content.slot)
    if is_not_due(plan, content):
        schedule.not_due.append(key)
        return
    if event in ("missing", "binary"):
        schedule.missing.append(key)
    on_time = _on_time(plan, content)
    first_try = Content(*key, first_try=True)
    broken = Content(*key, broken=event)
    # (content, ending of the name, hours after the first, status)
    plays: dict[str, list[tuple[Content, str, int, str]]] = {
        "missing": [],
        "late": [(content, "", _late_hours(content), "loaded")],
        "duplicate": [(content, "", 0, "loaded"), (content, "_copy", 20, "duplicate")],
        "restated": [(first_try, "", 0, "superseded"), (content, "_v2", 49, "loaded")],
        "restored": [
            (content, "", 0, "superseded"),
            (first_try, "_v2", 22, "superseded"),
            (content, "_v3", 70, "loaded"),
        ],
        "empty": [(broken, "", 0, "refused"), (content, "_v2", 1, "loaded")],
        "binary": [(broken, "", 0, "refused")],
        "header": [(broken, "", 0, "refused"), (content, "_v2", 1, "loaded")],
    }
    for version, ending, hours, status in plays.get(event, [(content, "", 0, "loaded")]):
        received = on_time + timedelta(hours=hours)
        file = file_name(plan, version, ending)
        schedule.arrivals.append(Arrival(version, file, received, status, event == "late"))


def _late_hours(content: Content) -> int:
    if content.feed in MONTHLY:  # past a deadline that a week of holidays has moved
        return 240
    return 48 + 24 * (content.sender % 3)


def _on_time(plan: Plan, content: Content) -> datetime:
    """A time before the deadline that differs from sender to sender."""
    minutes = timedelta(minutes=7 * content.sender + 3 * FEEDS.index(content.feed))
    if content.slot == INITIAL:
        return datetime.combine(plan.weekly_from, time(8, 30)) + minutes
    if content.feed in MONTHLY:
        return due_of_month(plan.months[content.slot]) - timedelta(hours=30) + minutes
    if content.slot == plan.size.weeks - 1:
        return datetime.combine(plan.sunday(content.slot), time(18, 0)) + minutes
    return datetime.combine(plan.sunday(content.slot), time(8, 40)) + timedelta(days=1) + minutes


def period(plan: Plan, content: Content) -> tuple[date, date]:
    """First and last day a file is about."""
    if content.feed in MONTHLY:
        months = plan.months
        first = months[0] if content.slot == INITIAL else months[content.slot]
        last = months[plan.monthly_from - 1 if content.slot == INITIAL else content.slot]
        return first, due_of_month(last).date() - timedelta(days=5)
    if content.slot == INITIAL:
        return plan.first_monday, plan.sunday(plan.split - 1)
    return plan.monday(content.slot), plan.sunday(content.slot)


def period_label(plan: Plan, content: Content) -> str:
    """The period as the ledger writes it."""
    first, last = period(plan, content)
    if content.slot == INITIAL:
        return f"{first}..{last}"
    return f"{first:%Y-%m}" if content.feed in MONTHLY else f"{first:%G-W%V}"


def file_name(plan: Plan, content: Content, ending: str) -> str:
    """Path of a file below the inbox."""
    first, last = period(plan, content)
    sender, dialect = f"D{content.sender:03d}", content.family.dialect
    if content.slot == INITIAL:
        stamp = f"{first:%Y%m%d}_{last:%Y%m%d}"
    elif content.feed in MONTHLY:
        stamp = f"{first:%Y-%m}" if dialect.thousands else f"{first:%Y%m}"
    else:
        stamp = f"{first:%G-W%V}" if dialect.thousands else f"{first:%GW%V}"
    if dialect.name_zh:
        return f"{sender}/{sender}_{FEED_NAMES_ZH[content.feed]}_{stamp}{ending}.{content.kind}"
    return f"{sender}/{content.feed}/{sender}_{content.feed}_{stamp}{ending}.{content.kind}"


def contents_of(arrivals: Iterable[Arrival]) -> list[Content]:
    """Every different content with rows, in the order of arrival."""
    return list(dict.fromkeys(a.content for a in arrivals if not a.content.broken))
