"""Random sequences of what can happen to a region: one home for every kind of event.

To add a kind, write a function that draws from `draw` what it needs and notes what arrives, and
name it in `KINDS`. What people decide (release, reject, withdraw, approve) is a small file of the
sender `self`, so it arrives like any other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from hypothesis import strategies as st

from pipelines.landing.receipts import delivery_id
from tests.campaigns.small_region import (
    BEGINNING,
    SKUS,
    Arrival,
    as_workbook,
    code_map,
    csv_bytes,
    monday,
    products,
    sellout,
    stock,
    week_name,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]
THEIR_CODES = ("C100", "C200", "C300", "S1")
CODES = {"D001": SKUS, "D002": THEIR_CODES, "D003": SKUS}
WEEKS = 4
MOST_EVENTS = 9
MOST_RUNS = 4


@dataclass
class Story:
    """What arrives, in the order it was received, and in which order it is processed.

    Attributes:
        arrivals: Files with their stamps.
        runs: Numbers of arrivals per landing run; together each number once.
        kinds: How often each kind of event took place.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    runs: list[list[int]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, data: bytes, hours: float = 0.0) -> None:
        """A file arrives an hour after the one before, or that much later or earlier."""
        stamp = BEGINNING + timedelta(hours=len(self.arrivals) + hours)
        path = PurePosixPath(name)
        named = path.with_name(f"{path.stem} n{len(self.arrivals)}{path.suffix}")
        self.arrivals.append(Arrival(named.as_posix(), data, stamp))

    def again(self, earlier: Arrival) -> None:
        """The same bytes once more, under another name."""
        name = PurePosixPath(earlier.name)
        stem = name.stem.rsplit(" n", 1)[0]
        self.add(name.with_name(f"{stem}{name.suffix}").as_posix(), earlier.data)

    def reports(self) -> list[Arrival]:
        """What senders sent, masters and maps aside."""
        return [arrival for arrival in self.arrivals if not arrival.name.startswith("self/")]


def deliver(draw: Draw, story: Story, hours: float = 0.0) -> None:
    sender = draw(st.sampled_from(sorted(CODES)))
    week = draw(st.integers(0, WEEKS - 1))
    seed = draw(st.integers(0, 1 << 16))
    rows = draw(st.integers(0, 12))
    if sender != "D003" and draw(st.integers(0, 4)) == 0:
        story.add(f"{sender}/stock/{week_name(week)}.csv", stock(seed, week, rows), hours)
        return
    data = sellout(seed, week, rows, CODES[sender])
    story.add(f"{sender}/sellout/{week_name(week)}.csv", data, hours)


def deliver_workbook(draw: Draw, story: Story) -> None:
    week, seed = draw(st.integers(0, WEEKS - 1)), draw(st.integers(0, 1 << 16))
    data = as_workbook(sellout(seed, week, 5, SKUS))
    story.add(f"D001/sellout/{week_name(week)}.xlsx", data)


def overlap(draw: Draw, story: Story) -> None:
    """An export over the end of one week and the next two."""
    sender = draw(st.sampled_from(("D001", "D003")))
    week, seed = draw(st.integers(0, WEEKS - 2)), draw(st.integers(0, 1 << 16))
    days = draw(st.integers(8, 16))
    story.add(f"{sender}/sellout/export.csv", sellout(seed, week, 10, CODES[sender], days))


def late(draw: Draw, story: Story) -> None:
    """Received before everything else, whenever it is read."""
    deliver(draw, story, hours=-draw(st.integers(20, 200)))


def at_the_same_second(draw: Draw, story: Story) -> None:
    deliver(draw, story, hours=-1.0 if story.arrivals else 0.0)


def redeliver(draw: Draw, story: Story) -> None:
    if story.reports():
        story.again(story.reports()[-1])


def restate(draw: Draw, story: Story) -> None:
    old = _one_of(draw, story)
    if old is None or not old.name.endswith(".csv") or not old.data.strip():
        return deliver(draw, story)
    header, *lines = old.data.decode().splitlines()
    kept = [line for number, line in enumerate(lines) if number % 3 != 1]
    changed = [line.replace(",sale,", ",return,") for line in kept]
    story.again(replace(old, data=("\n".join([header, *changed]) + "\n").encode()))
    return None


def restore(draw: Draw, story: Story) -> None:
    old = _one_of(draw, story)
    if old:
        story.again(old)


