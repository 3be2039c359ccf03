"""Makes the folder of a new deployment, with comments that say what goes where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from pipelines.contracts import Contract
from pipelines.errors import ConfigError

TEMPLATES = Path(__file__).resolve().parent / "templates"
FOLDERS = ("inbox", "reference", "mappings", "corrections")
DEFAULT_FEEDS = ("sellout",)
FILES = {
    "deployment.yaml": "deployment.yaml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "mapping.yaml": "mappings/D001.yaml.example",
}


def initialise(
    folder: Path,
    contracts: Mapping[str, Contract],
    feeds: Sequence[str] = DEFAULT_FEEDS,
    **values: str,
) -> list[Path]:
    """Make a deployment's folder.

    Args:
        folder: Where; must be absent or empty.
        contracts: Every contract there is, by feed.
        feeds: Feeds to subscribe to; the others are listed as comments.
        values: `name`, `timezone`, `currency` and `language` of the deployment.

    Returns:
        The files written.

    Raises:
        ConfigError: The folder is not empty, or a feed is not known.
    """
    _refuse(folder, contracts, feeds)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    texts = {"feeds": _feed_lines(contracts, feeds), **values}
    written = []
    for template, target in FILES.items():
        text = Template((TEMPLATES / template).read_text(encoding="utf-8")).safe_substitute(texts)
        (folder / target).write_text(text, encoding="utf-8")
        written.append(folder / target)
    return written


def _refuse(folder: Path, contracts: Mapping[str, Contract], feeds: Sequence[str]) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            f"{folder} is not empty; nothing was written.",
            f"{folder} 不是空目录，未写入任何内容。",
            "Name a new folder: daqu init DIR",
            "请指定一个新目录：daqu init DIR",
        )
    unknown = [feed for feed in feeds if feed not in contracts]
    if unknown or not feeds:
        named = ", ".join(unknown) or "(none)"
        raise ConfigError(
            f"Unknown feed: {named}. Known: {', '.join(contracts)}.",
            f"未知的报表：{named}。可用：{', '.join(contracts)}。",
        )


def _feed_lines(contracts: Mapping[str, Contract], feeds: Sequence[str]) -> str:
    chosen = [_feed_line(contracts[feed], "  - ") for feed in feeds]
    others = [_feed_line(c, "  # - ") for feed, c in contracts.items() if feed not in feeds]
    return "\n".join(chosen + others)


def _feed_line(contract: Contract, start: str) -> str:
    return (
        f"{start}{contract.feed}  # {contract.feed_code} {contract.title_en} | {contract.title_zh}"
    )
