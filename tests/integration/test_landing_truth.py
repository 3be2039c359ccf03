"""What is landed of the sample region is what its truth file says: to the row, to the cent."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from pipelines.landing.receipts import raw_path
from pipelines.sample import generate
from tests.integration.region import Region

READ = ("loaded", "superseded")
COUNTED = (
    *("sellout", "stock", "claim", "movement"),
    *("receivable", "sellin", "open_order", "company_stock", "ka_pos"),
)
CHECKS = ["check_sku", "check_category", "check_posm", "check_question"]
# decided by what was received before: history's matter, not the file's
BY_HISTORY = "opening_not_last_closing"
STOCK_TROUBLE = {"oos", "over", "expiry", "dead", "phantom", "pushed"}
Truth = dict[str, dict[str, str]]


@pytest.fixture(scope="session", params=["tiny", pytest.param("small", marks=pytest.mark.long)])
def region(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The published tiny region; for the long run a small one, landed."""
    if request.param == "tiny":
        return request.getfixturevalue("published")
    home = tmp_path_factory.mktemp("small")
    generate(home, size="small")
    region = Region(home)
    region.land()
    return region


def listed(region: Region, name: str) -> list[dict[str, str]]:
    with (region.home / "truth" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="session")
def truth(region: Region) -> Truth:
    return {row["file"]: row for row in listed(region, "files.csv")}


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def test_every_file_has_the_status_and_reason_it_must_have(region: Region, truth: Truth) -> None:
    found = region.query(
        "select file_name, sender, feed, status, coalesce(reason_code, '') from landing.delivery "
        "where not starts_with(file_name, 'reference/')"
    )
    expected = [
        (name, row["sender"], row["feed"], row["expected_status"], row["expected_reason"])
        for name, row in truth.items()
    ]
    assert sorted(found) == sorted(expected)


def test_every_file_that_is_read_is_about_the_period_it_is_about(
    region: Region, truth: Truth
) -> None:
    found = region.query(
        "select file_name, period from landing.delivery "
        "where status <> 'refused' and not starts_with(file_name, 'reference/')"
    )
    assert dict(found) == {
        name: row["period"] for name, row in truth.items() if row["expected_status"] != "refused"
    }


def test_every_file_is_received_when_the_gateway_stamped_it(region: Region, truth: Truth) -> None:
    found = region.query(
        "select file_name, strftime(received_at, '%Y-%m-%d %H:%M:%S') from landing.delivery "
        "where not starts_with(file_name, 'reference/')"
    )
    assert dict(found) == {name: row["received_at"] for name, row in truth.items()}


def test_no_good_row_is_lost_and_every_bad_one_held_back(region: Region, truth: Truth) -> None:
    found = region.query(
        "select file_name, rows_loaded, rows_quarantined from landing.delivery "
        "where status in ('loaded', 'superseded') and not starts_with(file_name, 'reference/')"
    )
    assert {name: (loaded, held) for name, loaded, held in found} == {
        name: (int(row["good_rows"]), int(row["bad_rows"]))
        for name, row in truth.items()
        if row["expected_status"] in READ
    }


def test_quantity_and_amount_of_every_file_equal_the_truth_to_the_cent(
    region: Region, truth: Truth
) -> None:
    found = region.query(
        "select file_name, quantity_loaded, amount_loaded from landing.delivery "
        f"where status in ('loaded', 'superseded') and feed in {COUNTED}"
    )
    assert {name: (quantity, amount) for name, quantity, amount in found} == {
        name: (number(row["quantity"]), number(row["amount"]))
        for name, row in truth.items()
        if row["expected_status"] in READ and row["feed"] in COUNTED
    }


@pytest.mark.parametrize(
    ("feed", "pieces"),
    [
        ("sellout", "quantity_pieces"),
        ("stock", "quantity_pieces"),
        ("movement", "opening_pieces"),
        ("sellin", "quantity_pieces"),
        ("open_order", "quantity_pieces"),
        ("company_stock", "quantity_pieces"),
    ],
)
def test_pieces_of_every_file_equal_the_truth(
    feed: str, pieces: str, region: Region, truth: Truth
) -> None:
    both = f"(from landing.{feed} union all by name from landing.{feed}_history)"
    found = region.query(
        f"select d.file_name, sum(r.{pieces}) from {both} as r "
        "inner join landing.delivery as d on r._delivery_id = d.delivery_id group by 1"
    )
    assert dict(found) == {
        name: number(row["pieces"])
        for name, row in truth.items()
        if row["expected_status"] in READ and row["feed"] == feed and int(row["good_rows"])
    }


