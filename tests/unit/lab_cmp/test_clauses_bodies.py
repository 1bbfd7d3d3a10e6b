"""What the CA asks of the bodies of requests, clause by clause, each breach with its failInfo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from sroscert_lab.cmp import AlternativeNames, CertificationAuthority, FailInfo, asn1, messages, parse_dn
from sroscert_lab.cmp.signatures import SigningKey, sign, signature_algorithm
from sroscert_lab.cmp.status import BodyKind, PKIStatus, Refusal

from tests.support.cmp_messages import SUBJECT, Answer, body, enrol, mac, read, seal, signed

Key = ec.EllipticCurvePrivateKey
IP = AlternativeNames.of(("10.0.0.1",)).as_extension()


def request(public: bytes | None, *, request_id: int = 0, extensions: tuple[bytes, ...] = ()) -> bytes:
    """Return the DER of a CertRequest."""
    template = asn1.CertTemplate(
        subject=asn1.parts(parse_dn(SUBJECT).public_bytes()),
        public_key=None if public is None else asn1.decode(asn1.PublicKeyInfo, public),
        extensions=[asn1.tlv(item) for item in extensions or (messages.extension_der(IP),)],
    )
    return asn1.encode(asn1.CertRequest(cert_req_id=request_id, template=template))


def spki(key: PublicKeyTypes) -> bytes:
    """Return the DER of a public key."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def proven(key: Key, der: bytes, kind: BodyKind = BodyKind.IR) -> bytes:
    """Return the body of a request with a proof of possession."""
    return messages.request_body(kind, der, signature_algorithm(key, "sha256"), sign(key, "sha256", der))


def unproven(der: bytes, popo: bytes = b"") -> bytes:
    """Return the body of an ir with this ProofOfPossession."""
    return asn1.wrap(asn1.context(BodyKind.IR), asn1.wrap(asn1.SEQUENCE, asn1.wrap(asn1.SEQUENCE, der + popo)))


def with_input(key: Key) -> bytes:
    """Return an ir whose complete template is signed over a poposkInput in its place."""
    der = request(spki(key.public_key()))
    sender = asn1.wrap(0xA4, parse_dn(SUBJECT).public_bytes())
    signed_part = asn1.wrap(asn1.context(0), asn1.wrap(asn1.context(0), sender) + spki(key.public_key()))
    signature = asn1.encode(asn1.BitString(sign(key, "sha256", signed_part), 0))
    return unproven(der, asn1.wrap(asn1.context(1), signed_part + signature_algorithm(key, "sha256") + signature))


def twice(key: Key) -> bytes:
    """Return an ir with two requests."""
    entry = asn1.children(asn1.content_of(body(key)))[0]
    return asn1.wrap(asn1.context(BodyKind.IR), asn1.wrap(asn1.SEQUENCE, entry * 2))


