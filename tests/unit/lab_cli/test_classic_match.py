"""What stands behind a bar in the classic engine."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sroscert_lab.router.cli.answers import Answer
from sroscert_lab.router.cli.classic.expression import BadExpression, compiled
from sroscert_lab.router.cli.classic.matching import filtered, split_bars
from sroscert_lab.router.cli.words import LineFault

from tests.support.lab_shell import Typist

TEXT = """\
configure
#-----
echo "Part"
#-----
    system
        name "sr"
        security
            tls
                cert-profile "a"
                    no shutdown
                exit
            exit
        exit
    exit
exit
"""


def after(bars: str) -> list[str]:
    """The lines of the text that are left, without their indentation."""
    command, stages = split_bars(f"admin display-config {bars}")
    assert command == "admin display-config"
    return [line.strip() for line in filtered(Answer(TEXT), stages).text.splitlines()]


@pytest.mark.parametrize(
    ("bars", "left"),
    [
        ("| match SYSTEM", []),
        ("| match SYSTEM ignore-case", ["system"]),
        ("| match ignore-case SYSTEM", ["system"]),
        ('| match "no shutdown" pre-lines 1 post-lines 1', ['cert-profile "a"', "no shutdown", "exit"]),
        ("| match exit max-count 2", ["exit", "exit"]),
        ("| match cert context parents", ["configure", "system", "security", "tls", 'cert-profile "a"']),
        ("| match tls context children", ["tls", 'cert-profile "a"', "no shutdown", "exit"]),
        ("| match cert context all | match expression \"^ +(tls|no)\"", ["tls", "no shutdown"]),
        ("| match expression \"exit$\" invert-match | count", ["Count: 10 lines"]),
    ],
)
def test_lines_are_chosen(bars: str, left: list[str]) -> None:
    """Plain text and expressions, context by indentation, several bars."""
    assert after(bars) == left


@pytest.mark.parametrize(
    "bars",
    [
        "| match", "|", "| more", "| match a b", "| match a context some", "| match a post-lines x",
        "| match expression (", "| match expression a{400}{400}", "| match a |",
    ],
)
def test_what_is_wrong_is_told(bars: str) -> None:
    """Words that are missing, not known, or no expression."""
    with pytest.raises(LineFault):
        after(bars)


@given(
    st.recursive(
        st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "^", "$", "\\w"]),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map("|".join),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}"])).map(lambda x: f"({x[0]}){x[1]}"),
        ),
        max_leaves=6,
    ),
    st.text("ab c", max_size=8),
)
def test_an_expression_finds_what_the_language_says(text: str, line: str) -> None:
    """The same as Python's, which goes back and forth for it."""
    assert compiled(text)(line) == (re.search(text, line) is not None)


@given(st.text("ab()[]{}*+?|^$\\1,-", max_size=30), st.text("ab", max_size=10))
def test_any_text_is_an_expression_or_refused(text: str, line: str) -> None:
    """Nothing else comes out of it."""
    with contextlib.suppress(BadExpression):
        compiled(text)(line)


def test_an_expression_cannot_keep_the_router_busy() -> None:
    """What takes ages where it is tried back and forth."""
    assert not compiled("(a*)*(a|aa)+(a+)+c$")("a" * 400)


def test_commands_of_the_engine_are_filtered(at: Typist) -> None:
    """`info`, `show`, `admin display-config`; quoted bars are text; after a bad filter nothing is run."""
    assert at('show system information | match "System Name"').split() == ["System", "Name", ":", "sr"]
    at("configure system", 'name "a|b"')
    assert at("info | match expression ^.*name").split() == ["name", '"a|b"']
    assert "Error: Bad command." in at("name c | more")
    assert at.prompt == "*A:a|b>config>system# "
