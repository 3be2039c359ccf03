"""Puts what stands beside the published file: Parquet, `datapackage.json`, `snapshot.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import duckdb

from pipelines.durable import sync
from pipelines.publishing.candidate import CANDIDATE, STORAGE_VERSION, SnapshotKey
from pipelines.publishing.catalogue import TableInfo, both_languages, literal, tables
from pipelines.publishing.fingerprint import package_version
from pipelines.publishing.manifest import Model
from pipelines.settings import Settings
from quality.expectations.result import CheckResult, closes_gate

Status = Literal["published", "refused"]

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
SNAPSHOT_FILE = "snapshot.json"
DATABASE_FILE = "daqu.duckdb"

FIELD_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "datetime",
    "VARCHAR": "string",
    "DOUBLE": "number",
    "FLOAT": "number",
    "DECIMAL": "number",
}
"""Field types of a data package by DuckDB type; whole numbers and nested types aside."""


def write_parquet(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write every mart of the candidate as one zstd Parquet file, but a view over the others."""
    folder.mkdir()
    for table in _marts(con, CANDIDATE):
        file = literal(str(folder / f"{table.name}.parquet"))
        con.execute(
            f"copy (from {CANDIDATE}.{table.path}) to {file} (format parquet, compression zstd)"
        )


def _marts(con: duckdb.DuckDBPyConnection, database: str) -> list[TableInfo]:
    return [table for table in tables(con, database, ["marts"]) if not table.is_view]


def write_datapackage(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    settings: Settings,
    key: SnapshotKey,
    models: Mapping[str, Model],
) -> None:
    """Describe the Parquet files as a Frictionless data package, in both languages."""
    resources = [
        _resource(folder, table, models.get(f"marts.{table.name}"))
        for table in _marts(con, CANDIDATE)
    ]
    package = {
        "$schema": PROFILE,
        "name": "daqu",
        "title": settings.name,
        "version": key.snapshot_id,
        "created": key.built_at.isoformat(),
        "currency": settings.currency,
        "as_of": settings.as_of.isoformat(),
        "resources": resources,
    }
    write_json(folder / "datapackage.json", package)


def _resource(folder: Path, table: TableInfo, model: Model | None) -> dict[str, Any]:
    file = folder / "parquet" / f"{table.name}.parquet"
    fields = [
        {"name": c.name, "type": field_type(c.type), "duckdb_type": c.type} | _texts(c.comment)
        for c in table.columns
    ]
    grain = list(model.grain) if model else []
    return {
        "name": table.name,
        "path": f"parquet/{file.name}",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{sha256(file)}",
        **_texts(table.comment),
        "schema": {"fields": fields} | ({"primaryKey": grain} if grain else {}),
    }


def _texts(comment: str) -> dict[str, str]:
    english, chinese = both_languages(comment)
    return {"description": comment, "description_en": english, "description_zh": chinese}


def field_type(duckdb_type: str) -> str:
    """Field type of a data package for a DuckDB type."""
    if duckdb_type.endswith("[]"):
        return "array"
    if duckdb_type.startswith(("STRUCT", "MAP")):
        return "object"
    base = duckdb_type.partition("(")[0]
    return FIELD_TYPES.get(base, "integer" if "INT" in base else "any")


