"""What a piece costs in a row, against our list price and against the row's own unit price.

Prices are compared without VAT or both with it; the sign of a return does not matter; free goods
and exchanges have no price. Where the price does not fit, it may fit another unit: then the row
says which.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.contracts.model import Contract, Money
from pipelines.landing.layout import Layout
from pipelines.landing.rows.finding import Finding, finding
from pipelines.landing.rows.lookups import Lookups
from pipelines.landing.rows.units import takes_mixed_units

Limits = Mapping[str, float]
HAS_PRICE = "doc_type in ('sale', 'return')"
UNITS = {
    "looks_like_cases": "_per_case",
    "looks_like_inners": "_per_inner",
    "looks_like_pieces": "1",
}
"""Reason → pieces in the unit the price would fit."""


def money_sent(layout: Layout) -> Money | None:
    """The columns prices are worked out from, where the files have them."""
    money, sent = layout.contract.money, layout.sent
    if money is None or money.quantity.name not in sent:
        return None
    price = money.unit_price if money.unit_price and money.unit_price.name in sent else None
    if price is None and money.amount.name not in sent:
        return None
    return money._replace(unit_price=price)


def judges_prices(layout: Layout, lookups: Lookups) -> bool:
    """Whether prices can be compared with a list price."""
    return lookups.prices and money_sent(layout) is not None and "sku_code" in layout.sent


def judges_amounts(layout: Layout) -> bool:
    """Whether the files state quantity, unit price and amount."""
    money = money_sent(layout)
    return bool(money and money.unit_price and money.amount.name in layout.sent)


def list_price(layout: Layout) -> str:
    """The list price of a piece on the day of the row, with VAT where the row's amount has it."""
    if "tax_included" not in {column.name for column in layout.contract.columns}:
        return "pack.list_price"
    return "case when t.tax_included then pack.list_price_with_vat else pack.list_price end"


def measured(layout: Layout, lookups: Lookups) -> list[str]:
    """Columns with how far prices and amounts are off; every row meets these."""
    money = money_sent(layout)
    if money is None:
        return []
    amount, quantity = money.amount.name, money.quantity.name
    columns = []
    product = f"{quantity}::double * {money.unit_price.name}::double" if money.unit_price else ""
    if takes_mixed_units(layout, lookups):  # then nobody knows the unit of the unit price
        product = product and f"case when _mixed_pieces is null then {product} end"
    if judges_amounts(layout):
        columns.append(f"abs(abs({product}) - abs({amount}::double)) as _amount_gap")
    if judges_prices(layout, lookups):
        total = f"coalesce({amount}::double, {product})" if product else f"{amount}::double"
        pieces = f"nullif({money.quantity.pieces}::double * _list_price, 0)"
        columns.append(f"abs({total} / {pieces}) as _price_ratio")
    return columns


def fault(layout: Layout, limits: Limits) -> str:
    """What is to be said of a price that is not near the list price; null of any other."""
    high, far = limits["price_unusual_ratio"], limits["price_implausible_ratio"]
    return f"""case when _price_ratio not between {1 / high} and {high} and {HAS_PRICE} then
        case when _price_ratio = 0 then 'price_unusual'
            else coalesce({_fitting_unit(layout, limits)},
                if(_price_ratio between {1 / far} and {far}, 'price_unusual', 'price_implausible'))
        end end"""


def _fitting_unit(layout: Layout, limits: Limits) -> str:
    """The unit that brings the price nearest to the list price, where the one sent does not fit."""
    money = layout.contract.money
    assert money
    low, high = limits["unit_fits_low_ratio"], limits["unit_fits_high_ratio"]
    units = ", ".join(f"{{'reason': '{r}', 'pieces': {p}}}" for r, p in UNITS.items())
    per_unit = f"_price_ratio * {money.quantity.pieces}::double / {money.quantity.name}::double"
    return f"""case when _price_ratio not between {low} and {high} then
                list_sort(list_filter(
                    list_transform([{units}], lambda u: list_transform(
                        [{per_unit} / u.pieces], lambda fit: {{
                            'distance': greatest(fit, 1 / fit), 'fit': fit, 'reason': u.reason
                        }})[1]),
                    lambda u: u.fit between {low} and {high}))[1].reason end"""


def repaired(contract: Contract) -> str:
    """Every quantity of the row in pieces by the unit the price fits, else as it was."""
    cases = " ".join(f"when '{reason}' then {pieces}" for reason, pieces in UNITS.items())
    replaced = []
    for column in (column for column in contract.columns if column.pieces):
        by_price = f"({column.name} * case _price_fault {cases} end)::decimal(18, 3)"
        fixed = f"coalesce({by_price}, {column.pieces})"
        replaced.append(
            f"case when _price_fault is null then {column.pieces} else {fixed} end"
            f" as {column.pieces}"
        )
    return ", ".join(replaced)


def of_money(layout: Layout, lookups: Lookups, limits: Limits) -> list[Finding]:
    """What can be wrong with quantity, price and amount."""
    found = _of_prices(layout) if judges_prices(layout, lookups) else []
    if judges_amounts(layout):
        found += _of_amounts(layout, limits)
    return found


def _of_prices(layout: Layout) -> list[Finding]:
    is_warning = layout.mapping.price_faults == "load"
    is_wrong = "case when _price_fault <> 'price_unusual' then _price_fault end"
    is_unit = "starts_with(_price_fault, 'looks_like')"
    found = []
    if layout.mapping.uom_autofix:
        is_wrong = "case when _price_fault = 'price_implausible' then _price_fault end"
        fixed = f"case when {is_unit} then 'uom_autofixed' end"
        found.append(Finding("_price_fault is not null", fixed, warning=True))
    found.append(Finding("_price_fault is not null", is_wrong, is_warning))
    return [*found, finding("price_unusual", "_price_fault = 'price_unusual'", warning=True)]


def _of_amounts(layout: Layout, limits: Limits) -> list[Finding]:
    money = layout.contract.money
    assert money
    amount = f"abs({money.amount.name}::double)"
    least, some, much = (
        limits[f"amount_{name}"] for name in ("differs_amount", "differs_ratio", "wrong_ratio")
    )
    differs = f"_amount_gap > greatest({least}, {some} * {amount}) and {HAS_PRICE}"
    # an amount of nothing beside a price is how many mark free goods
    wrong = f"_amount_gap > greatest({least}, {much} * {amount}) and {money.amount.name} <> 0"
    reason = f"case when {differs} then if({wrong}, {{}}, {{}}) end"
    is_warning = layout.mapping.price_faults == "load"
    return [
        Finding(differs, reason.format("'amount_wrong'", "null"), is_warning),
        Finding(differs, reason.format("null", "'amount_differs'"), warning=True),
    ]
