"""Codes nobody has mapped: listed by money, filled in by a person, landed by themselves."""

from __future__ import annotations

import csv
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml

from pipelines import cli
from pipelines.answers.candidates import Candidate, candidates
from pipelines.answers.unmapped import KINDS, Unmapped, unmapped
from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.landing.land import warehouse
from pipelines.settings import PROJECT, Settings

CONTRACTS = load_contracts(PROJECT / "quality" / "contracts")
FEEDS = ["sku", "outlet", "map_sku", "map_outlet", "map_uom", "sellout"]
SKU = (
    "sku_code,sku_name_zh,list_price_per_piece,pieces_per_case,gtin_piece\n"
    "S1,花生酥糖500克,10,24,\n"
    "S2,芝麻薄片200克,5,12,4006381333931\n"
    "S3,牛轧糖礼盒,88,,\n"
)
OUTLET = "outlet_code,outlet_name\nK1,红旗超市一店\nK2,新华便利\n"
MAP = "distributor_code,their_code,sku_code,approved_by\nD002,OLD,S3,王五\n"
# C7 waits with 40 + 60, C8 with 100 in one row, -9 with 5; KF-1 is loaded all the same
SALES = (
    "单据号,单据日期,商品编码,品名,门店编码,终端名称,数量,单位,金额\n"
    "A1,2026-11-09,C7,花生酥糖 500克,KF-1,红旗超市1店,4,瓶,40\n"
    "A2,2026-11-11,C7,花生酥糖 500克,,,6,瓶,60\n"
    "A3,2026-11-10,C8,,,,1,瓶,100\n"
    "A4,2026-11-10,OLD,,KF-1,红旗超市1店,1,麻袋,176\n"
    "A5,2026-11-10,-9,,,,1,瓶,5\n"
    "A6,2026-11-10,4006381333931,,,,1,瓶,5\n"
    "合计,,,,,,13,,386\n"
)
STAMPS = ("file,received_at\n", "{},2026-11-{:02}T09:00\n")


