"""Stock counted without dates by the thousand, and its age told piece by piece."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Row = dict[str, Any]
DAY = timedelta(days=1)
MONDAY = date(2026, 11, 2)
SHELF_LIFE = {"S180": 180, "S360": 360, "KEEPS": None}
STATES = ("good", "good", "good", "near", "damaged")


def made_up(rng: Random, distributors: int) -> tuple[list[Row], list[Row]]:
    """Rows of `fct_stock_snapshot` and of `fct_sellin_line`."""
    counts: list[Row] = []
    receipts: list[Row] = []
    for number in range(distributors):
        owner = {"distributor_code": f"D{number:05}"}
        for sku in rng.sample(list(SHELF_LIFE), rng.randint(1, 3)):
            own = owner | {"sku_code": sku}
            counts += [own | _counted(rng, sku) for _ in range(rng.randint(1, 6))]
            receipts += [own | _received(rng) for _ in range(rng.randint(0, 8))]
    return counts, receipts


def layers(counts: list[Row], receipts: list[Row]) -> list[Row]:
    """What each count without dates is made of: piece by piece, the newest first."""
    last: dict[tuple[str, date, str], date] = {}
    for row in counts:
        place = row["distributor_code"], row["week_start_date"], row["warehouse_code"]
        last[place] = max(row["snapshot_date"], last.get(place, row["snapshot_date"]))
    held: dict[tuple[str, date, str], list[Row]] = defaultdict(list)
    for row in counts:
        owner, week = row["distributor_code"], row["week_start_date"]
        if row["snapshot_date"] == last[owner, week, row["warehouse_code"]]:
            held[owner, week, row["sku_code"]].append(row)
    came: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in receipts:
        came[row["distributor_code"], row["sku_code"]].append(row)
    return [
        {
            "distributor_code": owner,
            "week_start_date": week,
            "sku_code": sku,
            "production_date": made,
            "quantity_pieces": Decimal(pieces),
        }
        for (owner, week, sku), rows in held.items()
        for made, pieces in _ages(
            rows,
            came[owner, sku],
            max(day for place, day in last.items() if place[:2] == (owner, week)),
            SHELF_LIFE[sku],
        ).items()
    ]


def _ages(
    rows: list[Row], received: list[Row], counted: date, shelf_life: int | None
) -> Counter[date | None]:
    ages: Counter[date | None] = Counter()
    if shelf_life is None:
        return ages
    there = _by_production(received, counted)
    undated = 0
    for row in rows:
        made = row["production_date"]
        if made is None and row["expiry_date"]:
            made = row["expiry_date"] - shelf_life * DAY
        if made:
            there[made] -= int(row["quantity_pieces"])
        elif row["stock_status"] == "good":
            undated += int(row["quantity_pieces"])
    for _ in range(undated):
        newest = max((made for made, pieces in there.items() if pieces > 0), default=None)
        if newest:
            there[newest] -= 1
        ages[newest] += 1
    return ages


def _by_production(received: list[Row], counted: date) -> Counter[date]:
    there: Counter[date] = Counter()
    for line in received:
        day = line["delivered_date"]
        if line["doc_type"] == "return":
            day = day or line["invoice_date"]
        if day and day <= counted and line["production_date"]:
            there[line["production_date"]] += int(line["quantity_pieces"])
    return there


def _made(rng: Random) -> date:
    return MONDAY - rng.choice((10, 40, 41, 90)) * DAY


def _counted(rng: Random, sku: str) -> Row:
    day = MONDAY + rng.choice((4, 6, 6, 13)) * DAY
    made = _made(rng) if rng.random() < 0.2 else None
    expiry = None
    if rng.random() < 0.2:
        expiry = _made(rng) + (SHELF_LIFE[sku] or 100) * DAY
    return {
        "warehouse_code": rng.choice(("MAIN", "MAIN", "SIDE")),
        "snapshot_date": day,
        "week_start_date": day - day.weekday() * DAY,
        "production_date": made,
        "expiry_date": expiry,
        "stock_status": rng.choice(STATES),
        "quantity_pieces": Decimal(rng.randint(0, 40)),
    }


def _received(rng: Random) -> Row:
    kind = rng.choice(("sale", "sale", "free", "return"))
    day = MONDAY + rng.randint(-9, 14) * DAY
    pieces = rng.randint(1, 30)
    return {
        "doc_type": kind,
        "invoice_date": day + rng.randint(-2, 2) * DAY,
        "delivered_date": day if rng.random() < 0.8 else None,
        "production_date": _made(rng) if rng.random() < 0.9 else None,
        "quantity_pieces": Decimal(-pieces if kind == "return" else pieces),
    }
