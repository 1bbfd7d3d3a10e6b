from __future__ import annotations

import pytest

from sroscert.pki import names


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("CN=sr, O=Nokia, ST=ZH, C=NL", (("CN", "sr"), ("O", "Nokia"), ("ST", "ZH"), ("C", "NL"))),
        ("C = NL, ST = ZH", (("C", "NL"), ("ST", "ZH"))),
        ("C=NL,CN=sr", (("C", "NL"), ("CN", "sr"))),
        ('O="Nokia, Inc", CN=sr', (("O", "Nokia, Inc"), ("CN", "sr"))),
        (r"O=Nokia\, Inc, CN=sr", (("O", "Nokia, Inc"), ("CN", "sr"))),
        (r"CN=M\C3\BCnchen", (("CN", "München"),)),
        ("CN=a + UID=b", (("CN", "a"), ("UID", "b"))),
        ("UID=c-0gkhtv71ootnm60rn, CN=ManagementCA", (("UID", "c-0gkhtv71ootnm60rn"), ("CN", "ManagementCA"))),
        ("commonName=x, S=ZH, 2.5.4.97=y", (("CN", "x"), ("ST", "ZH"), ("organizationIdentifier", "y"))),
        ("O=a, b and c, CN=x", (("O", "a, b and c"), ("CN", "x"))),
        ("", ()),
    ],
)
def test_parse_reads_the_spellings_of_openssl_and_rfc_4514(text: str, pairs: names.Name) -> None:
    """A name in each known spelling is read into short attribute names and bare values."""
    assert names.parse(text) == pairs


def test_parse_refuses_a_part_without_an_equals_sign() -> None:
    """A part that is no attribute=value is an error, not a dropped part."""
    with pytest.raises(ValueError, match="no attribute=value"):
        names.parse("nonsense")


def test_order_case_and_blanks_carry_no_meaning() -> None:
    """Names with the same parts in another order, case or blanks are the same name."""
    assert names.same((("C", "NL"), ("CN", "sr"), ("O", "Nokia  Ltd")), (("O", "nokia Ltd"), ("CN", "SR"), ("C", "NL")))


def test_a_missing_or_repeated_part_makes_another_name() -> None:
    """A name with one part more or fewer, or a part twice, is another name."""
    assert not names.same((("CN", "sr"),), (("CN", "sr"), ("O", "Nokia")))
    assert not names.same((("CN", "sr"), ("CN", "sr")), (("CN", "sr"),))


@pytest.mark.parametrize(
    "value", ["a,b", "a+b", 'a"b', "a\\b", " a", "a ", "#a", "a=b", "a\nb", "ü", "<a>;", "\xa0", "a\u2003"]
)
def test_text_escapes_what_parse_reads_back(value: str) -> None:
    """A value with characters that have a meaning in a name survives writing and reading."""
    assert names.parse(names.text((("CN", value), ("O", "x")))) == (("CN", value), ("O", "x"))