def test_every_planted_bad_row_is_quarantined_for_its_reason_and_no_other_row_is(
    region: Region,
) -> None:
    found = region.query(
        "select d.file_name, q.row_no, q.reasons from landing.quarantined_row as q "
        "inner join landing.delivery as d on q.delivery_id = d.delivery_id"
    )
    planted = [
        (row["file"], int(row["row_no"]), [row["reason"]]) for row in listed(region, "bad_rows.csv")
    ]
    duplicates = {
        row["file"] for row in listed(region, "files.csv") if row["expected_status"] == "duplicate"
    }
    assert sorted(found) == sorted(row for row in planted if row[0] not in duplicates)


@pytest.mark.parametrize(
    "feed",
    [
        *("movement", "receivable", "cleaning", "ticket"),
        *("sellin", "open_order", "company_stock", "ka_pos"),
        *CHECKS,
    ],
)
def test_every_planted_suspicious_row_is_loaded_with_its_warning_and_no_other_row_is(
    feed: str, region: Region, truth: Truth
) -> None:
    found = region.query(
        "select d.file_name, r._row_no, r._warnings from "
        f"(from landing.{feed} union all by name from landing.{feed}_history) as r "
        "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
        "where r._warnings is not null"
    )
    assert sorted(found) == [
        (row["file"], int(row["row_no"]), [row["reason"]])
        for row in sorted(listed(region, "warned_rows.csv"), key=place)
        if row["reason"] != BY_HISTORY
        and truth[row["file"]]["feed"] == feed
        and truth[row["file"]]["expected_status"] in READ
    ]


def place(row: dict[str, str]) -> tuple[str, int]:
    return row["file"], int(row["row_no"])


def test_opening_stock_is_the_last_closing_but_where_a_break_is_planted(
    region: Region, truth: Truth
) -> None:
    breaks = region.query(
        "select d.file_name, m._row_no from (select *, "
        "lag(closing_pieces) over w as last_closing, lag(period_end_date) over w as last_day "
        "from landing.movement window w as "
        "(partition by distributor_code, sku_code order by period_start_date)) as m "
        "inner join landing.delivery as d on m._delivery_id = d.delivery_id "
        "where m.last_day + 1 = m.period_start_date and m.opening_pieces <> m.last_closing"
    )
    assert sorted(breaks) == [
        place(row)
        for row in sorted(listed(region, "warned_rows.csv"), key=place)
        if row["reason"] == BY_HISTORY and truth[row["file"]]["expected_status"] == "loaded"
    ]


def test_rows_of_unknown_outlets_are_loaded_with_a_warning(region: Region, truth: Truth) -> None:
    found = region.query(
        "select d.file_name, count(*) from "
        "(from landing.sellout union all by name from landing.sellout_history) as r "
        "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
        "where list_contains(r._warnings, 'unmapped_outlet') "
        "and r.outlet_code = 'UNKNOWN-' || d.sender group by 1"
    )
    assert dict(found) == {
        name: int(row["unmapped_outlet_rows"])
        for name, row in truth.items()
        if row["feed"] == "sellout"
        and row["expected_status"] in READ
        and int(row["unmapped_outlet_rows"])
    }


@pytest.mark.parametrize("feed", [*COUNTED, *CHECKS, "cleaning", "ticket", "outlet", "map_sku"])
def test_a_file_counts_as_warned_the_rows_that_carry_a_warning(feed: str, region: Region) -> None:
    wrong = region.query(
        "select d.file_name, d.rows_warned, count(r._warnings) from landing.delivery as d "
        f"left join (from landing.{feed} union all by name from landing.{feed}_history) as r "
        "on r._delivery_id = d.delivery_id "
        "where d.feed = ? and d.status in ('loaded', 'superseded') "
        "group by all having d.rows_warned <> count(r._warnings)",
        [feed],
    )
    assert wrong == []


def test_current_rows_of_every_sender_equal_the_totals_of_the_truth(region: Region) -> None:
    found = {}
    for feed, quantity, amount in (
        ("sellout", "quantity", "reported_amount"),
        ("stock", "quantity", "null"),
        ("claim", "null", "claimed_amount"),
        ("movement", "opening", "null"),
        ("receivable", "null", "document_amount"),
        ("sellin", "quantity", "net_amount"),
        ("open_order", "quantity", "null"),
        ("company_stock", "quantity", "null"),
        ("ka_pos", "null", "amount"),
    ):
        for sender, *sums in region.query(
            f"select _sender, count(*), sum({quantity})::decimal(18, 3), "
            f"sum({amount})::decimal(18, 2) from landing.{feed} group by 1"
        ):
            found[feed, sender] = tuple(sums)
    assert found == {
        (row["feed"], row["sender"]): (
            int(row["rows"]),
            number(row["quantity"]),
            number(row["amount"]),
        )
        for row in listed(region, "totals.csv")
        if row["feed"] in COUNTED
    }


