"""Product, customer and unit codes as the sample's senders write them, and the maps to ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.sample.families import (
    TI_PIECES,
    TI_PIECES_OF_FIRST_SKU,
    TI_SENDERS,
    UNITS,
    family_of,
)
from pipelines.sample.masters import NEVER, Outlets, Skus
from pipelines.sample.plan import Plan, Stream

LATE_MAP_SENDERS = TI_SENDERS


@dataclass(frozen=True)
class Codes:
    """What the senders write instead of our codes.

    Attributes:
        skus: Code by (distributor, product), flat: distributor * products + product.
        outlets: Code by outlet.
        reused: (old product, new product) that share one code one after the other.
        late: Product whose code two senders use before its map arrives; None when there is none.
    """

    skus: pl.Series
    outlets: pl.Series
    reused: tuple[int, int] | None
    late: int | None


def make_codes(plan: Plan, skus: Skus, outlets: Outlets) -> Codes:
    """Codes of every sender: ours, or its own."""
    reused, texts = _reused(skus), []
    for number in range(1, plan.size.distributors + 1):
        texts += _sku_codes(plan, skus, number, reused)
    late = np.flatnonzero(skus.launch_week == plan.change_week + 1)
    return Codes(
        skus=pl.Series(texts),
        outlets=pl.Series(_outlet_codes(outlets)),
        reused=reused,
        late=int(late[0]) if late.size else None,
    )


def _reused(skus: Skus) -> tuple[int, int] | None:
    for old in np.flatnonzero(skus.delist_week < NEVER):
        later = np.flatnonzero(skus.launch_week > skus.delist_week[old])
        if later.size:
            return int(old), int(later[0])
    return None


def _sku_codes(plan: Plan, skus: Skus, number: int, reused: tuple[int, int] | None) -> list[str]:
    """Codes of one sender; English ones are digits with leading zeros."""
    family = family_of(number)
    if not family.own_codes:
        return list(skus.codes)
    order = plan.rng(Stream.CODES, number).permutation(skus.count)
    letter = chr(ord("A") + number % 26)
    english = family.dialect.thousands
    codes = [f"{20 + n:06d}" if english else f"{letter}{1_000 + 3 * n}" for n in order]
    if reused:
        codes[reused[1]] = codes[reused[0]]
    return codes


def _outlet_codes(outlets: Outlets) -> list[str]:
    codes = []
    for place, (code, distributor) in enumerate(
        zip(outlets.codes, outlets.distributor, strict=True)
    ):
        own = family_of(int(distributor) + 1).own_codes
        codes.append(f"{place + 1:06d}" if own else code)
    return codes


def sku_map(plan: Plan, skus: Skus, codes: Codes, *, late: bool) -> pl.DataFrame:
    """Feed `map_sku`: without the late product of two senders, or with it."""
    rows = []
    for number in _own_code_senders(plan):
        for sku in range(skus.count):
            missing = sku == codes.late and number in LATE_MAP_SENDERS
            if late or not missing:
                rows.append(_sku_map_row(plan, skus, codes, number, sku))
    names = ("distributor_code", "their_code", "sku_code", "valid_from", "valid_to", "approved_by")
    return pl.DataFrame(rows, schema=names, orient="row")


def _sku_map_row(plan: Plan, skus: Skus, codes: Codes, number: int, sku: int) -> tuple[str, ...]:
    their_code = codes.skus[(number - 1) * skus.count + sku]
    valid_from, valid_to = "", ""
    if codes.reused and sku == codes.reused[0]:
        first_of_next = plan.monday(int(skus.launch_week[codes.reused[1]]))
        valid_to = plan.day((first_of_next - plan.first_monday).days - 1).isoformat()
    if codes.reused and sku == codes.reused[1]:
        valid_from = plan.monday(int(skus.launch_week[sku])).isoformat()
    return (f"D{number:03d}", their_code, skus.codes[sku], valid_from, valid_to, "ST01")


def outlet_map(plan: Plan, outlets: Outlets, codes: Codes) -> pl.DataFrame:
    """Feed `map_outlet` of the senders with customer codes of their own."""
    own = [family_of(int(index) + 1).own_codes for index in outlets.distributor]
    frame = pl.DataFrame(
        {
            "distributor_code": [f"D{index + 1:03d}" for index in outlets.distributor],
            "their_code": codes.outlets,
            "outlet_code": list(outlets.codes),
            "valid_from": [""] * len(own),
            "valid_to": [""] * len(own),
            "approved_by": ["ST01"] * len(own),
        }
    )
    return frame.filter(pl.Series(own))


def uom_map(plan: Plan, skus: Skus) -> pl.DataFrame:
    """Feed `map_uom`: a carrying pack of six pieces, four of the first product."""
    rows = []
    for number in TI_SENDERS:
        if number <= plan.size.distributors:
            word = family_of(number).dialect.units[UNITS.index("ti")]
            for sku, pieces in (("", TI_PIECES), (skus.codes[0], TI_PIECES_OF_FIRST_SKU)):
                rows.append((f"D{number:03d}", word, sku, str(pieces), "", "", "ST01"))
    names = (
        "distributor_code",
        "their_uom",
        "sku_code",
        "pieces_per_unit",
        "valid_from",
        "valid_to",
        "approved_by",
    )
    return pl.DataFrame(rows, schema=names, orient="row")


def _own_code_senders(plan: Plan) -> list[int]:
    return [n for n in range(1, plan.size.distributors + 1) if family_of(n).own_codes]
