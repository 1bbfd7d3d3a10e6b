"""A run of messages spoilt by seed against the lab's CA: whatever comes, it answers in order and in bounded time.

CMP_FUZZ_INPUTS and CMP_FUZZ_SEED ask for a longer run or another one. What is done to a message follows from the seed;
keys, salts and signatures in it are new each time, so a message that is not taken well is printed.
"""

from __future__ import annotations

import datetime
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, FailInfo, UnreadableRequest, asn1, general, messages, parse_dn
from sroscert_lab.cmp.macs import MacParameters, MacProtector, Parameters, PBMAC1Parameters
from sroscert_lab.cmp.protection import Protector
from sroscert_lab.cmp.server import MAX_REQUEST_BYTES
from sroscert_lab.cmp.signatures import SignatureProtector
from sroscert_lab.cmp.status import BodyKind, Refusal

from tests.counting import note
from tests.support import der_fuzz
from tests.support.cmp_messages import NULL_SENDER, SECRET, SUBJECT, body, enrol, mac, read, seal, signed
from tests.support.cmp_vendors import DEVICE, Vendor, make_vendor

INPUTS = int(os.environ.get("CMP_FUZZ_INPUTS", "1500"))
SEED = int(os.environ.get("CMP_FUZZ_SEED", "4210"))
LONGEST_S = 3.0  # of the processor
NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
COUNTS = (-1, 0, 1, 99, 100_001, 2**31, 2**63, 2**64, 2**4000)


