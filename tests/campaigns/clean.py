"""Deliveries in order: what honest distributors send, week by week, the same for the same seed."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

WEEK_START = date(2026, 11, 16)
RECEIVED = "2026-11-23 09:00:00"
MASTERS_RECEIVED = "2026-01-02 09:00:00"
OUTLETS, SKUS_PER_OUTLET = 10, 6
PIECES_PER_CASE, PIECES_PER_INNER, SHELF_LIFE_DAYS = 24, 6, 365
LIST_PRICES = {f"S{n:02d}": round(2.4 + 1.37 * n, 2) for n in range(1, 25)} | {"00701": 9.9}
HEADER = (
    "单据号", "单据日期", "客户编码", "商品编码", "单据类型", "数量", "单位", "单价", "金额",
)  # fmt: skip
STOCK_HEADER = ("商品编码", "批号", "生产日期", "到期日期", "库存日期", "数量", "单位")
MOVEMENT_HEADER = ("商品编码", "期间", "期初库存", "本期入库", "本期销售", "期末库存")


@dataclass(frozen=True)
class Line:
    """A line of a sales document, quantity in pieces, amount without tax."""

    document: str
    day: date
    outlet: str
    sku: str
    quantity: int
    price: float
    amount: float
    kind: str = "销售"
    unit: str = "个"

    def sold(self, quantity: int, price: float | None = None) -> Line:
        """The same line with another quantity and the amount that goes with it."""
        price = self.price if price is None else price
        return replace(self, quantity=quantity, price=price, amount=round(quantity * price, 2))

    def cells(self) -> list[str]:
        return [
            self.document,
            self.day.isoformat(),
            self.outlet,
            self.sku,
            self.kind,
            str(self.quantity),
            self.unit,
            f"{self.price:.2f}",
            f"{self.amount:.2f}",
        ]


@dataclass(frozen=True)
class Batch:
    """What is left of a batch on a day."""

    sku: str
    batch: str
    produced: date | None
    expires: date | None
    counted: date
    quantity: int

    def cells(self) -> list[str]:
        days = [day.isoformat() if day else "" for day in (self.produced, self.expires)]
        return [self.sku, self.batch, *days, self.counted.isoformat(), str(self.quantity), "个"]


@dataclass(frozen=True)
class Balance:
    """What came, went and was left of a product in a month."""

    sku: str
    month: str
    opening: int
    received: int
    sold: int
    closing: int

    def cells(self) -> list[str]:
        figures = (self.opening, self.received, self.sold, self.closing)
        return [self.sku, self.month, *map(str, figures)]


def outlet(sender: str, number: int) -> str:
    return f"O{sender}{number:02d}"


def sellout(sender: str, monday: date) -> list[Line]:
    """A week's lines: every outlet buys its usual products, a little more or less of each."""
    usual, week = Random(sender), Random(f"{sender} {monday}")
    lines = []
    for number in range(OUTLETS):
        document = f"{sender}-{monday:%V}-{number:02d}"
        day = monday + timedelta(days=week.randrange(6))
        for sku in usual.sample(sorted(LIST_PRICES)[1:], SKUS_PER_OUTLET):
            base = usual.randint(6, 40)
            price = round(LIST_PRICES[sku] * week.uniform(0.96, 1.04), 2)
            line = Line(document, day, outlet(sender, number), sku, 0, price, 0)
            lines.append(line.sold(max(1, round(base * week.uniform(0.7, 1.3)))))
    return lines


def stock(sender: str, monday: date) -> list[Batch]:
    """What is left on the Sunday of a week."""
    rng = Random(f"stock {sender} {monday}")
    batches = []
    for number, sku in enumerate(sorted(LIST_PRICES)[1:]):
        produced = date(2026, 6, 1) + timedelta(days=3 * number)
        expires = produced + timedelta(days=SHELF_LIFE_DAYS)
        counted = monday + timedelta(days=6)
        batches.append(Batch(sku, f"B{number}", produced, expires, counted, rng.randint(41, 900)))
    return batches


def movement(sender: str, month: int) -> list[Balance]:
    """A month's balances; each opens with what the month before left."""
    balances = []
    for sku in sorted(LIST_PRICES)[1:]:
        rng = Random(f"movement {sender} {sku}")
        left = rng.randint(300, 600)
        for _ in range(month):
            opening, received = left, rng.randint(100, 300)
            sold = min(rng.randint(100, 300), opening + received - 50)
            left = opening + received - sold
        balances.append(Balance(sku, f"2026-{month:02d}", opening, received, sold, left))
    return balances


def gtin(body: str) -> str:
    """A barcode of twelve digits and the digit that checks them."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def table(header: tuple[str, ...], rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def masters(senders: list[str], maps: list[list[str]]) -> dict[str, bytes]:
    """File → bytes: products, outlets with their distributor, assignments, maps of codes."""
    skus = [
        [sku, str(PIECES_PER_CASE), str(PIECES_PER_INNER), str(SHELF_LIFE_DAYS), f"{price:.2f}",
         gtin(f"6901234{number:05d}"), "0.13", "active"]
        for number, (sku, price) in enumerate(LIST_PRICES.items())
    ]  # fmt: skip
    outlets, assigned = [], []
    for place, sender in enumerate(senders):
        for number in range(OUTLETS):
            code = outlet(sender, number)
            where = [f"{22 + place * 0.01:.4f}", f"{113 + number * 0.05:.4f}"]
            outlets.append([code, f"{code}店", f"City {sender}", "GT", "active", sender, *where])
            assigned.append([code, "distributor", sender, "2024-01-01"])
    sku_header = (
        "sku_code", "pieces_per_case", "pieces_per_inner", "shelf_life_days",
        "list_price_per_piece", "gtin_piece", "vat_ratio", "sku_status",
    )  # fmt: skip
    outlet_header = (
        "outlet_code", "outlet_name", "city", "channel", "outlet_status", "distributor_code",
        "latitude", "longitude",
    )  # fmt: skip
    map_header = ("distributor_code", "their_code", "sku_code", "valid_from", "valid_to")
    return {
        "self/sku/sku.csv": table(sku_header, skus),
        "self/outlet/outlet.csv": table(outlet_header, outlets),
        "self/assignment/assignment.csv": table(
            ("outlet_code", "role", "distributor_code", "valid_from"), assigned
        ),
        "self/map_sku/map_sku.csv": table(map_header, maps),
        "self/promotion/promotion.csv": table(
            ("promo_code", "sku_code", "start_date", "end_date"),
            [
                ["P1", "S01", "2026-10-01", "2026-10-31"],
                ["P2", "S01", "2025-10-01", "2025-10-31"],
            ],
        ),
    }
