"""Reads the contracts of a folder; what is not understood is an error naming file and line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import TypeVar, get_args

from open_data_contract_standard import model as odcs
from pydantic import BaseModel

from pipelines.contracts.checks import check_contract, check_references
from pipelines.contracts.model import AllowedValue, Column, Contract, RowRule, Severity, Sla, Unit
from pipelines.contracts.odcs import (
    IDENTIFIER,
    LOGICAL_TYPES,
    ColumnProperties,
    FeedProperties,
    SlaProperties,
    TypeOptions,
    read_standard,
    read_values,
)
from pipelines.contracts.source import Source, Where, did_you_mean, read_source
from pipelines.contracts.values import bilingual, chinese, like, must_be, one_of, text
from pipelines.errors import ContractError

M = TypeVar("M", bound=BaseModel)

SUFFIX = ".odcs.yaml"
STANDARD = "v3.2.0"
SLA_UNITS = {"latency": "d", "gracePeriod": "h"}
DIMENSIONS = (
    "accuracy",
    "completeness",
    "conformity",
    "consistency",
    "coverage",
    "timeliness",
    "uniqueness",
)


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Read every contract of a folder.

    Args:
        folder: Folder with one `<feed>.odcs.yaml` per feed and no other YAML.

    Returns:
        Contracts by feed, in alphabetical order.

    Raises:
        ContractError: A contract is not understood in full, contradicts itself, or points at a
            column no contract has. The message names file and line.
    """
    sources = [read_source(file) for file in _contract_files(folder)]
    contracts = {contract.feed: contract for contract in map(_contract, sources)}
    for source, contract in zip(sources, contracts.values(), strict=True):
        check_references(source, contract, contracts)
    return contracts


def load_contract(file: Path) -> Contract:
    """Read one contract; references to other feeds are not looked up.

    Raises:
        ContractError: As for `load_contracts`.
    """
    return _contract(read_source(file))


def _contract_files(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.glob("*") if file.suffix in (".yaml", ".yml"))
    stray = next((file for file in files if not file.name.endswith(SUFFIX)), None)
    if stray:
        raise ContractError(
            f"{stray}:1: a contract file is named <feed>{SUFFIX}",
            f"{stray}:1：合同文件应命名为 <feed>{SUFFIX}",
        )
    if not files:
        raise ContractError(f"{folder} has no contract", f"{folder} 中没有合同")
    return files


def _contract(source: Source) -> Contract:
    document = read_standard(source)
    table = _head(source, document)
    where: Where = ("schema", 0)
    feed = _flat(source, FeedProperties, document.customProperties, ("customProperties",))
    title_en, title_zh = bilingual(source, ("name",), document.name)
    grain_en, grain_zh = bilingual(
        source, (*where, "dataGranularityDescription"), table.dataGranularityDescription
    )
    must_be(source, (*where, "businessName"), table.businessName, title_zh)
    must_be(source, (*where, "description"), table.description, document.name)
    contract = Contract(
        feed=text(source, ("id",), document.id),
        feed_code=feed.feedCode,
        title_en=title_en,
        title_zh=title_zh,
        grain_en=grain_en,
        grain_zh=grain_zh,
        purpose=" | ".join(bilingual(source, *_purpose(document))),
        domain=text(source, ("domain",), document.domain),
        owner_role=_owner(source, document),
        version=like(source, ("version",), document.version, r"[0-9]+\.[0-9]+\.[0-9]+"),
        period=feed.period,
        replaces=feed.replaces,
        business_date=feed.businessDate,
        period_grace_days=feed.periodGraceDays,
        line_is_unique=feed.lineIsUnique,
        is_always_taken=feed.alwaysTaken,
        late_is_usual=feed.lateIsUsual,
        sla=_sla(source, document.slaProperties),
        columns=tuple(
            _column(source, (*where, "properties", index), column)
            for index, column in enumerate(table.properties or [])
        ),
        rules=tuple(
            _rule(source, (*where, "quality", index), rule)
            for index, rule in enumerate(table.quality or [])
        ),
        source_file=source.file.name,
    )
    check_contract(source, contract)
    return contract


