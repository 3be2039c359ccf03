"""Writes the dbt source of each feed: what staging may read, with types and descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from pipelines.contracts.model import Contract
from pipelines.contracts.tables import LandedColumn, history_columns, landed_columns


def source_files(contracts: Mapping[str, Contract], mark: str) -> dict[str, str]:
    """One `<feed>.yml` per feed; all of them add tables to the one source `landing`.

    Args:
        contracts: Contracts by feed.
        mark: Sentence of the first line.
    """
    return {f"{feed}.yml": _source_file(contracts[feed], mark) for feed in contracts}


def _source_file(contract: Contract, mark: str) -> str:
    current = f"{contract.title_en}: {contract.grain_en} | {contract.title_zh}：{contract.grain_zh}"
    history = (
        f"{contract.title_en}: rows a later file has replaced | "
        f"{contract.title_zh}：已被后续文件取代的行"
    )
    lines = [
        f"# {mark}",
        "version: 2",
        "sources:",
        "  - name: landing",
        "    schema: landing",
        "    tables:",
        *_table(contract, contract.feed, current, landed_columns(contract)),
        *_table(contract, f"{contract.feed}_history", history, history_columns(contract)),
    ]
    return "\n".join(lines) + "\n"


def _table(
    contract: Contract, name: str, description: str, columns: Iterable[LandedColumn]
) -> Iterator[str]:
    personal = {column.name for column in contract.columns if column.personal}
    yield f"      - name: {name}"
    yield f"        description: {_quoted(description)}"
    yield "        columns:"
    for column in columns:
        yield f"          - name: {column.name}"
        yield f"            data_type: {column.duckdb_type}"
        yield f"            description: {_quoted(column.comment)}"
        if column.name in personal:
            yield "            config: {meta: {personal: true}}"


def _quoted(text: str) -> str:
    """Text as a YAML string; a JSON string is one."""
    return json.dumps(text, ensure_ascii=False)
