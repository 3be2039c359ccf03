"""Moves worked out by hand, one rule at a time."""

from __future__ import annotations

import sys
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest

from pipelines.stock.frames import TRANSFER
from pipelines.stock.rebalance import rebalance
from tests.unit.stock.instances import Holder, Region, frames

MONTH = 28


def giver(lots: dict[int | None, int], excess: int, *, territory: str = "T") -> Holder:
    """Somebody who sells nothing of it any more."""
    return Holder(territory, [0.0] * MONTH, lots, excess=excess)


def taker(
    need: int, lost: int, *, a_day: float = 5, lots: dict | None = None, territory: str = "T"
) -> Holder:
    return Holder(territory, [a_day] * MONTH, lots or {}, need=need, lost=lost)


def region(*lanes: tuple[str, str, str, float, int], **holders: Holder) -> Region:
    """A SKU in cases of 10; a piece lost earns 2 less, one expired costs 5."""
    ways = {(start, end): (kind, cost, days) for start, end, kind, cost, days in lanes}
    return Region("S1", 10, 2.0, 5.0, holders, ways)


def moved(one: Region) -> list[tuple]:
    """From, to, last day and cases."""
    answer = rebalance(**frames([one]))
    keys = ["from_distributor_code", "to_distributor_code", "last_sellable_day", "cases"]
    return answer.select(keys).rows()


def test_a_transfer_says_what_it_is_worth() -> None:
    # A has 40 pieces to the 20th and sells none: all expire. B needs 35, so it takes three cases;
    # it would have lost 25. 30 x 5 saved + 25 x 2 earned - 3 x 8 for the lane = 150 + 50 - 24.
    one = region(("A", "B", "reship", 8, 4), A=giver({20: 40}, 40), B=taker(35, 25))
    assert rebalance(**frames([one])).rows(named=True) == [
        {
            "sku_code": "S1",
            "from_distributor_code": "A",
            "to_distributor_code": "B",
            "lane_kind": "reship",
            "lead_time_days": 4,
            "last_sellable_day": 20,
            "cases": 3,
            "pieces": 30,
            "saved_pieces": 30,
            "sold_pieces": 25,
            "write_off_amount": 150,
            "margin_amount": 50,
            "lane_cost_amount": 24,
            "value_amount": 176,
        }
    ]


def test_no_more_comes_than_sells_before_it_expires() -> None:
    # B sells 5 a day. It has 30 pieces to day 6 and 20 to day 12: Q(12) = 50, C(12) = 60. Of goods
    # to day 12 it can take 60 - 50 = 10, one case, though it needs three.
    own = {6: 30, 12: 20}
    one = region(("A", "B", "reship", 1, 2), A=giver({12: 50}, 50), B=taker(30, 30, lots=own))
    assert moved(one) == [("A", "B", 12, 1)]


def test_what_comes_early_leaves_room_for_what_is_there_and_ends_later() -> None:
    # To day 8 B could sell 40. But with its own 50 to day 14 only 70 - 50 = 20 more find a buyer.
    one = region(("A", "B", "reship", 1, 0), A=giver({8: 40}, 40), B=taker(40, 40, lots={14: 50}))
    assert moved(one) == [("A", "B", 8, 2)]


def test_what_expires_anyway_gives_its_place_up() -> None:
    # B has 30 pieces to day 4 and sells 20 by then: 10 expire. To day 8 it sells 40, 20 of them
    # what it has; so 20 more may come, as the 10 are lost with or without them.
    one = region(("A", "B", "reship", 1, 0), A=giver({8: 40}, 40), B=taker(40, 40, lots={4: 30}))
    assert moved(one) == [("A", "B", 8, 2)]


def test_sales_before_the_goods_arrive_make_no_room() -> None:
    # To day 8 B sells 40, but the lane takes 4 days: from day 5 on it sells 20.
    one = region(("A", "B", "reship", 1, 4), A=giver({8: 40}, 40), B=taker(40, 40))
    assert moved(one) == [("A", "B", 8, 2)]


def test_goods_over_before_the_slowest_lane_arrives_stay() -> None:
    lanes = [("A", "B", "reship", 1, 1), ("C", "B", "reship", 1, 6)]
    one = region(*lanes, A=giver({6: 10}, 10), B=taker(40, 40), C=giver({20: 10}, 10))
    assert moved(one) == [("C", "B", 20, 1)]


def test_stock_without_a_last_day_is_moved_for_the_margin_alone() -> None:
    one = region(("A", "B", "reship", 8, 4), A=giver({None: 40}, 40), B=taker(35, 25))
    # 20 lost pieces earn 2 x 20 - 2 x 8 = 24; of a third case 5 pieces earn 10 - 8 = 2
    answer = rebalance(**frames([one]))
    assert answer.select("cases", "saved_pieces", "value_amount").rows() == [(3, 0, 26)]


def test_a_case_that_costs_more_than_it_brings_stays() -> None:
    # the third case would earn 5 x 2 = 10 and cost 11
    one = region(("A", "B", "reship", 11, 4), A=giver({None: 40}, 40), B=taker(35, 25))
    assert moved(one) == [("A", "B", None, 2)]


