"""One hash of everything a snapshot is made from: the same hash means the same snapshot."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import duckdb

from pipelines.hashing import digest, file_hash, folder_hash
from pipelines.publishing.catalogue import quoted
from pipelines.settings import Settings

LEDGER = """
    select delivery_id, version, status, is_current, rows_read, rows_loaded, rows_quarantined
    from {database}.landing.delivery
    order by all
"""


def fingerprint(settings: Settings, con: duckdb.DuckDBPyConnection, database: str) -> str:
    """Hash the ledger, the as-of date, the configuration and the code.

    Args:
        settings: The deployment.
        con: Connection the warehouse is attached to.
        database: Name it is attached under.

    Returns:
        64 hex digits. What does not count: when it is computed, and where the files lie.
    """
    parts = [
        ("as_of", settings.as_of.isoformat()),
        ("version", package_version()),
        ("feeds", ",".join(sorted(settings.feeds))),
        ("ledger", ledger_hash(con, database)),
        ("deployment", file_hash([settings.home / "deployment.yaml"], settings.home)),
        ("mappings", folder_hash(settings.mappings)),
        ("reference", folder_hash(settings.reference)),
        ("corrections", folder_hash(settings.home / "corrections")),
        ("contracts", folder_hash(settings.contracts)),
        ("dbt", folder_hash(settings.dbt_project)),
        ("pipelines", folder_hash(settings.project / "pipelines", "*.py")),
        ("expectations", folder_hash(settings.project / "quality" / "expectations", "*.py")),
    ]
    return digest(f"{name}={value}\n".encode() for name, value in parts)


def package_version() -> str:
    """Version of Daqu that is installed."""
    try:
        return version("daqu")
    except PackageNotFoundError:
        return "0"


def ledger_hash(con: duckdb.DuckDBPyConnection, database: str) -> str:
    """Hash what every delivery came to, in the order of their ids."""
    rows = con.execute(LEDGER.format(database=quoted(database))).fetchall()
    return digest(f"{row}\n".encode() for row in rows)
