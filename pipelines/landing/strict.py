"""Reads what people write in YAML strictly: an unknown key is an error that names its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import ContractError

M = TypeVar("M", bound=BaseModel)
Place = tuple[int | str, ...]


class Strict(BaseModel):
    """A part of such a file; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_yaml(file: Path) -> Any:
    """Values of a file.

    Raises:
        ContractError: It is not YAML.
    """
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{file} is not YAML: {error}", f"{file} 不是 YAML：{error}") from error


def read_model(file: Path, model: type[M], values: object, place: Place = ()) -> M:
    """Values of a file, or of a part of it, as a record.

    Args:
        file: The file.
        model: What they should be.
        values: What was read.
        place: Where in the file the part stands.

    Raises:
        ContractError: They are not; names the line.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # a misspelt key explains the missing one
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise error_at(file, (*place, *first["loc"]), first["msg"].lower()) from error


def error_at(file: Path, place: Place, problem: str) -> ContractError:
    """Error that names the file, the line and the key."""
    key = ".".join(str(part) for part in place)
    line = _line(file, place)
    return ContractError(
        f"{file}, line {line}: `{key}` {problem}.",
        f"{file} 第 {line} 行：`{key}` 有误（{problem}）。",
    )


def _line(file: Path, place: Place) -> int:
    """Line of the deepest part of the place that stands in the file."""
    node = yaml.compose(file.read_text(encoding="utf-8"))
    line = 1
    for part in place:
        found = _below(node, part)
        if found is None:
            return line
        line, node = found
    return line


def _below(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    """Line and value of a key of a mapping, or of an item of a list."""
    if isinstance(node, yaml.MappingNode):
        pairs = [(key, value) for key, value in node.value if key.value == str(part)]
        return (pairs[0][0].start_mark.line + 1, pairs[0][1]) if pairs else None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None
