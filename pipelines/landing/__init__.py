"""How files come in: receive, read, map, judge, load or quarantine. No Dagster here."""

from pipelines.landing.land import LandingResult, land, warehouse
from pipelines.landing.receipts import Receipt, receive

__all__ = ["LandingResult", "Receipt", "land", "receive", "warehouse"]
