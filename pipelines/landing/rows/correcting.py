"""Reasoned edits of a row's texts, as SQL between reading them and taking them for values."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.landing.layout import Layout, text_name
from pipelines.landing.rows import expressions as sql
from pipelines.landing.rows.corrections import SENDER, Correction
from pipelines.landing.rows.expressions import literal


def corrected(layout: Layout) -> list[str]:
    """Select lists that correct the texts of rows, one after the other; none without corrections.

    They give `_correction_id` of the correction that acted on the row, `_is_dropped`, and
    `_correction_outdated`, the id of one that found something else than it expects.
    """
    fitting = layout.corrections
    if not fitting:
        return []
    meant = [(c, _all(layout, c.columns, _of_file(c))) for c in fitting]
    found = [f"when {where} then {literal(c.id)}" for c, where in meant]
    expected = [f"when {literal(c.id)} then {_all(layout, c.expect, [])}" for c in fitting]
    replaced = [
        f"case _correction_id when {literal(c.id)} then {literal(value)} "
        f"else {text_name(layout.contract.column(name))} end "
        f"as {text_name(layout.contract.column(name))}"
        for c in fitting
        for name, value in c.value.items()
    ]
    dropped = ", ".join(["null", *(literal(c.id) for c in fitting if c.action == "drop")])
    selects = [
        f"*, case {' '.join(found)} end as _meant",
        f"*, coalesce(case _meant {' '.join(expected)} end, false) as _is_as_expected",
        "*, case when _is_as_expected then _meant end as _correction_id, "
        "case when not _is_as_expected then _meant end as _correction_outdated",
        f"*, coalesce(_correction_id in ({dropped}), false) as _is_dropped",
    ]
    return [*selects, *(f"* replace ({expression})" for expression in replaced)]


def _of_file(correction: Correction) -> list[str]:
    conditions = [f"_f_sender = {literal(correction.match[SENDER])}"]
    period = correction.period
    if period and period.start and period.end:
        conditions.append(f"_f_period_start = date '{period.start}'")
        conditions.append(f"_f_period_end = date '{period.end}'")
    return conditions


def _all(layout: Layout, values: Mapping[str, str], conditions: list[str]) -> str:
    """Whether the row has these values, however they are written."""
    same = [
        f"{_value(layout, name, None)} is not distinct from {_value(layout, name, value)}"
        for name, value in values.items()
    ]
    return " and ".join([*conditions, *same]) or "true"


def _value(layout: Layout, name: str, value: str | None) -> str:
    column = layout.contract.column(name)
    text = text_name(column) if value is None else f"nullif({literal(value)}, '')"
    date_system = layout.table.date_system if value is None else None
    return sql.value_of(text, column, layout.mapping, date_system)
