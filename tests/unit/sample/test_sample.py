"""The sample region: the same each time, messy as promised, and true to its truth file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.errors import ConfigError
from pipelines.sample import generate
from pipelines.sample.mappings import write_mappings
from pipelines.sample.plan import AS_OF, SEED, Plan
from pipelines.sample.reference import calendar, write_reference
from pipelines.settings import PROJECT

ROW_REASONS = {
    "document_no_missing",
    "sold_date_invalid",
    "quantity_invalid",
    "quantity_missing",
    "negative_sale",
    "doc_type_not_allowed",
    "unmapped_sku",
    "unmapped_uom",
    "out_of_period",
    "future_date",
    "negative_stock",
    "expiry_before_production",
    "claim_type_not_allowed",
    "negative_claim",
    "claimed_amount_invalid",
    "sellout_invalid",
    "period_start_date_invalid",
    "distributor_code_missing",
    "document_date_invalid",
    "open_amount_invalid",
    "inspection_date_invalid",
    "score_out_of_range",
    "is_passed_invalid",
    "satisfaction_out_of_range",
    "opened_at_invalid",
    "ticket_id_missing",
    "invoice_date_invalid",
    "negative_sellin",
    "eta_date_invalid",
    "negative_open_order",
    "negative_company_stock",
    "budget_without_figure",
    "probability_ratio_out_of_range",
    "override_not_monday",
    "target_without_value",
    "target_month_invalid",
    "is_present_invalid",
    "produced_after_visit",
    "facings_out_of_range",
    "total_facings_invalid",
    "exists_invalid",
    "visit_date_invalid",
    "question_unanswered",
    "points_above_maximum",
}
ROW_WARNINGS = {
    "movement_not_balanced",
    "opening_not_last_closing",
    "due_before_document",
    "open_not_explained",
    "no_result",
    "item_code_not_listed",
    "ticket_type_not_listed",
    "done_before_opened",
    "delivered_before_shipped",
    "invoice_sum_differs",
    "more_delivered_than_shipped",
    "eta_before_order",
    "ka_stock_negative",
    "ka_amount_sign_differs",
    "absent_with_facings",
    "reason_though_present",
    "promo_above_shelf",
    "facings_above_total",
    "absent_with_position",
}
OPENING_HEADERS = {"期初库存", "期初结存", "期初数量", "Opening"}
QUANTITY_HEADERS = {
    "数量",
    "出货数量",
    "销售数量",
    "库存数量",
    "期末库存",
    "Qty",
    "On Hand",
    "实收数",
    "未交数量",
    "可用库存",
}
QUANTITY_HEADERS |= OPENING_HEADERS  # the first quantity of a movement report
AMOUNT_HEADERS = {
    "金额",
    "销售金额",
    "申请金额",
    "费用金额",
    "应收金额",
    "净额",
    "销售额",
    "Amount",
}
COUNTED_FEEDS = (
    *("sellout", "stock", "claim", "movement"),
    *("receivable", "sellin", "open_order", "company_stock", "ka_pos"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, size="tiny")
    return folder


def listed(home: Path, name: str) -> list[dict[str, str]]:
    with (home / "truth" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def digests(home: Path) -> dict[str, str]:
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def rows_of(path: Path) -> list[list[str]]:
    """Every row of a file as text, read without any code of the product."""
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).worksheets[0]
        return [
            ["" if value is None else str(value) for value in row]
            for row in sheet.iter_rows(values_only=True)
        ]
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return list(csv.reader(io.StringIO(text)))


def table_of(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Header and rows of data by row number, title and 合计 row left out."""
    rows = rows_of(path)
    top = next(n for n, row in enumerate(rows) if sum(bool(cell) for cell in row) > 3)
    body = {
        number: row
        for number, row in enumerate(rows[top + 1 :], top + 2)
        if any(row) and row[0] != "合计"
    }
    return rows[top], body


def total(header: list[str], rows: list[list[str]], names: set[str]) -> Decimal:
    place = next(n for n, cell in enumerate(header) if cell in names)
    # a workbook keeps numbers in binary: 96.71 comes back as 96.71000000000001
    cents = Decimal("0.01")
    return sum((Decimal(row[place].replace(",", "")).quantize(cents) for row in rows), Decimal(0))