def write_snapshot_file(
    folder: Path,
    settings: Settings,
    key: SnapshotKey,
    counts: Mapping[str, int],
    checks: Sequence[CheckResult],
) -> Status:
    """Write `snapshot.json`: what the snapshot is, what it holds, what the checks found.

    Args:
        folder: Folder of the snapshot, otherwise complete.
        settings: The deployment.
        key: Name of the snapshot.
        counts: Rows of every table, by `schema.name`.
        checks: Results of the checks; those that failed, and all of the audit, are told.

    Returns:
        What the checks make of it.
    """
    status: Status = "refused" if closes_gate(checks) else "published"
    told = [check for check in checks if check.layer in ("L5", "L6") or not check.passed]
    failed = [check for check in told if not check.passed]
    content = {
        **{name: str(value) for name, value in asdict(key).items()},
        "built_at": key.built_at.isoformat(),
        "status": status,
        "as_of": settings.as_of.isoformat(),
        "deployment_name": settings.name,
        "currency": settings.currency,
        "timezone": settings.timezone,
        "daqu_version": package_version(),
        "storage_version": STORAGE_VERSION,
        "row_counts": dict(sorted(counts.items())),
        "critical": sum(check.severity == "critical" for check in failed),
        "warnings": sum(check.severity in ("error", "warning") for check in failed),
        "files": [_file_entry(folder, file) for file in files_in(folder)],
        "checks": [asdict(check) for check in told],
    }
    write_json(folder / SNAPSHOT_FILE, content)
    return status


def told_checks(folder: Path) -> tuple[CheckResult, ...]:
    """Results of the checks that `snapshot.json` tells of."""
    content = json.loads((folder / SNAPSHOT_FILE).read_text(encoding="utf-8"))
    return tuple(CheckResult(**check) for check in content["checks"])


def files_in(folder: Path) -> list[Path]:
    """Files of a snapshot, `snapshot.json` aside, sorted."""
    found = (file for file in folder.rglob("*") if file.is_file() and file.name != SNAPSHOT_FILE)
    return sorted(found)


def _file_entry(folder: Path, file: Path) -> dict[str, Any]:
    name = file.relative_to(folder).as_posix()
    return {"path": name, "bytes": file.stat().st_size, "sha256": sha256(file)}


def sha256(file: Path) -> str:
    """Hash of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file people can read too."""
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def verify(folder: Path) -> list[str]:
    """Open a snapshot read-only and compare it with what it says of itself (L6).

    Returns:
        What differs, in words; nothing when it is whole.
    """
    try:
        return _differences(folder)
    except (duckdb.Error, OSError) as error:
        return [f"it cannot be opened: {error}"]


def _differences(folder: Path) -> list[str]:
    with duckdb.connect(str(folder / DATABASE_FILE), read_only=True) as con:
        stated = con.execute("select snapshot_id, row_counts from meta.snapshot").fetchall()
        if len(stated) != 1:
            return [f"meta.snapshot has {len(stated)} rows"]
        counts = json.loads(stated[0][1])
        database = folder.joinpath(DATABASE_FILE).stem
        there = {f"{t.schema}.{t.name}": t.path for t in tables(con, database)}
        found = [f"{name} is missing" for name in counts if name not in there]
        found += [f"{name} is not stated" for name in there if name not in counts]
        for name in counts.keys() & there.keys():
            found += _row_difference(con, there[name], name, counts[name])
        for mart in (mart for mart in _marts(con, database) if f"marts.{mart.name}" in counts):
            name, file = f"marts.{mart.name}", folder / "parquet" / f"{mart.name}.parquet"
            source = f"read_parquet({literal(str(file))})"
            found += _row_difference(con, source, f"{name} (parquet)", counts[name])
        return sorted(found + _wrong_name(folder, stated[0][0]))


def _row_difference(
    con: duckdb.DuckDBPyConnection, source: str, name: str, stated: int
) -> list[str]:
    row = con.execute(f"select count(*) from {source}").fetchone()
    rows = row[0] if row else 0
    return [] if rows == stated else [f"{name} has {rows} rows, not {stated}"]


def _wrong_name(folder: Path, snapshot_id: str) -> list[str]:
    file = folder / SNAPSHOT_FILE
    if not file.is_file():
        return []
    name = json.loads(file.read_text(encoding="utf-8"))["snapshot_id"]
    return [] if name == snapshot_id else [f"snapshot.json says {name}, the file {snapshot_id}"]


def to_disk(folder: Path) -> None:
    """Wait until every file and folder of a snapshot is on the disk."""
    for path in [*folder.rglob("*"), folder]:
        sync(path)
