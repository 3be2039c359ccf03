"""One fault in an otherwise clean delivery, of every kind of the catalogue, and what must follow.

Written from the catalogue of faults alone: what goes wrong, and how senders make it look.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.campaigns.clean import (
    HEADER,
    LIST_PRICES,
    MOVEMENT_HEADER,
    PIECES_PER_CASE,
    PIECES_PER_INNER,
    RECEIVED,
    SHELF_LIFE_DAYS,
    STOCK_HEADER,
    WEEK_START,
    Batch,
    Line,
    gtin,
    movement,
    outlet,
    sellout,
    stock,
    table,
)

NEXT_DAY = "2026-11-24 09:00:00"
WEEK = timedelta(days=7)
PERIODS = {"movement": "2026-10", "claim": "2026-10"} | dict.fromkeys(
    ("check_sku", "check_category", "check_question"), "2026-11-18"
)
CLAIM_HEADER = (
    "核销单号", "行号", "费用月份", "促销编号", "费用类型", "客户编码", "申请金额",
)  # fmt: skip
CHECK_HEADER = ("拜访编号", "拜访日期", "门店编码")
Rows = list[list[str]]


@dataclass(frozen=True)
class File:
    """A file as it arrives; its name says sender and feed."""

    name: str
    data: bytes
    received_at: str = RECEIVED


@dataclass
class Case:
    """One fault planted.

    Attributes:
        sender: A sender of its own.
        rng: Chooses where the fault stands.
        files: What the sender sends with the fault in it.
        lines: The lines that must be landed where the fault is to be repaired; None otherwise.
        maps: Lines of the map of product codes the case needs.
    """

    sender: str
    rng: Random
    files: list[File] = field(default_factory=list)
    lines: list[Line] | None = None
    maps: list[list[str]] = field(default_factory=list)

    @property
    def week(self) -> list[Line]:
        return sellout(self.sender, WEEK_START)

    def send(self, data: bytes, feed: str = "sellout", form: str = "csv", at: str = "") -> None:
        period = PERIODS.get(feed, "2026W47")
        name = f"{self.sender}/{feed}/{at and 'again_'}{self.sender}_{feed}_{period}.{form}"
        self.files.append(File(name, data, at or RECEIVED))

    def send_lines(self, lines: list[Line], at: str = "") -> None:
        self.send(table(HEADER, [line.cells() for line in lines]), at=at)

    def send_rows(self, rows: Rows) -> None:
        self.send(table(HEADER, rows))

    def one_changed(self, change: Callable[[Line], Line]) -> None:
        """Send the week with one line changed."""
        lines = self.week
        place = self.rng.randrange(len(lines))
        lines[place] = change(lines[place])
        self.send_lines(lines)

    def one_cell(self, header: str, text: str) -> None:
        """Send the week with one cell that says something else."""
        rows = [line.cells() for line in self.week]
        self.rng.choice(rows)[HEADER.index(header)] = text
        self.send_rows(rows)

    def batches(self, change: Callable[[Batch], Batch]) -> None:
        """Send the stock with one batch changed."""
        batches = stock(self.sender, WEEK_START)
        place = self.rng.randrange(len(batches))
        batches[place] = change(batches[place])
        self.send(table(STOCK_HEADER, [batch.cells() for batch in batches]), "stock")


@dataclass(frozen=True)
class Kind:
    """A way to make a fault.

    Attributes:
        fault: Its id in the catalogue.
        name: What it looks like.
        plant: Makes the files of a case.
        said: What must be said of them; empty where the fault must be repaired.
        weeks: Clean weeks before it.
        months: Clean months of movement before it.
    """

    fault: str
    name: str
    plant: Callable[[Case], None]
    said: tuple[str, ...] = ()
    weeks: int = 0
    months: int = 0


def workbook(rows: Rows, spoil: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """The week as a workbook: numbers are numbers, then something is done to it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(HEADER))
    for row in rows:
        sheet.append([_typed(cell, header) for cell, header in zip(row, HEADER, strict=True)])
    if spoil:
        spoil(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _typed(cell: str, header: str) -> str | float | date:
    if header == "单据日期":
        return date.fromisoformat(cell)
    return float(cell) if header in {"数量", "单价", "金额"} else cell


def same_file_again(case: Case) -> None:
    case.send_lines(case.week)
    case.send_lines(case.week, at=NEXT_DAY)


def other_content(case: Case) -> None:
    case.send_lines(case.week)
    case.send_lines([line.sold(line.quantity + 1) for line in case.week], at=NEXT_DAY)


def changed_rows_only(case: Case) -> None:
    case.send_lines(case.week)
    case.send_lines([line.sold(line.quantity + 2) for line in case.week[:5]], at=NEXT_DAY)


def other_week(case: Case) -> None:
    case.send_lines([replace(line, day=line.day - 5 * WEEK) for line in case.week])


def last_week_again(case: Case) -> None:
    before = sellout(case.sender, WEEK_START - WEEK)
    case.send_lines(
        [replace(x, day=x.day + WEEK, document=x.document.replace("-46-", "-47-")) for x in before]
    )


def stock_of_last_week(case: Case) -> None:
    case.send_lines(case.week)
    before = stock(case.sender, WEEK_START - WEEK)
    rows = [replace(batch, counted=batch.counted + WEEK).cells() for batch in before]
    case.send(table(STOCK_HEADER, rows), "stock")


def stock_twice(case: Case) -> None:
    rows = [batch.cells() for batch in stock(case.sender, WEEK_START)]
    case.send(table(STOCK_HEADER, [*rows, case.rng.choice(rows)]), "stock")


def stock_twice_differently(case: Case) -> None:
    batches = stock(case.sender, WEEK_START)
    again = case.rng.choice(batches)
    rows = [batch.cells() for batch in [*batches, replace(again, quantity=again.quantity + 3)]]
    case.send(table(STOCK_HEADER, rows), "stock")


def two_report_one(case: Case) -> None:
    case.send_lines(case.week)
    theirs = sellout(f"{case.sender}X", WEEK_START)
    data = table(HEADER, [line.cells() for line in [*theirs, *case.week[:6]]])
    name = f"{case.sender}X/sellout/{case.sender}X_sellout_2026W47.csv"
    case.files.append(File(name, data))


def utf8_taken_for_gbk(case: Case) -> None:
    data = table(HEADER, [line.cells() for line in case.week])
    case.send(data.decode("gb18030", errors="replace").encode())


def lost_characters(case: Case) -> None:
    case.one_cell("单据类型", "锟斤拷")


def titles(case: Case) -> None:
    case.lines = case.week
    text = table(("某某商贸有限公司 销售流向",), [["2026年第47周"], [""]])
    case.send(text + table(HEADER, [line.cells() for line in case.week]))


def header_of_two_rows(case: Case) -> None:
    case.lines = case.week
    above = ("单据", "", "客户", "商品", "", "销售", "", "", "")
    case.send(table(above, [list(HEADER), *(line.cells() for line in case.week)]))


def merged_cells(case: Case) -> None:
    def merge(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        for column in (1, 2, 3):
            sheet.merge_cells(start_row=2, end_row=7, start_column=column, end_column=column)

    case.lines = case.week
    case.send(workbook([line.cells() for line in case.week], merge), form="xlsx")


def written_once(case: Case) -> None:
    rows = [line.cells() for line in case.week]
    for row in rows[1:6]:
        row[0] = ""
    case.send_rows(rows)


def right_total(case: Case) -> None:
    case.lines = case.week
    case.send_rows([*(line.cells() for line in case.week), _total(case.week, 0, 0)])


def wrong_quantity_total(case: Case) -> None:
    case.send_rows([*(line.cells() for line in case.week), _total(case.week, 50, 0)])


def wrong_amount_total(case: Case) -> None:
    case.send_rows([*(line.cells() for line in case.week), _total(case.week, 0, 321.5)])


def _total(lines: list[Line], quantity: int, amount: float) -> list[str]:
    pieces = sum(line.quantity for line in lines) + quantity
    money = sum(line.amount for line in lines) + amount
    return ["合计", "", "", "", "", str(pieces), "", "", f"{money:.2f}"]


def hidden_row(case: Case) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        book.worksheets[0].row_dimensions[5].hidden = True

    case.send(workbook([line.cells() for line in case.week], hide), form="xlsx")


def second_sheet(case: Case) -> None:
    def add(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("其他仓")
        sheet.append(list(HEADER))
        sheet.append(case.week[0].cells())

    case.send(workbook([line.cells() for line in case.week], add), form="xlsx")


def added_column(case: Case) -> None:
    case.send(table((*HEADER, "司机"), [[*line.cells(), "老王"] for line in case.week]))


def lost_column(case: Case) -> None:
    place = HEADER.index("商品编码")
    rows = [[*cells[:place], *cells[place + 1 :]] for cells in (x.cells() for x in case.week)]
    case.send(table((*HEADER[:place], *HEADER[place + 1 :]), rows))


def moved_and_renamed(case: Case) -> None:
    case.lines = case.week
    header = tuple(reversed(["单号", "日期", *HEADER[2:]]))
    case.send(table(header, [line.cells()[::-1] for line in case.week]))


def number_as(write: Callable[[Line], str], header: str = "数量") -> Callable[[Case], None]:
    """Every number of a column written in one way; all can be read."""

    def plant(case: Case) -> None:
        case.lines = [line.sold(line.quantity + 1_200) for line in case.week]
        rows = [line.cells() for line in case.lines]
        for row, line in zip(rows, case.lines, strict=True):
            row[HEADER.index(header)] = write(line)
        case.send_rows(rows)

    return plant


def wide(text: str) -> str:
    return text.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))


def negative_as(form: str) -> Callable[[Case], None]:
    """A return whose quantity and amount are below zero in a form of their own."""

    def plant(case: Case) -> None:
        lines = case.week
        lines[3] = replace(lines[3].sold(-2), kind="退货")
        case.lines = lines
        rows = [line.cells() for line in lines]
        rows[3][5], rows[3][8] = form.format(2), form.format(f"{-lines[3].amount:.2f}")
        case.send_rows(rows)

    return plant


def mixed_units(case: Case) -> None:
    lines = case.week
    lines[4] = lines[4].sold(2 * PIECES_PER_CASE + 3)
    case.lines = lines
    rows = [line.cells() for line in lines]
    rows[4][5], rows[4][6] = "2箱3个", ""
    case.send_rows(rows)


def mixed_unknown_units(case: Case) -> None:
    case.one_cell("数量", "2篓3捆")


def day_numbers(epoch: date, mac: bool) -> Callable[[Case], None]:
    def plant(case: Case) -> None:
        def numbers(book: openpyxl.Workbook) -> None:
            if mac:
                book.epoch = CALENDAR_MAC_1904
            for place, line in enumerate(case.week, start=2):
                cell = book.worksheets[0].cell(place, 2)
                cell.value, cell.number_format = (line.day - epoch).days, "General"

        case.lines = case.week
        case.send(workbook([line.cells() for line in case.week], numbers), form="xlsx")

    return plant


def lost_zeros(case: Case) -> None:
    lines = case.week
    lines[2] = replace(lines[2], sku="00701").sold(12, 9.9)
    case.lines = lines
    rows = [line.cells() for line in lines]
    rows[2][3] = "701"
    case.send_rows(rows)


def wrong_check_digit(case: Case) -> None:
    good = gtin("690765432109")
    bad = good[:-1] + str((int(good[-1]) + 1) % 10)
    rows = [[f"X{case.sender}", str(PIECES_PER_CASE), bad]]
    header = ("sku_code", "pieces_per_case", "gtin_piece")
    case.files.append(File(f"{case.sender}/sku/sku.csv", table(header, rows)))


def packs_as_pieces(size: int) -> Callable[[Case], None]:
    def plant(case: Case) -> None:
        lines = case.week
        line = lines[1].sold(size * 5)
        lines[1] = replace(line, quantity=5, price=round(line.price * size, 2))
        case.send_lines(lines)

    return plant


def with_tax(case: Case) -> None:
    case.send_lines([line.sold(line.quantity, round(line.price * 1.13, 2)) for line in case.week])


def mapped_to(*skus: str) -> Callable[[Case], None]:
    """A code of the sender that stands for each of these in spans that overlap."""

    def plant(case: Case) -> None:
        starts = ("2026-01-01", "2026-06-01")
        case.maps = [
            [case.sender, "T-900", sku, start, "2026-12-31"]
            for sku, start in zip(skus, starts, strict=False)
        ]
        case.one_cell("商品编码", "T-900")

    return plant


def twin_outlets(case: Case) -> None:
    header = ("outlet_code", "outlet_name", "city", "distributor_code", "latitude", "longitude")
    twins = [
        [f"P{case.sender}", "好又多便利店(人民路)", "City", case.sender, "30.10000", "120.20000"],
        [f"Q{case.sender}", "好又多便利店（人民路）", "City", case.sender, "30.10010", "120.20010"],
    ]
    case.files.append(File(f"{case.sender}/outlet/outlet.csv", table(header, twins)))


def sale_below_zero(case: Case) -> None:
    case.one_changed(lambda line: line.sold(-line.quantity))


def returned_too_much(case: Case) -> None:
    case.one_changed(lambda line: replace(line.sold(-9_000), kind="退货"))


def priced(factor: float) -> Callable[[Case], None]:
    def plant(case: Case) -> None:
        case.one_changed(lambda x: x.sold(x.quantity, round(x.price * factor, 2)))

    return plant


def amount_off(factor: float) -> Callable[[Case], None]:
    def plant(case: Case) -> None:
        case.one_changed(lambda x: replace(x, amount=round(x.amount * factor, 2)))

    return plant


def far_too_many(case: Case) -> None:
    case.one_changed(lambda line: line.sold(line.quantity * 40))


def round_numbers(case: Case) -> None:
    case.send_lines([line.sold(max(10, round(line.quantity, -1))) for line in case.week])


def four_times_all(case: Case) -> None:
    case.send_lines([line.sold(line.quantity * 4) for line in case.week])


def one_product_absent(case: Case) -> None:
    gone = case.rng.choice(case.week).sku
    case.send_lines([line for line in case.week if line.sku != gone])


def outlets_absent(case: Case) -> None:
    left = {outlet(case.sender, number) for number in range(5)}
    case.send_lines([line for line in case.week if line.outlet in left])


def unbalanced(case: Case) -> None:
    balances = movement(case.sender, 10)
    balances[3] = replace(balances[3], closing=balances[3].closing + 100)
    case.send(table(MOVEMENT_HEADER, [balance.cells() for balance in balances]), "movement")


def sold_beyond_supply(case: Case) -> None:
    balances = movement(case.sender, 10)
    balances[4] = replace(balances[4], opening=0, received=0, closing=0)
    case.send(table(MOVEMENT_HEADER, [balance.cells() for balance in balances]), "movement")


def opens_with_another_figure(case: Case) -> None:
    balances = movement(case.sender, 10)
    one = balances[5]
    balances[5] = replace(one, opening=one.opening + 100, closing=one.closing + 100)
    case.send(table(MOVEMENT_HEADER, [balance.cells() for balance in balances]), "movement")


def sold_without_stock(case: Case) -> None:
    sku = case.week[0].sku
    case.send_lines(case.week)
    for monday, at in ((WEEK_START - WEEK, "2026-11-16 09:00:00"), (WEEK_START, RECEIVED)):
        batches = [
            replace(batch, quantity=0) if batch.sku == sku else batch
            for batch in stock(case.sender, monday)
        ]
        name = f"{case.sender}/stock/{case.sender}_stock_{monday:%GW%V}.csv"
        rows = [batch.cells() for batch in batches]
        case.files.append(File(name, table(STOCK_HEADER, rows), at))


def sold_elsewhere(case: Case) -> None:
    case.one_changed(lambda line: replace(line, outlet=outlet(f"{case.sender}X", 3)))


def plug_line(case: Case) -> None:
    plug = ["调整", "2026-11-22", "调整", "调整", "销售", "5000", "个", "1.00", "5000.00"]
    case.send_rows([*(line.cells() for line in case.week), plug])


def nothing(case: Case) -> None:
    case.send(table(HEADER, []))


def password(case: Case) -> None:
    old_office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    case.send(old_office + "EncryptedPackage".encode("utf-16-le") + bytes(1024), form="xlsx")


def cell_says(header: str, text: str) -> Callable[[Case], None]:
    """A cell of a workbook with a formula nobody worked out, or an error."""

    def plant(case: Case) -> None:
        def spoil(book: openpyxl.Workbook) -> None:
            book.worksheets[0].cell(6, HEADER.index(header) + 1).value = text

        case.send(workbook([line.cells() for line in case.week], spoil), form="xlsx")

    return plant


def other_csv(change: Callable[[str], str]) -> Callable[[Case], None]:
    """The week in another way of writing CSV."""

    def plant(case: Case) -> None:
        case.lines = case.week
        text = table(HEADER, [line.cells() for line in case.week]).decode()
        case.send(change(text).encode())

    return plant


def odd_codes(header: str, odd: Callable[[str], str]) -> Callable[[Case], None]:
    def plant(case: Case) -> None:
        case.lines = case.week
        rows = [line.cells() for line in case.week]
        for row in rows:
            row[HEADER.index(header)] = odd(row[HEADER.index(header)])
        case.send_rows(rows)

    return plant


def claims(*odd: list[str]) -> Callable[[Case], None]:
    """Four claims of October for the promotion of October, and others."""

    def plant(case: Case) -> None:
        rows = [
            [f"C{n}", "1", "2026-10", "P1", "陈列", outlet(case.sender, n), f"{100 + n}.00"]
            for n in range(4)
        ]
        others = [[*row[:5], outlet(case.sender, int(row[5])), row[6]] for row in odd]
        case.send(table(CLAIM_HEADER, [*rows, *others]), "claim")

    return plant


def more_facings_than_there_are(case: Case) -> None:
    rows = [
        [f"V{n}", "2026-11-18", outlet(case.sender, n), "巧克力", "10", "12" if n == 2 else "4"]
        for n in range(6)
    ]
    case.send(table((*CHECK_HEADER, "品类", "总排面", "我方排面"), rows), "check_category")


def all_answers_yes(case: Case) -> None:
    rows = [
        [f"V{v}", "2026-11-18", outlet(case.sender, v), f"Q{n}", "否" if v and n % 3 else "是"]
        for v in range(2)
        for n in range(12)
    ]
    case.send(table((*CHECK_HEADER, "问题编号", "回答"), rows), "check_question")


def last_visit_again(case: Case) -> None:
    facings = {sku: f"{case.rng.randint(1, 9)}" for sku in sorted(LIST_PRICES)[1:]}
    for visit, day, received in (
        ("V1", "2026-11-17", "2026-11-18 09:00:00"),
        ("V2", "2026-11-18", RECEIVED),
    ):
        rows = [
            [visit, day, outlet(case.sender, 1), sku, "是", count] for sku, count in facings.items()
        ]
        data = table((*CHECK_HEADER, "商品编码", "是否有货", "排面数"), rows)
        name = f"{case.sender}/check_sku/{case.sender}_check_sku_{day}.csv"
        case.files.append(File(name, data, received))


def cell(header: str, text: str) -> Callable[[Case], None]:
    return lambda case: case.one_cell(header, text)


def batch(change: Callable[[Batch], Batch]) -> Callable[[Case], None]:
    return lambda case: case.batches(change)


KINDS = (
    Kind("B02", "the same bytes a day later", same_file_again, ("duplicate",)),
    Kind("B03", "one more of everything a day later", other_content, ("superseded",)),
    Kind("B04", "five rows instead of sixty", changed_rows_only, ("partial_resubmission",)),
    Kind("B05", "all dates five weeks earlier", other_week, ("wrong_period",)),
    Kind("B06", "one day a month before", cell("单据日期", "2026-10-16"), ("out_of_period",)),
    Kind("B06", "one day of last week", cell("单据日期", "2026-11-12"), ("late_document",)),
    Kind("B07", "a day to come", cell("单据日期", "2026-12-24"), ("future_date",)),
    Kind("B07", "a day of 1901", cell("单据日期", "1901-05-05"), ("ancient_date",)),
    Kind("B07", "a day of 2062", cell("单据日期", "2062-11-18"), ("future_date",)),
    Kind("B08", "last week's lines, new dates", last_week_again, ("copy_of_earlier",), 1),
    Kind("B08", "last week's stock, new date", stock_of_last_week, ("stock_unchanged",), 1),
    Kind("B09", "a batch twice", stock_twice, ("repeated_row",)),
    Kind("B09", "a batch twice, differently", stock_twice_differently, ("duplicate_key",)),
    Kind("B10", "another sender's document", two_report_one, ("reported_by_two",)),
    Kind("B11", "UTF-8 read as GBK", utf8_taken_for_gbk, ("garbled_text", "unknown_header")),
    Kind("B11", "锟斤拷 in a cell", lost_characters, ("garbled_text",)),
    Kind("B12", "titles above", titles),
    Kind("B12", "a header of two rows", header_of_two_rows),
    Kind("B13", "merged cells", merged_cells),
    Kind("B13", "a number written once", written_once, ("document_no_missing",)),
    Kind("B14", "a right total", right_total),
    Kind("B14", "a wrong total quantity", wrong_quantity_total, ("control_quantity_differs",)),
    Kind("B14", "a wrong total amount", wrong_amount_total, ("control_amount_differs",)),
    Kind("B15", "a hidden row", hidden_row, ("hidden_rows",)),
    Kind("B15", "a second sheet", second_sheet, ("other_sheets",)),
    Kind("B16", "one column more", added_column, ("unknown_columns",)),
    Kind("B16", "no product column", lost_column, ("missing_column",)),
    Kind("B16", "columns moved and renamed", moved_and_renamed),
    Kind("B17", "1,234", number_as(lambda line: f"{line.quantity:,}")),
    Kind("B17", "full width", number_as(lambda line: wide(str(line.quantity)))),
    Kind("B17", "12.5元", number_as(lambda line: f"{line.amount:.2f}元", "金额")),
    Kind("B17", "1.2万", cell("数量", "1.2万"), ("quantity_invalid",)),
    Kind("B18", "(2)", negative_as("({})")),
    Kind("B18", "2-", negative_as("{}-")),
    Kind("B19", "2箱3个", mixed_units),
    Kind("B19", "2篓3捆", mixed_unknown_units, ("quantity_invalid", "unmapped_uom")),
    Kind("B20", "day numbers of 1900", day_numbers(date(1899, 12, 30), False)),
    Kind("B20", "day numbers of 1904", day_numbers(date(1904, 1, 1), True)),
    Kind("B21", "11/12", cell("单据日期", "11/12"), ("sold_date_invalid",)),
    Kind("B21", "2026.11.31", cell("单据日期", "2026.11.31"), ("sold_date_invalid",)),
    Kind("B22", "701 for 00701", lost_zeros),
    Kind("B23", "6.90E+12", cell("商品编码", "6.90E+12"), ("sku_code_lost_digits",)),
    Kind("B24", "a wrong check digit", wrong_check_digit, ("gtin_piece_check_digit",)),
    Kind("B25", "cases", packs_as_pieces(PIECES_PER_CASE), ("looks_like_cases",)),
    Kind("B26", "inner packs", packs_as_pieces(PIECES_PER_INNER), ("looks_like_inners",)),
    Kind("B27", "13 % more on all", with_tax, ("tax_looks_included",)),
    Kind("B28", "an unknown product", cell("商品编码", "ZZ-99"), ("unmapped_sku",)),
    Kind("B29", "an unknown outlet", cell("客户编码", "KH-7777"), ("unmapped_outlet",)),
    Kind("B30", "one code, two products", mapped_to("S03", "S04"), ("ambiguous_sku",)),
    Kind("B31", "one outlet twice", twin_outlets, ("outlet_looks_twice",)),
    Kind("B32", "another company's product", mapped_to("NOT-OURS"), ("not_ours",)),
    Kind("B33", "a sale below zero", sale_below_zero, ("negative_sale",)),
    Kind("B34", "9,000 returned", returned_too_much, ("return_exceeds_sales",), 26),
    Kind("B35", "twice the price", priced(2.0), ("price_unusual",)),
    Kind("B35", "10.5 times the price", priced(10.5), ("price_implausible",)),
    Kind("B36", "forty times the quantity", far_too_many, ("quantity_unusual",), 26),
    Kind("B37", "2 % off", amount_off(1.02), ("amount_differs",)),
    Kind("B37", "20 % off", amount_off(1.2), ("amount_wrong",)),
    Kind("B38", "tens throughout", round_numbers, ("round_numbers",), 12),
    Kind("B39", "stock below zero", batch(lambda b: replace(b, quantity=-5)), ("negative_stock",)),
    Kind("B40", "100 too many left", unbalanced, ("movement_not_balanced",), months=9),
    Kind(
        "B40", "opens 100 higher", opens_with_another_figure, ("opening_not_last_closing",),
        months=9,
    ),
    Kind(
        "B41", "expires before made", batch(lambda b: replace(b, expires=date(2026, 5, 1))),
        ("expiry_before_production",),
    ),
    Kind(
        "B41", "made tomorrow", batch(lambda b: replace(b, produced=date(2026, 11, 30))),
        ("production_in_future",),
    ),
    Kind(
        "B41", "no batch",
        batch(lambda b: replace(b, batch="", produced=None, expires=None)), ("batch_missing",),
    ),
    Kind(
        "B42", "60 days more to live",
        batch(lambda b: replace(b, expires=date(2026, 8, 1) + timedelta(SHELF_LIFE_DAYS + 90))),
        ("shelf_life_differs",),
    ),
    Kind("B43", "sold without stock", sold_without_stock, ("sold_more_than_held",)),
    Kind(
        "B43", "sold beyond supply", sold_beyond_supply, ("sold_more_than_available",), months=9,
    ),
    Kind("B44", "another's outlet", sold_elsewhere, ("out_of_territory",)),
    Kind("B45", "a usual product absent", one_product_absent, ("always_there_missing",), 12),
    Kind("B45", "half the outlets absent", outlets_absent, ("usual_rows_missing",), 12),
    Kind("B46", "a header and no rows", nothing, ("empty_file",)),
    Kind("B47", "调整", plug_line, ("plug_line",)),
    Kind(
        "B48",
        "a promotion nobody planned",
        claims(["C8", "1", "2026-10", "P9", "陈列", "8", "50.00"]),
        ("claim_without_promotion",),
    ),
    Kind(
        "B48",
        "a promotion of the year before",
        claims(["C8", "1", "2026-10", "P2", "陈列", "8", "50.00"]),
        ("claim_outside_promotion",),
    ),
    Kind(
        "B48",
        "the same once more",
        claims(["C8", "1", "2026-10", "P1", "陈列", "3", "103.00"]),
        ("claim_twice",),
    ),
    Kind("B50", "12 of 10 facings", more_facings_than_there_are, ("facings_above_total",)),
    Kind("B50", "yes to everything", all_answers_yes, ("answers_all_yes",)),
    Kind("B50", "the visit of the day before", last_visit_again, ("visit_repeats_last",)),
    Kind("B52", "four times as much", four_times_all, ("total_unusual",), 12),
    Kind("B53", "a password", password, ("password_protected",)),
    Kind(
        "B53", "a formula nobody worked out", cell_says("金额", "=F6*H6"),
        ("formula_without_value", "reported_amount_invalid"),
    ),
    Kind("B53", "#REF! for a code", cell_says("商品编码", "#REF!"), ("cell_error",)),
    Kind(
        "B53", "#N/A for a number", cell_says("数量", "#N/A"), ("cell_error", "quantity_invalid")
    ),
    Kind("B54", "semicolons", other_csv(lambda text: text.replace(",", ";"))),
    Kind("B54", "tabs", other_csv(lambda text: text.replace(",", "\t"))),
    Kind("B54", "a BOM", other_csv(lambda text: "\ufeff" + text)),
    Kind("B54", "quotes", other_csv(lambda text: '"' + text.replace(",", '","').strip()
        .replace("\r\n", '"\r\n"') + '"\r\n')),
    Kind(
        "B54", "a line break in a cell",
        other_csv(lambda text: text.replace("单据号,", '"单据\n号",', 1)),
    ),
    Kind("B55", "blanks about codes", odd_codes("商品编码", lambda code: f"\u00a0{code}\u3000")),
    Kind("B55", "wide codes", odd_codes("客户编码", wide)),
    Kind("B55", "other dashes", odd_codes("单据号", lambda code: code.replace("-", "–"))),
    Kind("B55", "a mark nobody sees", odd_codes("商品编码", "\u200b".join)),
    Kind("B55", "銷售", odd_codes("单据类型", lambda word: "銷售")),
)  # fmt: skip
