"""Judges what is new, what changed, and what rested on it, at the end of a landing run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from importlib.metadata import version

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.history import (
    claims,
    copies,
    documents,
    festivals,
    frames,
    held,
    movements,
    outlets,
    presence,
    quantities,
    resubmissions,
    returns,
    scope,
    scorecards,
    shelf_life,
    tax,
    territory,
    totals,
)
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.remarks import remark_found
from pipelines.landing.thresholds import thresholds

MODULES = (
    resubmissions,
    copies,
    documents,
    tax,
    outlets,
    returns,
    quantities,
    movements,
    shelf_life,
    held,
    territory,
    presence,
    totals,
    claims,
    scorecards,
)
RULES: tuple[HistoryRule, ...] = tuple(rule for module in MODULES for rule in module.RULES)


def judge(
    con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], feeds: Collection[str]
) -> None:
    """Say of deliveries what they look like beside those received before them.

    Judged are deliveries that came, changed or were landed again since the last judgement, and
    those received after them that are held against them. What was judged is written down in the
    transaction that says it, so that a run that dies leaves the work to the next one.

    Args:
        con: Connection with every delivery landed, outside a transaction.
        contracts: All feeds by name.
        feeds: Those the deployment subscribes to.
    """
    subscribed = {feed: contracts[feed] for feed in contracts if feed in feeds}
    limits = thresholds(con)
    judged_by = _fingerprint(limits)
    if scope.find(con, subscribed, _reads(subscribed), judged_by):
        con.execute(festivals.FESTIVALS if "calendar" in subscribed else festivals.NONE)
        con.execute(
            "create or replace temp table history_found as from landing.delivery_finding limit 0"
        )
        _ask(con, subscribed, limits)
        _say(con, judged_by)


def _ask(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], limits: Limits) -> None:
    """Ask the rules that look across senders of everything, the others part by part."""
    parts = scope.affected(con)
    subjects = scope.narrow(con)
    frames.make(con, {feed: contracts[feed] for feed in scope.read_by(con, subjects)})
    _ask_rules(con, contracts, subjects, limits, across_senders=True)
    for part in parts:
        subjects = scope.narrow(con, part)
        frames.add_up(con, {feed: contracts[feed] for feed in scope.read_by(con, subjects)})
        _ask_rules(con, contracts, subjects, limits, across_senders=False)


def _ask_rules(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    subjects: Collection[str],
    limits: Limits,
    *,
    across_senders: bool,
) -> None:
    """Ask rules of one kind of the feeds that are judged, and keep what they find."""
    for contract in (contracts[feed] for feed in subjects):
        for rule in RULES:
            is_asked = rule.across_senders == across_senders and rule.judges(contract)
            if is_asked and set(rule.needs) <= set(contracts):
                if rule.prepare:
                    rule.prepare(con, contract, limits)
                con.execute(f"insert into history_found by name {rule.query(contract, limits)}")


def _say(con: duckdb.DuckDBPyConnection, judged_by: str) -> None:
    """Write down what was found and what was judged, whole or not at all."""
    about = """
        select delivery_id from history_affected
        union select delivery_id from history_changed where is_gone"""
    said = {rule_id for rule in RULES for rule_id in rule.rule_ids}
    con.execute("begin")
    try:
        remark_found(con, "from history_found", about, said)
        scope.settle(con, judged_by)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def _fingerprint(limits: Limits) -> str:
    parts = f"{sorted(limits.items())} {version('daqu')}"
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _reads(contracts: Mapping[str, Contract]) -> set[tuple[str, str]]:
    """Which feeds a feed is held against, itself among them."""
    return {
        (contract.feed, read)
        for contract in contracts.values()
        for rule in RULES
        if rule.judges(contract)
        for read in (contract.feed, *rule.needs, *rule.helps)
        if read in contracts
    }
