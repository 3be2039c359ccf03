"""Reads a YAML file so that every value knows its line and nothing is read twice or silently."""

from __future__ import annotations

import difflib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import ContractError

Step = str | int
Where = tuple[Step, ...]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: a tenth of the time."""


@dataclass(frozen=True)
class Source:
    """A YAML file with the line of every key and item.

    Attributes:
        file: The file.
        data: What it holds, as plain dicts and lists.
        lines: Line, from 1, of every key and item by its path, such as `("schema", 0, "name")`.
    """

    file: Path
    data: dict[str, Any]
    lines: dict[Where, int]

    def line(self, where: Where) -> int:
        """Line of a path, or of the nearest thing around it that the file has."""
        while where not in self.lines:
            where = where[:-1]
        return self.lines[where]

    def entry(self, where: Where, name: object) -> Where:
        """Path of the entry `{property: name}` in the list at `where`; the list if it has none."""
        entries = _at(self.data, where)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and entry.get("property") == name:
                return (*where, index)
        return where

    def error(
        self, where: Where, en: str, zh: str, hint_en: str = "", hint_zh: str = ""
    ) -> ContractError:
        """Error that names file and line."""
        place = f"{self.file}:{self.line(where)}"
        return ContractError(f"{place}: {en}", f"{place}：{zh}", hint_en, hint_zh)


def read_source(file: Path) -> Source:
    """Read a YAML file strictly: one document, no anchors, no key twice.

    Raises:
        ContractError: The file is not such YAML, or not a mapping.
    """
    with _yaml_errors(file):
        text = file.read_text(encoding="utf-8")
        _refuse_anchors(text)
        node = yaml.compose(text, Loader=LOADER)
        source = Source(file, {}, {(): 1})
        if not isinstance(node, yaml.MappingNode):
            en, zh = "the file must be `key: value` lines", "文件应由若干 `键: 值` 行组成"
            raise source.error((), en, zh)
        _walk(source, node, ())
        return Source(file, yaml.SafeLoader("").construct_document(node), source.lines)


def did_you_mean(word: object, known: Iterable[str]) -> tuple[str, str]:
    """Hint for a misspelt word, in English and Chinese: the nearest known one, else all of them."""
    choices = sorted(known)
    by_lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(str(word).lower(), list(by_lower), n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{by_lower[near[0]]}`?", f"是否应为 `{by_lower[near[0]]}`？"
    if not choices:
        return "Remove it.", "请删除。"
    listed = ", ".join(choices)
    return f"Use one of: {listed}.", f"可用：{listed}。"


@contextmanager
def _yaml_errors(file: Path) -> Generator[None]:
    try:
        yield
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "this is not YAML"
        raise _unreadable(file, mark.line + 1 if mark else 1, problem) from error
    except (ValueError, TypeError) as error:  # not UTF-8, an impossible date, a list as a key
        raise _unreadable(file, 1, str(error)) from error


def _unreadable(file: Path, line: int, problem: str) -> ContractError:
    en, zh = f"this is not YAML: {problem}", f"不是有效的 YAML（{problem}）"
    return ContractError(f"{file}:{line}: {en}", f"{file}:{line}：{zh}")


def _refuse_anchors(text: str) -> None:
    """A contract is written out in full."""
    for event in yaml.parse(text, Loader=LOADER):
        if getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                None, None, "anchors and aliases are not used here", event.start_mark
            )


def _at(data: Any, where: Where) -> Any:
    """Value at a path; None when there is none."""
    try:
        return reduce(getitem, where, data)
    except (KeyError, IndexError, TypeError):
        return None


def _walk(source: Source, node: yaml.Node, where: Where) -> None:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            source.lines[(*where, index)] = item.start_mark.line + 1
            _walk(source, item, (*where, index))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.MarkedYAMLError(None, None, "`<<` is not used here", key.start_mark)
            _enter(source, (*where, str(key.value)), key)
            if value.tag == "tag:yaml.org,2002:null":
                en, zh = f"`{key.value}` has no value", f"`{key.value}` 没有值"
                place = (*where, str(key.value))
                raise source.error(place, en, zh, "Fill it in or remove it.", "请填写或删除。")
            _walk(source, value, (*where, str(key.value)))


def _enter(source: Source, where: Where, key: yaml.Node) -> None:
    first = source.lines.get(where)
    source.lines[where] = key.start_mark.line + 1
    if first is not None:
        raise source.error(
            where,
            f"the key `{where[-1]}` is written twice, first on line {first}",
            f"键 `{where[-1]}` 重复，首次出现在第 {first} 行",
            "Keep one of the two.",
            "请只保留一处。",
        )