Make = Callable[[Key], bytes]
case = pytest.mark.parametrize(("make", "fail_info"), [
    pytest.param(lambda key: proven(key, request(spki(key.public_key()), request_id=1)), FailInfo.BAD_REQUEST,
                 marks=pytest.mark.clause("RFC 9483 4.1.1 certReqId"), id="certReqId"),
    pytest.param(twice, FailInfo.BAD_REQUEST, marks=pytest.mark.clause("RFC 9483 4.1.1 one request"), id="two"),
    pytest.param(lambda key: unproven(request(spki(key.public_key()))), FailInfo.BAD_POP,
                 marks=pytest.mark.clause("RFC 4211 4 missing"), id="no proof"),
    pytest.param(lambda key: unproven(request(spki(key.public_key())), b"\x80\x00"), FailInfo.NOT_AUTHORIZED,
                 marks=pytest.mark.clause("RFC 4210 5.2.8 raVerified"), id="raVerified"),
    pytest.param(with_input, FailInfo.BAD_POP, marks=pytest.mark.clause("RFC 4211 4.1 poposkInput"), id="input"),
    pytest.param(lambda key: proven(key, request(None)), FailInfo.BAD_CERT_TEMPLATE,
                 marks=pytest.mark.clause("RFC 4211 5 unknown key"), id="no key"),
    pytest.param(lambda key: proven(key, request(spki(x25519.X25519PrivateKey.generate().public_key()))),
                 FailInfo.BAD_ALG, marks=pytest.mark.clause("RFC 4211 5 unknown key"), id="x25519"),
    pytest.param(lambda key: proven(key, request(spki(ed448.Ed448PrivateKey.generate().public_key()))),
                 FailInfo.BAD_ALG, marks=pytest.mark.clause("RFC 4211 5 unknown key"), id="ed448"),
    pytest.param(lambda key: proven(key, request(spki(rsa.RSAPublicNumbers(65537, 2**16000 + 1).public_key()))),
                 FailInfo.BAD_ALG, marks=pytest.mark.clause("RFC 4211 5 unknown key"), id="16000 bits"),
    pytest.param(lambda key: proven(key, request(spki(ec.generate_private_key(ec.SECP192R1()).public_key()))),
                 FailInfo.BAD_ALG, marks=pytest.mark.clause("RFC 4211 5 unknown key"), id="p192"),
    pytest.param(lambda key: body(key, extensions=(x509.BasicConstraints(ca=True, path_length=3),)),
                 FailInfo.BAD_CERT_TEMPLATE, marks=pytest.mark.clause("RFC 5280 4.2.1.9 basicConstraints"), id="path"),
    pytest.param(lambda key: body(key, extensions=(_usage(key_cert_sign=True),)), FailInfo.BAD_CERT_TEMPLATE,
                 marks=pytest.mark.clause("RFC 5280 4.2.1.3 keyUsage"), id="signs certificates"),
    pytest.param(lambda key: proven(key, request(spki(key.public_key()), extensions=(_san(b"\x0a\x00\x01"),))),
                 FailInfo.BAD_CERT_TEMPLATE, marks=pytest.mark.clause("RFC 5280 4.2.1.6 addresses"), id="3 bytes"),
])


def _usage(**uses: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: uses.get(name, False) for name in names})


def _san(address: bytes) -> bytes:
    names = asn1.wrap(0x04, asn1.wrap(asn1.SEQUENCE, asn1.wrap(0x87, address)))
    return asn1.wrap(asn1.SEQUENCE, asn1.encode(x509.ObjectIdentifier("2.5.29.17")) + names)


@case
def test_a_request_that_breaks_a_clause(
    coded: CertificationAuthority, router_key: Key, make: Make, fail_info: FailInfo
) -> None:
    """It is refused in the ip, and the code stays unused."""
    answer = read(coded.handle(seal(make(router_key), mac())))
    assert (answer.kind, answer.status, answer.fail_info) == (BodyKind.IP, PKIStatus.REJECTION, {fail_info})
    code = coded.codes.find("sr-1")
    assert code is not None and code.consumed is None


@pytest.mark.clause("RFC 5280 4.2.1.3 keyUsage", "RFC 4211 5 publicKey")
def test_only_keys_that_can_may_agree_on_keys(coded: CertificationAuthority, router_key: Key) -> None:
    """keyAgreement is for ECDSA keys alone: RFC 3279 section 2.3, RFC 8410 section 5."""
    wish = (_usage(digital_signature=True, key_agreement=True),)
    keys: tuple[SigningKey, ...] = (
        rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate(), router_key,
    )
    answers = [
        read(coded.handle(seal(body(key, extensions=wish), mac(), tid=bytes([number]) * 16)))
        for number, key in enumerate(keys)
    ]
    bad = {FailInfo.BAD_CERT_TEMPLATE}
    assert [answer.fail_info for answer in answers] == [bad, bad, set()]
    assert answers[2].certificate is not None and answers[2].certificate.public_key() == router_key.public_key()


