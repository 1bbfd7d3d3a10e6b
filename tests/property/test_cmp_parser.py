"""No byte string makes the CA fail: it answers with CMP, or says that there is nothing to answer."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator
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
    certrequests,
    general,
    messages,
    parse_dn,
    pss,
    revoking,
)
from sroscert_lab.cmp.algorithms import DIGESTS, HASHES, known
from sroscert_lab.cmp.issuing import new_authority
from sroscert_lab.cmp.macs import PBM, PBMAC1, MacParameters, MacProtector, PBMAC1Parameters, mac_parameters
from sroscert_lab.cmp.signatures import sign, signature_algorithm
from sroscert_lab.cmp.status import BodyKind, Refusal

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


# --- each reader alone ------------------------------------------------------------------------------------------------

TAGS = st.sampled_from([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x18, 0x30, 0x31, 0x80, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4])
LEAVES = st.builds(asn1.wrap, TAGS, st.binary(max_size=20)) | st.sampled_from([
    asn1.algorithm(PBMAC1), asn1.algorithm(PBM), asn1.algorithm("1.2.840.113549.1.5.12"), asn1.algorithm(pss.PSS),
    asn1.algorithm("1.2.840.113549.2.9", b"\x05\x00"), asn1.encode(1000), asn1.encode(2**70), asn1.NULL_DN,
])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(lambda tag, parts: asn1.wrap(tag, b"".join(parts)), TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)
PARAMETERS = st.builds(lambda oid, parts: asn1.algorithm(oid, b"".join(parts)),
                       st.sampled_from([PBM, PBMAC1, pss.PSS]), st.lists(TREES, max_size=2))
AUTHORITY = new_authority("CN=x", "ecdsa-p256", NOW, NOW).certificate
READERS: dict[str, Callable[[bytes], object]] = {
    "MAC": mac_parameters,
    "PSS": lambda der: pss.read(der, lambda identifier: known(DIGESTS, identifier)),
    "ir": lambda der: certrequests.read(BodyKind.IR, der),
    "p10cr": lambda der: certrequests.read(BodyKind.P10CR, der),
    "rr": lambda der: revoking.read_request(der, AUTHORITY),
    "genm": lambda der: general.read_items(der, exactly_one=False),
}


@pytest.mark.parametrize("reader", READERS)
@FEW
@given(der=st.one_of(TREES, PARAMETERS, st.binary(max_size=60)))
def test_a_reader_reads_or_refuses(reader: str, der: bytes) -> None:
    """Whatever the DER, a reader gives a value or raises Refusal; nothing else ever leaves it."""
    with contextlib.suppress(Refusal):
        READERS[reader](der)


@FEW
@given(
    kind=st.sampled_from([MacParameters, PBMAC1Parameters]), name=st.sampled_from(sorted(HASHES)),
    count=st.integers(1000, 100_000),
)
def test_parameters_of_macs_survive_their_encoding(
    kind: type[MacParameters | PBMAC1Parameters], name: str, count: int
) -> None:
    """What a peer reads is what was meant, for each hash and count."""
    parameters = kind.fresh(name, count)
    assert mac_parameters(parameters.algorithm()) == parameters
