"""What is planted in the sample is truly in it, and what should add up adds up."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from pipelines.sample import generate
from pipelines.sample.demand import Wanted, make_wanted, split_cell
from pipelines.sample.families import FREE, RETURN, SALE
from pipelines.sample.masters import Outlets, Skus, make_outlets, make_skus
from pipelines.sample.movement import month_bounds, monthly_flows
from pipelines.sample.plan import AS_OF, SEED, Plan
from pipelines.sample.pos import sold_through
from pipelines.sample.promoted import promoted, promotion_costs
from pipelines.sample.promotions import Promotions, make_promotions
from pipelines.sample.region import Region, make_region
from pipelines.sample.sellin import make_invoices, sellin_truth
from pipelines.sample.sellout import make_lines
from pipelines.sample.stock import make_stock, stock_truth

SIGMAS = 5
STOCK_TROUBLE = {"oos", "over", "expiry", "dead", "phantom", "pushed"}
World = tuple[Plan, Skus, Outlets, Promotions]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, size="tiny")
    return folder


@pytest.fixture(scope="module")
def region() -> Region:
    return make_region(Plan(SEED, "tiny", AS_OF))


@pytest.fixture(scope="module")
def world() -> World:
    """Two years of a region large enough to see an uplift in."""
    plan = Plan(SEED, "small", AS_OF)
    skus, outlets = make_skus(plan), make_outlets(plan)
    return plan, skus, outlets, make_promotions(plan, skus, outlets)


@pytest.fixture(scope="module")
def wanted(world: World) -> tuple[Wanted, Wanted]:
    return make_wanted(*world)


def truth(home: Path, name: str) -> list[dict[str, str]]:
    with (home / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def table(home: Path, name: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    [path] = (home / "inbox").glob(name)
    with path.open(encoding=encoding, newline="") as handle:
        return list(csv.DictReader(handle))


def planted_series(home: Path, region: Region, kind: str) -> list[int]:
    """Numbers of the series a kind of stock trouble is planted in."""
    rows = [row for row in truth(home, "stock") if row["kind"] == kind]
    assert rows
    places = {code: place for place, code in enumerate(region.skus.codes)}
    return [
        (int(row["distributor_code"][1:]) - 1) * region.skus.count + places[row["sku_code"]]
        for row in rows
    ]


def last_count(region: Region, series: int) -> int:
    """Index of the week of a series' last count: every other report of the last is still due."""
    sender = series // region.skus.count + 1
    return max(content.slot for content in region.contents("stock") if content.sender == sender)


