"""Which of our codes a sender's code may mean: offered with a score, never taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from pipelines.answers.unmapped import Unmapped
from pipelines.contracts.model import CodeKind

OFFERED = 3
LEAST_SCORE = 50.0
"""Below this two texts are less than half alike: no help to anybody."""
LEAST_CODE = 80.0
"""Below this, one character in five, codes are alike by chance: all are of the same digits."""
TEXT_WEIGHT = 0.8
"""Share of the likeness of texts in the score where prices can be compared: many SKUs share one."""
CODES_COMPARED = 1000
"""Codes, from the most money down, that candidates are looked for: the rest waits its turn."""
CHUNK = 100
NOISE = re.compile(r"[\W_]+")
Scores = NDArray[np.float64]


class Candidate(NamedTuple):
    """One of our codes, as what a sender's code may mean.

    Attributes:
        code: Our code; for a unit, the pieces in one of it.
        name: What we call it.
        score: 0 to 100, how alike they are.
    """

    code: str
    name: str
    score: float


@dataclass(frozen=True)
class Master:
    """Our codes of one kind, in the order of the code.

    Attributes:
        codes: Our codes.
        names: Their names, per language.
        aliases: Other codes they are known by outside, such as bar codes → place.
        owners: Sender each belongs to; None where the master does not say.
        prices: Prices of the packs it is sold in, one row per pack; nan where unknown.
    """

    codes: list[str]
    names: list[list[str]]
    aliases: dict[str, int]
    owners: list[str | None]
    prices: Scores

    def of(self, sender: str) -> Master:
        """The part that belongs to a sender; all of it where nothing does."""
        places = [place for place, owner in enumerate(self.owners) if owner == sender]
        return self._take(places) if places else self

    def _take(self, places: list[int]) -> Master:
        moved = {old: new for new, old in enumerate(places)}
        return Master(
            codes=[self.codes[place] for place in places],
            names=[[names[place] for place in places] for names in self.names],
            aliases={a: moved[place] for a, place in self.aliases.items() if place in moved},
            owners=[self.owners[place] for place in places],
            prices=self.prices[:, places],
        )


def candidates(
    con: duckdb.DuckDBPyConnection, items: Sequence[Unmapped]
) -> dict[Unmapped, list[Candidate]]:
    """The closest of our codes for each of the first unmapped ones, the best first.

    The score is the likeness of the texts, the better of code with code and name with name, by
    `rapidfuzz.fuzz.ratio` over letters and digits; codes less than 80 alike count for nothing. A
    bar code of ours counts as the code itself. Where both prices are known, the likeness of the
    price of a piece, inner pack or case, whichever is closest, counts for a fifth. Equal scores
    stand in the order of our codes.

    Args:
        con: The warehouse.
        items: Unmapped codes, the most important first.

    Returns:
        At most three candidates of at least 50 points for each of the first thousand codes of a
        kind; for units, the packs of the SKU whose price is closest.
    """
    found: dict[Unmapped, list[Candidate]] = {}
    for kind in ("sku", "outlet"):
        wanted = list(islice((i for i in items if i.kind == kind), CODES_COMPARED))
        if wanted:
            found |= _by_sender(_master(con, kind), wanted)
    units = [item for item in items if item.kind == "uom" and item.sku_code]
    return found | _packs(con, units)


def _by_sender(master: Master, items: list[Unmapped]) -> dict[Unmapped, list[Candidate]]:
    found = {}
    for sender in sorted({item.sender for item in items}):
        own = master.of(sender)
        of_sender = [item for item in items if item.sender == sender]
        for start in range(0, len(of_sender), CHUNK):
            chunk = of_sender[start : start + CHUNK]
            found |= dict(zip(chunk, _best(own, _scores(own, chunk)), strict=True))
    return found


def _best(master: Master, scores: Scores) -> Iterator[list[Candidate]]:
    # stable: codes of equal score stay in their order
    order = np.argsort(-scores, axis=1, kind="stable")[:, :OFFERED]
    for row, places in enumerate(order):
        yield [
            Candidate(
                master.codes[place],
                next((names[place] for names in master.names if names[place]), ""),
                float(scores[row, place]),
            )
            for place in places
            if scores[row, place] >= LEAST_SCORE
        ]


def _scores(master: Master, items: Sequence[Unmapped]) -> Scores:
    """Points of each code (row) for each of ours (column), to one decimal."""
    texts = _likeness([item.code for item in items], master.codes)
    texts[texts < LEAST_CODE] = 0
    for names in master.names:
        texts = np.maximum(texts, _likeness([item.name or "" for item in items], names))
    for row, item in enumerate(items):
        place = master.aliases.get(folded(item.code))
        if place is not None:
            texts[row, place] = 100.0
    return np.round(_with_prices(texts, items, master.prices), 1)


def _with_prices(texts: Scores, items: Sequence[Unmapped], prices: Scores) -> Scores:
    asked = np.array([item.price or np.nan for item in items])[:, None]
    closest = np.full(texts.shape, np.nan)
    for ours in prices:
        with np.errstate(invalid="ignore", divide="ignore"):
            closest = np.fmax(closest, np.minimum(asked / ours, ours / asked))
    weighed = TEXT_WEIGHT * texts + (1 - TEXT_WEIGHT) * 100 * closest
    return np.where(np.isnan(closest), texts, weighed)


def _likeness(asked: list[str], ours: list[str]) -> Scores:
    """Likeness of each text with each of ours, 0 to 100; an empty text is like none."""
    from rapidfuzz import fuzz, process

    left, right = [folded(text) for text in asked], [folded(text) for text in ours]
    scores = process.cdist(left, right, scorer=fuzz.ratio, dtype=np.float64)
    scores[[not text for text in left], :] = 0
    scores[:, [not text for text in right]] = 0
    return scores


def folded(text: str) -> str:
    """A text as it is compared: width and case folded, letters and digits alone."""
    return NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def _master(con: duckdb.DuckDBPyConnection, kind: CodeKind) -> Master:
    return _skus(con) if kind == "sku" else _outlets(con)


SKUS = """
    select sku_code, sku_name_zh, sku_name_en, gtin_piece, gtin_case,
        list_price_per_piece::double, pieces_per_inner, pieces_per_case
    from landing.sku
    qualify row_number() over (partition by sku_code order by valid_from desc nulls last) = 1
    order by sku_code"""
OUTLETS = """
    select outlet_code, outlet_name, distributor_code
    from landing.outlet
    qualify row_number() over (partition by outlet_code order by valid_from desc nulls last) = 1
    order by outlet_code"""


def _skus(con: duckdb.DuckDBPyConnection) -> Master:
    rows = con.execute(SKUS).fetchall()
    price = np.array([np.nan if row[5] is None else row[5] for row in rows], dtype=float)
    packs = [[1.0, row[6] or np.nan, row[7] or np.nan] for row in rows]
    return Master(
        codes=[row[0] for row in rows],
        names=[[row[1] or "" for row in rows], [row[2] or "" for row in rows]],
        aliases={
            folded(gtin): place for place, row in enumerate(rows) for gtin in row[3:5] if gtin
        },
        owners=[None] * len(rows),
        prices=price * np.array(packs, dtype=float).reshape(len(rows), 3).T,
    )


def _outlets(con: duckdb.DuckDBPyConnection) -> Master:
    rows = con.execute(OUTLETS).fetchall()
    return Master(
        codes=[row[0] for row in rows],
        names=[[row[1] or "" for row in rows]],
        aliases={},
        owners=[row[2] for row in rows],
        prices=np.empty((0, len(rows))),
    )


PACK_NAMES = ("piece 件", "inner pack 中包", "case 箱")


def _packs(
    con: duckdb.DuckDBPyConnection, items: Sequence[Unmapped]
) -> dict[Unmapped, list[Candidate]]:
    """For units: how many pieces one may be, by the pack of the SKU whose price is closest."""
    if not items:
        return {}
    packs: Mapping[str, tuple] = {row[0]: row[5:] for row in con.execute(SKUS).fetchall()}
    return {item: _packs_of(item, packs[item.sku_code]) for item in items if item.sku_code in packs}


def _packs_of(item: Unmapped, sku: tuple) -> list[Candidate]:
    price, inner, case = sku
    if not price or not item.price:
        return []
    found = []
    for pieces, name in zip((1, inner, case), PACK_NAMES, strict=True):
        if pieces:
            ratio = item.price / (price * pieces)
            found.append(Candidate(str(pieces), name, round(100 * min(ratio, 1 / ratio), 1)))
    found.sort(key=lambda c: (-c.score, int(c.code)))
    return [c for c in found if c.score >= LEAST_SCORE][:OFFERED]
