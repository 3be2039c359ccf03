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
    same transaction, so that a run that dies leaves the work to the next one.

    Args:
        con: Connection with every delivery landed, outside a transaction.
        contracts: All feeds by name.
        feeds: Those the deployment subscribes to.
    """
    subscribed = {feed: contracts[feed] for feed in contracts if feed in feeds}
    limits = thresholds(con)
    judged_by = _fingerprint(limits)
    con.execute("begin")
    try:
        if scope.find(con, subscribed, _reads(subscribed), judged_by):
            con.execute(festivals.FESTIVALS if "calendar" in subscribed else festivals.NONE)
            subjects = scope.narrow(con)
            frames.make(con, {f: subscribed[f] for f in scope.read_by(con, subjects)})
            _say(con, subscribed, subjects, limits)
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


def _say(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    subjects: Collection[str],
    limits: Limits,
) -> None:
    """Ask every rule of the feeds that are judged, and write down what it finds."""
    found = ["from landing.delivery_finding where false"]
    for contract in (contracts[feed] for feed in subjects):
        for rule in RULES:
            if rule.judges(contract) and set(rule.needs) <= set(contracts):
                if rule.prepare:
                    rule.prepare(con, contract, limits)
                found.append(f"from ({rule.query(contract, limits)})")
    about = """
        select delivery_id from history_subject
        union select delivery_id from history_changed where is_gone"""
    said = {rule_id for rule in RULES for rule_id in rule.rule_ids}
    remark_found(con, " union all by name ".join(found), about, said)