def yuan(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def sorted_lines(lines: Wanted) -> list[tuple[int, ...]]:
    columns = (lines.cell, lines.day, lines.outlet, lines.unit, lines.count, lines.pieces)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def test_promotions_add_to_a_base_that_is_the_same_without_them(
    world: World, wanted: tuple[Wanted, Wanted]
):
    plan, skus, outlets, promotions = world
    nowhere = replace(promotions, reaches=np.zeros_like(promotions.reaches))
    alone, nothing = make_wanted(plan, skus, outlets, nowhere)
    lines, dipped = wanted
    assert nothing.cell.size == 0 < dipped.cell.size
    base = lines.only(lines.promo < 0).and_also(dipped)
    assert sorted_lines(base) == sorted_lines(alone)


def test_lines_a_promotion_adds_are_its_uplift_times_the_base(
    world: World, wanted: tuple[Wanted, Wanted]
):
    plan, skus, _, promotions = world
    lines, _ = wanted
    _, sku, week = split_cell(plan, skus, lines.cell)
    running = promotions.of(promotions.running, sku, week, lines.outlet)
    base = np.bincount(running[(running >= 0) & (lines.promo < 0)], minlength=len(promotions.all))
    added = np.bincount(lines.promo[lines.promo >= 0], minlength=len(promotions.all))
    uplift = np.array([one.uplift for one in promotions.all])
    # both counts are random: the variance of added - uplift * base is that of the two
    spread = np.sqrt(uplift * (base + 1) + uplift**2 * (base + 1))
    assert (np.abs(added - uplift * base) <= SIGMAS * spread).all()
    assert added[[not one.loses for one in promotions.all]].sum() > 1_000


def test_demand_stays_away_after_some_promotions_only(world: World, wanted: tuple[Wanted, Wanted]):
    dips = {one.code for one in world[3].all if one.dip}
    seen = {world[3].all[number].code for number in wanted[1].promo.tolist()}
    assert seen
    assert seen <= dips < {one.code for one in world[3].all}


def test_between_twenty_and_forty_promotions_of_every_scope_in_two_years(world: World):
    made = world[3].all
    assert 20 <= len(made) <= 40
    assert {one.scope for one in made} == {"all", "channel", "city", "banner", "distributor_code"}
    assert world[3].reaches.any(axis=1).all()


def test_promotions_planted_to_lose_cost_more_than_they_earn_and_others_less():
    region = make_region(Plan(SEED, "small", AS_OF))
    rows = promoted(region)
    earned = rows.group_by("promo").agg(pl.col("added_value").sum()).sort("promo")
    costs = promotion_costs(region, rows)
    for number, value in earned.rows():
        one = region.promotions.all[number]
        assert (costs[number] > value * 0.38) == one.loses, one.code
    assert sum(one.loses for one in region.promotions.all) >= 3


def test_sellin_is_what_movement_reports_say_was_received_and_sent_back(region: Region):
    lines = make_lines(region)
    flows, bounds = monthly_flows(region, lines), month_bounds(region)
    invoices = make_invoices(region, lines)
    month = np.searchsorted(bounds, invoices["delivered"].to_numpy(), side="right") - 1
    series = (invoices["sender"].to_numpy() - 1) * region.skus.count + invoices["sku"].to_numpy()
    for kinds, name in (((SALE, FREE), "receipts"), ((RETURN,), "return_to_company")):
        wanted = np.isin(invoices["type"].to_numpy(), kinds)
        wanted &= (month >= 0) & (month < flows[name].shape[1])
        found = np.zeros_like(flows[name])
        pieces = invoices["pieces"].to_numpy()
        np.add.at(found, (series[wanted], month[wanted]), pieces[wanted])
        assert found.sum() > 0
        assert (found == flows[name]).all(), name


def test_sellin_of_one_month_end_is_pushed(region: Region):
    told = sellin_truth(region, make_invoices(region, make_lines(region)))
    pushed = told.group_by("distributor_code").agg(pl.col("push_week_pieces").sum())
    pieces = dict(pushed.rows())
    weeks = region.plan.size.weeks
    total = told.filter(pl.col("doc_type") == "sale").group_by("distributor_code")
    mean = {code: n / weeks for code, n in total.agg(pl.col("pieces").sum()).rows()}
    assert pieces["D003"] > 3 * mean["D003"]
    assert region.plan.monday(region.plan.push_week) == date(2026, 9, 28)


def test_every_kind_of_stock_trouble_is_planted_in_the_smallest_region_and_all_over_a_small_one(
    home: Path,
):
    small = make_region(Plan(SEED, "small", AS_OF))
    told = stock_truth(small, make_stock(small))
    assert {row["kind"] for row in truth(home, "stock")} == set(told["kind"]) == STOCK_TROUBLE
    for kind in STOCK_TROUBLE:
        of_kind = told.filter(pl.col("kind") == kind)
        assert of_kind["distributor_code"].n_unique() == 2
        assert of_kind.height >= 4
        assert set(of_kind["pieces"] > 0) == {kind != "oos"}


def test_phantom_stock_stands_still_while_outlets_ask_in_vain(home: Path, region: Region):
    flows = region.flows
    for series in planted_series(home, region, "phantom"):
        last = last_count(region, series)
        eight = slice(last - 7, last + 1)
        assert flows.demand[series, eight].sum() > 0 == flows.sold[series, eight].sum()
        assert flows.received[series, eight].sum() == 0
        assert len({*flows.closing[series, eight]}) == 1
        before = slice(last - 16, last - 8)
        assert flows.sold[series, before].sum() > 0


def test_pushed_stock_came_twice_as_fast_as_it_went_and_grew(home: Path, region: Region):
    flows = region.flows
    for series in planted_series(home, region, "pushed"):
        last = last_count(region, series)
        four = slice(last - 3, last + 1)
        assert flows.received[series, four].sum() > 2 * flows.sold[series, four].sum()
        assert flows.closing[series, last] > 1.5 * flows.closing[series, last - 4]


def test_dead_stock_was_not_asked_for_in_the_last_weeks(home: Path, region: Region):
    for series in planted_series(home, region, "dead"):
        assert region.flows.demand[series, -4:].sum() == 0 < region.flows.demand[series].sum()


def test_nothing_is_on_order_where_stock_is_empty_or_only_in_the_books(home: Path):
    on_order = {(row["distributor_code"], row["sku_code"]) for row in truth(home, "open_order")}
    cases = defaultdict(set)
    for row in truth(home, "stock"):
        cases[row["kind"]].add((row["distributor_code"], row["sku_code"]))
    assert not on_order & (cases["oos"] | cases["phantom"])
    assert on_order >= cases["over"]


def test_the_company_is_short_of_three_products_that_somebody_is_out_of(home: Path, region: Region):
    can_be_sent = {row["sku_code"]: row for row in truth(home, "company_stock")}
    short = {sku for sku, row in can_be_sent.items() if row["is_short"] == "true"}
    places = {code: place for place, code in enumerate(region.skus.codes)}
    weekly: dict[str, float] = defaultdict(float)
    for series in planted_series(home, region, "oos"):
        sku = region.skus.codes[series % region.skus.count]
        weekly[sku] += float(region.flows.demand[series, -8:].mean())
    assert len(short) == 3
    assert short <= weekly.keys()
    for sku in short:
        case = int(region.skus.per_case_new[places[sku]])
        assert 0 < int(can_be_sent[sku]["pieces"]) <= max(weekly[sku], case)
    total = region.flows.demand.reshape(-1, region.skus.count, region.plan.size.weeks).sum(axis=0)
    for sku in can_be_sent.keys() - short:
        assert int(can_be_sent[sku]["pieces"]) > 4 * total[places[sku], -8:].mean()


def test_open_items_are_the_lines_of_their_invoices_with_vat(home: Path):
    [past] = (home / "inbox/erp/sellin").glob("erp_sellin_2025*_*.csv")
    name = past.relative_to(home / "inbox").as_posix()
    spoilt = {
        int(row["row_no"])
        for kind in ("bad_rows", "warned_rows")
        for row in truth(home, kind)
        if row["file"] == name
    }
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for place, row in enumerate(table(home, name, "gb18030"), 2):
        sums[row["发票号"]] += (
            yuan(row["净额"]) + yuan(row["税额"]) if place not in spoilt else 10**9
        )
    items = table(home, "FIN/receivable/FIN_receivable_20261105.csv")
    known = [row for row in items if sums.get(row["发票号"], Decimal(10**9)) < 10**9]
    assert len(known) > 20
    assert [yuan(row["应收金额"]) for row in known] == [sums[row["发票号"]] for row in known]


def test_chains_never_sell_what_they_have_not(region: Region):
    rows = sold_through(region)
    assert rows.height > 100
    assert rows["on_hand"].min() >= 0  # ty: ignore[unsupported-operator]


def test_targets_of_sellout_add_up_at_every_level(home: Path):
    rows = table(home, "sales/target/sales_target_202611.csv")
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["指标"] == "sellout_net_amount":
            sums[row["层级"], row["商品层级"]] += yuan(row["目标"])
    total = sums["region", "all"]
    assert total > 0
    for level in (("rep", "all"), ("distributor", "all"), ("channel", "all"), ("region", "brand")):
        assert sums[level] == total, level
    assert 0 < sums["banner", "all"] < total
    assert sum(bool(row["定性目标"]) for row in rows) == 2


def test_both_versions_of_the_budget_have_every_block_and_phasing_is_nothing_over_the_year(
    home: Path,
):
    blocks = ("base", "distribution", "innovation", "price", "promotion", "visibility", "delist")
    for version in ("AOP2026", "RF2026"):
        told = {row["block"]: row for row in truth(home, f"budget_{version}")}
        assert set(told) == {*blocks, "phasing"}
        assert {told["phasing"][name] for name in ("volume", "gsv", "nsv")} == {"0"}
        book = openpyxl.load_workbook(home / f"inbox/FIN/budget/FIN_budget_{version}.xlsx")
        header, *rows = book["预算"].iter_rows(values_only=True)
        place = {name: number for number, name in enumerate(header)}
        base = [row for row in rows if row[place["模块"]] == "base" and row[place["预算销量"]]]
        assert sum(int(str(row[place["预算销量"]])) for row in base) >= int(told["base"]["volume"])
        assert all(row[place["责任人"]] and row[place["计划依据"]] for row in rows)


def test_shelf_prices_outside_the_corridor_are_those_planted(home: Path):
    corridor = defaultdict(list)
    for row in table(home, "self/price/price_20261024.csv"):
        corridor[row["sku_code"]].append(row)
    wrong = 0
    for row in table(home, "sfa/check_sku/sfa_check_sku_20261012_*.csv"):
        if row["标价"]:
            [held] = [
                one
                for one in corridor.get(row["商品编码"], [])
                if one["valid_from"] <= row["拜访日期"] <= (one["valid_to"] or "9")
            ] or [None]
            if held:
                low, high = (Decimal(held[f"rsp_{end}_per_piece"]) for end in ("min", "max"))
                wrong += not low <= yuan(row["标价"]) <= high
    [planted] = [row for row in truth(home, "check_sku") if row["month"] == "2026-10"]
    assert 0 < wrong == int(planted["is_wrong_price"])


def test_every_claim_for_a_promotion_is_one_of_the_calendar(home: Path):
    calendar = {row["promo_code"] for row in table(home, "self/promotion/*.csv")}
    claimed = {
        row["促销编号"]
        for row in table(home, "D001/claim/D001_claim_2025*_*.csv")
        if row["促销编号"]
    }
    assert claimed
    assert claimed <= calendar
    assert {row["promo_code"] for row in truth(home, "promotion")} == calendar
