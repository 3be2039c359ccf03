"""What is known to be true of the files, kept before anything reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

READ = ("loaded", "superseded")


@dataclass(frozen=True)
class FileTruth:
    """One file received and what must become of it.

    Attributes:
        file: Path below the inbox.
        sender: Who sent it.
        feed: Which report.
        period: Its period as the ledger writes it.
        received_at: Local time of receipt.
        rows: Rows of data, without title, header, blank lines and total.
        bad_rows: Those that must be quarantined.
        unmapped_outlet_rows: Good rows whose customer code is in no map.
        quantity: Quantity of the good rows as reported, in whatever unit; None where there is none.
        amount: Amount of the good rows as reported, in fen; None where there is none.
        pieces: Quantity of the good rows in pieces; None where there is none.
        status: loaded, superseded, duplicate or refused.
        reason: Why it must be refused; empty when it must not.
        is_late: Whether it was sent after its deadline.
    """

    file: str
    sender: str
    feed: str
    period: str
    received_at: datetime
    rows: int = 0
    bad_rows: int = 0
    unmapped_outlet_rows: int = 0
    quantity: int | None = None
    amount: int | None = None
    pieces: int | None = None
    status: str = "loaded"
    reason: str = ""
    is_late: bool = False


@dataclass
class Truth:
    """Everything known, filled while the files are made.

    Attributes:
        files: Every file.
        bad_rows: (file, row number, reason) of every bad row of a file that is read.
        warned_rows: The same of good rows to be warned of; unknown outlets are counted only.
        missing: (sender, feed, period) owed by the last day and never received whole.
        planted: Name → table of what is true of the sample beside its files.
    """

    files: list[FileTruth] = field(default_factory=list)
    bad_rows: list[tuple[str, int, str]] = field(default_factory=list)
    warned_rows: list[tuple[str, int, str]] = field(default_factory=list)
    missing: list[tuple[str, str, str]] = field(default_factory=list)
    planted: dict[str, pl.DataFrame] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write `files.csv`, `bad_rows.csv`, `warned_rows.csv`, `totals.csv`, `missing.csv`.

        What was planted beside the files comes in tables of their own names.
        """
        folder.mkdir(parents=True, exist_ok=True)
        frame = self._frame()
        reason = pl.col("expected_reason").replace("", None)
        shown = frame.with_columns(_yuan("amount"), reason).sort("file")
        shown.write_csv(folder / "files.csv", datetime_format="%Y-%m-%d %H:%M:%S")
        for name, rows in (("bad_rows", self.bad_rows), ("warned_rows", self.warned_rows)):
            listed = pl.DataFrame(rows, schema=["file", "row_no", "reason"], orient="row")
            listed.sort("file", "row_no").write_csv(folder / f"{name}.csv")
        _totals(frame).write_csv(folder / "totals.csv")
        missing = pl.DataFrame(self.missing, schema=["sender", "feed", "period"], orient="row")
        missing.sort("feed", "sender", "period").write_csv(folder / "missing.csv")
        for name, table in self.planted.items():
            table.write_csv(folder / f"{name}.csv")

    def _frame(self) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "file": [f.file for f in self.files],
                "sender": [f.sender for f in self.files],
                "feed": [f.feed for f in self.files],
                "period": [f.period for f in self.files],
                "received_at": [f.received_at for f in self.files],
                "rows": [f.rows for f in self.files],
                "good_rows": [f.rows - f.bad_rows for f in self.files],
                "bad_rows": [f.bad_rows for f in self.files],
                "unmapped_outlet_rows": [f.unmapped_outlet_rows for f in self.files],
                "quantity": pl.Series([f.quantity for f in self.files], dtype=pl.Int64),
                "amount": pl.Series([f.amount for f in self.files], dtype=pl.Int64),
                "pieces": pl.Series([f.pieces for f in self.files], dtype=pl.Int64),
                "expected_status": [f.status for f in self.files],
                "expected_reason": [f.reason for f in self.files],
                "is_late": [f.is_late for f in self.files],
            }
        )


def _totals(files: pl.DataFrame) -> pl.DataFrame:
    """Good rows, quantity, amount and pieces by feed and sender of the files that hold."""
    known = {name: pl.col(name).count() > 0 for name in ("quantity", "amount", "pieces")}
    sums = [pl.when(has).then(pl.col(name).sum()).alias(name) for name, has in known.items()]
    return (
        files.filter(pl.col("expected_status") == "loaded")
        .group_by("feed", "sender")
        .agg(pl.len().alias("files"), pl.col("good_rows").sum().alias("rows"), *sums)
        .with_columns(_yuan("amount"))
        .sort("feed", "sender")
    )


def _yuan(column: str) -> pl.Expr:
    """Fen as yuan with two places, exactly; null stays null."""
    fen = pl.col(column)
    text = (fen.abs() // 100).cast(pl.String) + "." + (fen.abs() % 100).cast(pl.String).str.zfill(2)
    return pl.when(fen < 0).then("-" + text).otherwise(text).alias(column)