def _head(source: Source, document: odcs.OpenDataContractStandard) -> odcs.SchemaObject:
    """Check the fixed values of a contract and return its one table."""
    feed = source.file.name.removesuffix(SUFFIX)
    must_be(source, ("kind",), document.kind, "DataContract")
    must_be(source, ("apiVersion",), document.apiVersion, STANDARD)
    must_be(source, ("status",), document.status, "active")
    like(source, ("id",), document.id, IDENTIFIER)
    must_be(source, ("id",), document.id, feed)
    tables = document.schema_ or []
    if len(tables) != 1:
        en, zh = "a contract has exactly one table in `schema`", "`schema` 应恰有一张表"
        raise source.error(("schema",), en, zh)
    where: Where = ("schema", 0)
    must_be(source, (*where, "name"), tables[0].name, feed)
    must_be(source, (*where, "logicalType"), tables[0].logicalType, "object")
    must_be(source, (*where, "physicalType"), tables[0].physicalType, "table")
    return tables[0]


def _purpose(document: odcs.OpenDataContractStandard) -> tuple[Where, str | None]:
    purpose = document.description.purpose if document.description else None
    return ("description", "purpose"), purpose


def _owner(source: Source, document: odcs.OpenDataContractStandard) -> str:
    team = document.team if isinstance(document.team, odcs.Team) else None
    return text(source, ("team", "name"), team.name if team else None)


def _sla(
    source: Source, entries: Sequence[odcs.ServiceLevelAgreementProperty] | None
) -> Sla | None:
    if entries is None:
        return None
    where: Where = ("slaProperties",)
    values = _flat(source, SlaProperties, entries, where)
    unit: Unit = "d"
    for index, entry in enumerate(entries):
        place: Where = (*where, index, "unit")
        if entry.property == "frequency":
            unit = one_of(source, place, entry.unit, get_args(Unit))
        else:
            must_be(source, place, entry.unit, SLA_UNITS.get(str(entry.property)))
    return Sla(
        unit=unit,
        latency_days=values.latency,
        time_of_day=time.fromisoformat(values.timeOfAvailability),
        grace_hours=values.gracePeriod,
        roll=values.roll,
    )


def _column(source: Source, where: Where, column: odcs.SchemaProperty) -> Column:
    custom = _flat(source, ColumnProperties, column.customProperties, (*where, "customProperties"))
    logical_type = one_of(source, (*where, "logicalType"), column.logicalType, tuple(LOGICAL_TYPES))
    options = _options(source, where, logical_type, column.logicalTypeOptions or {})
    description_en, description_zh = bilingual(source, (*where, "description"), column.description)
    physical = LOGICAL_TYPES[logical_type].physical
    return Column(
        name=like(source, (*where, "name"), column.name, IDENTIFIER),
        label_zh=chinese(source, (*where, "businessName"), column.businessName),
        description_en=description_en,
        description_zh=description_zh,
        logical_type=logical_type,
        duckdb_type=like(source, (*where, "physicalType"), column.physicalType, physical),
        required=bool(column.required),
        key_position=_key_position(source, where, column),
        personal=_is_personal(source, where, column),
        minimum=options.minimum,
        maximum=options.maximum,
        max_length=options.maxLength,
        pattern=options.pattern,
        format=options.format,
        allowed=_allowed(source, where, column),
        synonyms=_synonyms(source, where, column),
        code_of=custom.codeOf,
        open_list=custom.openList,
        fill=custom.fill,
        day_of=custom.dayOf,
        last_day_of=custom.lastDayOf,
        default=_default(custom.default),
        unit_column=custom.unitColumn,
        pieces=custom.pieces,
        control=custom.control,
        references=_references(source, where, column),
        fill_in=custom.fillIn,
    )


