from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from sroscert.errors import PKIError
from sroscert.pki.certificate import read
from sroscert.pki.checks import (
    Mismatch,
    check_ca_certificate,
    check_is_new,
    check_issued,
    is_issued_by,
    renewal_due,
    satisfies,
)
from tests.support.minting import CA, NOW, dn, key_usage, rsa_key

KEY = rsa_key()
AUTHORITY = CA.make(key=rsa_key())
OTHER = CA.make(key=rsa_key())
SUBJECT = (("C", "NL"), ("ST", "ZH"), ("O", "Nokia"), ("CN", "sr"))


def check(der: bytes, **changes: Any) -> tuple[Mismatch, ...]:
    """Check against the intent of these tests, with changes."""
    wanted: dict[str, Any] = {
        "ca": AUTHORITY.pem, "subject": SUBJECT, "san_ips": {"172.20.20.5"}, "san_dns": (), "key_type": "rsa",
        "key_bits": 2048, "now": NOW, "expected_public_key_sha256": None,
    }
    return check_issued(der, **(wanted | changes))


def fields(mismatches: tuple[Mismatch, ...]) -> list[str]:
    """Return the fields that do not match."""
    return [wrong.field for wrong in mismatches]


def issue(ca: CA = AUTHORITY, **changes: Any) -> bytes:
    """Issue a certificate for the module's key, with changes."""
    arguments: dict[str, Any] = {"key": KEY} | changes
    der: bytes = ca.issue(**arguments)
    return der


def test_a_certificate_as_asked_for_has_no_mismatch() -> None:
    """The certificate that the intent describes passes, in whatever order its subject is written."""
    assert check(issue()) == ()
    full = issue(
        usage=key_usage("digital_signature", "key_encipherment"), extended=(ExtendedKeyUsageOID.SERVER_AUTH,),
        is_ca=False, domains=("SR.example.net",),
    )
    assert check(
        full, static_rsa=True, san_dns={"sr.example.net."}, expected_public_key_sha256=read(full).public_key_sha256
    ) == ()


@pytest.mark.law(1)
def test_a_certificate_for_a_new_key_is_none_that_the_router_has() -> None:
    """The same one again, or another one for a key in use, is told with its name; what shows no key is not compared."""
    old, same_key, new = (read(issue(key=key)) for key in (KEY, KEY, rsa_key()))
    hidden = replace(old, public_key_sha256="")

    assert check_is_new(new, {"sr-cert": old}) == ()
    assert fields(check_is_new(old, {"sr-cert": hidden})) == ["serial"]
    assert check_is_new(same_key, {"sr-cert": hidden}) == ()
    (wrong,) = check_is_new(same_key, {"sr-cert": old, "other": new})
    assert (wrong.field, wrong.found) == ("public-key", "that of sr-cert")
    assert check_is_new(read(issue(OTHER, key=rsa_key(), issuer=dn(("CN", "X")))), {"sr-cert": old}) == ()


CASES: dict[str, tuple[Callable[[], bytes], dict[str, Any], list[str]]] = {
    "issued by another CA of the same name": (lambda: issue(OTHER), {}, ["signature"]),
    "issuer of another name": (lambda: issue(issuer=dn(("CN", "X"))), {}, ["issuer"]),
    "another CN": (lambda: issue(subject=dn(("C", "NL"), ("ST", "ZH"), ("O", "Nokia"), ("CN", "x"))), {}, ["subject"]),
    "a part of the subject missing": (lambda: issue(subject=dn(("CN", "sr"))), {}, ["subject"]),
    "another address": (lambda: issue(ips=("172.20.20.6",)), {}, ["san-ip"]),
    "one address too many": (lambda: issue(ips=("172.20.20.5", "172.20.20.6")), {}, ["san-ip"]),
    "no address": (lambda: issue(ips=()), {}, ["san-ip"]),
    "an unasked DNS name": (lambda: issue(domains=("sr",)), {}, ["san-dns"]),
    "expired": (lambda: issue(), {"now": NOW + timedelta(days=366)}, ["not-after"]),
    "not yet valid": (lambda: issue(), {"now": NOW - timedelta(hours=2)}, ["not-before"]),
    "a CA certificate expired": (
        lambda: issue(not_after=NOW + timedelta(days=9999)), {"now": NOW + timedelta(days=3700)}, ["ca-not-after"],
    ),
    "a smaller key": (lambda: issue(key=rsa_key(1024)), {}, ["key-bits"]),
    "another kind of key": (
        lambda: issue(key=ec.generate_private_key(ec.SECP256R1())), {}, ["key-type", "key-bits"],
    ),
    "another public key": (lambda: issue(), {"expected_public_key_sha256": "00" * 32}, ["public-key"]),
    "key usage without signature": (lambda: issue(usage=key_usage("key_encipherment")), {}, ["key-usage"]),
    "key usage without encipherment, for static RSA": (
        lambda: issue(usage=key_usage("digital_signature")), {"static_rsa": True}, ["key-usage-static-rsa"],
    ),
    "key usage without encipherment, for ECDHE": (lambda: issue(usage=key_usage("digital_signature")), {}, []),
    "for TLS clients only": (
        lambda: issue(extended=(ExtendedKeyUsageOID.CLIENT_AUTH,)), {}, ["extended-key-usage"],
    ),
    "for any purpose": (lambda: issue(extended=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)), {}, []),
    "a CA itself": (lambda: issue(is_ca=True), {}, ["basic-constraints"]),
    "size left open": (lambda: issue(key=rsa_key(1024)), {"key_bits": 0}, []),
}


