"""YANG patterns are XSD expressions, and match as such."""

from __future__ import annotations

import warnings

import pytest

from sroscert.schema.xsdregex import matches, translate

CASES = [
    ("a|b", "a", True, "the whole text is meant, on both sides of an alternative"),
    ("a|b", "ab", False, "an expression is anchored at both ends"),
    ("^a$", "^a$", True, "circumflex and dollar are ordinary characters"),
    (".", "\r", False, "a full stop refuses a carriage return"),
    (".*", "a\nb", False, "a full stop refuses a line feed"),
    ("a", "a\n", False, "a final line feed is not forgiven"),
    (r"\d{2}", "42", True, "digits"),
    (r"\d", "٣", True, "digits of every script"),
    (r"\w", "+", True, "a sign is a word character in XSD"),
    (r"\w", "_", False, "an underscore is punctuation in XSD"),
    (r"\W", "_", True, "the inverse of a word character"),
    (r"\s\S", "\tx", True, "white space and its inverse"),
    (r"\s", "\x0b", False, "white space is four characters only"),
    (r"\p{L}+", "äß", True, "letters of every script"),
    (r"\p{L}+", "a1", False, "a digit is no letter"),
    (r"[\p{N}\p{L}]+", "1a½", True, "categories inside a class"),
    (r"\P{C}*", "a b", True, "no control characters"),
    (r"\P{C}*", "a\x07", False, "a control character"),
    (r"[^\s0-9_]", "-", True, "a negated class with an escape"),
    (r"[^\s0-9_]", "7", False, "a negated class refuses what it names"),
    (r"[\S]+", "ab", True, "an inverse escape inside a class"),
    (r"[^\S]", " ", True, "an inverse escape inside a negated class"),
    (r"[^\S]", "a", False, "an inverse escape inside a negated class, refused"),
    (r"[\w+-.]*", "a.b,c", True, "a range behind an escape"),
    (r"[^\[\]]+", "a", True, "escaped brackets"),
    ("[[&~|^-]+", "[&~|^-", True, "what Python takes for set operations is literal"),
    (r"\i\c*", "_a-1", True, "names"),
    (r"\i\c*", "-a", False, "a name does not begin with a hyphen"),
    (r"a\.b", "axb", False, "an escaped full stop"),
    (r"\n", "\n", True, "an escaped line feed"),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), [case[:3] for case in CASES], ids=[case[3] for case in CASES])
def test_matching(pattern: str, text: str, expected: bool) -> None:
    """Each difference between XSD's and Python's expressions comes out on XSD's side, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert matches(pattern, text) is expected


@pytest.mark.parametrize("pattern", [r"\p{IsGreek}", "[a-z-[aeiou]]"])
def test_what_is_not_supported_is_refused(pattern: str) -> None:
    """An expression that cannot be read raises, and is not taken for another."""
    with pytest.raises(ValueError, match="not supported"):
        translate(pattern)
