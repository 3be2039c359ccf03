"""What a rule against earlier deliveries is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from pipelines.contracts import Contract

Limits = Mapping[str, float]
"""threshold_id → value, see `pipelines.landing.thresholds`."""


@dataclass(frozen=True)
class HistoryRule:
    """A rule that holds deliveries of a feed against earlier ones, or against other feeds.

    Attributes:
        rule_ids: What it may say, of `pipelines.contracts.FILE_REASONS`.
        query: SQL of what it finds, as delivery_id, rule_id, row_no, observed and expected; it
            reads the tables of `scope` and `frames`, and speaks of `history_subject` only.
        feeds: Feeds it judges; None for every feed `suits` says.
        needs: Other feeds it cannot do without.
        helps: Other feeds it looks at where the deployment has them.
        suits: Whether a feed has what the rule needs.
        prepare: What must be done in Python first; None where SQL does.
        across_senders: Whether it holds a delivery against other senders' too. It is asked once,
            of everything, and must itself see to it that it holds few rows at a time; it has
            `history_total`, but no sums by product or outlet. Any other is asked part by part and
            sees only what the senders of the part sent, and masters.
    """

    rule_ids: tuple[str, ...]
    query: Callable[[Contract, Limits], str]
    feeds: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    suits: Callable[[Contract], bool] = lambda contract: True
    prepare: Callable[[duckdb.DuckDBPyConnection, Contract, Limits], None] | None = None
    across_senders: bool = False

    def judges(self, contract: Contract) -> bool:
        """Whether the rule has something to say of the feed."""
        return (self.feeds is None or contract.feed in self.feeds) and self.suits(contract)
