"""What the sample's outlets want to buy week by week, and what the distributors could deliver."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.sample.families import (
    CASE,
    DOZEN,
    INNER,
    PIECE,
    TI,
    TI_PIECES,
    TI_PIECES_OF_FIRST_SKU,
    TI_SENDERS,
    family_of,
)
from pipelines.sample.masters import Ints, Outlets, Skus
from pipelines.sample.plan import (
    CHINESE_NEW_YEARS,
    DAYS_IN_WEEK,
    MID_AUTUMNS,
    Plan,
    Stream,
    weeks_from,
)
from pipelines.sample.promotions import Promotions
from pipelines.sample.trouble import (
    EMPTY_AT_THE_END,
    KEEP_OLD_GIFTS,
    LOADED,
    OVERSTOCKED,
    PHANTOM,
    troubled,
)
from pipelines.sample.words import AUTUMN_FORM, CHANNELS, NEW_YEAR_FORM

NEW_YEAR_LIFT = {"巧克力": 1.3, "糖果": 1.5, "饼干": 0.8, "威化": 0.5, "口香糖": 0.1, "礼盒": 0.0}
AUTUMN_LIFT = {"巧克力": 0.4, "糖果": 0.3, "饼干": 0.2, "威化": 0.1, "口香糖": 0.0, "礼盒": 0.0}
BIG_BUYERS = tuple(channel.pull >= 3 for channel in CHANNELS)
WHOLESALE = tuple(channel.code == "WS" for channel in CHANNELS)
COVER_WEEKS = 2.2
FAILED_DELIVERIES = 0.04
PUSHED = 2
PUSHED_WEEKS = 5
LOADED_WEEKS = 8
LOADED_WEEKS_AGO = 3
# eight that are reported where the report of the last one is still to come
PHANTOM_WEEKS = 9


@dataclass(frozen=True)
class Wanted:
    """Lines outlets asked for, one array element each.

    Attributes:
        cell: (distributor * products + product) * weeks + week.
        day: Day from the first Monday.
        outlet: Index of the outlet.
        unit: Index into `UNITS`.
        count: Number of units.
        pieces: The same in pieces.
        promo: Number of the promotion that made the line, or kept it away; -1 for none.
    """

    cell: Ints
    day: Ints
    outlet: Ints
    unit: Ints
    count: Ints
    pieces: Ints
    promo: Ints

    def only(self, keep: Ints) -> Wanted:
        """The lines where `keep` is true."""
        return Wanted(*(values[keep] for values in self._arrays()))

    def and_also(self, more: Wanted) -> Wanted:
        """These lines and those."""
        pairs = zip(self._arrays(), more._arrays(), strict=True)
        return Wanted(*(np.concatenate(pair) for pair in pairs))

    def _arrays(self) -> tuple[Ints, ...]:
        return (
            self.cell,
            self.day,
            self.outlet,
            self.unit,
            self.count,
            self.pieces,
            self.promo,
        )


@dataclass(frozen=True)
class Flows:
    """Pieces by (distributor * products + product, week).

    Attributes:
        demand: What outlets asked for.
        sold: What they got.
        closing: What the distributor holds on Sunday evening.
        received: What came in on Monday morning.
    """

    demand: Ints
    sold: Ints
    closing: Ints
    received: Ints


def season(plan: Plan, skus: Skus, ahead: int = 0) -> np.ndarray:
    """Factor on demand by (product, week), of so many weeks after the last one too."""
    weeks = np.arange(plan.size.weeks + ahead)
    mondays = [plan.monday(week) for week in weeks]
    new_year = np.array([weeks_from(day, CHINESE_NEW_YEARS) for day in mondays])
    autumn = np.array([weeks_from(day, MID_AUTUMNS) for day in mondays])
    of_year = np.array([day.timetuple().tm_yday for day in mondays])
    trend = 1 + 0.05 * weeks / 52
    base = (1 + 0.12 * np.cos(2 * np.pi * of_year / 365)) * trend
    pause = np.where((new_year == 0) | (new_year == 1), 0.45, 1.0)
    lift = np.array([NEW_YEAR_LIFT[line.category] for line in skus.lines])[:, None]
    moon = np.array([AUTUMN_LIFT[line.category] for line in skus.lines])[:, None]
    usual = (base + lift * _bell(new_year, -2.2, 1.7) + moon * _bell(autumn, -1.0, 1.2)) * pause
    gift_spring = np.where((new_year >= -8) & (new_year <= 0), 5 * _bell(new_year, -2.4, 1.8), 0)
    gift_autumn = np.where((autumn >= -6) & (autumn <= 0), 4 * _bell(autumn, -1.4, 1.3), 0)
    usual = np.where(skus.form_is(NEW_YEAR_FORM)[:, None], gift_spring, usual)
    return np.where(skus.form_is(AUTUMN_FORM)[:, None], gift_autumn, usual)


def _bell(offset: Ints, centre: float, width: float) -> np.ndarray:
    return np.exp(-0.5 * ((offset - centre) / width) ** 2)


def make_wanted(
    plan: Plan, skus: Skus, outlets: Outlets, promotions: Promotions
) -> tuple[Wanted, Wanted]:
    """Draw every line outlets ask for.

    Returns:
        The lines, and those they would have asked for had no promotion gone before.
    """
    rng, factor = plan.rng(Stream.DEMAND), season(plan, skus)
    intensity = _intensity(plan, skus, rng, factor)
    cell = np.repeat(np.arange(intensity.size), rng.poisson(intensity))
    usual = _lines(plan, skus, outlets, rng, cell, factor)
    rng = plan.rng(Stream.PROMOTIONS, 1)
    stay_away = _dips(plan, skus, promotions, rng, usual)
    dipped = replace(usual, promo=stay_away).only(stay_away >= 0)
    raised = _raised(plan, skus, outlets, promotions, rng, intensity)
    return usual.only(stay_away < 0).and_also(raised), dipped


def _dips(
    plan: Plan, skus: Skus, promotions: Promotions, rng: np.random.Generator, usual: Wanted
) -> Ints:
    """Number of the promotion that keeps a line away after it; -1 for none."""
    _, sku, week = split_cell(plan, skus, usual.cell)
    number = promotions.of(promotions.dipping, sku, week, usual.outlet)
    share = np.array([*(one.dip for one in promotions.all), 0.0])[number]
    return np.where(rng.random(number.size) < share, number, -1)


def _raised(
    plan: Plan,
    skus: Skus,
    outlets: Outlets,
    promotions: Promotions,
    rng: np.random.Generator,
    intensity: np.ndarray,
) -> Wanted:
    """Lines promotions add: as the usual ones of their weeks and outlets, times the uplift."""
    by_sku = promotions.running[None, :, :].repeat(plan.size.distributors, axis=0).ravel()
    uplift = np.array([*(one.uplift for one in promotions.all), 0.0])[by_sku]
    cell = np.repeat(np.arange(intensity.size), rng.poisson(intensity * uplift))
    lines = _lines(plan, skus, outlets, rng, cell, season(plan, skus))
    _, sku, week = split_cell(plan, skus, lines.cell)
    number = promotions.of(promotions.running, sku, week, lines.outlet)
    return replace(lines, promo=number).only(number >= 0)


def _lines(
    plan: Plan,
    skus: Skus,
    outlets: Outlets,
    rng: np.random.Generator,
    cell: Ints,
    factor: np.ndarray,
) -> Wanted:
    """A line in each cell: who asks for it, on which day, how much."""
    distributor, sku, week = split_cell(plan, skus, cell)
    outlet = _outlets_of(plan, outlets, rng, distributor)
    day = week * DAYS_IN_WEEK + _weekdays(outlets, rng, outlet)
    unit = _units(skus, outlets, rng, sku, outlet)
    count = _counts(outlets, rng, unit, outlet, factor[sku, week])
    pieces = count * pieces_per_unit(plan, skus, unit, sku, day)
    trading = (outlets.open_day[outlet] <= day) & (day <= outlets.close_day[outlet])
    nothing = np.full(cell.size, -1)
    return Wanted(cell, day, outlet, unit, count, pieces, nothing).only(trading)


def split_cell(plan: Plan, skus: Skus, cell: Ints) -> tuple[Ints, Ints, Ints]:
    """Distributor, product and week of a cell."""
    series, week = np.divmod(cell, plan.size.weeks)
    distributor, sku = np.divmod(series, skus.count)
    return distributor, sku, week


def _intensity(plan: Plan, skus: Skus, rng: np.random.Generator, factor: np.ndarray) -> np.ndarray:
    """Mean number of lines by cell, flat, adding up to the number aimed at."""
    strength = rng.lognormal(0.0, 0.35, plan.size.distributors)
    likely = 0.1 + 0.75 * np.argsort(np.argsort(skus.popularity)) / skus.count
    listed = rng.random((plan.size.distributors, skus.count)) < likely
    listed |= skus.is_gift
    week = np.arange(plan.size.weeks)
    alive = (skus.launch_week[:, None] <= week) & (week <= skus.delist_week[:, None])
    series = strength[:, None] * skus.popularity * listed
    cells = series[:, :, None] * (alive * factor**0.6)
    return (cells * (plan.size.lines / cells.sum())).ravel()


def _outlets_of(plan: Plan, outlets: Outlets, rng: np.random.Generator, distributor: Ints) -> Ints:
    """An outlet of the distributor for each line, drawn by its pull."""
    reach = np.cumsum(outlets.pull)
    owners = np.arange(plan.size.distributors)
    last = np.searchsorted(outlets.distributor, owners, side="right") - 1
    first = np.searchsorted(outlets.distributor, owners, side="left")
    low = reach[first] - outlets.pull[first]
    drawn = low[distributor] + rng.random(distributor.size) * (reach[last] - low)[distributor]
    return np.clip(np.searchsorted(reach, drawn), first[distributor], last[distributor])


def _weekdays(outlets: Outlets, rng: np.random.Generator, outlet: Ints) -> Ints:
    """Mostly the outlet's own day, Monday to Saturday; sometimes any day."""
    usual = (outlets.noise[:, 1] * 6).astype(int)[outlet]
    strays = rng.random(outlet.size) < 0.15
    return np.where(strays, rng.integers(0, DAYS_IN_WEEK, outlet.size), usual)


