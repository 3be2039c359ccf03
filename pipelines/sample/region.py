"""Everything the files of the sample are made from, built once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.sample.arrivals import Content, Schedule, contents_of, make_schedule
from pipelines.sample.codes import Codes, make_codes
from pipelines.sample.demand import Flows, Wanted, deliver, make_wanted
from pipelines.sample.families import FAMILIES
from pipelines.sample.masters import Outlets, Skus, make_outlets, make_skus
from pipelines.sample.plan import Plan
from pipelines.sample.promotions import Promotions, make_promotions


@dataclass(frozen=True)
class Region:
    """The sample region and the files it sends.

    Attributes:
        plan: Size and days.
        skus: Products.
        outlets: Outlets.
        codes: Codes as the senders write them.
        promotions: What is promoted where and when.
        served: Sell-out lines of goods that were there.
        dipped: Lines that stayed away after a promotion.
        flows: Demand, sales and stock by series and week.
        schedule: Files and when they arrive.
    """

    plan: Plan
    skus: Skus
    outlets: Outlets
    codes: Codes
    promotions: Promotions
    served: Wanted
    dipped: Wanted
    flows: Flows
    schedule: Schedule

    def contents(self, feed: str) -> list[Content]:
        """Different contents of a feed; their places are the numbers used in frames."""
        return contents_of(self.schedule.of(feed))

    def content_numbers(self, feed: str) -> pl.DataFrame:
        """`sender`, `slot` → number of the `content` that holds in the end."""
        rows = [
            (content.sender, content.slot, number)
            for number, content in enumerate(self.contents(feed))
            if not content.first_try
        ]
        return pl.DataFrame(rows, schema=["sender", "slot", "content"], orient="row")

    def first_tries(self, feed: str) -> pl.DataFrame:
        """`content` that holds in the end → number of its `first_try`."""
        numbers = {content: number for number, content in enumerate(self.contents(feed))}
        rows = [
            (numbers[Content(feed, content.sender, content.slot)], number)
            for content, number in numbers.items()
            if content.first_try
        ]
        return pl.DataFrame(rows, schema={"content": pl.Int64, "first_try": pl.Int64}, orient="row")


def make_region(plan: Plan) -> Region:
    """Build the sample in memory."""
    skus, outlets = make_skus(plan), make_outlets(plan)
    codes = make_codes(plan, skus, outlets)
    promotions = make_promotions(plan, skus, outlets)
    wanted, dipped = make_wanted(plan, skus, outlets, promotions)
    served, flows = deliver(plan, skus, wanted)
    schedule = make_schedule(plan)
    return Region(plan, skus, outlets, codes, promotions, served, dipped, flows, schedule)


def family_table() -> pl.DataFrame:
    """What frames need to know of a sender's family, by `sender`."""
    rows = [
        (
            sender,
            number,
            family.has_doc_type,
            family.negative_is_return,
            family.tax_included,
            family.dialect.returns_negative,
        )
        for number, family in enumerate(FAMILIES)
        for sender in family.senders
    ]
    names = ["sender", "family", "has_doc_type", "negative_is_return", "tax", "returns_negative"]
    return pl.DataFrame(rows, schema=names, orient="row")