@pytest.mark.law(1)
@pytest.mark.parametrize("case", CASES)
def test_check_issued_names_exactly_what_is_wrong(case: str) -> None:
    """Each fault of an issued certificate is found, and nothing else is."""
    make, changes, expected = CASES[case]

    assert fields(check(make(), **changes)) == expected


def test_a_certificate_whose_issuer_is_no_ca_is_refused() -> None:
    """A signature by a certificate without CA rights is no chain."""
    no_ca = CA.make(is_ca=False, usage=key_usage("digital_signature"))

    assert fields(check(no_ca.issue(key=KEY), ca=no_ca.pem)) == ["ca-basic-constraints", "ca-key-usage"]


def test_a_mismatch_says_wanted_and_found() -> None:
    """The words of a mismatch are those of the intent and of the certificate."""
    found = check(issue(ips=("172.20.20.6",)))

    assert found == (Mismatch("san-ip", "172.20.20.5", "172.20.20.6"),)


def test_what_is_no_certificate_raises() -> None:
    """Garbage from a router is an error, not a list of mismatches."""
    with pytest.raises(PKIError):
        check(b"garbage")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"usage": key_usage("key_cert_sign", "crl_sign")}, []),
        ({"usage": key_usage("key_cert_sign")}, ["key-usage"]),
        ({"usage": key_usage("digital_signature")}, ["key-usage", "key-usage"]),
        ({"is_ca": False}, ["basic-constraints"]),
        ({"is_ca": None}, ["basic-constraints"]),
        ({"not_after": NOW - timedelta(seconds=1)}, ["not-after"]),
        ({"not_before": NOW + timedelta(seconds=1)}, ["not-before"]),
    ],
)
def test_ca_certificate_is_checked_as_sr_os_does_at_enable(changes: dict[str, Any], expected: list[str]) -> None:
    """What would keep a ca-profile down is found before anything is sent."""
    assert fields(check_ca_certificate(read(CA.make(key=KEY, **changes).pem), NOW)) == expected


def test_a_version_1_certificate_is_no_ca_certificate(tmp_path: Path) -> None:
    """SR OS wants version 3: a certificate of version 1, which has no extensions, is refused by version too."""
    key, request = tmp_path / "key", tmp_path / "request"
    new = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=old"]
    subprocess.run([*new, "-keyout", key, "-out", request], check=True, capture_output=True)
    sign = ["openssl", "x509", "-req", "-in", str(request), "-signkey", str(key), "-days", "2"]
    old = subprocess.run(sign, check=True, capture_output=True).stdout

    assert fields(check_ca_certificate(read(old), read(old).not_before)) == ["version", "basic-constraints"]


def test_satisfies_compares_what_a_display_shows() -> None:
    """Subject, names, issuer and validity are compared; without an issuer it is left open."""
    info = read(issue())
    wanted: dict[str, Any] = {"subject": SUBJECT, "san_ips": {"172.20.20.5"}, "san_dns": (), "now": NOW}

    assert satisfies(info, issuer=read(AUTHORITY.pem), **wanted) == ()
    assert satisfies(info, issuer=None, **wanted) == ()
    other = CA.make(key=KEY, name=dn(("CN", "Other")))
    assert fields(satisfies(info, issuer=read(other.pem), **wanted)) == ["issuer"]
    assert fields(satisfies(info, issuer=None, **(wanted | {"now": NOW + timedelta(days=400)}))) == ["not-after"]
    assert fields(satisfies(info, issuer=None, key_type="rsa", key_bits=4096, **wanted)) == ["key-bits"]


@pytest.mark.parametrize(("left", "due"), [(31, False), (30, True), (1, True), (-1, True)])
def test_renewal_is_due_from_the_given_time_before_the_end(left: int, due: bool) -> None:
    """Renewal begins exactly the given time before the certificate ends, and stays due afterwards."""
    info = read(issue(not_after=NOW + timedelta(days=left), not_before=NOW - timedelta(days=60)))

    assert renewal_due(info, timedelta(days=30), NOW) is due


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("issuer", "own", "found"),
    [("01", "01", []), ("01", "02", ["issuer-key"]), ("", "02", []), ("01", "", [])],
)
def test_two_cas_of_one_name_are_told_apart_by_their_keys(issuer: str, own: str, found: list[str]) -> None:
    """A CA that was rolled over keeps its name; where one of both does not tell its key the name must do."""
    shown = replace(read(issue()), authority_key_id=issuer)
    authority = replace(read(AUTHORITY.pem), subject_key_id=own)

    wrong = satisfies(
        shown, subject=SUBJECT, san_ips={"172.20.20.5"}, san_dns=(), issuer=authority, now=NOW
    )

    assert fields(wrong) == found
    assert is_issued_by(shown, authority) is (not found)