@dataclass(frozen=True)
class Target:
    """The CA, and who may send to it."""

    ca: CertificationAuthority
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    vendor: Vendor

    def protectors(self) -> tuple[tuple[Protector, bytes, x509.Certificate | None], ...]:
        """Return everybody's protection, sender and certificate."""
        pbmac1 = MacProtector(b"sr-1", PBMAC1Parameters.fresh("sha256", 1000), SECRET.encode())
        named = asn1.wrap(0xA4, parse_dn(SUBJECT).public_bytes())
        device = asn1.wrap(0xA4, parse_dn(DEVICE).public_bytes())
        return (
            (mac(iterations=100), NULL_SENDER, None),
            (pbmac1, named, None),
            (SignatureProtector(self.key, None), named, self.certificate),
            (SignatureProtector(self.vendor.key, None), device, self.vendor.certificate),
        )


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A CA with a code, a certificate that it issued, and a vendor that it trusts."""
    folder: Path = tmp_path_factory.mktemp("ca")
    ca = CertificationAuthority.create_or_load(folder, "Lab CA", lambda: NOW, key_kind="ecdsa-p256")
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    key, vendor = ec.generate_private_key(ec.SECP256R1()), make_vendor(NOW)
    ca.vendors.trust(vendor.root.certificate)
    ca.vendors.trust(vendor.intermediate)  # so that the certificate of the device alone will do
    certificate = enrol(ca, key)
    yield Target(ca, key, certificate, vendor)
    ca.close()




def bodies(target: Target) -> list[bytes]:
    """Return a good body of each kind."""
    key, der = target.key, serialization.Encoding.DER
    csr = x509.CertificateSigningRequestBuilder(parse_dn(SUBJECT)).sign(key, hashes.SHA256()).public_bytes(der)
    template = asn1.CertTemplate(
        serial_number=5, issuer=asn1.parts(target.ca.certificate().subject.public_bytes())
    )
    revocation = asn1.wrap(asn1.SEQUENCE, asn1.encode(asn1.RevDetails(details=template)))
    digest = target.certificate.fingerprint(hashes.SHA256())
    return [
        body(key),
        body(key, kind=BodyKind.CR),
        body(ec.generate_private_key(ec.SECP256R1()), kind=BodyKind.KUR, old=target.certificate),
        asn1.wrap(asn1.context(BodyKind.P10CR), csr),
        asn1.wrap(asn1.context(BodyKind.RR), revocation),
        *(genm(oid, target.ca.certificate().public_bytes(der)) for oid in general._ANSWERS),
        messages.cert_conf_body(digest, Refusal(FailInfo.INCORRECT_DATA, "no")),
        messages.poll_request_body(),
        messages.error_body(Refusal(FailInfo.INCORRECT_DATA, "no")),
    ]


def genm(oid: str, value: bytes) -> bytes:
    """Return a question with a value."""
    item = asn1.wrap(asn1.SEQUENCE, asn1.encode(x509.ObjectIdentifier(oid)) + value)
    return asn1.wrap(asn1.context(BodyKind.GENM), asn1.wrap(asn1.SEQUENCE, item))


def sealed(rng: random.Random, target: Target, content: bytes) -> bytes:
    """Return a message around a body, whose protection is right."""
    protectors = target.protectors()
    fitting = {0xA0: (0, 1, 3), 0xA2: (2,), 0xA7: (2,), 0xAB: (2,)}.get(content[0] if content else 0, (0, 1, 2))
    protector, sender, certificate = protectors[rng.choice(fitting if rng.random() < 0.9 else range(4))]
    return seal(
        content, protector, sender=sender, tid=rng.randbytes(16) if rng.random() < 0.9 else b"t" * 16,
        pvno=rng.choice([2, 3]), nonce=rng.randbytes(16), recip_nonce=rng.choice([None, rng.randbytes(16)]),
        implicit=rng.random() < 0.5,
        certificates=() if certificate is None else (certificate.public_bytes(serialization.Encoding.DER),),
    )


def counted(rng: random.Random, target: Target, content: bytes) -> bytes:
    """Return a message with an absurd number of iterations."""
    count = rng.choice(COUNTS)
    good, other = MacParameters.fresh("sha256", 100), PBMAC1Parameters.fresh("sha256", 1000)
    choices: list[Parameters] = [
        MacParameters(good.owf, good.mac, count, good.salt),
        PBMAC1Parameters(other.prf, other.mac, count, other.salt, 32),
        PBMAC1Parameters(other.prf, other.mac, 1000, other.salt, count),
    ]
    algorithm = rng.choice(choices).algorithm()

    class Absurd(MacProtector):
        """Names parameters that it does not compute with."""

        def algorithm(self) -> bytes:
            return algorithm

    return seal(content, Absurd(b"sr-1", good, SECRET.encode()), tid=rng.randbytes(16))


def nested(rng: random.Random, target: Target, content: bytes) -> bytes:
    """Return a message with very deep or very long content."""
    inner = der_fuzz.deep(rng, rng.choice([300, 3000, 20_000]))
    tag = content[0] if rng.random() < 0.8 else 0xA0 | rng.randrange(31)
    return sealed(rng, target, asn1.wrap(tag, rng.choice([inner, asn1.wrap(asn1.SEQUENCE, inner), b"\x05\x00" * 9999])))


def handle(ca: CertificationAuthority, request: bytes) -> str:
    """Return how a request ended. Fails when the CA confesses an accident."""
    if len(request) > MAX_REQUEST_BYTES:
        return "too long"  # the server's business: HTTP 413
    try:
        answer = read(ca.handle(request))
    except UnreadableRequest:
        return "unreadable"
    assert FailInfo.SYSTEM_FAILURE not in answer.fail_info, request.hex()
    return "refused" if answer.fail_info else "served"


def test_spoilt_messages_get_orderly_answers(target: Target) -> None:
    """Never an accident, never a hang; afterwards the CA serves as before."""
    rng = random.Random(SEED)
    good = bodies(target)
    parts = [node for item in good for node in der_fuzz.parse(item).all()]
    ways: list[Callable[[bytes], bytes]] = [
        lambda item: der_fuzz.flip(rng, sealed(rng, target, item)),
        lambda item: der_fuzz.lie(rng, sealed(rng, target, item)),
        lambda item: der_fuzz.rebuild(rng, sealed(rng, target, item), parts),
        lambda item: sealed(rng, target, der_fuzz.flip(rng, item)),
        lambda item: sealed(rng, target, der_fuzz.lie(rng, item)),
        *[lambda item: sealed(rng, target, der_fuzz.rebuild(rng, item, parts))] * 5,
        lambda item: counted(rng, target, item),
        lambda item: nested(rng, target, item),
    ]
    ends: Counter[str] = Counter()
    for number in range(INPUTS):
        if number % 8 == 0:
            target.ca.codes.restore("sr-1")
            target.ca.vendors.expect(DEVICE, subject=SUBJECT, san_ips=("10.0.0.1",))
            target.ca.faults.set(pending=rng.choice([None, None, 0]))
        request = rng.choice(ways)(rng.choice(good))
        start = time.thread_time()
        ends[handle(target.ca, request)] += 1
        assert time.thread_time() - start < LONGEST_S, request.hex()
    for end, count in ends.items():
        note("fuzz", f"messages {end}", count)
    target.ca.faults.clear()
    renewal = body(ec.generate_private_key(ec.SECP256R1()), kind=BodyKind.KUR, old=target.certificate)
    assert read(target.ca.handle(signed(renewal, target.key, target.certificate))).certificate is not None
    # All three ends are met, or the run has seen one side of the parser only.
    assert min(ends["unreadable"], ends["refused"], ends["served"]) > INPUTS // 100, ends