def _units(skus: Skus, outlets: Outlets, rng: np.random.Generator, sku: Ints, outlet: Ints) -> Ints:
    big = np.array(BIG_BUYERS)[outlets.channel[outlet]]
    u = rng.random(sku.size)
    unit = np.where(u < np.where(big, 0.75, 0.15), CASE, np.where(u < 0.55, INNER, PIECE))
    unit = np.where((unit == INNER) & (skus.per_inner[sku] == 1), PIECE, unit)
    odd = rng.random(sku.size) < 0.02
    unit = np.where(odd & np.isin(outlets.distributor[outlet] + 1, TI_SENDERS), TI, unit)
    dozens = [family_of(n + 1).dialect.name in ("zh_gbk", "en") for n in range(40)]
    other = rng.random(sku.size) < 0.02
    return np.where(other & np.array(dozens)[outlets.distributor[outlet]], DOZEN, unit)


def _counts(
    outlets: Outlets, rng: np.random.Generator, unit: Ints, outlet: Ints, factor: np.ndarray
) -> Ints:
    """Units on a line; wholesalers that count pieces count thousands."""
    mean = np.array([5.0, 1.6, 0.9, 1.0, 2.0])[unit] * np.clip(factor, 0.3, None) ** 0.4
    wholesale = np.array(WHOLESALE)[outlets.channel[outlet]]
    many = np.where(wholesale, np.where(unit == PIECE, 120, 2), 1)
    return (1 + rng.poisson(mean)) * many


