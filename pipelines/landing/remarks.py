"""What is said of whole files, or of rows against other files: `landing.delivery_finding`.

Refusals and holds change what becomes of a file and stand in the ledger; a remark changes nothing
and stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import duckdb
import pyarrow as pa

SCHEMA = pa.schema(
    {
        "delivery_id": pa.int64(),
        "rule_id": pa.string(),
        "row_no": pa.int64(),
        "observed": pa.string(),
        "expected": pa.string(),
    }
)


@dataclass(frozen=True)
class Note:
    """A remark a reader makes on a file it could read.

    Attributes:
        rule_id: One of `pipelines.contracts.FILE_REASONS`, of severity `warning`.
        observed: What was found, such as the sheet's name or the number of rows.
    """

    rule_id: str
    observed: str = ""


@dataclass(frozen=True)
class Remark:
    """One thing said of a delivery.

    Attributes:
        delivery_id: The delivery.
        rule_id: One of `pipelines.contracts.FILE_REASONS`.
        observed: What was found.
        expected: What would be in order; None where the sentence of the rule says it.
        row_no: The row it is about; None for the whole file.
    """

    delivery_id: int
    rule_id: str
    observed: str = ""
    expected: str | None = None
    row_no: int | None = None


def remark(
    con: duckdb.DuckDBPyConnection, remarks: Iterable[Remark], about: Iterable[int], rules: set[str]
) -> None:
    """Say these things of deliveries, in place of whatever these rules said of them before.

    Args:
        con: Connection, inside the transaction that landed the rows.
        remarks: What is to be said now.
        about: Deliveries that were looked at.
        rules: Rules that were asked.
    """
    rows = [asdict(item) for item in remarks]
    con.register("said", pa.Table.from_pylist(rows, SCHEMA))
    con.register("looked_at", pa.table({"delivery_id": pa.array(list(about), pa.int64())}))
    remark_found(con, "from said", "select delivery_id from looked_at", rules)
    con.unregister("said")
    con.unregister("looked_at")


def remark_found(con: duckdb.DuckDBPyConnection, found: str, about: str, rules: set[str]) -> None:
    """Say what a query finds of deliveries, in place of what these rules said of them before.

    Args:
        con: Connection, inside a transaction.
        found: SQL of what is to be said now, in the columns of `landing.delivery_finding`.
        about: SQL of the deliveries that were looked at, as `delivery_id`.
        rules: Rules that were asked.
    """
    con.execute(
        f"""delete from landing.delivery_finding
        where delivery_id in ({about}) and rule_id = any($rules)""",
        {"rules": sorted(rules)},
    )
    con.execute(f"insert into landing.delivery_finding by name {found}")