def bad_by_file(home: Path) -> dict[str, dict[int, str]]:
    bad: dict[str, dict[int, str]] = defaultdict(dict)
    for row in listed(home, "bad_rows.csv"):
        bad[row["file"]][int(row["row_no"])] = row["reason"]
    return bad


def read_files(home: Path) -> list[dict[str, str]]:
    return [
        file
        for file in listed(home, "files.csv")
        if file["expected_status"] in ("loaded", "superseded") and file["feed"] in COUNTED_FEEDS
    ]


def test_same_seed_makes_the_same_bytes(home, tmp_path):
    generate(tmp_path, size="tiny")
    assert digests(tmp_path) == digests(home)


def test_another_seed_makes_another_sample(home, tmp_path):
    generate(tmp_path, size="tiny", seed=SEED + 1)
    assert digests(tmp_path)["truth/totals.csv"] != digests(home)["truth/totals.csv"]


def test_every_file_is_in_the_truth_and_stamped_by_the_as_of_day(home):
    with (home / "inbox" / "received.csv").open(encoding="utf-8", newline="") as handle:
        stamps = {row["file"]: row["received_at"] for row in csv.DictReader(handle)}
    known = {row["file"]: row["received_at"] for row in listed(home, "files.csv")}
    present = {
        path.relative_to(home / "inbox").as_posix()
        for path in (home / "inbox").rglob("*")
        if path.is_file()
    }
    assert present - {"received.csv"} == set(stamps) == set(known)
    assert stamps == known
    assert max(stamps.values()) <= f"{AS_OF} 23:59:59"


def test_rows_quantities_and_amounts_of_every_file_equal_the_truth(home):
    bad = bad_by_file(home)
    for file in read_files(home):
        header, body = table_of(home / "inbox" / file["file"])
        good = [row for number, row in body.items() if number not in bad[file["file"]]]
        assert (len(body), len(good)) == (int(file["rows"]), int(file["good_rows"])), file
        if file["quantity"]:
            assert total(header, good, QUANTITY_HEADERS) == Decimal(file["quantity"]), file
        if file["amount"]:
            assert total(header, good, AMOUNT_HEADERS) == Decimal(file["amount"]), file


def test_totals_are_the_sums_of_the_files_that_hold(home):
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for file in listed(home, "files.csv"):
        if file["expected_status"] == "loaded":
            parts = [Decimal(file[name] or 0) for name in ("good_rows", "quantity", "amount")]
            before = sums[file["feed"], file["sender"]]
            sums[file["feed"], file["sender"]] = [a + b for a, b in zip(before, parts, strict=True)]
    for row in listed(home, "totals.csv"):
        expected = [Decimal(row[name] or 0) for name in ("rows", "quantity", "amount")]
        assert sums.pop((row["feed"], row["sender"])) == expected
    assert not sums


def test_bad_rows_show_what_is_wrong_with_them(home):
    signs = {
        "document_no_missing": lambda cells: cells[0] == "",
        "sold_date_invalid": lambda cells: bool({"2026.11.31", "待补", "2026-02-30"} & set(cells)),
        "quantity_invalid": lambda cells: bool({"十二", "待定", "若干"} & set(cells)),
        "doc_type_not_allowed": lambda cells: "调拨" in cells,
        "claim_type_not_allowed": lambda cells: "团建" in cells,
        "claimed_amount_invalid": lambda cells: "待核" in cells,
        "unmapped_uom": lambda cells: "托" in cells,
        "unmapped_sku": lambda cells: any(cell.startswith("ZZ") for cell in cells),
        "negative_sale": lambda cells: sum(cell.startswith("-") for cell in cells) == 2,
        "negative_stock": lambda cells: any(cell.startswith("-") for cell in cells),
    }
    for name, rows in bad_by_file(home).items():
        _, body = table_of(home / "inbox" / name)
        for number, reason in rows.items():
            if reason in signs:
                assert signs[reason](body[number]), (name, number, reason)


