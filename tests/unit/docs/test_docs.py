"""What the documentation says is there: links, commands, tables, decisions."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
import typer
import yaml

from pipelines.cli import app
from pipelines.settings import PROJECT
from quality.expectations.publish_gate import EXPECTATIONS

PLACES = ("*.md", "docs/**/*.md", "dbt_project/**/*.md")
PAGES = sorted(chain.from_iterable(map(PROJECT.glob, PLACES)))
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
SPANS = re.compile(r"`[^`\n]*`")
CODE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DECISIONS = PROJECT / "docs" / "decisions"
OPTIONS_WITH_VALUE = {"--home", "--as-of"}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))


def prose(page: Path) -> str:
    """A page without its code, in which brackets mean other things."""
    return SPANS.sub("", FENCED.sub("", page.read_text(encoding="utf-8")))


def code(page: Path) -> list[str]:
    """Everything on a page that is set as code: blocks line by line, and spans."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in CODE.findall(text) for line in block.splitlines()]
    return lines + [span.strip("`") for span in SPANS.findall(FENCED.sub("", text))]


def anchors(page: Path) -> set[str]:
    """Anchors a code host gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


def commands(page: Path, program: str) -> set[str]:
    """Names of targets or commands that a page shows in its code."""
    found = set()
    for line in code(page):
        words = line.partition("#")[0].replace(".venv/bin/", "").split()
        for place, word in enumerate(words):
            if word.strip("(") == program:
                found |= _name_after(words[place + 1 :])
    return found


def known_commands() -> set[str]:
    """Names of the commands `daqu` has."""
    return set(typer.main.get_group(app).commands)


def _name_after(words: list[str]) -> set[str]:
    """The first word that is no option and no value of one, if it looks like a name."""
    rest = iter(words)
    for word in rest:
        if word in OPTIONS_WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            return {word} if re.fullmatch(r"[a-z][a-z-]*", word) else set()
    return set()


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pages
def test_every_make_target_shown_exists(page: Path) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert commands(page, "make") - targets == set()


@pages
def test_every_command_of_daqu_shown_exists(page: Path) -> None:
    assert commands(page, "daqu") - known_commands() == set()


def test_commands_are_found_where_they_stand() -> None:
    readme = PROJECT / "README.md"
    assert {"demo", "check"} <= commands(readme, "make")
    assert commands(readme, "daqu") == known_commands()


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    names = sorted(file.name for file in DECISIONS.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert LINK.findall(prose(DECISIONS / "index.md")) == names


@pytest.mark.parametrize("file", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda file: file.stem)
def test_a_decision_says_context_choice_cost_and_how_to_undo(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"# {file.name[:4]} ")
    parts = ["**Context.**", "**Choice.**", "**Cost.**", "**How to undo.**"]
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_every_page_is_reached_from_the_map() -> None:
    seen: set[Path] = set()
    waiting = [PROJECT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        if page.is_dir():
            waiting += page.glob("*.md")
        elif page.suffix == ".md":
            links = (link.partition("#")[0] for link in LINK.findall(prose(page)))
            waiting += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert set((PROJECT / "docs").rglob("*.md")) - seen == set()


def test_the_readme_lists_every_mart_in_the_words_of_its_model() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    missing = []
    for file in (PROJECT / "dbt_project" / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            row = f"| `{model['name']}` | {model['description']} |"
            missing += [row] if row not in readme else []
    assert missing == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_the_number_of_publish_rules_told_is_true(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert re.findall(r"(\d+) named rules", text) == [str(len(EXPECTATIONS))]
