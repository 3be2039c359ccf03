"""What Daqu reads of the Open Data Contract Standard, and the strict check that it is all there is.

The models of the standard ignore unknown nested keys, and the standard has keys Daqu does not act
on. Both are errors: a contract promises nothing that nobody checks.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeGuard,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from open_data_contract_standard import model as odcs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.contracts.model import CodeKind, Number, Period, Replaces, Roll
from pipelines.contracts.source import Source, Where, did_you_mean

M = TypeVar("M", bound=BaseModel)

IDENTIFIER = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=IDENTIFIER)]
Text = Annotated[str, Field(min_length=1)]


def _keys(words: str) -> frozenset[str]:
    return frozenset(words.split())


READ_KEYS: dict[type[BaseModel], frozenset[str]] = {
    odcs.OpenDataContractStandard: _keys(
        "apiVersion kind id name version status domain description team customProperties "
        "slaProperties schema tags"
    ),
    odcs.Description: _keys("purpose"),
    odcs.Team: _keys("name"),
    odcs.CustomProperty: _keys("property value description"),
    odcs.ServiceLevelAgreementProperty: _keys("property value unit driver description"),
    odcs.SchemaObject: _keys(
        "name logicalType physicalType businessName description dataGranularityDescription "
        "properties quality tags"
    ),
    odcs.SchemaProperty: _keys(
        "name businessName description logicalType physicalType primaryKey primaryKeyPosition "
        "required classification logicalTypeOptions enum synonyms customProperties relationships "
        "tags"
    ),
    odcs.EnumValue: _keys("value label"),
    odcs.Synonym: _keys("synonym locale"),
    odcs.Relationship: _keys("type to"),
    odcs.DataQuality: _keys("id type engine severity dimension implementation description tags"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class FeedProperties(_Strict):
    """`customProperties` of a contract."""

    feedCode: Annotated[str, Field(pattern=r"^[FS][0-9]{2}$")]  # noqa: N815
    period: Period
    replaces: Replaces
    businessDate: Name | None = None  # noqa: N815
    periodGraceDays: Annotated[int, Field(ge=0, le=400)] = 0  # noqa: N815
    lineIsUnique: bool = False  # noqa: N815
    lateIsUsual: bool = False  # noqa: N815
    alwaysTaken: bool = False  # noqa: N815


class ColumnProperties(_Strict):
    """`customProperties` of a column."""

    codeOf: CodeKind | None = None  # noqa: N815
    fill: Literal["sender", "period"] | None = None
    dayOf: Name | None = None  # noqa: N815
    lastDayOf: Name | None = None  # noqa: N815
    openList: bool = False  # noqa: N815
    default: Text | bool | Number | None = None
    unitColumn: Name | None = None  # noqa: N815
    pieces: Name | None = None
    control: Literal["amount"] | None = None
    fillIn: bool = False  # noqa: N815


class SlaProperties(_Strict):
    """`slaProperties` of a contract, all of them needed once one is there."""

    frequency: Annotated[int, Field(ge=1, le=1)]
    latency: Annotated[int, Field(ge=-31, le=366)]
    timeOfAvailability: Annotated[  # noqa: N815
        str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    ]
    gracePeriod: Annotated[int, Field(ge=0, le=744)]  # noqa: N815
    roll: Roll


class TypeOptions(_Strict):
    """`logicalTypeOptions` of a column.

    `format: yyyy-MM` is a month, `format: period` the day, week or month of the feed (or of the
    sender's mapping); either is kept as its first day.
    """

    maxLength: Annotated[int, Field(ge=1)] | None = None  # noqa: N815
    pattern: Text | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    format: Literal["yyyy-MM", "period"] | None = None


class LogicalType(NamedTuple):
    """What goes with a logical type.

    Attributes:
        physical: Pattern of the DuckDB types it may have.
        options: `logicalTypeOptions` that mean something for it.
    """

    physical: str
    options: tuple[str, ...] = ()


LOGICAL_TYPES = {
    "string": LogicalType("varchar", ("maxLength", "pattern")),
    "integer": LogicalType("bigint", ("minimum", "maximum")),
    "number": LogicalType(r"decimal\([1-9][0-9]?,[0-9]{1,2}\)", ("minimum", "maximum")),
    "date": LogicalType("date", ("format",)),
    "timestamp": LogicalType("timestamp"),
    "boolean": LogicalType("boolean"),
}


def read_standard(source: Source) -> odcs.OpenDataContractStandard:
    """Check every key and value type against the standard, then read it.

    Raises:
        ContractError: A key is unknown or not acted on, or a value has the wrong type.
    """
    _check_keys(source, odcs.OpenDataContractStandard, source.data, ())
    return read_values(source, odcs.OpenDataContractStandard, source.data, lambda loc: loc)


def read_values(
    source: Source, model: type[M], values: object, place: Callable[[Where], Where]
) -> M:
    """Validate values by a model and tell what is wrong with the line it is on.

    Args:
        source: File the values come from.
        model: Strict model of them.
        values: Plain values.
        place: Path in the file of a path in the values.

    Raises:
        ContractError: They do not fit the model.
    """
    try:
        return model.model_validate(values, strict=True)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    unknown = [problem for problem in problems if problem["type"] == "extra_forbidden"]
    first = (unknown or problems)[0]
    loc: Where = tuple(first["loc"])
    where, key = place(loc), str(loc[-1])
    if first["type"] == "extra_forbidden":
        hints = did_you_mean(key, model.model_fields)
        raise source.error(where, f"unknown `{key}`", f"未知的 `{key}`", *hints)
    if first["type"] == "missing":
        raise source.error(where, f"`{key}` is missing", f"缺少 `{key}`")
    where = _real(source, where)
    key = where[-1] if isinstance(where[-1], str) else loc[0]
    raise _wrong_value(source, where, str(key), first)


def _real(source: Source, where: Where) -> Where:
    """Path without the steps pydantic adds for the branch of a union."""
    real: Where = ()
    for step in where:
        if (*real, step) in source.lines:
            real = (*real, step)
    return real


def _wrong_value(source: Source, where: Where, key: str, details: Any) -> Exception:
    found, message = details["input"], str(details["msg"])
    hints = ("", "")
    if details["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", str(details["ctx"]["expected"]))
        hints = did_you_mean(found, choices)
    elif details["type"] == "string_type":
        hints = ("Write it in quotes.", "请加引号。")
    message = message[0].lower() + message[1:]
    return source.error(
        where,
        f"`{key}` is {found!r}: {message}",
        f"`{key}` 的值 {found!r} 不符合约定（{message}）",
        *hints,
    )


def _check_keys(source: Source, model: type[BaseModel], values: object, where: Where) -> None:
    if not isinstance(values, dict):
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    read = READ_KEYS.get(model, frozenset(fields))
    for key, value in values.items():
        if key not in fields:
            hints = did_you_mean(key, read)
            raise source.error(
                (*where, str(key)), f"unknown key `{key}`", f"未知的键 `{key}`", *hints
            )
        if key not in read:
            raise _not_acted_on(source, (*where, key))
        for nested, item, path in _nested(fields[key].annotation, value, (*where, key)):
            _check_keys(source, nested, item, path)


def _not_acted_on(source: Source, where: Where) -> Exception:
    return source.error(
        where,
        f"`{where[-1]}` is a key of the standard that Daqu does not act on",
        f"`{where[-1]}` 属于该标准，但 Daqu 不处理",
        "Remove it: a contract promises nothing that nobody checks.",
        "请删除：合同不应承诺无人检查的内容。",
    )


def _nested(
    annotation: object, value: object, where: Where
) -> Iterator[tuple[type[BaseModel], object, Where]]:
    """Models inside an annotation beside the values they describe."""
    if get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _nested(part, value, where)
    elif get_origin(annotation) is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nested(get_args(annotation)[0], item, (*where, index))
    elif _is_model(annotation) and isinstance(value, dict):
        yield annotation, value, where


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