def _options(
    source: Source, where: Where, logical_type: str, values: dict[str, object]
) -> TypeOptions:
    place: Where = (*where, "logicalTypeOptions")
    options = read_values(source, TypeOptions, values, lambda loc: (*place, *loc))
    for key in values:
        if key not in LOGICAL_TYPES[logical_type].options:
            raise source.error(
                (*place, key),
                f"`{key}` does not go with logicalType {logical_type}",
                f"`{key}` 不适用于 logicalType {logical_type}",
                *did_you_mean(key, LOGICAL_TYPES[logical_type].options),
            )
    return options


def _key_position(source: Source, where: Where, column: odcs.SchemaProperty) -> int | None:
    if bool(column.primaryKey) != (column.primaryKeyPosition is not None):
        key = "primaryKeyPosition" if column.primaryKey is None else "primaryKey"
        en = "`primaryKey: true` and `primaryKeyPosition` go together"
        zh = "`primaryKey: true` 与 `primaryKeyPosition` 应同时出现"
        raise source.error((*where, key), en, zh)
    return column.primaryKeyPosition


def _is_personal(source: Source, where: Where, column: odcs.SchemaProperty) -> bool:
    if column.classification is None:
        return False
    return must_be(source, (*where, "classification"), column.classification, "personal")


def _allowed(source: Source, where: Where, column: odcs.SchemaProperty) -> tuple[AllowedValue, ...]:
    return tuple(
        AllowedValue(
            text(source, (*where, "enum", index, "value"), entry.value),
            text(source, (*where, "enum", index, "label"), entry.label),
        )
        for index, entry in enumerate(column.enum or [])
    )


def _synonyms(source: Source, where: Where, column: odcs.SchemaProperty) -> tuple[str, ...]:
    synonyms = []
    for index, entry in enumerate(column.synonyms or []):
        place: Where = (*where, "synonyms", index)
        one_of(source, (*place, "locale"), entry.locale, ("zh", "en"))
        synonyms.append(text(source, (*place, "synonym"), entry.synonym))
    return tuple(synonyms)


def _default(value: str | bool | int | float | None) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _references(source: Source, where: Where, column: odcs.SchemaProperty) -> str | None:
    entries = column.relationships or []
    if not entries:
        return None
    place: Where = (*where, "relationships")
    if len(entries) > 1:
        en, zh = "a column points at one other column", "一列只能指向另外一列"
        raise source.error(place, en, zh)
    must_be(source, (*place, 0, "type"), entries[0].type, "foreignKey")
    target = entries[0].to if isinstance(entries[0].to, str) else None
    return like(source, (*place, 0, "to"), target, r"[a-z0-9_]+\.[a-z0-9_]+")


def _rule(source: Source, where: Where, rule: odcs.DataQuality) -> RowRule:
    must_be(source, (*where, "type"), rule.type, "custom")
    must_be(source, (*where, "engine"), rule.engine, "daqu")
    message_en, message_zh = bilingual(source, (*where, "description"), rule.description)
    severity: Severity = one_of(source, (*where, "severity"), rule.severity, get_args(Severity))
    return RowRule(
        rule_id=like(source, (*where, "id"), rule.id, IDENTIFIER),
        severity=severity,
        sql=text(source, (*where, "implementation"), rule.implementation),
        message_en=message_en,
        message_zh=message_zh,
        dimension=one_of(source, (*where, "dimension"), rule.dimension, DIMENSIONS),
    )


def _flat(
    source: Source,
    model: type[M],
    entries: Sequence[odcs.CustomProperty | odcs.ServiceLevelAgreementProperty] | None,
    where: Where,
) -> M:
    """Read a list of `{property, value}` as one record."""
    values: dict[str, object] = {}
    for index, entry in enumerate(entries or []):
        name = text(source, (*where, index, "property"), entry.property)
        if name in values:
            en, zh = f"`{name}` is given twice", f"`{name}` 重复"
            raise source.error((*where, index), en, zh)
        values[name] = entry.value
    return read_values(source, model, values, lambda loc: (*source.entry(where, loc[0]), *loc[1:]))
