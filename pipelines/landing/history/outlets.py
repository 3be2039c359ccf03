"""B31: two outlets of the master that look like one."""

from __future__ import annotations

import unicodedata

import duckdb
import pyarrow as pa
from rapidfuzz import fuzz

from pipelines.contracts import Contract
from pipelines.landing.history.frames import rows
from pipelines.landing.history.rule import HistoryRule, Limits

METRES_PER_DEGREE = 111_320
PAIR = pa.schema({"delivery_id": pa.int64(), "row_no": pa.int64(), "observed": pa.string()})


def _near(metres: float) -> str:
    """Open outlets of one file within so many metres of each other, by cells of a grid."""
    cell = 2 * metres / METRES_PER_DEGREE  # a degree of longitude is half as long at 60 degrees
    return f"""
with place as (
    select r._delivery_id as delivery_id, r._row_no as row_no, r.outlet_code as code,
        r.outlet_name as name, r.latitude::double as lat, r.longitude::double as lon,
        floor(lat / {cell})::bigint as y, floor(lon / {cell})::bigint as x
    from {rows("outlet")} as r
    inner join history_subject as d on r._delivery_id = d.delivery_id
    where r.outlet_status is distinct from 'closed' and r.close_date is null
        and r.outlet_name is not null
),
around as (
    select *, unnest([-1, 0, 1]) as dy from place
),
cell as (
    select * exclude (y, x, dy), y + dy as y, x + unnest([-1, 0, 1]) as x from around
)
select b.delivery_id, b.row_no, b.code, b.name, a.code, a.name, {METRES_PER_DEGREE} * sqrt(
    pow(a.lat - b.lat, 2) + pow((a.lon - b.lon) * cos(radians(a.lat)), 2)) as metres
from cell as a
inner join place as b on a.delivery_id = b.delivery_id and a.y = b.y and a.x = b.x
    and a.row_no < b.row_no
where metres < {metres}"""


def _compare(con: duckdb.DuckDBPyConnection, contract: Contract, limits: Limits) -> None:
    """Keep the pairs with like names, each as a proposal to merge the later into the earlier."""
    del contract
    found = []
    for delivery_id, row_no, code, name, other, other_name, metres in con.execute(
        _near(limits["outlet_twice_metres"])
    ).fetchall():
        alike = fuzz.ratio(_bare(name), _bare(other_name)) / 100
        if alike >= limits["outlet_twice_name_ratio"]:
            said = f"{code} {name} → {other} {other_name}: {metres:.0f} m, {alike:.0%}"
            found.append({"delivery_id": delivery_id, "row_no": row_no, "observed": said})
    con.register("history_pair", pa.Table.from_pylist(found, PAIR))


def _bare(name: str) -> str:
    """A name without brackets, blanks and marks."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def _twice(contract: Contract, limits: Limits) -> str:
    del contract, limits
    return """
select delivery_id, 'outlet_looks_twice' as rule_id, row_no, observed, null::varchar as expected
from history_pair"""


RULES = (HistoryRule(("outlet_looks_twice",), _twice, feeds=("outlet",), prepare=_compare),)
