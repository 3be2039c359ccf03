"""The quick look through a CSV's bytes says what a slow one says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.landing.reading.scan import is_utf8, scan


def plainly(text: str) -> bool:
    """Whether every line is one record, told line by line."""
    end = "\r\n" if "\r" in text else "\n"
    *lines, last = text.split(end)
    if "\0" in text or "" in lines or any(c in line for line in [*lines, last] for c in "\r\n"):
        return False
    return all(line.count('"') % 2 == 0 for line in lines)


@given(st.text(st.sampled_from('a店,"\r\n\0'), min_size=1))
@example("a,b\r\n1,2\r\n\r\n")
@example('a,b\n"1\n2",3\n')
@example('a,b\n"1')
@example("\na")
@example("\r\na")
def test_lines_quotes_and_plainness_are_those_a_slow_look_finds(text: str) -> None:
    seen = scan(text.encode())
    assert seen.lines == len(text.split("\n")) - text.endswith("\n")
    assert seen.quotes == text.count('"')
    assert seen.is_plain == plainly(text)


@given(st.binary() | st.text().map(str.encode) | st.just(b"\xed\xa0\x80"))
def test_bytes_are_utf8_when_python_can_decode_them(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not is_utf8(data)
    else:
        assert is_utf8(data)
