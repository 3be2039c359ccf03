"""The catalogue of faults `quality/faults.yaml`, and the page made from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipelines.errors import ContractError

Handling = Literal[
    "refuse", "hold", "quarantine", "warn", "suspect", "repair", "structural", "version"
]
HANDLED: dict[Handling, tuple[str, str]] = {
    "refuse": ("file refused", "拒收文件"),
    "hold": ("file held", "暂缓入库"),
    "quarantine": ("row held back", "隔离该行"),
    "warn": ("loaded with a warning", "入库并警告"),
    "suspect": ("loaded, to be confirmed", "入库待确认"),
    "repair": ("repaired", "自动修复"),
    "structural": ("no data", "非数据行"),
    "version": ("another version", "新版本"),
}
CATCHABLE = {
    "rule": (
        "What a rule can catch",
        "规则可发现",
        "Whatever is found is a fault.",
        "凡命中即为错误。",
    ),
    "judgement": (
        "What only judgement can tell",
        "须由人判断",
        "A rule points at it; it may be true all the same, such as the weeks before the New Year.",
        "规则只能提示；数据也可能属实，例如春节前的备货。",
    ),
}


class Fault(BaseModel):
    """One way a delivery goes wrong.

    Attributes:
        id: `B01` and so on, never given to another fault.
        en: What it is, in English.
        zh: The same in Chinese.
        handling: What becomes of it.
        catchable: Whether what a rule finds is surely a fault.
        rules: What is said when it is found; `*` stands for a column.
        later: Whether the reports it needs are not taken yet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^B\d\d$")
    en: str
    zh: str
    handling: list[Handling]
    catchable: Literal["rule", "judgement"]
    rules: list[str]
    later: bool = False


def load_faults(file: Path) -> list[Fault]:
    """Read the catalogue.

    Raises:
        ContractError: It has an unknown key or value, or a fault twice.
    """
    try:
        faults = TypeAdapter(list[Fault]).validate_python(
            yaml.safe_load(file.read_text(encoding="utf-8"))
        )
    except (yaml.YAMLError, ValidationError) as error:
        raise ContractError(f"{file}: {error}", f"{file} 有误：{error}") from error
    ids = [fault.id for fault in faults]
    if ids != sorted(set(ids)):
        raise ContractError(f"{file}: ids are not in order.", f"{file}：编号重复或未按顺序。")
    return faults


def stories_of(folder: Path) -> dict[str, list[str]]:
    """Fault → golden stories whose README names it in its `Faults:` line."""
    found: dict[str, list[str]] = {}
    for readme in sorted(folder.glob("*/README.md")):
        for line in readme.read_text(encoding="utf-8").splitlines():
            if line.startswith("Faults:"):
                for fault in re.findall(r"B\d\d", line):
                    found.setdefault(fault, []).append(readme.parent.name)
    return found


def faults_page(
    faults: Sequence[Fault], stories: Mapping[str, Sequence[str]], made_by: str
) -> dict[str, str]:
    """The page `faults.md`.

    Args:
        faults: The catalogue.
        stories: Fault → golden stories.
        made_by: What the first line says of where the page comes from.
    """
    lines = [f"<!-- {made_by} -->", "# How deliveries go wrong | 报送差错目录", ""]
    lines.append("What is said of a file or a row, and what becomes of it. | 发现后的说明与处理。")
    for kind, (en, zh, why_en, why_zh) in CATCHABLE.items():
        chosen = [fault for fault in faults if fault.catchable == kind]
        lines += ["", f"## {en} | {zh}", "", f"{why_en} | {why_zh}", ""]
        lines += ["| | fault 差错 | what is said 提示 | what becomes of it 处理 | shown in 示例 |"]
        lines += ["|---|---|---|---|---|"]
        lines += [_row(fault, stories.get(fault.id, [])) for fault in chosen]
    return {"faults.md": "\n".join(lines) + "\n"}


def _row(fault: Fault, stories: Iterable[str]) -> str:
    said = ", ".join(f"`{rule}`" for rule in fault.rules)
    becomes = "<br>".join(f"{en} {zh}" for en, zh in (HANDLED[way] for way in fault.handling))
    shown = "<br>".join(f"[{story}](../../tests/golden/{story}/README.md)" for story in stories)
    later = " *(later 后续版本)*" if fault.later else ""
    return f"| {fault.id} | {fault.en}<br>{fault.zh}{later} | {said} | {becomes} | {shown} |"
