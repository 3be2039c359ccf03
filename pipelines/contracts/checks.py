"""Whether a contract agrees with itself, with DuckDB and with the other contracts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

import duckdb

from pipelines.contracts.headers import accepted_headers, header_key
from pipelines.contracts.model import Column, Contract
from pipelines.contracts.reasons import reasons_of
from pipelines.contracts.source import Source, Where, did_you_mean
from pipelines.contracts.tables import landed_columns

TABLE: Where = ("schema", 0)
SLA_UNIT_OF = {"day": "d", "week": "w", "month": "m"}


def check_contract(source: Source, contract: Contract) -> None:
    """Check all that can be told from one contract.

    Raises:
        ContractError: Two of its statements contradict each other, or a rule is not SQL.
    """
    _check_names(source, contract)
    _check_key(source, contract)
    _check_time(source, contract)
    for column in contract.columns:
        where = _column_at(contract, column.name)
        _check_roles(source, where, contract, column)
        _check_derived(source, where, contract, column)
        _check_allowed(source, where, column)
    _check_headers(source, contract)
    with _scratch().cursor() as connection:
        _check_values(source, contract, connection)
        _check_rules(source, contract, connection)


@cache
def _scratch() -> duckdb.DuckDBPyConnection:
    """A database of nothing, to try types and rules in."""
    return duckdb.connect(config={"enable_external_access": False})


def check_references(source: Source, contract: Contract, known: Mapping[str, Contract]) -> None:
    """Check that every reference points at a column of a known feed, of the same type.

    Raises:
        ContractError: One does not.
    """
    targets = {f"{feed.feed}.{c.name}": c for feed in known.values() for c in feed.columns}
    for column in contract.columns:
        target = targets.get(column.references or "")
        where = (*_column_at(contract, column.name), "relationships", 0, "to")
        if column.references and not target:
            en, zh = f"no contract has `{column.references}`", f"没有合同含有 `{column.references}`"
            raise source.error(where, en, zh, *did_you_mean(column.references, targets))
        if target and target.duckdb_type != column.duckdb_type:
            en = f"`{column.references}` is {target.duckdb_type}, not {column.duckdb_type}"
            zh = f"`{column.references}` 的类型是 {target.duckdb_type}，不是 {column.duckdb_type}"
            raise source.error(where, en, zh)


def _column_at(contract: Contract, name: str) -> Where:
    names = [column.name for column in contract.columns]
    return (*TABLE, "properties", names.index(name))


def _check_names(source: Source, contract: Contract) -> None:
    if not contract.columns:
        raise source.error((*TABLE, "properties"), "the feed has no columns", "报表没有列")
    counts = Counter(landed.name for landed in landed_columns(contract))
    twice = next((name for name, count in counts.items() if count > 1), None)
    if twice is None:
        return
    places = [i for i, column in enumerate(contract.columns) if twice in _lands_as(column)]
    raise source.error(
        (*TABLE, "properties", places[-1]),
        f"the column `{twice}` would exist twice in landing.{contract.feed}",
        f"landing.{contract.feed} 中会出现两个 `{twice}` 列",
        "Columns, `their_<code>` and `pieces` columns share one table: rename one of them.",
        "各列、`their_<编码>` 列与 `pieces` 列同在一张表：请改名。",
    )


def _lands_as(column: Column) -> tuple[str | None, ...]:
    return (column.name, column.pieces, f"their_{column.name}")


def _check_key(source: Source, contract: Contract) -> None:
    if not contract.key:
        en, zh = "no column has `primaryKey: true`", "没有任何列标有 `primaryKey: true`"
        raise source.error((*TABLE, "properties"), en, zh)
    for expected, column in enumerate(contract.key, start=1):
        if column.key_position != expected:
            where = (*_column_at(contract, column.name), "primaryKeyPosition")
            en = f"key positions count 1, 2, 3 …: expected {expected}, not {column.key_position}"
            zh = f"`primaryKeyPosition` 应依次为 1、2、3 …：此处应为 {expected}"
            raise source.error(where, en, zh)


def _check_time(source: Source, contract: Contract) -> None:
    where = source.entry(("customProperties",), "period")
    if (contract.period == "none") != (contract.business_date is None):
        en = "a feed with a period needs a `businessDate`, one with `period: none` has none"
        raise source.error(where, en, "有期间的报表需要 `businessDate`，`period: none` 则不需要")
    if contract.sla and contract.sla.unit != SLA_UNIT_OF.get(contract.period):
        en = f"the SLA counts in `{contract.sla.unit}`, the period is `{contract.period}`"
        zh = f"SLA 的单位为 `{contract.sla.unit}`，与期间 `{contract.period}` 不符"
        raise source.error(source.entry(("slaProperties",), "frequency"), en, zh)
    if contract.business_date is not None:
        _check_business_date(source, contract, contract.business_date)


def _check_business_date(source: Source, contract: Contract, name: str) -> None:
    where = source.entry(("customProperties",), "businessDate")
    column = _other_column(source, where, contract, "businessDate", name)
    if column.duckdb_type != "date" or not column.is_needed:
        en = f"`{name}` must be a required date, or one filled by `fill: period` or `dayOf`"
        zh = f"`{name}` 应为必填日期，或由 `fill: period`、`dayOf` 填充"
        raise source.error(_column_at(contract, name), en, zh)


def _other_column(source: Source, where: Where, contract: Contract, role: str, name: str) -> Column:
    columns = {column.name: column for column in contract.columns}
    if name in columns:
        return columns[name]
    en, zh = f"`{role}` names no column: `{name}`", f"`{role}` 指向的列不存在：`{name}`"
    raise source.error(where, en, zh, *did_you_mean(name, columns))


def _check_roles(source: Source, where: Where, contract: Contract, column: Column) -> None:
    place = (*where, "customProperties")
    for role, value, types in (
        ("codeOf", column.code_of, ("string",)),
        ("fill", column.fill, ("date",) if column.fill == "period" else ("string",)),
        ("dayOf", column.day_of, ("date",)),
        ("lastDayOf", column.last_day_of, ("date",)),
        ("control", column.control, ("number",)),
        ("unitColumn", column.unit_column, ("number",)),
    ):
        if value and column.logical_type not in types:
            en = f"`{role}` goes with a {types[0]}, not with a {column.logical_type}"
            zh = f"`{role}` 只适用于 {types[0]}，不适用于 {column.logical_type}"
            raise source.error(source.entry(place, role), en, zh)
    if column.required and (column.default or column.fill or column.day_of):
        en = "`required` and a default contradict each other: an empty cell takes the default"
        raise source.error((*where, "required"), en, "`required` 与默认值矛盾：空值会取默认值")
    if (column.unit_column is None) != (column.pieces is None):
        en, zh = "`unitColumn` and `pieces` go together", "`unitColumn` 与 `pieces` 应同时出现"
        raise source.error(place, en, zh)
    if column.unit_column:
        where = source.entry(place, "unitColumn")
        unit = _other_column(source, where, contract, "unitColumn", column.unit_column)
        if unit.code_of != "uom":
            en, zh = f"`{unit.name}` lacks `codeOf: uom`", f"`{unit.name}` 缺少 `codeOf: uom`"
            raise source.error(_column_at(contract, unit.name), en, zh)


def _check_derived(source: Source, where: Where, contract: Contract, column: Column) -> None:
    """Check that a day that follows from another column can follow from it."""
    place = (*where, "customProperties")
    if column.day_of:
        where = source.entry(place, "dayOf")
        time = _other_column(source, where, contract, "dayOf", column.day_of)
        if time.logical_type != "timestamp":
            raise source.error(where, f"`{time.name}` is no time", f"`{time.name}` 不是时间")
    if column.last_day_of:
        where = source.entry(place, "lastDayOf")
        period = _other_column(source, where, contract, "lastDayOf", column.last_day_of)
        if period.format != "period":
            raise source.error(where, f"`{period.name}` is no period", f"`{period.name}` 不是期间")


def _check_allowed(source: Source, where: Where, column: Column) -> None:
    place = (*where, "enum")
    if column.allowed and column.logical_type != "string":
        raise source.error(place, "`enum` goes with a string", "`enum` 只适用于 string")
    if column.open_list and not column.allowed:
        en, zh = "`openList` needs an `enum`", "`openList` 需要 `enum`"
        raise source.error(source.entry((*where, "customProperties"), "openList"), en, zh)
    meaning: dict[str, str] = {}
    for value, label in column.allowed:
        for word in {header_key(value), header_key(label)}:
            if word in meaning:
                en = f"the word `{word}` means both `{meaning[word]}` and `{value}`"
                zh = f"`{word}` 同时表示 `{meaning[word]}` 与 `{value}`"
                raise source.error(place, en, zh)
            meaning[word] = value
    if column.allowed and column.default not in (None, *(value for value, _ in column.allowed)):
        hints = did_you_mean(column.default, [value for value, _ in column.allowed])
        en, zh = (
            f"the default `{column.default}` is not allowed",
            f"默认值 `{column.default}` 不可用",
        )
        place = source.entry((*where, "customProperties"), "default")
        raise source.error(place, en, zh, *hints)


def _check_headers(source: Source, contract: Contract) -> None:
    owner: dict[str, str] = {}
    for column in contract.columns:
        for header in accepted_headers(column):
            first = owner.setdefault(header_key(header), column.name)
            if first != column.name:
                where = _header_at(contract, column, header)
                en = f"the header `{header}` means both `{first}` and `{column.name}`"
                zh = f"表头 `{header}` 同时表示 `{first}` 与 `{column.name}`"
                raise source.error(where, en, zh, "Keep it at one.", "请只保留一处。")


def _header_at(contract: Contract, column: Column, header: str) -> Where:
    where = _column_at(contract, column.name)
    if header in column.synonyms:
        return (*where, "synonyms", column.synonyms.index(header), "synonym")
    return (*where, "name" if header == column.name else "businessName")


def _check_values(
    source: Source, contract: Contract, connection: duckdb.DuckDBPyConnection
) -> None:
    """Ask DuckDB whether ranges, patterns and defaults fit the types."""
    for column in contract.columns:
        where = _column_at(contract, column.name)
        low, high = column.minimum, column.maximum
        if low is not None and high is not None and low > high:
            en, zh = "`minimum` is above `maximum`", "`minimum` 大于 `maximum`"
            raise source.error((*where, "logicalTypeOptions"), en, zh)
        default_at = source.entry((*where, "customProperties"), "default")
        for place, sql, value in (
            ((*where, "logicalTypeOptions"), "select regexp_full_match('', ?)", column.pattern),
            (default_at, f"select ?::{column.duckdb_type}", column.default),
            ((*where, "name"), f"select {column.name} from ({_one_row(contract)})", None),
        ):
            if value is not None or "?" not in sql:
                _try_sql(source, place, connection, sql, [] if value is None else [value])


def _try_sql(
    source: Source,
    where: Where,
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: list[str],
) -> list[tuple]:
    try:
        return connection.execute(sql, parameters).fetchall()
    except duckdb.Error as error:
        said = " ".join(str(error).partition("\n\nLINE")[0].split())
        raise source.error(where, f"DuckDB says: {said}", f"DuckDB 报错：{said}") from error


def _check_rules(source: Source, contract: Contract, connection: duckdb.DuckDBPyConnection) -> None:
    counts = Counter(reason.reason_id for reason in reasons_of(contract))
    for index, rule in enumerate(contract.rules):
        where: Where = (*TABLE, "quality", index)
        if counts[rule.rule_id] > 1:
            en, zh = f"the reason `{rule.rule_id}` exists twice", f"原因 `{rule.rule_id}` 重复"
            raise source.error((*where, "id"), en, zh, "Rename the rule.", "请为规则改名。")
        _check_steady(source, (*where, "implementation"), contract, rule.sql)
        # in a where clause DuckDB refuses what looks beyond the row: aggregates and windows
        sql = f"select ({rule.sql}) from ({_one_row(contract)}) where ({rule.sql})"
        place = (*where, "implementation")
        described = _try_sql(source, place, connection, f"describe {sql}", [])
        if described[0][1] != "BOOLEAN":
            en, zh = "the rule is not a condition: it must be true or false", "规则应为真假条件"
            raise source.error(place, en, zh)


def _one_row(contract: Contract) -> str:
    columns = ", ".join(f"null::{c.duckdb_type} as {c.name}" for c in contract.columns)
    return f"select {columns}"


def _check_steady(source: Source, where: Where, contract: Contract, sql: str) -> None:
    columns = {column.name for column in contract.columns}
    words = set(re.findall(r"[a-z_][a-z0-9_]*", sql.lower())) - columns
    unsteady = sorted(words & _unsteady_functions())
    if unsteady:
        raise source.error(
            where,
            f"`{unsteady[0]}` gives another answer at another time",
            f"`{unsteady[0]}` 的结果随时间变化",
            "A rule rests on the row alone.",
            "规则只能依据该行本身。",
        )


@cache
def _unsteady_functions() -> frozenset[str]:
    with duckdb.connect() as connection:
        # of `year` and the like only the form for time stamps with a zone is unsteady
        rows = connection.execute(
            "select function_name from duckdb_functions() group by function_name "
            "having bool_and(stability <> 'CONSISTENT')"
        ).fetchall()
    return frozenset(name for (name,) in rows) | {"current_time", "localtime", "localtimestamp"}
