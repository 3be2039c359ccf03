"""Expense claims as they stand in the distributors' files."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.arrivals import INITIAL
from pipelines.sample.families import FAMILIES, SALE
from pipelines.sample.masters import ALWAYS, NEVER
from pipelines.sample.mess import Kind, plant
from pipelines.sample.plan import Stream
from pipelines.sample.region import Region, family_table

BAD_RATE = 0.003
PRICE_CLAIM = 1
SPENDERS = (3, 8)
SPENDERS_RATIO = 0.19
TYPE_SHARES = (0.30, 0.20, 0.08, 0.20, 0.10, 0.05, 0.07)


def make_claims(region: Region, lines: pl.DataFrame, promoted: pl.DataFrame) -> pl.DataFrame:
    """Every claim row of every file, in the order of the files.

    Args:
        region: The sample.
        lines: Sell-out rows as sent, the base of what is claimed.
        promoted: What each promotion cost each sender, claimed in the month it ends.

    Returns:
        `content` (number of the file content), typed cells, and `bad`, the reason a row must be
        quarantined for.
    """
    usual = _claimed(region, lines)
    rows = pl.concat([usual, _of_promotions(region, promoted).select(usual.columns)])
    slot = pl.when(pl.col("month") < region.plan.monthly_from).then(INITIAL).otherwise("month")
    sent = rows.with_columns(slot=slot).join(
        region.content_numbers("claim"), on=["sender", "slot"], how="inner", maintain_order="left"
    )
    sent = _spoiled(region, sent)
    first_tries = _first_tries(region, sent).with_columns(is_first_try=True)
    both = pl.concat([sent.with_columns(is_first_try=False), first_tries])
    return both.sort("content", "month", "line", maintain_order=True)


def _claimed(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    """So many lines a sender and month, their amounts a share of its sales."""
    plan, rng = region.plan, region.plan.rng(Stream.CLAIMS)
    each, months = plan.size.claims_a_month, len(plan.months)
    shape = (plan.size.distributors, months, each)
    ratio = rng.uniform(0.04, 0.09, plan.size.distributors)
    ratio[[place for place in SPENDERS if place < plan.size.distributors]] = SPENDERS_RATIO
    weight = rng.gamma(1.5, size=shape)
    budget = _sales(region, lines) * ratio[:, None]
    amount = np.round(budget[:, :, None] * weight / weight.sum(axis=2, keepdims=True))
    sender, month, line = (axis.ravel() for axis in np.indices(shape))
    frame = pl.DataFrame(
        {
            "sender": sender + 1,
            "month": month,
            "line": line,
            "kind": rng.choice(len(TYPE_SHARES), sender.size, p=TYPE_SHARES),
            "amount": amount.ravel().astype(np.int64) + 100,
            "outlet": _outlets(region, rng, sender),
            "sku": _skus(region, rng, sender.size),
            "promo": np.full(sender.size, -1),
        }
    )
    return frame.join(family_table().select("sender", "family"), on="sender", maintain_order="left")


def _of_promotions(region: Region, promoted: pl.DataFrame) -> pl.DataFrame:
    """A line for each promotion and sender, of senders whose form has a column for it."""
    plan, each = region.plan, region.plan.size.claims_a_month
    ends = [f"{plan.sunday(one.last_week):%Y-%m}" for one in region.promotions.all]
    months = {f"{month:%Y-%m}": number for number, month in enumerate(plan.months)}
    families = (
        family_table()
        .select("sender", "family")
        .filter(
            pl.col("family").is_in(
                [
                    n
                    for n, one in enumerate(FAMILIES)
                    if "promo_code" in dict(one.layout("claim")).values()
                ]
            )
        )
    )
    month = pl.Series([months.get(end, -1) for end in ends], dtype=pl.Int64)
    sku = pl.Series([one.skus[0] for one in region.promotions.all])
    rows = promoted.with_columns(
        month=month.gather(promoted["promo"]), sku=sku.gather(promoted["promo"])
    ).filter((pl.col("month") >= 0) & (pl.col("cost") > 0))
    return rows.join(families, on="sender", maintain_order="left").with_columns(
        line=each + pl.int_range(pl.len()).over("sender", "month"),
        kind=pl.lit(PRICE_CLAIM, pl.Int64),
        amount=pl.col("cost"),
        outlet=pl.lit(-1, pl.Int64),
        promo=pl.col("promo").cast(pl.Int64),
    )


def _sales(region: Region, lines: pl.DataFrame) -> np.ndarray:
    """Sales in fen, as stated, by (distributor, month)."""
    plan, days = region.plan, lines["day"].to_numpy()
    bounds = np.array([(month - plan.first_monday).days for month in plan.months])
    month = np.searchsorted(bounds, days, side="right") - 1
    wanted = (month >= 0) & (lines["type"].to_numpy() == SALE)
    cell = (lines["sender"].to_numpy() - 1) * len(bounds) + month
    amount = np.bincount(
        cell[wanted],
        weights=lines["amount"].to_numpy()[wanted],
        minlength=plan.size.distributors * len(bounds),
    )
    return amount.reshape(plan.size.distributors, len(bounds))


def _outlets(region: Region, rng: np.random.Generator, sender: np.ndarray) -> np.ndarray:
    """An outlet of the sender; -1 where the claim names none."""
    owners = region.outlets.distributor
    first, last = (np.searchsorted(owners, sender, side) for side in ("left", "right"))
    drawn = first + (rng.random(sender.size) * (last - first)).astype(int)
    return np.where(rng.random(sender.size) < 0.3, -1, drawn)


def _skus(region: Region, rng: np.random.Generator, count: int) -> np.ndarray:
    """A product that was there all the time; -1 where the claim names none."""
    skus = region.skus
    lasting = np.flatnonzero((skus.launch_week == ALWAYS) & (skus.delist_week == NEVER))
    return np.where(rng.random(count) < 0.5, -1, rng.choice(lasting, count))


def _spoiled(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and bends the amounts of bad rows."""
    rng = region.plan.rng(Stream.MESS, 3)
    reasons = ("claim_type_not_allowed", "negative_claim", "claimed_amount_invalid")
    kinds = [Kind(reason, pl.col("amount") > 0) for reason in reasons]
    frame = frame.with_columns(bad=plant(frame, rng, kinds, BAD_RATE))
    minus = pl.col("bad") == "negative_claim"
    return frame.with_columns(amount=pl.when(minus).then(-pl.col("amount")).otherwise("amount"))


def _first_tries(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Earlier versions of restated files: the last line forgotten, the first one higher."""
    copied = frame.join(
        region.first_tries("claim"), on="content", how="inner", maintain_order="left"
    )
    first = (pl.col("line") == 0) & (pl.col("bad") == "")
    forgotten = pl.col("line") == pl.col("line").max().over("content")
    changed = copied.filter(~forgotten).with_columns(
        amount=pl.when(first).then(pl.col("amount") + 5_000).otherwise("amount"),
        content="first_try",
    )
    return changed.select(frame.columns)
