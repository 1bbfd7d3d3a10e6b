"""DER slicing and named bits."""

from __future__ import annotations

import pytest
from sroscert_lab.cmp import asn1
from sroscert_lab.cmp.names import template_contents
from sroscert_lab.cmp.status import FailInfo


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_wrap_and_content_of_are_inverse(size: int) -> None:
    """An element of any length gives its content back."""
    content = b"x" * size
    assert asn1.content_of(asn1.wrap(0x04, content)) == content


@pytest.mark.parametrize(
    "bad", ["30", "3001", "3080", "308100", "30817f", "3082007f", "1f8101", "3084ffffffff", "30850000000001"]
)
def test_what_is_not_der_is_refused(bad: str) -> None:
    """Truncated, indefinite and non-minimal lengths and long tags raise ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        asn1.split(bytes.fromhex(bad))


def test_the_number_of_elements_is_bounded() -> None:
    """A body of very many tiny elements is refused instead of taken apart."""
    with pytest.raises(ValueError, match="too many"):
        asn1.split(b"\x05\x00" * (asn1.MAX_ELEMENTS + 1))


@pytest.mark.clause("RFC 4210 5.2.3 failInfo")
@pytest.mark.parametrize(
    ("bits", "expected"), [({0}, "03020780"), ({1}, "03020640"), ({7}, "03020001"), ({23}, "0304" + "00000001")]
)
def test_named_bits_are_as_short_as_der_wants(bits: set[int], expected: str) -> None:
    """A failInfo ends with its highest set bit."""
    value = asn1.bit_string(bits)
    assert asn1.encode(value).hex() == expected
    assert asn1.bits_of(value) == bits


def test_fail_info_labels_are_those_of_the_rfc() -> None:
    """The names shown are the ASN.1 names."""
    assert [FailInfo(n).label for n in (1, 9, 21)] == ["badMessageCheck", "badPOP", "transactionIdInUse"]


def test_a_template_without_subject_and_key_says_so() -> None:
    """Absent parts of a template are None, not invented."""
    contents = template_contents(asn1.CertTemplate())
    assert (contents.subject, contents.public_key_der, list(contents.extensions())) == (None, None, [])
