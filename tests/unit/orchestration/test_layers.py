"""Who may import whom: the pure packages know nothing of Dagster, nor of what stands above them."""

import ast
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

PACKAGES = PROJECT / "pipelines"
EDGE = {"defs", "definitions"}
SURFACE = EDGE | {"cli", "commands", "doctor", "screens"}
FORBIDDEN = {
    "metrics": {"contracts", "landing", "publishing", "transform", "sample"} | SURFACE,
    "contracts": {"landing", "publishing", "transform", "sample"} | SURFACE,
    "landing": {"answers", "publishing", "transform", "sample"} | SURFACE,
    "answers": {"publishing", "transform", "sample"} | SURFACE,
    "publishing": {"landing", "transform", "sample"} | SURFACE,
    "transform": {"landing", "publishing", "sample"} | SURFACE,
    "sample": {"publishing", "transform"} | SURFACE,
    "forecasting": {"contracts", "landing", "transform", "sample"} | SURFACE,
    "stock": {"contracts", "landing", "publishing", "transform", "sample"} | SURFACE,
    "alerts": {"contracts", "transform", "sample", "forecasting"} | SURFACE,
    "own_deliveries": {"landing", "publishing", "transform", "sample"} | SURFACE,
    "reporting": {"contracts", "landing", "publishing", "transform", "sample"} | SURFACE,
    "defs": {"cli", "commands", "doctor", "screens", "sample"},
    "rescue": EDGE | {"cli", "commands", "doctor", "sample"},
    "screens": EDGE | {"cli", "commands", "doctor", "sample"},
}


def _imports(file: Path) -> set[str]:
    """Names a module imports when it is imported, not what a function imports when called."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    guarded = [node for node in tree.body if isinstance(node, ast.If)]
    nodes = [node for node in tree.body if node not in guarded]
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _files(part: str) -> list[Path]:
    folder = PACKAGES / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


@pytest.mark.parametrize("part", FORBIDDEN)
def test_a_package_imports_only_from_below(part: str) -> None:
    found = {
        f"{file.relative_to(PACKAGES)} imports {name}"
        for file in _files(part)
        for name in _imports(file)
        if name.startswith("pipelines.") and name.split(".")[1] in FORBIDDEN[part]
    }
    assert found == set()


def test_only_the_edge_imports_dagster() -> None:
    found = {
        str(file.relative_to(PACKAGES))
        for file in PACKAGES.rglob("*.py")
        if any(name.split(".")[0] in ("dagster", "dagster_dbt") for name in _imports(file))
    }
    assert {Path(name).parts[0].removesuffix(".py") for name in found} == EDGE
