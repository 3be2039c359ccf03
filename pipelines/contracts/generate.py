"""Writes every file that follows from another one, or with `--check` tells which are stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.contracts.dbt_sources import source_files
from pipelines.contracts.faults import faults_page, load_faults, stories_of
from pipelines.contracts.feed_pages import feed_pages
from pipelines.contracts.load import load_contracts
from pipelines.errors import DaquError
from pipelines.metrics import load_registry
from pipelines.metrics.kpi_value import metric_files, model_files
from pipelines.metrics.page import kpi_page
from pipelines.settings import PROJECT

DO_NOT_EDIT = "by `make generate`; do not edit."
FROM_CONTRACTS = f"Generated from quality/contracts {DO_NOT_EDIT}"
FROM_MODELS = f"Generated from the models' yml {DO_NOT_EDIT}"
FROM_FAULTS = f"Generated from quality/faults.yaml and tests/golden {DO_NOT_EDIT}"


@dataclass(frozen=True)
class Generator:
    """One kind of generated file.

    Attributes:
        folder: Where its files are, relative to the project. Other files may lie beside them;
            those whose first line says `DO_NOT_EDIT` belong to the generator.
        files: Makes their texts by file name from the project.
    """

    folder: str
    files: Callable[[Path], dict[str, str]]


@dataclass(frozen=True)
class Difference:
    """A generated file that is not as it should be.

    Attributes:
        file: The file.
        problem: `missing`, `stale`, or `orphan` when nothing makes it any more.
        text: What it should say; None for an orphan.
    """

    file: Path
    problem: str
    text: str | None


def _sources(project: Path) -> dict[str, str]:
    return source_files(load_contracts(project / "quality" / "contracts"), FROM_CONTRACTS)


def _pages(project: Path) -> dict[str, str]:
    return feed_pages(load_contracts(project / "quality" / "contracts"), FROM_CONTRACTS)


def _faults(project: Path) -> dict[str, str]:
    faults = load_faults(project / "quality" / "faults.yaml")
    return faults_page(faults, stories_of(project / "tests" / "golden"), FROM_FAULTS)


def _metrics(project: Path) -> dict[str, str]:
    return kpi_page(load_registry(project / "dbt_project"), FROM_MODELS)


def _kpi_value(project: Path) -> dict[str, str]:
    dbt_project = project / "dbt_project"
    return model_files(dbt_project, load_registry(dbt_project), FROM_MODELS)


def _int_metric(project: Path) -> dict[str, str]:
    return metric_files(load_registry(project / "dbt_project"), FROM_MODELS)


GENERATORS: tuple[Generator, ...] = (
    Generator("dbt_project/models/sources", _sources),
    Generator("docs/reference/feeds", _pages),
    Generator("docs/reference", lambda project: _faults(project) | _metrics(project)),
    Generator("dbt_project/models/marts/reporting", _kpi_value),
    Generator("dbt_project/models/intermediate", _int_metric),
)


def differences(project: Path) -> list[Difference]:
    """Generated files that are missing, stale or orphaned, by generator and name.

    Args:
        project: Root of the repository.

    Raises:
        DaquError: What they are made from cannot be read.
    """
    return [found for generator in GENERATORS for found in _differences(project, generator)]


def write(found: Sequence[Difference]) -> None:
    """Put right what `differences` found."""
    for difference in found:
        if difference.text is None:
            difference.file.unlink()
        else:
            difference.file.parent.mkdir(parents=True, exist_ok=True)
            difference.file.write_text(difference.text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None, project: Path = PROJECT) -> int:
    """Run the command.

    Returns:
        0 when all files are as they should be, 1 when `--check` found one that is not, 2 when
        what they are made from cannot be read.
    """
    parser = argparse.ArgumentParser(prog="python -m pipelines.contracts.generate")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when stale")
    check = parser.parse_args(arguments).check
    try:
        found = differences(project)
    except DaquError as error:
        print(f"{error.message_en} {error.hint_en}\n{error.message_zh} {error.hint_zh}")
        return error.exit_code
    for difference in found:
        print(f"{difference.problem}: {difference.file.relative_to(project)}")
    if check and found:
        print("Run `make generate` and commit the result. | 请运行 `make generate` 并提交结果。")
        return 1
    write(found)
    return 0


def _differences(project: Path, generator: Generator) -> Iterator[Difference]:
    folder = project / generator.folder
    texts = generator.files(project)
    for name, text in sorted(texts.items()):
        file = folder / name
        if not file.is_file():
            yield Difference(file, "missing", text)
        elif file.read_text(encoding="utf-8") != text:
            yield Difference(file, "stale", text)
    for file in sorted(folder.glob("*.*")):
        if file.name not in texts and _is_generated(file):
            yield Difference(file, "orphan", None)


def _is_generated(file: Path) -> bool:
    first_line = file.read_text(encoding="utf-8").partition("\n")[0]
    return DO_NOT_EDIT in first_line


if __name__ == "__main__":
    sys.exit(main())
