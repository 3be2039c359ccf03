"""Mapping files of the sample's senders, written from the same families as their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipelines.sample.arrivals import MONTHLY
from pipelines.sample.families import CASE, FAMILIES, FEED_NAMES_ZH, PIECE, Family
from pipelines.sample.open_orders import STATUSES
from pipelines.sample.sellin import DOC_TYPES, UNITS

CLAIM_TYPES = ("display", "price", "listing", "rebate", "promoter", "posm", "logistics")
STOCK_STATES = ("good", "near", "damaged")
DOC_WORDS = ("sale", "return", "free")
OFFICES = {
    "finance": ("FIN", ("receivable", "budget")),
    "property": ("P01", ("patrol_plan", "patrol_log", "cleaning", "ticket")),
    "erp": ("erp", ("sellin", "open_order", "company_stock")),
    "kam": ("kam", ("ka_pos",)),
    "sales": ("sales", ("target", "forecast_override")),
    "sfa": ("sfa", ("check_sku", "check_category", "check_posm", "check_question")),
}
OWN_WAYS: dict[str, dict[str, Any]] = {
    "budget": {"match": ["{sender}_budget_{any}"]},
    "forecast_override": {"codes": "ours"},
    "sellin": {
        "encoding": "gb18030",
        "columns": {"quantity": ["实收数"]},
        "codes": "ours",
        "units": {UNITS[CASE]: "case", UNITS[PIECE]: "piece"},
        "values": {"doc_type": {DOC_TYPES[n]: word for n, word in enumerate(DOC_WORDS)}},
        "nil_report": True,
    },
    "open_order": {
        "encoding": "gb18030",
        "codes": "ours",
        "units": {UNITS[CASE]: "case", UNITS[PIECE]: "piece"},
        "values": {"order_status": STATUSES},
        "nil_report": True,
    },
    "company_stock": {
        "encoding": "gb18030",
        "codes": "ours",
        "units": {UNITS[CASE]: "case", UNITS[PIECE]: "piece"},
    },
    **{
        feed: {"codes": "ours"}
        for feed in ("ka_pos", "check_sku", "check_category", "check_posm", "check_question")
    },
}
UNIT_MEANINGS = ("piece", "inner", "case", 12)
HEADING = (
    "# How senders of the sample region write. Made by `daqu sample`; a test keeps it current.\n"
)


def write_mappings(folder: Path) -> list[Path]:
    """Write one mapping file a family of senders, those of finance and the property office."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {family.name: _family(family) for family in FAMILIES}
    files |= {name: _office(*office) for name, office in OFFICES.items()}
    paths = []
    for name, values in files.items():
        path = folder / f"{name}.yaml"
        text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
        path.write_text(HEADING + text, encoding="utf-8")
        paths.append(path)
    return paths


def _family(family: Family) -> dict[str, Any]:
    senders = [f"D{number:03d}" for number in family.senders]
    language = "en" if family.dialect.thousands else "zh"
    feeds = {feed: _feed(family, feed) for feed in FEED_NAMES_ZH}
    return {"senders": senders, "language": language, "feeds": feeds}


def _feed(family: Family, feed: str) -> dict[str, Any]:
    """What the contract and the defaults do not say of a feed."""
    dialect = family.dialect
    word = FEED_NAMES_ZH[feed] if dialect.name_zh else feed
    values: dict[str, Any] = {"match": _patterns(word)}
    if dialect.encoding == "gb18030":
        values["encoding"] = dialect.encoding
    own = dialect.own_headers.get(feed, {})
    if own:
        values["columns"] = own
    if feed not in MONTHLY and dialect.date_format != "%Y-%m-%d":
        values["dates"] = [dialect.date_format.replace("%-", "%")]
    values["codes"] = "theirs" if family.own_codes else "ours"
    if feed != "claim":
        values["units"] = dict(zip(dialect.units[:4], UNIT_MEANINGS, strict=True))
    words = _words(family, feed)
    if words:
        values["values"] = words
    return values | (_sellout(family) if feed == "sellout" else {})


def _patterns(word: str) -> list[str]:
    """Names of an initial load and of a single report, with any ending."""
    return [f"{{sender}}_{word}_{span}{{any}}" for span in ("{start}_{end}", "{period}")]


def _words(family: Family, feed: str) -> dict[str, dict[str, str]]:
    """Their words for the contract's values, where the contract does not know them."""
    if family.dialect.name != "zh_gbk":
        return {}
    dialect = family.dialect
    return {
        "sellout": {"doc_type": dict(zip(dialect.doc_types, DOC_WORDS, strict=True))},
        "stock": {"stock_status": dict(zip(dialect.stock_states, STOCK_STATES, strict=True))},
        "claim": {"claim_type": dict(zip(dialect.claim_types, CLAIM_TYPES, strict=True))},
    }.get(feed, {})


def _sellout(family: Family) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if not family.has_doc_type and not family.negative_is_return:
        prefixes = dict(zip(family.dialect.documents[1:], DOC_WORDS[1:], strict=True))
        values["doc_type_from"] = {"column": "document_no", "prefixes": prefixes}
    if family.tax_included:
        values["tax_included"] = True
    if family.negative_is_return:
        values["negative_is_return"] = True
    return values


def _office(sender: str, feeds: tuple[str, ...]) -> dict[str, Any]:
    matches = {feed: {"match": _patterns(feed)} | OWN_WAYS.get(feed, {}) for feed in feeds}
    return {"sender": sender, "language": "zh", "feeds": matches}