def test_every_kind_of_mess_is_planted(home):
    files = listed(home, "files.csv")
    assert {row["reason"] for row in listed(home, "bad_rows.csv")} == ROW_REASONS
    assert {row["reason"] for row in listed(home, "warned_rows.csv")} == ROW_WARNINGS
    assert {file["expected_status"] for file in files} == {
        "loaded",
        "superseded",
        "duplicate",
        "refused",
    }
    refused = Counter(file["expected_reason"] for file in files if file["expected_reason"])
    assert set(refused) == {"empty_file", "binary_file", "unknown_header"}
    assert any(file["is_late"] == "true" for file in files)
    assert sum(int(file["unmapped_outlet_rows"]) for file in files) > 0
    missing = {row["feed"] for row in listed(home, "missing.csv")}
    assert missing >= {"sellout", "stock", "claim", "movement", "receivable", "cleaning"}


def test_no_file_is_so_bad_that_it_would_be_held(home):
    shares = [
        int(file["bad_rows"]) / int(file["rows"])
        for file in listed(home, "files.csv")
        if int(file["rows"])
    ]
    assert max(shares) <= 0.08


def test_every_dialect_is_there(home):
    inbox = home / "inbox"
    assert next(inbox.glob("D001/sellout/*W44.csv")).read_bytes().startswith(b"\xef\xbb\xbf")
    gbk = next(inbox.glob("D002/*销售流向*W44.csv")).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        gbk.decode("utf-8")
    assert gbk.decode("gb18030").splitlines()[-1].startswith("合计")
    sheet = openpyxl.load_workbook(next(inbox.glob("D003/sellout/*.xlsx"))).worksheets[0]
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:J1"]
    assert sheet["B4"].is_date
    english = "".join(p.read_text("utf-8") for p in inbox.glob("D004/sellout/*_2026????_*.csv"))
    assert english.startswith("Invoice No,")
    assert '"1,' in english
    assert "RINV-" in english


def test_copies_repeat_bytes_and_restatements_change_them(home):
    inbox, files = home / "inbox", {file["file"]: file for file in listed(home, "files.csv")}
    copies = [name for name, file in files.items() if file["expected_status"] == "duplicate"]
    assert copies
    for name in copies:
        assert (inbox / name).read_bytes() == (inbox / name.replace("_copy", "")).read_bytes()
    restored = [name for name in files if "_v3" in name]
    assert restored
    for name in restored:
        first, second = name.replace("_v3", ""), name.replace("_v3", "_v2")
        assert files[first]["expected_status"] == files[second]["expected_status"] == "superseded"
        assert (inbox / name).read_bytes() == (inbox / first).read_bytes()
        assert (inbox / name).read_bytes() != (inbox / second).read_bytes()


def test_pieces_follow_the_pack_of_the_day(home):
    masters = [pl.read_csv(path) for path in sorted((home / "inbox/self/sku").glob("*.csv"))]
    before, after = (dict(m.select("sku_code", "pieces_per_case").iter_rows()) for m in masters)
    inner: dict[str, int] = dict(masters[1].select("sku_code", "pieces_per_inner").iter_rows())
    assert any(before[sku] != after[sku] for sku in before)
    changed = max(masters[1]["valid_from"])
    bad = bad_by_file(home)
    for file in read_files(home):
        if file["sender"] != "D001" or file["feed"] != "sellout":
            continue
        header, body = table_of(home / "inbox" / file["file"])
        place = {name: n for n, name in enumerate(header)}
        pieces = 0
        for number, row in body.items():
            if number not in bad[file["file"]]:
                sku, unit = row[place["商品编码"]], row[place["单位"]]
                per_case = after if row[place["单据日期"]] >= changed else before
                factor = {"包": 1, "盒": inner.get(sku) or 0, "箱": per_case.get(sku, 0)}[unit]
                pieces += int(row[place["数量"]]) * factor
        assert pieces == int(file["pieces"])


def test_stock_keys_are_unique_within_a_file(home):
    for file in read_files(home):
        if file["feed"] == "stock":
            header, body = table_of(home / "inbox" / file["file"])
            leave = {
                n for n, cell in enumerate(header) if cell in QUANTITY_HEADERS | {"单位", "UoM"}
            }
            keys = Counter(
                tuple(cell for n, cell in enumerate(row) if n not in leave) for row in body.values()
            )
            assert max(keys.values()) == 1, file["file"]


