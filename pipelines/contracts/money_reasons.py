"""Reasons that rest on what a piece costs, in the row itself and by our list price."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.contracts.model import Money
from pipelines.contracts.reason import Reason, both


def money_reasons(money: Money) -> Iterator[Reason]:
    """Reasons of a feed whose rows state quantities and amounts."""
    yield from _unit_reasons(money)
    yield from _price_reasons()
    if money.unit_price:
        yield from _amount_reasons(money)


def _unit_reasons(money: Money) -> Iterator[Reason]:
    for kind, en, zh in (
        ("cases", "cases", "箱"),
        ("inners", "inner packs", "中包"),
        ("pieces", "pieces", "最小单位"),
    ):
        yield Reason(
            f"looks_like_{kind}",
            "error",
            f"The price of a piece fits our list price only if {both(money.quantity)} is in {en}: "
            f"write {zh} as its unit, or correct quantity and amount.",
            f"只有当{money.quantity.label_zh}以{zh}为单位时，折算单价才与标准价相符："
            f"请把单位写成“{zh}”，或更正数量与金额。",
            "accuracy",
        )
    yield Reason(
        "uom_autofixed",
        "warning",
        "The unit did not fit the price; the quantity was converted with the one that does: "
        "report the right unit.",
        "单位与价格不符，已按相符的单位折算：请填报正确的单位。",
        "accuracy",
    )


def _price_reasons() -> Iterator[Reason]:
    yield Reason(
        "price_implausible",
        "error",
        "The price of a piece is far from our list price: correct quantity, unit or amount, "
        "or tell us that the list price is wrong.",
        "折算单价与标准价相差悬殊：请更正数量、单位或金额；如标准价有误请告知。",
        "accuracy",
    )
    yield Reason(
        "price_unusual",
        "warning",
        "The price of a piece is unlike our list price, or a sale is free of charge: "
        "check quantity and amount, and mark free goods as such.",
        "折算单价明显偏离标准价，或销售金额为零：请核对数量与金额，赠品请标明为赠品。",
        "accuracy",
    )


def _amount_reasons(money: Money) -> Iterator[Reason]:
    assert money.unit_price
    columns_en = f"{both(money.quantity)} times {both(money.unit_price)}"
    columns_zh = f"{money.quantity.label_zh}×{money.unit_price.label_zh}"
    yield Reason(
        "amount_wrong",
        "error",
        f"{columns_en} is not {both(money.amount)}, nor near it: correct the one that is wrong.",
        f"{columns_zh}与{money.amount.label_zh}相差过大：请更正有误的一项。",
        "consistency",
    )
    yield Reason(
        "amount_differs",
        "warning",
        f"{columns_en} differs from {both(money.amount)} by more than rounding: check the three.",
        f"{columns_zh}与{money.amount.label_zh}之差超出舍入误差：请核对。",
        "consistency",
    )
