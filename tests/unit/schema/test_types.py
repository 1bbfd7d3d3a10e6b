"""Values are checked and brought into canonical form by their types."""

from __future__ import annotations

import pytest

from sroscert.schema import InvalidValueError, Type, nearest

CIPHERS = Type("enumeration", enum={"aes128-gcm": "current", "aes256-gcm": "current", "null-md5": "obsolete"})
NAME = Type("string", length=("1..4", "7"), patterns=(r"\p{L}.*",))

CANONICAL = [
    (Type("uint32", range=("0..8760",)), "+0720", "720"),
    (Type("int8"), "-0", "0"),
    (Type("int32", range=("1024..49151", "57400")), "57400", "57400"),
    (Type("uint32", range=("1..max",)), "4294967295", "4294967295"),
    (Type("decimal64", fraction_digits=2, range=("-1..1.5",)), "+01.50", "1.5"),
    (Type("decimal64", fraction_digits=2), "-0.0", "0.0"),
    (Type("decimal64", fraction_digits=2), "-0.50", "-0.5"),
    (Type("boolean"), "true", "true"),
    (CIPHERS, "aes128-gcm", "aes128-gcm"),
    (CIPHERS, "null-md5", "null-md5"),
    (Type("bits", bits=("a", "b", "c")), " c  a ", "a c"),
    (Type("bits", bits=("a",)), "", ""),
    (Type("empty"), "", ""),
    (Type("binary", length=("1..2",)), "QQ ==", "QQ=="),
    (NAME, "äöüß", "äöüß"),
    (Type("union", members=(Type("uint8"), CIPHERS)), "007", "7"),
    (Type("union", members=(Type("uint8"), CIPHERS)), "aes128-gcm", "aes128-gcm"),
    (Type("leafref", target="/a/b", of=Type("uint8")), "07", "7"),
    (Type("leafref", target="/a/b"), "anything", "anything"),
    (Type("string", inverted_patterns=("x.*",)), "y", "y"),
]

REFUSED = [
    (Type("uint32", range=("0..8760",)), "8761", "0..8760 is allowed", ""),
    (Type("uint8"), "256", "0..255 is allowed", ""),
    (Type("uint8"), "1" * 5000, "out of range", ""),
    (Type("uint8"), "1.0", "not a whole number", ""),
    (Type("uint8"), "1\x0b", "not a whole number", ""),
    (Type("uint8"), "٣", "not a whole number", ""),
    (Type("decimal64", fraction_digits=1), "0.25", "more than 1 digits", ""),
    (Type("decimal64", fraction_digits=1, range=("0..1",)), "1.1", "out of range", ""),
    (Type("decimal64", fraction_digits=1), "1e3", "not a decimal number", ""),
    (Type("boolean"), "True", "not one of: true, false", "true"),
    (CIPHERS, "aes128_gcm", "not one of: aes128-gcm, aes256-gcm", "aes128-gcm"),
    (CIPHERS, "rot13", "not one of", ""),
    (Type("bits", bits=("a",)), "a z", "'z' is not one of: a", ""),
    (Type("bits", bits=("a",)), "a a", "twice", ""),
    (Type("empty"), "x", "takes no value", ""),
    (Type("binary"), "?", "not base64", ""),
    (Type("binary", length=("1",)), "QUE=", "2 bytes", ""),
    (NAME, "abcde", r"5 characters \(1..4 or 7 is allowed\)", ""),
    (NAME, "", "0 characters", ""),
    (NAME, "1abc", "does not have the form", ""),
    (Type("union", members=(Type("uint8"), CIPHERS)), "AES128-GCM", "whole number.* and .*not one of", "aes128-gcm"),
    (Type("leafref", target="/a/b", of=CIPHERS), "aes128", "not one of", "aes128-gcm"),
    (Type("string", inverted_patterns=("x.*",)), "xy", "is refused", ""),
]


@pytest.mark.parametrize(("leaf_type", "text", "expected"), CANONICAL)
def test_canonical_form(leaf_type: Type, text: str, expected: str) -> None:
    """A value is returned in the one form that RFC 7950 calls canonical, which is its own canonical form."""
    assert leaf_type.canonical(text) == expected
    assert leaf_type.canonical(expected) == expected
    assert leaf_type.accepts(text)


@pytest.mark.parametrize(("leaf_type", "text", "message", "suggestion"), REFUSED)
def test_refusal_says_what_is_allowed(leaf_type: Type, text: str, message: str, suggestion: str) -> None:
    """A bad value raises an error with what is allowed and, where there is one, the nearest spelling."""
    with pytest.raises(InvalidValueError, match=message) as caught:
        leaf_type.canonical(text)

    assert caught.value.suggestion == suggestion
    assert isinstance(caught.value, ValueError)
    assert not leaf_type.accepts(text)


def test_obsolete_values_are_known_through_unions_and_leafrefs() -> None:
    """An obsolete name is told from a current one, and one that another member of a union takes is not obsolete."""
    union = Type("union", members=(CIPHERS, Type("boolean")))

    assert CIPHERS.obsolete("null-md5")
    assert not CIPHERS.obsolete("aes128-gcm")
    assert union.obsolete("null-md5")
    assert not union.obsolete("true")
    assert Type("leafref", target="/a", of=CIPHERS).obsolete("null-md5")
    assert not Type("union", members=(CIPHERS, Type("string"))).obsolete("null-md5")


def test_offered_values_leave_obsolete_ones_out() -> None:
    """What may be written is listed through unions and leafrefs, without what is obsolete."""
    names = ("aes128-gcm", "aes256-gcm")

    assert CIPHERS.values() == names
    assert Type("union", members=(CIPHERS, Type("boolean"))).values() == (*names, "true", "false")
    assert Type("leafref", target="/a", of=CIPHERS).values() == names
    assert Type("string").values() == ()


@pytest.mark.parametrize(("text", "expected"), [
    ("ca_profile", "ca-profile"), ("CA-Profile", "ca-profile"), ("ca-profil", "ca-profile"), ("zzz", ""),
])
def test_nearest_spelling(text: str, expected: str) -> None:
    """Case and underscores do not count as distance, and nothing is offered for what is like nothing."""
    assert nearest(text, ["ca-profile", "common-name-list"]) == expected