def pieces_per_unit(plan: Plan, skus: Skus, unit: Ints, sku: Ints, day: Ints) -> Ints:
    """Pieces in a unit on a day: packs change with the masters."""
    per_case = np.where(day >= plan.change_day, skus.per_case_new[sku], skus.per_case[sku])
    ti = np.where(sku == 0, TI_PIECES_OF_FIRST_SKU, TI_PIECES)
    return np.choose(unit, [np.ones_like(sku), skus.per_inner[sku], per_case, 12, ti])


def deliver(plan: Plan, skus: Skus, wanted: Wanted) -> tuple[Wanted, Flows]:
    """Play the distributors' stock and keep the lines they could serve."""
    weeks, rng = plan.size.weeks, plan.rng(Stream.STOCK)
    shape = (plan.size.distributors * skus.count, weeks)
    demand = _by_cell(wanted, shape)
    empty = troubled(plan, skus, demand, EMPTY_AT_THE_END)
    receipts, available = _supply(plan, skus, rng, demand)
    available[empty, weeks - 3 :] = 0
    available[troubled(plan, skus, demand, PHANTOM), weeks - PHANTOM_WEEKS :] = 0
    share = np.clip(available / np.maximum(demand, 1), 0.0, 1.0)
    served = wanted.only(rng.random(wanted.cell.size) < share.ravel()[wanted.cell])
    sold = _by_cell(served, shape)
    closing = np.zeros(shape, dtype=np.int64)
    held = receipts[:, 0] * 0
    for week in range(weeks):
        held = np.maximum(held + receipts[:, week] - sold[:, week], 0)
        closing[:, week] = held
    closing[empty, weeks - 3 :] = 0
    closing[_returned(plan, skus, demand)] = 0
    return served, Flows(demand, sold, closing, receipts)