def test_what_would_expire_goes_before_what_would_not() -> None:
    one = region(("A", "B", "reship", 1, 1), A=giver({20: 10, None: 50}, 50), B=taker(20, 20))
    assert moved(one) == [("A", "B", 20, 1), ("A", "B", None, 1)]


@pytest.mark.parametrize(("to_territory", "cases"), [("T", 1), ("U", 0)])
def test_goods_go_straight_only_within_a_territory(to_territory: str, cases: int) -> None:
    to = taker(10, 10, territory=to_territory)
    one = region(("A", "B", "direct", 1, 1), A=giver({20: 10}, 10), B=to)
    assert sum(row[-1] for row in moved(one)) == cases


def test_nobody_knows_whether_two_without_a_territory_share_one() -> None:
    one = region(("A", "B", "direct", 1, 1), A=giver({20: 10}, 10), B=taker(10, 10))
    tables = frames([one])
    unknown = tables["position"].with_columns(territory=pl.lit(None, pl.String))
    assert rebalance(**tables | {"position": unknown}).is_empty()


def test_the_cheaper_of_two_lanes_between_the_same_is_taken() -> None:
    one = region(("A", "B", "reship", 3, 4), A=giver({20: 10}, 10), B=taker(10, 10))
    tables = frames([one])
    straight = tables["lane"].with_columns(lane_kind=pl.lit("direct"), cost_per_case_amount=2.0)
    answer = rebalance(**tables | {"lane": pl.concat([tables["lane"], straight])})
    assert answer.select("lane_kind", "lane_cost_amount").rows() == [("direct", 2)]


def test_a_taker_is_supplied_by_its_eight_cheapest_lanes() -> None:
    givers = {f"A{n}": giver({20: 10}, 10) for n in range(10)}
    lanes = [(code, "B", "reship", 1 + n / 10, 1) for n, code in enumerate(reversed(givers))]
    one = region(*lanes, **givers, B=taker(100, 100))
    assert [row[0] for row in moved(one)] == [f"A{n}" for n in range(2, 10)]


def test_who_gives_takes_nothing() -> None:
    both = Holder("T", [1.0] * MONTH, {20: 40}, excess=20, need=20, lost=20)
    lanes = [("A", "B", "reship", 1, 1), ("B", "A", "reship", 1, 1)]
    assert moved(region(*lanes, A=giver({20: 40}, 40), B=both)) == []


@pytest.fixture
def crossed() -> Region:
    """A may serve B or C, D only B, at 1, 2 and 3 a case."""
    lanes = [("A", "B", "reship", 1, 1), ("A", "C", "reship", 2, 1), ("D", "B", "reship", 3, 1)]
    givers = {"A": giver({20: 10}, 10), "D": giver({20: 10}, 10)}
    return region(*lanes, **givers, B=taker(10, 10), C=taker(10, 10))


def test_a_best_answer_weighs_all_moves_at_once(crossed: Region) -> None:
    # each case brings 70; two cases less 2 + 3 are worth more than the one with the cheapest lane
    assert moved(crossed) == [("A", "C", 20, 1), ("D", "B", 20, 1)]


def test_without_the_solver_the_greedy_method_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, crossed: Region
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    # the cheapest lane first, and then nobody is left who may serve C
    assert moved(crossed) == [("A", "B", 20, 1)]
    assert "greedy" in caplog.text


def test_when_the_solver_gives_up_the_greedy_method_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, crossed: Region
) -> None:
    gave_up = SimpleNamespace(status=1, x=None)
    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: gave_up)
    assert moved(crossed) == [("A", "B", 20, 1)]
    assert "greedy" in caplog.text


def test_figures_of_the_warehouse_are_taken_as_they_come() -> None:
    one = region(("A", "B", "reship", 8, 4), A=giver({20: 40}, 40), B=taker(35, 25))
    tables = frames([one])
    kept = {
        name: frame.with_columns(pl.selectors.float().cast(pl.Decimal(18, 3)))
        for name, frame in tables.items()
    }
    assert kept["lane"]["cost_per_case_amount"].to_list() == [Decimal("8.000")]
    assert rebalance(**kept).equals(rebalance(**tables))


def test_what_nobody_knows_counts_as_nothing() -> None:
    # neither margin nor need nor the size of a case: single pieces, for the write-off alone
    one = region(("A", "B", "reship", 1, 1), A=giver({20: 10}, 10), B=taker(3, 3))
    tables = frames([one])
    unknown = tables["position"].with_columns(
        pieces_per_case=pl.lit(None, pl.Int64), margin_per_piece=pl.lit(None, pl.Float64)
    )
    answer = rebalance(**tables | {"position": unknown})
    assert answer.select("pieces", "write_off_amount", "margin_amount").rows() == [(3, 15, 0)]


def test_nothing_to_move_is_an_empty_table_of_the_right_columns() -> None:
    tables = {name: frame.clear() for name, frame in frames([]).items()}
    assert rebalance(**tables).schema == TRANSFER
    assert rebalance(**tables).is_empty()