@pytest.mark.clause("RFC 5280 4.2.1.6 addresses")
def test_addresses_of_both_families(ca: CertificationAuthority, router_key: Key) -> None:
    """4 and 16 bytes, in any spelling of the registration."""
    ca.codes.issue("sr-1", "correct horse", subject=SUBJECT, san_ips=("10.0.0.1", "2001:DB8:0::1"))
    answer = read(ca.handle(seal(body(router_key, ips=("2001:db8::1", "10.0.0.1")), mac())))
    assert answer.certificate is not None
    names = answer.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(ip) for ip in names.get_values_for_type(x509.IPAddress)} == {"2001:db8::1", "10.0.0.1"}


# --- certConf, pollReq and the rest ---------------------------------------------------------------------------------


def conf(*entries: bytes) -> bytes:
    """Return the body of a certConf."""
    return asn1.wrap(asn1.context(BodyKind.CERT_CONF), asn1.wrap(asn1.SEQUENCE, b"".join(entries)))


def status(digest: bytes, *, fail: bool = False, hash_oid: str = "", code: int | None = None) -> bytes:
    """Return a CertStatus."""
    info = None
    if code is not None:
        info = asn1.PKIStatusInfo(status=code, fail_info=asn1.bit_string({FailInfo.INCORRECT_DATA}) if fail else None)
    algorithm = asn1.parts(asn1.algorithm(hash_oid)) if hash_oid else None
    return asn1.encode(asn1.CertStatus(cert_hash=digest, cert_req_id=0, status_info=info, hash_alg=algorithm))


SHA384, UNKNOWN = "2.16.840.1.101.3.4.2.2", "1.2.840.113549.2.5"


@pytest.mark.parametrize(("digest", "version", "entry", "fail_info"), [
    pytest.param(hashes.SHA384(), 3, {"hash_oid": SHA384}, None,
                 marks=pytest.mark.clause("RFC 9480 2.10 hashAlg"), id="another hash"),
    pytest.param(hashes.SHA384(), 2, {"hash_oid": SHA384}, FailInfo.BAD_REQUEST,
                 marks=pytest.mark.clause("RFC 9480 2.10 hashAlg"), id="in version 2"),
    pytest.param(hashes.SHA256(), 3, {"hash_oid": UNKNOWN}, FailInfo.BAD_ALG,
                 marks=pytest.mark.clause("RFC 9480 2.10 hashAlg"), id="md5"),
    pytest.param(hashes.SHA384(), 2, {}, FailInfo.BAD_CERT_ID,
                 marks=pytest.mark.clause("RFC 4210 5.3.18 certHash"), id="not the signature's"),
    pytest.param(hashes.SHA256(), 2, {"code": 0, "fail": True}, FailInfo.BAD_REQUEST,
                 marks=pytest.mark.clause("RFC 9483 4.1 accepted with failInfo"), id="accepted with failInfo"),
    pytest.param(hashes.SHA256(), 2, {"code": 1}, FailInfo.BAD_REQUEST,
                 marks=pytest.mark.clause("RFC 9483 4.1 accepted with failInfo"), id="neither yes nor no"),
    pytest.param(hashes.SHA256(), 2, {"code": 0}, None,
                 marks=pytest.mark.clause("RFC 4210 5.3.18 certHash"), id="accepted"),
])
def test_what_a_cert_conf_says(
    coded: CertificationAuthority, router_key: Key, digest: hashes.HashAlgorithm, version: int,
    entry: dict[str, object], fail_info: FailInfo | None,
) -> None:
    """A breach leaves the certificate as it is, unconfirmed and not revoked."""
    first = read(coded.handle(seal(body(router_key), mac(), pvno=version)))
    assert first.certificate is not None
    content = conf(status(first.certificate.fingerprint(digest), **entry))  # type: ignore[arg-type]
    nonce = first.message.header.sender_nonce
    answer = read(coded.handle(seal(content, mac(), recip_nonce=nonce, pvno=version)))
    if fail_info is None:
        assert answer.kind == BodyKind.PKICONF
    else:
        assert (answer.kind, answer.fail_info) == (BodyKind.ERROR, {fail_info})
    assert not coded.certificates.all()[0].revoked


