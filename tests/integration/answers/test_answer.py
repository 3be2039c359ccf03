"""The answer to a file: exactly the rows worked out by hand, as their sender wrote them."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from pipelines import cli
from pipelines.contracts import load_contracts
from pipelines.landing import land
from pipelines.settings import PROJECT, Settings

STORIES = PROJECT / "tests" / "golden"
RED = "FFFFC7CE"
# row of the file → headers of the cells that are red, by the README of the story
RED_CELLS = {
    3: {"单据号"},
    4: {"单据日期"},
    5: {"单据类型"},
    6: {"数量"},
    7: {"单据类型", "数量"},
    8: {"商品编码"},
    9: {"单位"},
    10: {"单据日期"},
    11: {"单据日期"},
    12: {"单据日期"},
    14: {"行号", "单据日期", "商品编码", "金额"},
}


def story(name: str, folder: Path) -> Settings:
    """A golden story, landed."""
    shutil.copytree(STORIES / name, folder / "home")
    shutil.copy(STORIES / "deployment.yaml", folder / "home")
    settings = Settings.load(folder / "home")
    land(settings, load_contracts(settings.contracts))
    return settings


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The story of bad rows in a good file, for tests that only read."""
    return story("bad_rows_in_a_good_file", tmp_path_factory.mktemp("bad"))


def sent(settings: Settings, name: str, text: str) -> None:
    """A file comes and lands."""
    file = settings.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    land(settings, load_contracts(settings.contracts))


def explained(settings: Settings, file: str, *options: str) -> openpyxl.Workbook:
    """The answer to a file, as another program reads it."""
    out = settings.home / "answer.xlsx"
    command = ["explain", file, "--home", str(settings.home), "--out", str(out), *options]
    assert cli.main(command) == 0
    return openpyxl.load_workbook(out)


