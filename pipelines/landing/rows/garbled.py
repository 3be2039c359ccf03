"""Texts whose characters were lost before they reached us: nothing can bring them back."""

from __future__ import annotations

import re

MARKS = ("\ufffd", "锟斤拷", "烫烫烫")
MARK_BYTES = tuple(mark.encode() for mark in MARKS)
RUNS = re.compile(r"[^\x00-\x7f]{3,}")
MOSTLY = 0.5
RARE = 0.01


def has_marks(data: bytes) -> bool:
    """Whether UTF-8 text holds U+FFFD, or what programs make of it: 锟斤拷, 烫烫烫.

    One in a hundred lines at least: a name that lost a letter long ago is no reason to refuse a
    master of ten thousand.
    """
    # a byte that is nowhere is found out at once, and most files lack one of every mark
    found = [mark for mark in MARK_BYTES if all(byte in data for byte in mark)]
    marks = sum(data.count(mark) for mark in found)
    return bool(marks) and marks > RARE * data.count(b"\n")


def is_misread(text: str) -> bool:
    """Whether Chinese UTF-8 was once read as GBK and saved so: 鍗曟嵁 for 单据.

    Most runs of characters are then such that their GBK bytes are UTF-8 of Chinese characters,
    which real words hardly ever are by chance.
    """
    runs = RUNS.findall(text)
    return bool(runs) and sum(map(_is_utf8_read_as_gbk, runs)) > MOSTLY * len(runs)


def _is_utf8_read_as_gbk(run: str) -> bool:
    try:
        data = run.encode("gb18030")
    except UnicodeEncodeError:
        return False
    read = data.decode("utf-8", errors="replace")
    # the last character of a text may have lost bytes to the separator after it
    whole = read.rstrip("\ufffd")
    return (
        len(read) - len(whole) <= 2 and bool(whole) and all("\u3000" < c < "\uffe5" for c in whole)
    )
