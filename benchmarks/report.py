"""How a benchmark shows its figures: a table for people, one JSON line for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import date

from rich.console import Console
from rich.table import Table


def show(
    name: str, headings: list[str], rows: list[list[str]], figures: dict, goals: Mapping[str, float]
) -> None:
    """Print a table and, as the last line, the figures with the goals they are held to.

    A goal `x` is held when `figures["x"]` is at most its value, `x_min` when it is at least.
    """
    table = Table(title=f"{name} · {date.today()} · {platform.machine()}, {os.cpu_count()} cores")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == headings[0] else "right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    held = all(
        figures[goal.removesuffix("_min")] >= limit
        if goal.endswith("_min")
        else figures[goal] <= limit
        for goal, limit in goals.items()
    )
    print(json.dumps({"name": name, "figures": figures, "goals": goals, "held": held}))