def _by_cell(wanted: Wanted, shape: tuple[int, int]) -> Ints:
    return (
        np.bincount(wanted.cell, weights=wanted.pieces, minlength=shape[0] * shape[1])
        .astype(np.int64)
        .reshape(shape)
    )


def _supply(
    plan: Plan, skus: Skus, rng: np.random.Generator, demand: Ints
) -> tuple[Ints, np.ndarray]:
    """Receipts of each week, and what was there to sell in it."""
    weeks, per_case = plan.size.weeks, np.tile(skus.per_case, plan.size.distributors)
    receipts = np.zeros(demand.shape, dtype=np.int64)
    available = np.zeros(demand.shape)
    held = np.zeros(demand.shape[0])
    delivered = rng.random(demand.shape) >= FAILED_DELIVERIES
    cut, flooded, loaded, phantom = (
        troubled(plan, skus, demand, what)
        for what in (EMPTY_AT_THE_END, OVERSTOCKED, LOADED, PHANTOM)
    )
    delivered[cut, weeks - 7 :] = False
    delivered[phantom, weeks - PHANTOM_WEEKS - 1] = True
    delivered[phantom, weeks - PHANTOM_WEEKS :] = False
    for week in range(weeks):
        needed = (_target(plan, skus, demand, week) - held) * delivered[:, week]
        if week == weeks - 5:
            needed[flooded] += demand[flooded, -8:].mean(axis=1) * 20
        if week == weeks - LOADED_WEEKS_AGO:
            more = demand[loaded, -8:].mean(axis=1) * LOADED_WEEKS
            needed[loaded] = np.maximum(needed[loaded], 0) + more
        if week == plan.push_week:
            pushed = np.arange(PUSHED * skus.count, (PUSHED + 1) * skus.count)
            needed[pushed] += demand[pushed, max(0, week - 8) : week].mean(axis=1) * PUSHED_WEEKS
        receipts[:, week] = np.ceil(np.maximum(needed, 0) / per_case) * per_case
        available[:, week] = held + receipts[:, week]
        held = np.maximum(available[:, week] - demand[:, week], 0)
    return receipts, available


def _target(plan: Plan, skus: Skus, demand: Ints, week: int) -> np.ndarray:
    """Pieces a distributor wants to start a week with: cover of the usual, a season of gifts."""
    ahead = demand[:, week : week + 4]
    behind = demand[:, max(0, week - 3) : week + 1]
    usual = np.maximum(ahead.mean(axis=1), behind.mean(axis=1)) * COVER_WEEKS + demand[:, week]
    is_gift = np.tile(skus.is_gift, plan.size.distributors)
    return np.where(is_gift, ahead.sum(axis=1) * 1.05, usual)


def _returned(plan: Plan, skus: Skus, demand: Ints) -> Ints:
    """Weeks in which gifts out of season have gone back, save at distributors that keep them."""
    seen = np.concatenate([np.zeros_like(demand[:, :3]), demand, np.zeros_like(demand[:, :8])], 1)
    near = np.lib.stride_tricks.sliding_window_view(seen, 12, axis=1).sum(axis=2)
    distributor = np.repeat(np.arange(plan.size.distributors), skus.count)
    gift = np.tile(skus.is_gift, plan.size.distributors) & ~np.isin(distributor, KEEP_OLD_GIFTS)
    return (near == 0) & gift[:, None]