def test_open_orders_of_the_last_day_are_those_of_the_truth(region: Region) -> None:
    found = region.query(
        "select distributor_code, sku_code, coalesce(eta_date::varchar, ''), order_status, "
        "quantity_pieces from landing.open_order "
        "where as_of_date = (select max(as_of_date) from landing.open_order)"
    )
    said = ("distributor_code", "sku_code", "eta_date", "order_status")
    told = [
        (*(row[name] for name in said), Decimal(row["pieces"]))
        for row in listed(region, "open_order.csv")
    ]
    assert told
    assert sorted(found) == sorted(told)


def test_what_the_company_can_send_on_the_last_day_is_that_of_the_truth(region: Region) -> None:
    found = region.query(
        "select sku_code, quantity_pieces from landing.company_stock "
        "where as_of_date = (select max(as_of_date) from landing.company_stock)"
    )
    told = listed(region, "company_stock.csv")
    assert [row["is_short"] for row in told].count("true") == 3
    assert sorted(found) == [(row["sku_code"], Decimal(row["pieces"])) for row in told]


def test_planted_stock_trouble_stands_in_the_last_count_of_its_distributor(
    region: Region,
) -> None:
    counted: dict[tuple[str, str, str], int] = defaultdict(int)
    for distributor, sku, expiry, pieces in region.query(
        "select distributor_code, sku_code, coalesce(expiry_date::varchar, ''), "
        "quantity_pieces::integer from landing.stock where stock_status in ('good', 'near') "
        "qualify snapshot_date = max(snapshot_date) over (partition by distributor_code)"
    ):
        for batch in {expiry, ""}:
            counted[distributor, sku, batch] += pieces
    planted = listed(region, "stock.csv")
    assert {row["kind"] for row in planted} == STOCK_TROUBLE
    keys = [(row["distributor_code"], row["sku_code"], row["expiry_date"]) for row in planted]
    assert [counted.get(key) for key in keys] == [int(row["pieces"]) for row in planted]


def test_every_row_of_every_readable_file_is_accounted_for(region: Region) -> None:
    lost = region.query(
        "select file_name, rows_read, rows_loaded, rows_quarantined, rows_structural "
        "from landing.delivery where status in ('loaded', 'superseded') and rows_read is "
        "distinct from rows_loaded + rows_quarantined + rows_structural"
    )
    assert lost == []


def test_rows_read_are_the_rows_an_independent_reader_counts(region: Region) -> None:
    found = region.query(
        "select file_name, file_sha256, encoding, rows_read from landing.delivery "
        "where status in ('loaded', 'superseded')"
    )
    expected = {
        name: rows_in(raw_path(region.settings, sha), encoding) for name, sha, encoding, _ in found
    }
    assert {name: rows for name, _, _, rows in found} == expected


def rows_in(raw: Path, encoding: str) -> int:
    """Records of a file, counted without any code of the product but the name of its encoding."""
    if encoding == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(raw.read_bytes()))
        return book.worksheets[0].max_row
    text = raw.read_bytes().decode(encoding)
    return sum(1 for _ in csv.reader(io.StringIO(text, newline="")))


def test_every_kind_of_mess_is_in_the_sample(region: Region, truth: Truth) -> None:
    """Else the tests above prove less than they seem to."""
    statuses = Counter(row["expected_status"] for row in truth.values())
    encodings = {row[0] for row in region.query("select distinct encoding from landing.delivery")}
    assert set(statuses) == {"loaded", "superseded", "duplicate", "refused"}
    assert {"utf-8", "utf-8-sig", "gb18030", "xlsx"} <= encodings
    assert len({row["reason"] for row in listed(region, "bad_rows.csv")}) == 44
    assert len({row["reason"] for row in listed(region, "warned_rows.csv")}) == 19


def test_the_published_figures_are_those_of_the_truth(published: Region) -> None:
    found = published.query(
        "select distributor_code, count(*), sum(reported_amount)::decimal(18, 2), "
        "sum(abs(quantity_pieces))::decimal(18, 3) from marts.fct_sellout_line group by 1"
    )
    totals = listed(published, "totals.csv")
    landed = dict(
        published.query(
            "select _sender, sum(abs(quantity_pieces))::decimal(18, 3) "
            "from landing.sellout group by 1"
        )
    )
    assert sorted(found) == [
        (row["sender"], int(row["rows"]), Decimal(row["amount"]), landed[row["sender"]])
        for row in totals
        if row["feed"] == "sellout"
    ]