def put(settings: Settings, name: str, data: bytes, day: int) -> None:
    file = settings.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    stamps = settings.inbox / "received.csv"
    if not stamps.is_file():
        stamps.write_text(STAMPS[0], encoding="utf-8")
    with stamps.open("a", encoding="utf-8") as handle:
        handle.write(STAMPS[1].format(name, day))


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """D002 sends a week with codes nobody knows; one of its codes is mapped."""
    folder = tmp_path / "home"
    folder.mkdir()
    values = {"name": "试", "language": "zh", "feeds": FEEDS, "as_of": date(2026, 11, 20)}
    (folder / "deployment.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    settings = Settings.load(folder)
    put(settings, "self/sku/sku.csv", SKU.encode(), 1)
    put(settings, "self/outlet/outlet.csv", OUTLET.encode(), 1)
    put(settings, "self/map_sku/map.csv", MAP.encode(), 2)
    put(settings, "D002/sellout/2026-W46.csv", SALES.encode(), 16)
    land(settings, CONTRACTS)
    return settings


def listed(settings: Settings) -> tuple[list[Unmapped], dict[Unmapped, list[Candidate]]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        items = unmapped(con, CONTRACTS, KINDS)
        return items, candidates(con, items)


def asked(settings: Settings, *words: str) -> None:
    assert cli.main(["unmapped", "--home", str(settings.home), *words]) == 0


def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_codes_are_listed_by_money_then_rows_then_name(home: Settings) -> None:
    items, _ = listed(home)
    assert [(i.kind, i.code, i.amount, i.rows) for i in items] == [
        ("outlet", "KF-1", Decimal("216.00"), 2),
        ("uom", "麻袋", Decimal("176.00"), 1),
        ("sku", "C7", Decimal("100.00"), 2),
        ("sku", "C8", Decimal("100.00"), 1),
        ("sku", "-9", Decimal("5.00"), 1),
        ("sku", "4006381333931", Decimal("5.00"), 1),
    ]


def test_a_code_comes_with_the_senders_name_its_price_and_the_days_it_was_seen(
    home: Settings,
) -> None:
    items, _ = listed(home)
    c7 = next(item for item in items if item.code == "C7")
    assert (c7.name, c7.price, c7.files) == ("花生酥糖 500克", 10.0, 1)
    assert (c7.first, c7.last) == (date(2026, 11, 9), date(2026, 11, 11))
    assert next(item for item in items if item.code == "KF-1").name == "红旗超市1店"


def test_the_closest_of_ours_are_offered_with_a_score(home: Settings) -> None:
    items, found = listed(home)
    offered = {item.code: [(c.code, c.score) for c in found[item]] for item in items}
    # the same name and the same price
    assert offered["C7"][0] == ("S1", 100.0)
    # a bar code of ours; the price of 5 is its list price too
    assert offered["4006381333931"][0] == ("S2", 100.0)
    assert offered["KF-1"][0][0] == "K1"
    # 176 for one sack of S3 at 88 a piece: twice a piece, and no other pack is known
    assert offered["麻袋"] == [("1", 50.0)]
    # nothing but a price says anything about it
    assert offered["C8"] == []


def test_our_code_is_never_filled_in_by_itself(home: Settings, tmp_path: Path) -> None:
    out = tmp_path / "map.csv"
    asked(home, "--kind", "sku", "--out", str(out))
    with out.open(encoding="utf-8-sig", newline="") as handle:
        lines = list(csv.DictReader(handle))
    assert [(line["对方编码"], line["商品编码"]) for line in lines] == [
        ("C7", ""),
        ("C8", ""),
        ("'-9", ""),
        ("4006381333931", ""),
        ("OLD", "S3"),
    ]
    assert lines[0]["#最接近的编码"] == "S1"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_half_filled_map_lands_and_its_rows_load_by_themselves(
    suffix: str, home: Settings, tmp_path: Path
) -> None:
    out = tmp_path / f"map.{suffix}"
    asked(home, "--kind", "sku", "--out", str(out))
    fill_in(out, {"C7": "S1", "-9": "S2"})
    put(home, f"self/map_sku/map.{suffix}", out.read_bytes(), 18)
    result = land(home, CONTRACTS)
    assert result.replayed == 1
    loaded = "select their_sku_code, sku_code from landing.sellout order by _row_no"
    assert rows(home, loaded) == [("C7", "S1"), ("C7", "S1"), ("-9", "S2")]
    # the line of before is in the new map, the lines left empty are neither landed nor refused
    ledger = (
        "select status, rows_loaded, rows_quarantined, rows_structural from landing.delivery "
        "where feed = 'map_sku' order by received_at"
    )
    assert rows(home, ledger) == [("superseded", 1, 0, 1), ("loaded", 3, 0, 3)]
    kept = "select sku_code, approved_by from landing.map_sku where their_code = 'OLD'"
    assert rows(home, kept) == [("S3", "王五")]
    said = (
        "select rule_id from landing.delivery_finding as f inner join landing.delivery as d "
        "on f.delivery_id = d.delivery_id where d.feed = 'map_sku'"
    )
    assert rows(home, said) == []


def fill_in(file: Path, ours: dict[str, str]) -> None:
    """Somebody writes our codes beside theirs."""
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as handle:
            lines = list(csv.reader(handle))
        for line in lines[1:]:
            line[2] = ours.get(line[1].removeprefix("'"), line[2])
        with file.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(lines)
        return
    book = openpyxl.load_workbook(file)
    for row in book.worksheets[0].iter_rows(min_row=2):
        row[2].value = ours.get(str(row[1].value), row[2].value)
    book.save(file)


@pytest.mark.parametrize(
    ("kind", "code", "column", "expected"),
    [("outlet", "KF-1", 2, ("K1", 1)), ("uom", "麻袋", 3, ("UNKNOWN-D002", 2))],
)
def test_outlets_and_units_are_mapped_the_same_way(
    kind: str, code: str, column: int, expected: tuple[str, int], home: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "map.xlsx"
    asked(home, "--kind", kind, "--out", str(out))
    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[0]
    assert sheet.cell(2, 2).value == code
    sheet.cell(2, column + 1).value = "K1" if kind == "outlet" else 2
    book.save(out)
    put(home, f"self/map_{kind}/map.xlsx", out.read_bytes(), 18)
    put(home, "self/map_sku/map.csv", (MAP + "D002,C7,S1,\n").encode(), 18)
    land(home, CONTRACTS)
    found = (
        "select outlet_code, quantity_pieces::integer / quantity::integer from landing.sellout "
        f"where document_no = '{'A1' if kind == 'outlet' else 'A4'}'"
    )
    assert rows(home, found) == [expected]


def test_what_is_mapped_is_not_listed_and_a_sender_can_be_asked_for(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(home, "--sender", "D009")
    assert "无 nothing" in capsys.readouterr().out
    asked(home, "--kind", "sku", "--sender", "D002", "--rows", "1")
    shown = capsys.readouterr().out
    assert "4 商品 products" in shown
    assert "…另有 3 条" in shown
    assert "OLD" not in shown


def test_a_file_is_of_one_kind(home: Settings, tmp_path: Path) -> None:
    assert cli.main(["unmapped", "--home", str(home.home), "--out", str(tmp_path / "x.csv")]) == 2


def test_a_thousand_codes_among_ten_thousand_take_less_than_ten_cpu_seconds(home: Settings) -> None:
    with warehouse(home, CONTRACTS) as con:
        con.execute("""
            insert into landing.sku_all by name
            select (select delivery_id from landing.delivery where feed = 'sku') as _delivery_id,
                i as _row_no, 'P' || i as sku_code, '商品' || md5(i::varchar)[:12] as sku_name_zh,
                1 + i % 50 as list_price_per_piece
            from range(10000) as r(i)""")
        items = [
            Unmapped("sku", "D002", f"X{i}", None, f"商品{i:012}", 1, 1, None, 9.0, None, None)
            for i in range(1000)
        ]
        before = time.process_time()
        found = candidates(con, items)
        assert time.process_time() - before < 10
    assert len(found) == 1000
