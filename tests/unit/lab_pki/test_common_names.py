"""Whose certificate is on a `common-name-list` of the lab's router."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.router.pki.clientstatus import ClientCheck
from sroscert_lab.router.pki.conf import CommonNameConf, StatusConf
from sroscert_lab.router.pki.ocsp import Found

from tests.support.minting import CA, dn

KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = CA.make(key=KEY).issue(
    subject=dn(("CN", "collector")), key=KEY, ips=("192.0.2.7",), domains=("noc.example.net",)
)


@pytest.mark.parametrize(
    ("expression", "is_address", "is_on"),
    [
        ("collector", False, True), ("COLLECTOR", True, True), ("coll", False, False), ("col+e.*", False, True),
        (r"noc\.example\..*", False, True), (r"noc\.example\..*", True, False), ("noc.example", False, False),
        (r"192\.0\.2\..", True, True), (r"192\.0\.2\..", False, False), ("collector(", False, False),
    ],
)
def test_an_expression_and_the_names_it_is_for(expression: str, is_address: bool, is_on: bool) -> None:
    """A common name, or an alternative name of the kind that is said, as a whole; a broken expression is a word."""
    listed = (CommonNameConf(is_address, "nobody"), CommonNameConf(is_address, expression))
    check = ClientCheck(StatusConf("good"), {}, {}, lambda certificate, name: Found("unknown"), listed)
    assert (check.refusal(CERTIFICATE) == "") is is_on
