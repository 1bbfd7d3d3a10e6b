from __future__ import annotations

import pytest
from sroscert_lab.router.pki.tokens import SyntaxFault, read_arguments, split_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a  b\tc", ["a", "b", "c"]),
        ('ca "ejbca profile" x', ["ca", "ejbca profile", "x"]),
        ('password "a \\" b" ""', ["password", 'a " b', ""]),
        ("cf3:\\a\\b", ["cf3:\\a\\b"]),
        ('sub"dn"', ["subdn"]),
        ("", []),
    ],
)
def test_words_and_quotes(line: str, words: list[str]) -> None:
    """A line falls into words, quotes hold spaces, and a backslash outside quotes is a separator of paths."""
    assert words == split_words(line)


def test_an_open_quote_is_refused() -> None:
    """A quote that is never closed is a syntax error."""
    with pytest.raises(SyntaxFault):
        split_words('ca "x')


def test_arguments_come_in_any_order() -> None:
    """Keyword-value pairs, flags and the bare word may be mixed."""
    one = read_arguments(["cf3:/k", "size", "2048", "force"], ("size",), ("force",), bare=True)
    two = read_arguments(["force", "size", "2048", "cf3:/k"], ("size",), ("force",), bare=True)

    assert one == two
    assert one.bare == "cf3:/k"
    assert one.need("size") == "2048"


def test_a_value_may_look_like_a_keyword() -> None:
    """What follows a keyword is its value, whatever it says."""
    assert read_arguments(["password", "reference", "reference", "1"], ("password", "reference")).values == {
        "password": "reference",
        "reference": "1",
    }


@pytest.mark.parametrize(("words", "missing"), [(["what"], False), (["size"], True), (["a", "b"], False)])
def test_what_is_not_understood_is_refused(words: list[str], missing: bool) -> None:
    """An unknown word, a keyword without value and a second bare word are syntax errors."""
    with pytest.raises(SyntaxFault) as caught:
        read_arguments(words, ("size",), bare=words == ["a", "b"])
    assert caught.value.missing is missing
