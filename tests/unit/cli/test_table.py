"""Tables line up whatever letters are in them, and say everything."""

from __future__ import annotations

from sroscert.cli.table import table_lines


def test_columns_line_up_behind_wide_letters() -> None:
    """A letter that takes two places on a terminal counts as two."""
    lines = table_lines(("router", "result"), [("日本", "done"), ("sr1", "failed")], ["", ""], 1)

    assert lines == ["router  result", "日本    done", "sr1     failed"]


def test_nothing_is_cut_or_broken() -> None:
    """A cell that is longer than any terminal stands whole, in one line; brackets are no markup."""
    long = "[bold] " + "word " * 200 + "end"

    (_, line) = table_lines(("router", ""), [("sr1", long)], [""], 1)

    assert line == f"sr1     {long}"


def test_there_is_no_colour_in_a_pipe() -> None:
    """Where standard output is no terminal a style changes nothing."""
    rows = [("sr1", "failed")]

    assert table_lines(("router", "result"), rows, ["red"], 1) == table_lines(("router", "result"), rows, [""], 1)
