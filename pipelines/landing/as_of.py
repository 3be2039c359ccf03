"""What a feed said as of an earlier moment: rows that were known then and not yet replaced."""

from __future__ import annotations

import typing

from pipelines.contracts import Contract
from pipelines.contracts.model import Replaces
from pipelines.landing.settle import pairs, replaced
from pipelines.landing.tables import every_view, outcome, seen

KINDS = sorted(set(typing.get_args(Replaces)) - {"nothing"})


def macro(feed: str) -> str:
    """The table macro `landing.<feed>_as_of(moment)`; a moment is local time of receipt."""
    return f"landing.{feed}_as_of"


def as_of_select(contract: Contract, made: list[str], moment: str, database: str = "") -> str:
    """SQL of the rows of `landing.<feed>` as they were at a moment.

    A delivery counts from its receipt, or from its release where it was held back, until it was
    withdrawn (`landing.known_span`). A row is there unless a delivery known by then replaced it.
    Codes read as they do today: a map that came later is looked at as if it had been there.

    Args:
        contract: The feed.
        made: Columns its table has by now.
        moment: SQL of the moment.
        database: Database the landing tables are in, with a dot; empty for the current one.
    """
    values = ",\n    ".join(seen(contract))
    sql = f"""
with known as (
    select delivery.* from landing.delivery as delivery
    inner join landing.known_span as span on delivery.delivery_id = span.delivery_id
    where delivery.feed = '{contract.feed}' and delivery.status not in ('refused', 'duplicate')
        and span.known_from <= {moment}
        and (span.known_until is null or span.known_until > {moment})
),
pair as ({pairs(contract, "select * from known")})
select
    {values}
from {every_view(contract.feed)} as r
inner join known as d on r._delivery_id = d.delivery_id
where {outcome("loaded", "r")} and not exists (
    select 1 from pair as p
    where p.old_id = r._delivery_id and {replaced(contract, made, KINDS)})"""
    # every name is ours: `landing.` stands for the schema alone
    return sql.replace("landing.", f"{database}landing.")
