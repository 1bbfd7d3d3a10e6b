"""What the lab's router believes of an OCSP response; openssl's own responder is in tests/integration."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from sroscert_lab.router.pki.ocspanswer import Inquiry, Unreliable

from tests.counting import note
from tests.support.der_fuzz import flip, lie, parse, rebuild
from tests.support.minting import CA, NOW, dn

GOOD, BY_NAME = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPResponderEncoding.NAME
_FUZZ = 300


@dataclasses.dataclass(frozen=True)
class Made:
    """How a response is made; what a test changes of it is what it is about."""

    authority: CA
    certificate: x509.Certificate
    hash_algorithm: hashes.HashAlgorithm
    since: datetime = NOW
    until: datetime | None = NOW + timedelta(hours=1)
    signer: CA | None = None
    enclosed: tuple[x509.Certificate, ...] = ()

    def der(self) -> bytes:
        """The response."""
        signer = self.signer or self.authority
        builder = ocsp.OCSPResponseBuilder().add_response(
            self.certificate, self.authority.certificate, self.hash_algorithm, GOOD, self.since, self.until, None, None
        )
        builder = builder.responder_id(BY_NAME, signer.certificate)
        if self.enclosed:
            builder = builder.certificates(list(self.enclosed))
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def made() -> Made:
    """A response that can be believed."""
    authority = CA.make(key=ec.generate_private_key(ec.SECP256R1()))
    certificate = x509.load_der_x509_certificate(authority.issue(key=ec.generate_private_key(ec.SECP256R1())))
    return Made(authority, certificate, hashes.SHA1())  # noqa: S303


def read(made: Made, response: bytes, now: datetime = NOW) -> str:
    """What the router makes of a response to its question about the certificate of `made`."""
    return Inquiry.about(made.certificate, made.authority.certificate).read(response, now).status


def test_one_that_can_be_believed(made: Made) -> None:
    """Good until the last second of its nextUpdate, and without one for ever."""
    assert read(made, made.der(), NOW + timedelta(hours=1)) == "good"
    assert read(made, dataclasses.replace(made, until=None).der(), NOW + timedelta(days=100)) == "good"


def _delegate(made: Made, **changes: object) -> Made:
    """Have another one sign, whose certificate is enclosed; the changes are of that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    about = {"extended": (ExtendedKeyUsageOID.OCSP_SIGNING,), "subject": dn(("CN", "responder"))} | changes
    certificate = x509.load_der_x509_certificate(made.authority.issue(key=key, **about))  # type: ignore[arg-type]
    return dataclasses.replace(made, signer=CA(key, certificate), enclosed=(certificate,))


CHANGES: dict[str, Callable[[Made], Made]] = {
    "not valid yet": lambda made: dataclasses.replace(made, since=NOW + timedelta(seconds=1)),
    "out of date": lambda made: dataclasses.replace(made, since=NOW - timedelta(2), until=NOW - timedelta(seconds=1)),
    "about another certificate": lambda made: dataclasses.replace(
        made, certificate=x509.load_der_x509_certificate(made.authority.issue(key=made.authority.key))
    ),
    "another certificate": lambda made: dataclasses.replace(made, hash_algorithm=hashes.SHA256()),
    "signature of the response is wrong": lambda made: dataclasses.replace(
        made, signer=CA.make(name=made.authority.certificate.subject, key=ec.generate_private_key(ec.SECP256R1()))
    ),
    "is wrong": lambda made: dataclasses.replace(_delegate(made), enclosed=()),
    "not authorised": lambda made: _delegate(made, extended=()),
    "not authorised by": lambda made: _delegate(made, not_before=NOW - timedelta(2), not_after=NOW - timedelta(1)),
}


@pytest.mark.parametrize("words", CHANGES)
def test_one_that_cannot(made: Made, words: str) -> None:
    """Each for its own reason; the same delegate with nothing wrong is believed."""
    with pytest.raises(Unreliable, match=words):
        read(made, CHANGES[words](made).der())
    assert read(made, _delegate(made).der()) == "good"


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_spoilt_ones(made: Made) -> None:
    """Refusals and noise are no answers; what is still believed says what it said before."""
    for status in (ocsp.OCSPResponseStatus.TRY_LATER, ocsp.OCSPResponseStatus.UNAUTHORIZED):
        refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
        with pytest.raises(Unreliable, match=f"says {status.name.lower()}"):
            read(made, refusal)
    chance, whole = random.Random(1), _delegate(made).der()
    others = parse(whole).all()
    for _ in range(_FUZZ):
        spoilt = chance.choice((flip, lie, lambda rng, data: rebuild(rng, data, others)))(chance, whole)
        with contextlib.suppress(Unreliable):
            assert read(made, spoilt) == "good"
    note("fuzz", "OCSP responses", _FUZZ)
