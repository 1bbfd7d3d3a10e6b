"""The line editor and the pager of the lab's CLI."""

from __future__ import annotations

import pytest
from sroscert_lab.router.cli.editor import MAX_LINE_BYTES, LineEditor
from sroscert_lab.router.cli.pager import MD_PROMPT, Pager


def typed(data: bytes, editor: LineEditor | None = None) -> tuple[bytes, list[str]]:
    """Echo and lines of some bytes."""
    editor = editor or LineEditor()
    echo, lines = b"", []
    for byte in data:
        sent, line = editor.key(byte)
        echo += sent
        lines += [] if line is None else [line]
    return echo, lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"show version\n", ["show version"]),
        (b"show version\r\n\r", ["show version", ""]),
        (b"shox\x7fw\n", ["show"]),
        (b"\xc3\xa4\x7fa\n", ["a"]),
        (b"junk\x15show\n", ["show"]),
        (b"junk\x03show\n", ["", "show"]),
        (b"\x1b[Ash\x1b[1;5Cow\x1bOA\n", ["show"]),
        (b"a\x00\x07\xef\xbf\xbe b\tc\n", ["a b c"]),
        ("a\ufffe\uffff\x85b\n".encode(), ["ab"]),
        (b"\xff\n", ["\ufffd"]),
    ],
)
def test_keys_become_lines(data: bytes, lines: list[str]) -> None:
    """Erasing, breaking off, arrow keys, and what no configuration may hold."""
    assert lines == typed(data)[1]


def test_what_is_typed_comes_back() -> None:
    """netmiko reads its own command before the output."""
    assert typed(b"show version\n")[0] == b"show version\r\n"
    assert typed(b"secret\n", LineEditor(echo=False)) == (b"", ["secret"])


def test_a_line_has_a_limit() -> None:
    """More than the limit rings the bell and is not kept."""
    echo, lines = typed(b"x" * (MAX_LINE_BYTES + 5) + b"\n")

    assert lines == ["x" * MAX_LINE_BYTES]
    assert echo.count(b"\x07") == 5


def test_the_pager_prints_pages_and_lines_and_stops() -> None:
    """Any key a page, Enter a line, Q the end."""
    pager = Pager("".join(f"{number}\n" for number in range(30)), 11, MD_PROMPT)

    assert pager.page().splitlines()[:10] == [str(number) for number in range(10)]
    assert pager.key(0x0D).strip().startswith("10\n")
    assert "20" in pager.key(0x20)
    assert not pager.is_done
    pager.key(ord("q"))
    assert pager.is_done