@pytest.mark.clause("RFC 4210 5.3.18 empty")
def test_an_empty_cert_conf_rejects(coded: CertificationAuthority, router_key: Key) -> None:
    """The certificate is revoked, and pkiConf comes all the same."""
    first = read(coded.handle(seal(body(router_key), mac())))
    answer = read(coded.handle(seal(conf(), mac(), recip_nonce=first.message.header.sender_nonce)))
    assert answer.kind == BodyKind.PKICONF
    assert [item.revoked for item in coded.certificates.all()] == [True]


@pytest.mark.clause("RFC 9483 4.1 certConf credential")
def test_a_cert_conf_is_protected_like_the_request(coded: CertificationAuthority, router_key: Key) -> None:
    """Signed with the new certificate, or with another one of the owner, it is badRequest."""
    first = read(coded.handle(seal(body(router_key), mac(), tid=b"u" * 16)))
    assert first.certificate is not None
    content = conf(status(first.certificate.fingerprint(hashes.SHA256())))
    nonce = first.message.header.sender_nonce
    by_new = read(coded.handle(signed(content, router_key, first.certificate, recip_nonce=nonce)))
    by_mac = read(coded.handle(seal(content, mac(), tid=b"u" * 16, recip_nonce=nonce)))
    assert (by_new.kind, by_new.fail_info) == (BodyKind.ERROR, {FailInfo.BAD_REQUEST})
    assert by_mac.kind == BodyKind.PKICONF


@pytest.mark.clause("RFC 9483 4.4 pollReq")
def test_a_poll_is_about_a_request_that_waits(coded: CertificationAuthority, router_key: Key) -> None:
    """Another certReqId, two of them, or a transaction that does not wait: badRequest."""
    coded.faults.set(pending=-1)
    first = read(coded.handle(seal(body(router_key), mac())))

    def ask(*ids: int, tid: bytes = b"t" * 16) -> Answer:
        entries = b"".join(asn1.wrap(asn1.SEQUENCE, asn1.encode(number)) for number in ids)
        content = asn1.wrap(asn1.context(BodyKind.POLL_REQ), asn1.wrap(asn1.SEQUENCE, entries))
        return read(coded.handle(seal(content, mac(), tid=tid, recip_nonce=first.message.header.sender_nonce)))

    answers = [ask(-1), ask(0, 0), ask(), ask(0, tid=b"x" * 16)]
    assert [answer.fail_info for answer in answers] == [{FailInfo.BAD_REQUEST}] * 4
    assert ask(0).kind == BodyKind.POLL_REP
    coded.faults.set(pending=None)
    coded.approve()
    assert ask(0).kind == BodyKind.IP
    assert ask(0).fail_info == {FailInfo.BAD_REQUEST}


@pytest.mark.clause("RFC 9483 5.2 nested", "RFC 9483 3.6 after authentication")
@pytest.mark.parametrize("kind", [BodyKind.PKICONF, BodyKind.IP, 5, 9, 13, 17, 20, 30])
def test_other_kinds_of_body(coded: CertificationAuthority, kind: int) -> None:
    """Answers, key recovery, announcements, nested messages: badRequest, under the MAC of the sender."""
    answer = read(coded.handle(seal(asn1.wrap(asn1.context(kind), b"\x05\x00"), mac())))
    assert (answer.kind, answer.fail_info) == (BodyKind.ERROR, {FailInfo.BAD_REQUEST})
    assert answer.message.header.sender_kid == b"sr-1"


@pytest.mark.clause("RFC 9483 4.1 error")
def test_a_client_that_gives_up(coded: CertificationAuthority, router_key: Key) -> None:
    """An error in place of certConf: revoked, pkiConf, and nothing left to confirm."""
    certificate = enrol(coded, router_key)
    new = ec.generate_private_key(ec.SECP256R1())
    first = read(coded.handle(signed(body(new, kind=BodyKind.KUR, old=certificate), router_key, certificate)))
    nonce = first.message.header.sender_nonce
    error = messages.error_body(Refusal(FailInfo.INCORRECT_DATA, "no"))
    answer = read(coded.handle(signed(error, router_key, certificate, recip_nonce=nonce)))
    assert answer.kind == BodyKind.PKICONF
    assert [item.revoked for item in coded.certificates.all()] == [False, True]
