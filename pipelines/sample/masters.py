"""The sample's own masters: products, outlets, distributors and who serves whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.words import (
    AUTUMN_FORM,
    CATALOGUE,
    CHANNELS,
    CITIES,
    FIRM_WORDS,
    NEW_YEAR_FORM,
    REGION,
    STREETS,
    Line,
)

Ints = np.ndarray
VAT_BASIS_POINTS = 1300
PRICE_UNITS = 10_000  # prices are kept in 1/10,000 of a yuan
ALWAYS = -1
NEVER = 1_000_000
SINCE = "2024-01-01"
CLASS_SHARES = (0.15, 0.35, 0.5)
WITHOUT_WEIGHT = 0.08


@dataclass(frozen=True)
class Skus:
    """The products, one array element each.

    Attributes:
        lines: Line of the catalogue.
        codes: Our codes.
        flavours: Index of the flavour within the line.
        grams: Net weight of a piece.
        per_case: Pieces in a case before the change of masters.
        per_case_new: The same from the change on.
        per_inner: Pieces in an inner pack; 1 where there is none.
        price: List price of a piece without VAT in 1/10,000 yuan before the change.
        price_new: The same from the change on.
        launch_week: Index of the first week of sale; -1 when it was there before.
        delist_week: Index of the last week of sale; a million when it stays.
        popularity: How much it sells against the others.
    """

    lines: tuple[Line, ...]
    codes: tuple[str, ...]
    flavours: Ints
    grams: Ints
    per_case: Ints
    per_case_new: Ints
    per_inner: Ints
    price: Ints
    price_new: Ints
    launch_week: Ints
    delist_week: Ints
    popularity: np.ndarray

    @property
    def count(self) -> int:
        """Number of products."""
        return len(self.codes)

    def form_is(self, form: str) -> Ints:
        """Whether each product is of that form."""
        return np.array([line.form_zh == form for line in self.lines])

    @property
    def is_gift(self) -> Ints:
        """Whether each product is a festival gift box."""
        return self.form_is(NEW_YEAR_FORM) | self.form_is(AUTUMN_FORM)

    @property
    def shelf_life(self) -> Ints:
        """Days from production to expiry."""
        return np.array([line.shelf_life_days for line in self.lines])


@dataclass(frozen=True)
class Outlets:
    """The outlets, ordered by distributor.

    Attributes:
        codes: Our codes.
        distributor: Index of the distributor that serves each.
        channel: Index into `CHANNELS`.
        level: 0, 1, 2 for class A, B, C before the change of masters.
        level_new: The same from the change on.
        district: Index into the districts of its city.
        open_day: Day of opening from the first Monday; -1 when before.
        close_day: Last day of trade; a million when it trades on.
        pull: How much it buys against the others.
        category_sales_amount: Monthly sales of the whole category in yuan; 0 where unknown.
        noise: Uniform numbers for names, places and representatives.
    """

    codes: tuple[str, ...]
    distributor: Ints
    channel: Ints
    level: Ints
    level_new: Ints
    district: Ints
    open_day: Ints
    close_day: Ints
    pull: np.ndarray
    category_sales_amount: Ints
    noise: np.ndarray


def make_skus(plan: Plan) -> Skus:
    """The products of the sample."""
    parts = [
        (line, flavour, grams)
        for line in CATALOGUE
        for flavour in range(len(line.flavours))
        for grams in line.grams
    ]
    numbered = list(enumerate(parts, 1))[:: plan.size.sku_step]
    rng, count = plan.rng(Stream.MASTERS, 1), len(numbered)
    lines = tuple(part[0] for _, part in numbered)
    grams = np.array([part[2] for _, part in numbered])
    per_case = np.array([line.pieces_per_case for line in lines])
    price = np.round(grams * [line.price_per_gram for line in lines] * 100).astype(int) * 100
    launch, delist = _lives(plan, lines)
    changed = np.arange(count) % 11 == 4
    return Skus(
        lines=lines,
        codes=tuple(f"S{10_000 + 7 * number}" for number, _ in numbered),
        flavours=np.array([part[1] for _, part in numbered]),
        grams=grams,
        per_case=per_case,
        per_case_new=np.where(_new_pack(lines), per_case * 5 // 6, per_case),
        per_inner=np.array([line.pieces_per_inner for line in lines]),
        price=price,
        price_new=np.where(changed, price * 106 // 100 // 100 * 100, price),
        launch_week=launch,
        delist_week=delist,
        popularity=rng.lognormal(0.0, 0.55, count),
    )


def _new_pack(lines: tuple[Line, ...]) -> Ints:
    """Two biscuits leave the case of 24 for one of 20 when the masters change."""
    biscuits = np.array([line.category == "饼干" for line in lines])
    return biscuits & (np.cumsum(biscuits) <= 2)


def _lives(plan: Plan, lines: tuple[Line, ...]) -> tuple[Ints, Ints]:
    """First and last week of sale: every tenth is launched, every tenth delisted on the way."""
    count, weeks = len(lines), plan.size.weeks
    launch, delist = np.full(count, ALWAYS), np.full(count, NEVER)
    stays = np.array([line.category in ("礼盒", "饼干") for line in lines])
    order = np.arange(count)
    launched = order[(order % 10 == 7) & ~stays]
    delisted = order[(order % 10 == 3) & ~stays]
    for place, sku in enumerate(launched):
        share = (0.45, 0.6, 0.3)[place % 3]
        launch[sku] = plan.change_week + 1 if place == 1 else int(share * weeks)
    for place, sku in enumerate(delisted):
        share = (0.25, 0.4, 0.55)[place % 3]
        delist[sku] = plan.change_week if place == 1 else int(share * weeks)
    return launch, delist


def make_outlets(plan: Plan) -> Outlets:
    """The outlets of the sample."""
    rng, count = plan.rng(Stream.MASTERS, 2), plan.size.outlets
    distributor = np.sort(rng.integers(0, plan.size.distributors, count))
    shares = np.array([channel.share for channel in CHANNELS])
    channel = rng.choice(len(CHANNELS), count, p=shares / shares.sum())
    level = rng.choice(3, count, p=CLASS_SHARES)
    district_counts = np.array([len(city.districts) for city in CITIES])
    district = rng.integers(0, 1_000, count) % district_counts[distributor % len(CITIES)]
    size = rng.lognormal(0.0, 0.4, count) * np.array([1.7, 1.0, 0.6])[level]
    base = np.array([channel.category_sales_amount for channel in CHANNELS])[channel]
    known = rng.random(count) >= WITHOUT_WEIGHT
    moved = rng.random(count) < max(0.01, 2 / count)
    opened, closed = _trading(plan, rng)
    return Outlets(
        codes=tuple(f"{200_000 + 3 * number}" for number in range(count)),
        distributor=distributor,
        channel=channel,
        level=level,
        level_new=np.where(moved, (level + 1) % 3, level),
        district=district,
        open_day=opened,
        close_day=closed,
        pull=size * np.array([channel.pull for channel in CHANNELS])[channel],
        category_sales_amount=np.where(known, np.round(base * size, -1), 0).astype(int),
        noise=rng.random((count, 4)),
    )


def _trading(plan: Plan, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Days of opening and closing; a few open just after the masters change."""
    count, days = plan.size.outlets, plan.size.weeks * DAYS_IN_WEEK
    fate = rng.random(count)
    day = rng.integers(days // 5, days - days // 5, count)
    opened = np.where(fate < 0.05, day, ALWAYS)
    new = (fate >= 0.05) & (fate < 0.06)
    opened = np.where(new, plan.change_day + rng.integers(0, 10, count), opened)
    closed = np.where((fate >= 0.06) & (fate < 0.09), np.minimum(day, plan.change_day - 1), NEVER)
    return opened, closed


def city_of(distributor: int) -> int:
    """Index of the city a distributor works in."""
    return distributor % len(CITIES)


def distributor_codes(plan: Plan) -> list[str]:
    """`D001` onwards."""
    return [f"D{number:03d}" for number in range(1, plan.size.distributors + 1)]


def distributor_names(plan: Plan) -> list[str]:
    """Invented firms, in the order of the codes."""
    return [
        f"{CITIES[city_of(index)].name[:2]}{FIRM_WORDS[index % len(FIRM_WORDS)]}食品商贸有限公司"
        for index in range(plan.size.distributors)
    ]


def distributor_master(plan: Plan) -> pl.DataFrame:
    """Feed `distributor`."""
    rng, count = plan.rng(Stream.MASTERS, 3), plan.size.distributors
    tiers = rng.choice(["D", "D", "D", "SD", "WS"], count)
    return pl.DataFrame(
        {
            "distributor_code": distributor_codes(plan),
            "distributor_name": distributor_names(plan),
            "tier": tiers,
            "service_model": np.where(rng.random(count) < 0.4, "dedicated", "shared"),
            "city": [CITIES[city_of(index)].name for index in range(count)],
            "credit_limit_amount": rng.integers(20, 200, count) * 10_000,
            "terms_days": rng.choice([15, 30, 45], count),
            "lead_time_days": rng.integers(3, 12, count),
            "lead_time_sd_days": rng.integers(1, 4, count),
            "review_days": np.full(count, 7),
            "moq_cases": rng.choice([20, 50, 100], count),
            "order_weekday": rng.integers(1, 6, count),
            "report_sla": ["每周一 18:00 前"] * count,
            "valid_from": [SINCE] * count,
        }
    )


def sku_names(skus: Skus) -> tuple[list[str], list[str]]:
    """Chinese and English names."""
    chinese, english = [], []
    for line, flavour, grams in zip(skus.lines, skus.flavours, skus.grams, strict=True):
        zh, en = line.flavours[flavour]
        chinese.append(f"{line.brand}{zh}{line.form_zh} {grams}克")
        english.append(f"{en} {line.form_en} {grams} g")
    return chinese, english


def sku_master(plan: Plan, skus: Skus, *, changed: bool) -> pl.DataFrame:
    """Feed `sku`, as first sent or as sent again when the masters change.

    The first version has the product launched next as planned and nothing launched later; the
    second has new packs, new prices and the day of delisting.
    """
    names_zh, names_en = sku_names(skus)
    gone = (skus.delist_week < plan.change_week + 1) & (changed | (skus.delist_week < plan.split))
    differs = changed & (
        (skus.per_case != skus.per_case_new)
        | (skus.price != skus.price_new)
        | (skus.delist_week == plan.change_week)
    )
    per_case = skus.per_case_new if changed else skus.per_case
    price = skus.price_new if changed else skus.price
    rank = np.argsort(np.argsort(-skus.popularity)) / skus.count
    frame = pl.DataFrame(
        {
            "sku_code": list(skus.codes),
            "sku_name_zh": names_zh,
            "sku_name_en": names_en,
            "brand": [line.brand for line in skus.lines],
            "category": [line.category for line in skus.lines],
            "pieces_per_case": per_case,
            "pieces_per_inner": [str(n) if n > 1 else "" for n in skus.per_inner],
            "net_weight_grams": skus.grams,
            "shelf_life_days": skus.shelf_life,
            "list_price_per_piece": decimals(price, 4),
            "std_cost_per_piece": decimals(price * 62 // 100, 4),
            "gtin_piece": [gtin(f"690{k:09d}") for k in range(1_001, 1_001 + skus.count)],
            "gtin_case": [gtin(f"1690{k:09d}") for k in range(1_001, 1_001 + skus.count)],
            "vat_ratio": ["0.13"] * skus.count,
            "launch_date": [_day_of_week(plan, w, ALWAYS, 0) for w in skus.launch_week],
            "delist_date": [
                _day_of_week(plan, w, NEVER, 6) if out else ""
                for w, out in zip(skus.delist_week, gone, strict=True)
            ],
            "sku_status": np.where(gone, "delisted", "active"),
            "abc_class": np.where(rank < 0.2, "A", np.where(rank < 0.5, "B", "C")),
            "valid_from": np.where(differs, plan.monday(plan.change_week).isoformat(), SINCE),
        }
    )
    return frame if changed else frame.filter(pl.Series(skus.launch_week <= plan.change_week))


def _day_of_week(plan: Plan, week: int, none: int, weekday: int) -> str:
    return "" if week == none else plan.day(int(week) * DAYS_IN_WEEK + weekday).isoformat()


def outlet_master(plan: Plan, outlets: Outlets, *, changed: bool) -> pl.DataFrame:
    """Feed `outlet`, as first sent or as sent again with other classes and new outlets."""
    level = outlets.level_new if changed else outlets.level
    differs = changed & (outlets.level != outlets.level_new)
    city = outlets.distributor % len(CITIES)
    channels = [CHANNELS[index] for index in outlets.channel]
    known = outlets.category_sales_amount > 0
    frame = pl.DataFrame(
        {
            "outlet_code": list(outlets.codes),
            "outlet_name": outlet_names(outlets),
            "city": [CITIES[index].name for index in city],
            "district": _districts(outlets),
            "province": [CITIES[index].province for index in city],
            "region": [REGION] * len(outlets.codes),
            "channel": [channel.code for channel in channels],
            "banner": banners(outlets),
            "outlet_class": np.array(["A", "B", "C"])[level],
            "category_sales_amount": [
                str(amount) if amount else "" for amount in outlets.category_sales_amount
            ],
            "weight_source": np.where(known, "店访估算", ""),
            "outlet_status": np.where(outlets.close_day < NEVER, "closed", "active"),
            "open_date": [_day(plan, day, ALWAYS) for day in outlets.open_day],
            "close_date": [_day(plan, day, NEVER) for day in outlets.close_day],
            "latitude": _near([CITIES[i].latitude for i in city], outlets.noise[:, 1]),
            "longitude": _near([CITIES[i].longitude for i in city], outlets.noise[:, 2]),
            "msl_group": [f"MSL-{channel.code}" for channel in channels],
            "distributor_code": [f"D{index + 1:03d}" for index in outlets.distributor],
            "valid_from": np.where(differs, plan.monday(plan.change_week).isoformat(), SINCE),
        }
    )
    opened = pl.Series(outlets.open_day < plan.change_day)
    return frame if changed else frame.filter(opened)


def banners(outlets: Outlets) -> list[str]:
    """The chain of each outlet; empty for none."""
    return [
        CHANNELS[index].banners[int(u * len(CHANNELS[index].banners))]
        if CHANNELS[index].banners
        else ""
        for index, u in zip(outlets.channel, outlets.noise[:, 0], strict=True)
    ]


def outlet_names(outlets: Outlets) -> list[str]:
    """Invented shop names."""
    names = []
    chains = banners(outlets)
    for code, index, noise, chain in zip(
        outlets.codes, outlets.channel, outlets.noise, chains, strict=True
    ):
        street = STREETS[int(noise[3] * len(STREETS))]
        names.append(f"{chain or street}{CHANNELS[index].kind}{street}路{int(code) % 1000}号店")
    return names


def _districts(outlets: Outlets) -> list[str]:
    return [
        CITIES[city_of(int(distributor))].districts[district]
        for distributor, district in zip(outlets.distributor, outlets.district, strict=True)
    ]


def assignment_master(plan: Plan, outlets: Outlets) -> pl.DataFrame:
    """Feed `assignment`: every outlet has a representative; some change when the masters do."""
    frame = pl.DataFrame(
        {
            "outlet_code": list(outlets.codes),
            "city": [""] * len(outlets.codes),
            "role": ["distributor"] * len(outlets.codes),
            "distributor_code": [f"D{index + 1:03d}" for index in outlets.distributor],
            "rep_code": rep_codes(outlets),
            "supervisor_code": [f"SV{city_of(int(d)) + 1:02d}" for d in outlets.distributor],
            "region": [REGION] * len(outlets.codes),
            "valid_from": [SINCE] * len(outlets.codes),
            "valid_to": [""] * len(outlets.codes),
        }
    )
    handed_over = pl.Series(outlets.noise[:, 2] < 0.02)
    change = plan.monday(plan.change_week)
    before = pl.lit(plan.day(plan.change_day - 1).isoformat())
    until = pl.when(handed_over).then(before).otherwise("valid_to")
    old = frame.with_columns(valid_to=until)
    new = frame.filter(handed_over).with_columns(
        rep_code=pl.lit("R") + pl.col("distributor_code").str.slice(1) + "9",
        valid_from=pl.lit(change.isoformat()),
    )
    return pl.concat([old, new])


def rep_codes(outlets: Outlets) -> list[str]:
    """The representative of each outlet before any is handed over."""
    rep = (outlets.noise[:, 3] * 4).astype(int) + 1
    return [f"R{d + 1:03d}{n}" for d, n in zip(outlets.distributor, rep, strict=True)]


def decimals(values: Ints, places: int) -> list[str]:
    """Whole numbers as decimal text with that many places, exactly."""
    unit = 10**places
    return [f"{int(v) // unit}.{int(v) % unit:0{places}d}" for v in values]


def gtin(digits: str) -> str:
    """The digits with their check digit."""
    weights = [3 if place % 2 == 0 else 1 for place in range(len(digits))]
    total = sum(int(d) * w for d, w in zip(reversed(digits), weights, strict=True))
    return f"{digits}{-total % 10}"


def _day(plan: Plan, offset: int, none: int) -> str:
    return "" if offset == none else plan.day(int(offset)).isoformat()


def _near(centre: list[float], noise: Ints) -> list[str]:
    return [f"{c + (n - 0.5) / 4:.6f}" for c, n in zip(centre, noise, strict=True)]