def table(sheet: Worksheet) -> list[dict[str, object]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    # the first two columns are ours; 行号 is also a header of the sender
    names = ["row", "what to do", *map(str, heads[2:])]
    return [dict(zip(names, row, strict=True)) for row in rows]


def red(sheet: Worksheet) -> dict[int, set[str]]:
    heads, *rows = sheet.iter_rows()
    return {
        row[0].value: {
            str(head.value)
            for head, cell in zip(heads, row, strict=True)
            if cell.fill.fgColor.rgb == RED
        }
        for row in rows
    }


def words(book: openpyxl.Workbook) -> str:
    """Everything on the first sheet."""
    cells = (str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row)
    return "\n".join(cells)


def test_the_refused_rows_are_those_of_the_story_with_the_wrong_cells_red(bad: Settings) -> None:
    book = explained(bad, "2026-W46.csv")
    assert book.sheetnames == ["回执", "退回行", "提示行"]
    rows = {row["row"]: row for row in table(book["退回行"])}
    assert red(book["退回行"]) == RED_CELLS
    assert [rows[4][name] for name in ("单据号", "单据日期", "数量", "金额")] == [
        "A2",
        "昨天",
        2,
        20,
    ]
    assert rows[3]["what to do"] == "单据号为空：请填写。"
    assert str(rows[14]["what to do"]).splitlines() == [
        "1. 行号不是整数：请写成 12。",
        "2. 单据日期不是日期：请写成 2026-11-22。",
        "3. 商品编码为空：请填写。",
        "4. 金额不是数字：请写成 1234.5。",
    ]


def test_the_first_sheet_has_the_counts_and_totals_of_the_story(bad: Settings) -> None:
    book = explained(bad, "2026-W46.csv")
    lines = [[cell for cell in row if cell is not None] for row in book["回执"].values]
    assert [16, 4, 11, 1, 2] in lines
    assert ["数量", 20, 55] in lines
    assert ["金额", 200, 460] in lines


def test_rows_loaded_with_a_warning_have_a_sheet_of_their_own(bad: Settings) -> None:
    book = explained(bad, "2026-W46.csv")
    rows = table(book["提示行"])
    assert [(r["row"], r["单据号"], r["数量"]) for r in rows] == [(13, "A11", 12), (16, "A14", 0)]


@pytest.mark.parametrize(("options", "shown"), [([], "***"), (["--raw"], "李四")])
def test_cells_that_name_a_person_are_masked_unless_asked_for(
    options: list[str], shown: str, bad: Settings
) -> None:
    book = explained(bad, "2026-W46.csv", *options)
    assert {row["业务员"] for row in table(book["退回行"])} == {shown}


def test_rows_with_the_same_key_show_the_codes_the_sender_wrote(tmp_path: Path) -> None:
    settings = story("code_mapped_later", tmp_path)
    sent(
        settings,
        "self/map_sku/map_sku.csv",
        "distributor_code,their_code,sku_code,批准人\nD002,C1,S1,王五\nD002,C1,S2,王五\n",
    )
    book = explained(settings, "self/map_sku/map_sku.csv")
    rows = table(book["退回行"])
    assert [(row["row"], row["their_code"], row["批准人"]) for row in rows] == [
        (2, "C1", "***"),
        (3, "C1", "***"),
    ]
    assert red(book["退回行"])[2] == {"distributor_code", "their_code"}


def test_a_refused_file_is_answered_with_its_reason(tmp_path: Path) -> None:
    settings = story("unknown_header", tmp_path)
    book = explained(settings, "D001/sellout/2026-W46.csv")
    assert book.sheetnames == ["回执"]
    assert "文件中找不到约定的表头行。" in words(book)
    assert "请使用模板的表头" in words(book)


def test_a_file_that_waits_is_answered_with_why_and_its_bad_rows_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = story("held_released_rejected", tmp_path)
    book = explained(settings, "D004/sellout/2026-W46.csv")
    assert "文件中被拒的行过多" in capsys.readouterr().out
    assert [row["row"] for row in table(book["退回行"])] == [5, 6]
    assert words(book).count("文件中被拒的行过多") == 2
    # once released, nothing is said to wait
    assert "暂缓入库，等待处理" not in words(explained(settings, "D001/sellout/2026-W46.csv"))


def test_a_file_without_faults_is_told_so(bad: Settings) -> None:
    book = explained(bad, "self/sku/sku.csv")
    assert book.sheetnames == ["回执"]
    assert "所有数据行均已入库。" in words(book)


def test_formulas_a_sender_wrote_stay_text(tmp_path: Path) -> None:
    settings = story("code_mapped_later", tmp_path)
    evil = "=HYPERLINK(1)"
    text = f"单据号,单据日期,商品编码,数量,备注\nA1,2026-11-09,@S9,-1,{evil}\n"
    sent(settings, "D001/sellout/2026-W46.csv", text)
    sheet = explained(settings, "D001/sellout/2026-W46.csv")["退回行"]
    [row] = table(sheet)
    assert (row["商品编码"], row["数量"], row["备注"]) == ("@S9", -1, evil)
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_an_answer_sent_back_is_refused_for_what_it_is(tmp_path: Path) -> None:
    settings = story("bad_rows_in_a_good_file", tmp_path)
    book = explained(settings, "2026-W46.csv")
    target = settings.inbox / "D001" / "sellout" / "2026-W46.xlsx"
    target.parent.mkdir(parents=True, exist_ok=True)
    # as a spreadsheet saves it again
    book.save(target)
    result = land(settings, load_contracts(settings.contracts))
    assert result.statuses == {"refused": 1}
    assert "回执" in words(explained(settings, "D001/sellout/2026-W46.xlsx"))


def test_the_answer_lies_in_the_senders_folder_whatever_the_file_is_called(
    bad: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", "2026-W46.csv", "--home", str(bad.home)]) == 0
    file = bad.home / "answers" / "D001" / "2026-W46.csv.refused.xlsx"
    assert file.is_file()
    assert str(file) in capsys.readouterr().out


def test_ingest_points_to_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(STORIES / "bad_rows_in_a_good_file", tmp_path / "home")
    shutil.copy(STORIES / "deployment.yaml", tmp_path / "home")
    assert cli.main(["ingest", "--home", str(tmp_path / "home")]) == 0
    shown = capsys.readouterr().out
    assert "11 / 16" in shown
    assert "daqu explain D001/sellout/2026-W46.csv" in shown
