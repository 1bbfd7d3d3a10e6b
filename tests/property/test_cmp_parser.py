"""No byte string makes the CA fail: it answers with CMP, or says that there is nothing to answer."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sroscert_lab.cmp import (
    AlternativeNames,
    CertificationAuthority,
    FailInfo,
    UnreadableRequest,
    asn1,
    messages,
    parse_dn,
)
from sroscert_lab.cmp.macs import MacParameters, MacProtector
from sroscert_lab.cmp.signatures import sign, signature_algorithm
from sroscert_lab.cmp.status import BodyKind

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
SENDER = b"\xa4\x02\x30\x00"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CertificationAuthority]:
    """A CA with a code that never runs out of patience."""
    folder: Path = tmp_path_factory.mktemp("ca")
    authority = CertificationAuthority.create_or_load(folder, "CA", lambda: NOW, key_kind="ecdsa-p256")
    authority.codes.issue("sr-1", "secret", subject="CN=sr", san_ips=("10.0.0.1",))
    yield authority
    authority.close()


def request_body() -> bytes:
    """Return the body of a good ir."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    names = messages.extension_der(AlternativeNames.of(("10.0.0.1",)).as_extension())
    request = messages.certificate_request_der(parse_dn("CN=sr").public_bytes(), public, [names])
    return messages.request_body(BodyKind.IR, request, signature_algorithm(key, "sha256"), sign(key, "sha256", request))


def sealed(body: bytes) -> bytes:
    """Return a message with this body whose MAC is right."""
    protector = MacProtector(b"sr-1", MacParameters.fresh("sha256", 100), b"secret")
    return messages.build(
        sender=SENDER, recipient=SENDER, body=body, protector=protector, transaction_id=messages.fresh_nonce(),
        sender_nonce=messages.fresh_nonce(),
    )


GOOD_BODY = request_body()
GOOD = sealed(GOOD_BODY)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """Return ``data`` with some bytes replaced, or cut short."""
    changes = st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), min_size=1, max_size=4)

    def apply(parts: tuple[list[tuple[int, int]], int]) -> bytes:
        spoilt = bytearray(data)
        for position, value in parts[0]:
            spoilt[position] = value
        return bytes(spoilt[: parts[1]])

    return st.tuples(changes, st.one_of(st.just(len(data)), st.integers(0, len(data)))).map(apply)


def check_answer(ca: CertificationAuthority, request: bytes) -> None:
    """Check that the CA answers with a PKIMessage that does not confess an accident."""
    try:
        answer = messages.parse(ca.handle(request))
    except UnreadableRequest:
        return
    if answer.body_tag == BodyKind.ERROR:
        info = asn1.decode(asn1.ErrorContent, answer.body).status
        assert FailInfo.SYSTEM_FAILURE not in asn1.bits_of(info.fail_info)


@FEW
@given(st.binary(max_size=400))
def test_any_bytes_are_answered(ca: CertificationAuthority, request: bytes) -> None:
    """Random bytes are unreadable, never a crash."""
    check_answer(ca, request)


@FEW
@given(mutated(GOOD))
def test_a_damaged_message_is_answered(ca: CertificationAuthority, request: bytes) -> None:
    """A good message with a few wrong bytes gets an orderly refusal."""
    check_answer(ca, request)


@FEW
@given(mutated(GOOD_BODY).filter(lambda body: _is_body(body)))
def test_a_damaged_body_with_a_right_mac_is_answered(ca: CertificationAuthority, body: bytes) -> None:
    """Behind the MAC the body is taken apart, and is no less strange."""
    ca.codes.restore("sr-1")
    check_answer(ca, sealed(body))


@FEW
@given(st.sampled_from(list(range(32))), st.binary(max_size=60))
def test_any_content_of_any_kind_is_answered(ca: CertificationAuthority, tag: int, content: bytes) -> None:
    """Every kind of body copes with any content, well-formed or not."""
    if tag == 31:
        return
    check_answer(ca, sealed(asn1.wrap(0xA0 | tag, content)))
    check_answer(ca, sealed(asn1.wrap(0xA0 | tag, asn1.wrap(asn1.SEQUENCE, content))))


def _is_body(body: bytes) -> bool:
    try:
        asn1.content_of(body)
    except ValueError:
        return False
    return True