def refused(draw: Draw, story: Story) -> None:
    week = draw(st.integers(0, WEEKS - 1))
    data = draw(st.sampled_from((b"", b"a,b\n1,2\n", b"\x00\x01\x02" * 50)))
    story.add(f"D001/sellout/{week_name(week)}.csv", data)


def map_comes(draw: Draw, story: Story) -> None:
    mapped = draw(st.sampled_from((("C100",), ("C100", "C200"), ("C100", "C200", "C300"))))
    shift = draw(st.integers(0, 1))
    pairs = {code: SKUS[(place + shift) % 3] for place, code in enumerate(mapped)}
    story.add("self/map_sku/map_sku.csv", code_map(pairs))


def master_changes(draw: Draw, story: Story) -> None:
    story.add("self/sku/sku.csv", products(draw(st.integers(2, len(SKUS)))))


def held(draw: Draw, story: Story) -> None:
    """A file of which so many lines are impossible that it waits for somebody to decide."""
    week, seed = draw(st.integers(0, WEEKS - 1)), draw(st.integers(0, 1 << 16))
    data = sellout(seed, week, 24, SKUS, bad_share=0.3)
    story.add(f"D001/sellout/{week_name(week)}.csv", data)


def decide(draw: Draw, story: Story) -> None:
    """Somebody frees, refuses or takes back a file, whether it waits or counts."""
    about = _one_of(draw, story)
    if about is None:
        return
    action = draw(st.sampled_from(("release", "reject", "withdraw", "release")))
    sha256 = hashlib.sha256(about.data).hexdigest()
    number = delivery_id(about.name, sha256, about.received_at)
    line = f"{number},{action},because,S01,{about.name}"
    header = "delivery_id,action,reason,decided_by,file_name"
    story.add("self/decision/decision.csv", csv_bytes(header, [line]))


def close(draw: Draw, story: Story) -> None:
    """Finance closes what is past: what comes after it for those days waits."""
    through = monday(draw(st.integers(1, WEEKS - 1))) - timedelta(days=1)
    at = BEGINNING + timedelta(hours=len(story.arrivals) + draw(st.integers(-4, 0)))
    line = f"sellout,{through},{at},F01"
    header = "feed,closed_through,closed_at,closed_by"
    story.add("self/period_close/period_close.csv", csv_bytes(header, [line]))


def changes_only(draw: Draw, story: Story) -> None:
    """D004 tells what changed: the same few documents with other quantities."""
    week, seed = draw(st.integers(0, WEEKS - 1)), draw(st.integers(0, 2))
    rows, other = draw(st.integers(1, 8)), draw(st.integers(1, 9))
    lines = (
        sellout(seed, week, rows, SKUS, bad_share=0).decode().replace(",sale,", f",sale,{other}")
    )
    story.add(f"D004/sellout/{week_name(week)}.csv", lines.encode())


KINDS: dict[str, Callable[[Draw, Story], None]] = {
    "deliver": deliver,
    "deliver_workbook": deliver_workbook,
    "overlap": overlap,
    "late": late,
    "at_the_same_second": at_the_same_second,
    "redeliver": redeliver,
    "restate": restate,
    "restore": restore,
    "refused": refused,
    "map_comes": map_comes,
    "master_changes": master_changes,
    "held": held,
    "decide": decide,
    "close": close,
    "changes_only": changes_only,
}
# how often a kind is drawn; a workbook starts a process
WEIGHTS = {"deliver": 3, "restate": 2, "restore": 2, "late": 2, "overlap": 2, "decide": 2}
DRAWN = [
    kind for kind in KINDS if kind != "deliver_workbook" for _ in range(WEIGHTS.get(kind, 1))
] * 4 + ["deliver_workbook"]


@st.composite
def stories(draw: Draw) -> Story:
    """A story of up to a dozen arrivals, processed shuffled or as received, over some runs."""
    story = Story()
    master_changes(draw, story)
    for kind in draw(st.lists(st.sampled_from(DRAWN), min_size=2, max_size=MOST_EVENTS)):
        KINDS[kind](draw, story)
        story.kinds[kind] += 1
    order = list(range(len(story.arrivals)))
    if draw(st.booleans()):
        order = draw(st.permutations(order))
        story.kinds["shuffle"] += 1
    cuts = draw(st.sets(st.integers(1, len(order)), max_size=MOST_RUNS - 1))
    edges = [0, *sorted(cuts), len(order)]
    story.runs = [order[a:b] for a, b in pairwise(edges) if b > a]
    return story


def _one_of(draw: Draw, story: Story) -> Arrival | None:
    found = story.reports()
    return draw(st.sampled_from(found)) if found else None
