"""Requests and answers of EST spoilt by seed: the CA refuses in order, and the router's client reads or refuses.

EST_FUZZ_INPUTS and EST_FUZZ_SEED ask for a longer run or another one.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, parse_dn
from sroscert_lab.cmp.names import AlternativeNames
from sroscert_lab.cmp.status import Refusal
from sroscert_lab.est.enrolling import ENROLL, REENROLL, Client, LoginRequired, answer
from sroscert_lab.router.pki import pkcs7

from tests.counting import note
from tests.support import der_fuzz

INPUTS = int(os.environ.get("EST_FUZZ_INPUTS", "400"))
SEED = int(os.environ.get("EST_FUZZ_SEED", "7030"))
#: What cryptography thinks of odd names and serial numbers is no concern of ours.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
LONGEST_S = 3.0  # of the processor
SUBJECT = "C=NL,O=Nokia,CN=sr"


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[CertificationAuthority]:
    """A CA."""
    made = CertificationAuthority.create_or_load(
        tmp_path, "Lab CA", lambda: datetime.now(UTC), key_kind="ecdsa-p256"
    )
    yield made
    made.close()


def request() -> bytes:
    """A request that is good."""
    names = AlternativeNames(("192.0.2.1",), ("sr.example",)).as_extension()
    builder = x509.CertificateSigningRequestBuilder().subject_name(parse_dn(SUBJECT)).add_extension(names, False)
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def spoil(rng: random.Random, der: bytes, strangers: list[der_fuzz.Node]) -> bytes:
    """One of the ways to spoil it."""
    kind = rng.randrange(8)
    if kind == 0:
        return der_fuzz.deep(rng, rng.choice([100, 20_000]))
    if kind < 3:
        return der_fuzz.lie(rng, der)
    return der_fuzz.flip(rng, der) if kind < 5 else der_fuzz.rebuild(rng, der, strangers)


def test_a_spoilt_request_is_refused_in_order(ca: CertificationAuthority) -> None:
    """Whatever is asked by whoever logs in rightly, there is a certificate or a refusal, in bounded time."""
    rng, good = random.Random(SEED), request()
    strangers = der_fuzz.parse(ca.certificate().public_bytes(serialization.Encoding.DER)).all()
    refused = 0
    for number in range(INPUTS):
        client, spoilt = coded(ca, f"sr-{number}"), spoil(rng, good, strangers)
        started = time.process_time()
        try:
            answer(ca, rng.choice((ENROLL, REENROLL)), spoilt, client)
        except (Refusal, LoginRequired):
            refused += 1
        assert time.process_time() - started < LONGEST_S, spoilt.hex()
    note("fuzz", "EST requests", INPUTS)
    assert refused > INPUTS * 0.8
    assert answer(ca, ENROLL, good, coded(ca, "sr")) is not None


def coded(ca: CertificationAuthority, reference: str) -> Client:
    """A client with a fresh code."""
    code = ca.codes.issue(reference, subject=SUBJECT, san_ips=("192.0.2.1",), san_dns=("sr.example",))
    return Client(login=(code.reference, code.secret))


def test_a_spoilt_answer_is_read_or_refused(ca: CertificationAuthority) -> None:
    """The router's reader of PKCS #7 gives certificates and CRLs, or ValueError."""
    rng = random.Random(SEED)
    own = ca.certificate().public_bytes(serialization.Encoding.DER)
    strangers = der_fuzz.parse(own).all()
    answers = pkcs7.of_certificates([own, own]), pkcs7.of_crl(ca.crl_der())
    for _ in range(INPUTS):
        spoilt = spoil(rng, rng.choice(answers), strangers)
        for read in (pkcs7.certificates, pkcs7.crls):
            try:
                read(spoilt)
            except ValueError:
                continue
    note("fuzz", "EST answers", INPUTS)
