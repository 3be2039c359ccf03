"""The promotion calendar: what is promoted where and when, and what it truly does to demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.sample.masters import ALWAYS, NEVER, Ints, Outlets, Skus, banners, city_of
from pipelines.sample.plan import Plan, Stream
from pipelines.sample.words import CHANNELS, CITIES

WEEKS_APART = 3
DIP_WEEKS = 2
SELLIN_DAYS_BEFORE = 14
MECHANICS = ("特价", "第二件半价", "买赠", "加价购")
SCOPES = ("all", "channel", "city", "banner", "distributor_code")
PROMOTED_CHANNELS = ("KA", "CVS", "GT", "LKA")
EVERY_NTH_LOSES, EVERY_NTH_DIPS = 7, 3
MARGIN_RATIO = 0.38
COST_OF_MARGIN, LOSERS_COST_OF_SALES = 0.45, 0.10


@dataclass(frozen=True)
class Promotion:
    """One promotion.

    Attributes:
        code: Its number.
        skus: Products promoted.
        scope: `all`, or the column that says where.
        place: Value of that column; empty for `all`.
        first_week: Index of its first week.
        last_week: Index of its last week.
        discount: Part of the price given away, in hundredths.
        uplift: Demand added, as a share of the usual.
        dip: Share of the usual demand that stays away in the weeks after.
        loses: Whether it is planted to cost more than it earns.
        mechanic: How it works.
    """

    code: str
    skus: tuple[int, ...]
    scope: str
    place: str
    first_week: int
    last_week: int
    discount: int
    uplift: float
    dip: float
    loses: bool
    mechanic: str


@dataclass(frozen=True)
class Promotions:
    """Every promotion and where it holds.

    Attributes:
        all: The promotions; a product is in one of them at a time.
        reaches: Whether (promotion, outlet) is in its scope.
        running: Number of the promotion of (product, week); -1 for none.
        dipping: The same of the weeks after it.
    """

    all: tuple[Promotion, ...]
    reaches: np.ndarray
    running: Ints
    dipping: Ints

    def of(self, table: Ints, sku: Ints, week: Ints, outlet: Ints) -> Ints:
        """Number of the promotion of each line by `running` or `dipping`; -1 for none."""
        number = table[sku, week]
        return np.where((number >= 0) & self.reaches[number, outlet], number, -1)

    def discounts(self, sku: Ints, week: Ints, outlet: Ints) -> Ints:
        """Part of the price given away on each line, in hundredths."""
        given = np.array([*(promotion.discount for promotion in self.all), 0])
        return given[self.of(self.running, sku, week, outlet)]


def make_promotions(plan: Plan, skus: Skus, outlets: Outlets) -> Promotions:
    """A promotion every few weeks, of products that were there all the time."""
    rng = plan.rng(Stream.PROMOTIONS)
    lasting = (skus.launch_week == ALWAYS) & (skus.delist_week == NEVER) & ~skus.is_gift
    liked = np.flatnonzero(lasting)[np.argsort(-skus.popularity[lasting], kind="stable")]
    promoted = rng.permutation(liked[: max(6, liked.size // 3)])
    numbers = range(plan.size.weeks // WEEKS_APART)
    made = tuple(_promotion(plan, rng, promoted, number) for number in numbers)
    tables = [np.full((skus.count, plan.size.weeks), -1) for _ in range(2)]
    for number, one in enumerate(made):
        after = one.last_week + 1
        for table, weeks in zip(
            tables, (slice(one.first_week, after), slice(after, after + DIP_WEEKS)), strict=True
        ):
            table[list(one.skus), weeks] = number
    return Promotions(made, np.stack([_reach(plan, outlets, one) for one in made]), *tables)


def _promotion(plan: Plan, rng: np.random.Generator, promoted: Ints, number: int) -> Promotion:
    first = number * WEEKS_APART + int(rng.integers(0, 2))
    last = min(first + int(rng.integers(1, 4)), plan.size.weeks - 1)
    scope = SCOPES[number % len(SCOPES)]
    loses = number % EVERY_NTH_LOSES == EVERY_NTH_LOSES - 1
    uplift = float(rng.uniform(0.02, 0.08) if loses else rng.uniform(0.6, 1.8))
    dip = float(rng.uniform(0.25, 0.4)) if number % EVERY_NTH_DIPS == 1 else 0.0
    return Promotion(
        code=f"CX{plan.monday(first):%y%m}{number + 1:02d}",
        skus=tuple(int(promoted[(2 * number + n) % promoted.size]) for n in range(1 + number % 2)),
        scope=scope,
        place=_place(plan, scope, number),
        first_week=first,
        last_week=last,
        discount=int(rng.choice([8, 10, 12, 15, 18])),
        uplift=uplift,
        dip=0.0 if loses else dip,
        loses=loses,
        mechanic=MECHANICS[number % len(MECHANICS)],
    )


def _place(plan: Plan, scope: str, number: int) -> str:
    turn = number // len(SCOPES)
    chains = [name for channel in CHANNELS[:3] for name in channel.banners]
    places = {
        "all": [""],
        "channel": list(PROMOTED_CHANNELS),
        "city": [city.name for city in CITIES],
        "banner": chains,
        "distributor_code": [f"D{n + 1:03d}" for n in range(plan.size.distributors)],
    }[scope]
    return places[turn % len(places)]


def _reach(plan: Plan, outlets: Outlets, promotion: Promotion) -> np.ndarray:
    """Whether each outlet is in the scope of a promotion."""
    if promotion.scope == "all":
        return np.ones(plan.size.outlets, dtype=bool)
    values = {
        "channel": lambda: [CHANNELS[index].code for index in outlets.channel],
        "city": lambda: [CITIES[city_of(int(index))].name for index in outlets.distributor],
        "banner": lambda: banners(outlets),
        "distributor_code": lambda: [f"D{index + 1:03d}" for index in outlets.distributor],
    }[promotion.scope]()
    return np.array(values) == promotion.place


def promotion_master(plan: Plan, skus: Skus, promotions: Promotions, costs: Ints) -> pl.DataFrame:
    """Feed `promotion`: a row for each product of each promotion.

    Args:
        plan: The sample's days.
        skus: Products.
        promotions: The calendar.
        costs: Fen each promotion costs; the plan had them in full hundreds of yuan.
    """
    rows = [
        {
            "promo_code": one.code,
            "sku_code": skus.codes[sku],
            **{scope: one.place if one.scope == scope else "" for scope in SCOPES[1:]},
            "mechanic": one.mechanic,
            "start_date": plan.monday(one.first_week).isoformat(),
            "end_date": plan.sunday(one.last_week).isoformat(),
            "sellin_start_date": plan.day(one.first_week * 7 - SELLIN_DAYS_BEFORE).isoformat(),
            "plan_uplift_ratio": f"{round(max(one.uplift, 0.5), 1)}",
            "plan_cost_amount": f"{max(1, round(int(cost) / 10_000 / len(one.skus))) * 100}.00",
            "discount_ratio": f"{one.discount / 100:.2f}",
        }
        for one, cost in zip(promotions.all, costs, strict=True)
        for sku in one.skus
    ]
    return pl.DataFrame(rows)