def test_last_stock_of_the_first_distributor_is_empty_where_it_sold(home):
    paths = sorted((home / "inbox/D001/stock").glob("*_2026W*.csv"))
    header, body = table_of(paths[-1])
    sku, quantity = header.index("商品编码"), header.index("数量")
    empty = {row[sku] for row in body.values() if row[quantity] == "0"}
    demand = pl.read_parquet(home / "truth" / "demand.parquet")
    sold = demand.filter(
        (pl.col("distributor_code") == "D001")
        & (pl.col("sold_pieces") > 0)
        & (pl.col("week_start_date") >= date(2026, 10, 5))
    )
    assert empty & set(sold["sku_code"])


def test_names_and_mappings_agree(home):
    from pipelines.contracts import load_contracts
    from pipelines.landing.mapping import load_mappings

    mappings = load_mappings(home / "mappings", load_contracts(PROJECT / "quality" / "contracts"))
    for file in listed(home, "files.csv"):
        if file["sender"] != "self":
            match = mappings.match(Path(file["file"]).name, file["sender"])
            assert match, file["file"]
            assert match.feed == file["feed"]
            assert (match.period.label if match.period else "all") == file["period"]


def test_committed_mappings_and_reference_tables_are_current(tmp_path):
    write_mappings(tmp_path / "mappings")
    write_reference(Plan(SEED, "small", AS_OF), tmp_path / "reference")
    for made in sorted(tmp_path.rglob("*.*")):
        committed = PROJECT / "data" / made.relative_to(tmp_path)
        assert committed.read_bytes() == made.read_bytes(), f"{committed}: run `daqu sample`"


def test_calendar_knows_make_up_days_festivals_and_provisional_years():
    days = {row["calendar_date"]: row for row in calendar().iter_rows(named=True)}
    assert len(days) == 366 + 3 * 365
    assert days["2026-02-14"]["is_workday"]
    assert not days["2026-10-05"]["is_workday"]
    assert (days["2026-02-16"]["festival"], days["2026-02-16"]["festival_week_offset"]) == (
        "CNY",
        0,
    )
    assert days["2025-12-22"]["festival_week_offset"] == -8
    assert days["2025-12-21"]["festival"] is None
    assert days["2026-11-26"]["property_period"] == "2026-12"
    assert days["2026-11-25"]["property_period"] == "2026-11"
    assert days["2027-05-01"]["is_provisional"]
    assert not days["2026-05-01"]["is_provisional"]


def test_second_sample_replaces_the_first_and_nothing_else(tmp_path):
    generate(tmp_path, size="tiny")
    before = digests(tmp_path)
    generate(tmp_path, size="tiny", seed=7)
    generate(tmp_path, size="tiny")
    assert digests(tmp_path) == before
    (tmp_path / "inbox" / "D001" / "mine.csv").write_text("a,b\n")
    with pytest.raises(ConfigError, match=r"mine\.csv"):
        generate(tmp_path, size="tiny")
    assert (tmp_path / "inbox" / "D001" / "mine.csv").is_file()


def test_inbox_of_others_is_left_alone(tmp_path):
    (tmp_path / "inbox" / "D001").mkdir(parents=True)
    (tmp_path / "inbox" / "D001" / "sales.csv").write_text("a,b\n")
    with pytest.raises(ConfigError):
        generate(tmp_path, size="tiny")
    assert not (tmp_path / "truth").exists()


def test_another_sample_does_not_mix_with_what_was_received(tmp_path):
    generate(tmp_path, size="tiny")
    (tmp_path / "landing" / "receipts").mkdir(parents=True)
    generate(tmp_path, size="tiny")
    with pytest.raises(ConfigError, match="already received"):
        generate(tmp_path, size="tiny", seed=7)


def test_progress_ends_with_all_files(tmp_path):
    seen: list[tuple[int, int]] = []
    summary = generate(
        tmp_path, size="tiny", on_progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1][0] == summary.files == len(seen)
    assert seen[-1][0] <= seen[-1][1]


def test_unknown_size_is_wrong_usage(tmp_path):
    with pytest.raises(ConfigError, match="huge"):
        generate(tmp_path, size="huge")
