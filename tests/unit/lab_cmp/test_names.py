"""Distinguished names and alternative names."""

from __future__ import annotations

import pytest
from sroscert_lab.cmp import AlternativeNames, dn_text, parse_dn
from sroscert_lab.cmp.names import read_name, same_name


def test_the_order_of_the_text_is_the_order_of_the_encoding() -> None:
    """The first attribute written is the first one encoded, unlike RFC 4514."""
    name = parse_dn("C=NL,ST=ZH,O=Nokia,CN=sr")
    assert [attribute.value for attribute in name] == ["NL", "ZH", "Nokia", "sr"]
    assert dn_text(name) == "C=NL,ST=ZH,O=Nokia,CN=sr"


def test_escaped_commas_belong_to_the_value() -> None:
    """A backslash keeps the next character, and writing a name escapes again."""
    name = parse_dn(r"O=Nokia\, Inc,CN=a\\b")
    assert [attribute.value for attribute in name] == ["Nokia, Inc", r"a\b"]
    assert dn_text(name) == r"O=Nokia\, Inc,CN=a\\b"


@pytest.mark.parametrize("text", ["", "sr", "CN=", "XX=1", "CN=a,", "CN=a\\"])
def test_what_is_no_name_is_refused(text: str) -> None:
    """Unknown attributes and empty values raise ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        parse_dn(text)


def test_names_are_compared_without_regard_to_order_and_case() -> None:
    """A CA may reorder the RDNs; another value is another name."""
    name = parse_dn("C=NL,O=Nokia,CN=sr")
    assert same_name(name, parse_dn("CN=SR,O=nokia,C=NL"))
    assert not same_name(name, parse_dn("C=NL,O=Nokia,CN=sr2"))
    assert not same_name(name, parse_dn("C=NL,O=Nokia,CN=sr,CN=sr"))


def test_a_name_is_read_back_from_its_der() -> None:
    """Reading keeps the bytes, the string types included."""
    name = parse_dn("C=NL,DC=lab,CN=sr")
    assert read_name(name.public_bytes()).public_bytes() == name.public_bytes()


def test_alternative_names_are_canonical_and_can_be_narrower() -> None:
    """Addresses are normalised; a subset is within, anything more is not."""
    registered = AlternativeNames.of(("10.0.0.1", "2001:DB8:0::1"), ("Sr.Example",))
    assert registered.ips == ("10.0.0.1", "2001:db8::1")
    assert AlternativeNames.of(("2001:db8::1",), ("sr.example",)).is_within(registered)
    assert not AlternativeNames.of(("10.0.0.2",)).is_within(registered)
