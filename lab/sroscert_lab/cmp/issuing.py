"""The CA's own key and certificate, and the certificates it makes. Decides nothing: see ``policy``."""

from __future__ import annotations

import datetime
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, SignatureAlgorithmOID

from ..seededkeys import KeyMaker
from .names import AlternativeNames, parse_dn
from .policy import CertifiedKey
from .signatures import SIGNING_KEYS, SigningKey, pss_padding

KEY_FILE = "ca-key.pem"
CERTIFICATE_FILE = "ca.pem"
CRL_REASONS = {
    1: x509.ReasonFlags.key_compromise,
    2: x509.ReasonFlags.ca_compromise,
    3: x509.ReasonFlags.affiliation_changed,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
    6: x509.ReasonFlags.certificate_hold,
    9: x509.ReasonFlags.privilege_withdrawn,
    10: x509.ReasonFlags.aa_compromise,
}
"""CRLReason of RFC 5280 section 5.3.1; unspecified (0) should be left out of a CRL, removeFromCRL (8) is for deltas."""
TLS_PURPOSES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
"""A router is a server to its gNMI clients, and a client where it renews over EST."""
_BACKDATE = datetime.timedelta(minutes=5)
_CA_LIFETIME = datetime.timedelta(days=20 * 365)
_CURVES: dict[str, tuple[ec.EllipticCurve, str]] = {
    "ecdsa-p256": (ec.SECP256R1(), "sha256"),
    "ecdsa-p384": (ec.SECP384R1(), "sha384"),
    "ecdsa-p521": (ec.SECP521R1(), "sha512"),
}
KEY_KINDS = ("rsa-<bits>", "rsa-pss-<bits>", *_CURVES, "ed25519")


@dataclass(frozen=True, slots=True)
class Authority:
    """The CA's key and certificate. How the certificate is signed says how the CA signs everything."""

    key: SigningKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def with_pss(self) -> bool:
        """Whether an RSA key signs by RSASSA-PSS."""
        return self.certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS

    @property
    def hash_name(self) -> str:
        """The hash of its signatures; Ed25519 has its own."""
        digest = self.certificate.signature_hash_algorithm
        return "sha512" if digest is None else digest.name

    def sign_certificate(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Return the certificate, signed."""
        return builder.sign(self.key, _digest(self.key, self.hash_name), rsa_padding=_padding(self))

    def sign_crl(self, builder: x509.CertificateRevocationListBuilder) -> bytes:
        """Return the DER of the CRL, signed."""
        crl = builder.sign(self.key, _digest(self.key, self.hash_name), rsa_padding=_padding(self))
        return crl.public_bytes(serialization.Encoding.DER)

    @property
    def key_id(self) -> bytes:
        """The subject key identifier."""
        return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

    @property
    def der(self) -> bytes:
        """The certificate's DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True, slots=True)
class Validity:
    """When a certificate is valid."""

    not_before: datetime.datetime
    not_after: datetime.datetime

    @classmethod
    def starting(
        cls, lab_now: datetime.datetime, real_now: datetime.datetime, lifetime: datetime.timedelta
    ) -> Validity:
        """Return the validity of a certificate made now.

        TLS clients live in real time and routers in lab time, so it begins five minutes before the earlier of the two.
        The lifetime counts from lab time.
        """
        start = min(lab_now, real_now) - _BACKDATE
        return cls(start.replace(microsecond=0), (lab_now + lifetime).replace(microsecond=0))


def new_key(kind: str, seed: str = "", *purpose: str | int) -> SigningKey:
    """Return a key of one of ``KEY_KINDS``; with a seed the same one for the same purpose. Raises ValueError."""
    maker = KeyMaker(seed)
    if kind in _CURVES:
        return maker.ec(_CURVES[kind][0], "ca", *purpose)
    if kind == "ed25519":
        return maker.ed25519("ca", *purpose)
    family, _, bits = kind.rpartition("-")
    if family not in ("rsa", "rsa-pss") or not bits.isdigit():
        raise ValueError(f"{kind!r} is not a kind of key; there are {', '.join(KEY_KINDS)}")
    return maker.rsa(int(bits), "ca", family, *purpose)


def _digest(key: SigningKey, name: str) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    kinds: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
        "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
    }
    return kinds[name]()


def _padding(authority: Authority) -> padding.PSS | None:
    return pss_padding(authority.hash_name) if authority.with_pss else None


def _usage(*, ca: bool, encipherment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=encipherment, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )


def seeded_serial(seed: str, number: str | int) -> int:
    """Return a serial number, random without a seed; with one the same for the same ``number``."""
    if not seed:
        return x509.random_serial_number()
    return int.from_bytes(hashlib.sha256(f"{seed}:serial:{number}".encode()).digest()[:20]) >> 1 or 1


def new_authority(
    name: str, key_kind: str, lab_now: datetime.datetime, real_now: datetime.datetime, seed: str = ""
) -> Authority:
    """Make a CA; with a seed its key is the same each time.

    ``name`` is a distinguished name, or a common name alone. Raises ValueError.
    """
    key = new_key(key_kind, seed, "own")
    subject = parse_dn(name if "=" in name else f"CN={name}")
    start = Validity.starting(lab_now, real_now, datetime.timedelta()).not_before
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    hash_name = _CURVES[key_kind][1] if key_kind in _CURVES else "sha256"
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(seeded_serial(seed, "ca"))
        .not_valid_before(start)
        .not_valid_after(max(lab_now, real_now).replace(microsecond=0) + _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        # Without digitalSignature, clients refuse the signatures on CMP messages.
        .add_extension(_usage(ca=True, encipherment=False), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    scheme = pss_padding(hash_name) if key_kind.startswith("rsa-pss-") else None
    return Authority(key, builder.sign(key, _digest(key, hash_name), rsa_padding=scheme))


def ended_copy(authority: Authority) -> x509.Certificate:
    """Return the CA's certificate as it would be had it ended before it was made: same names, key and number."""
    known = authority.certificate
    end = known.not_valid_before_utc - _BACKDATE
    builder = (
        x509.CertificateBuilder()
        .subject_name(known.subject)
        .issuer_name(known.issuer)
        .public_key(authority.key.public_key())
        .serial_number(known.serial_number)
        .not_valid_before(end - _CA_LIFETIME)
        .not_valid_after(end)
    )
    for extension in known.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return authority.sign_certificate(builder)


def issue(
    authority: Authority, subject: x509.Name, sans: AlternativeNames, key: CertifiedKey, validity: Validity,
    serial: int | None = None, purposes: tuple[x509.ObjectIdentifier, ...] = TLS_PURPOSES, ocsp_url: str = "",
) -> x509.Certificate:
    """Return a certificate for TLS, or for other ``purposes``, that ends no later than the CA's own.

    With ``ocsp_url`` it names the responder (RFC 5280 section 4.2.2.1).
    """
    issuer_id = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(max(validity.not_before, authority.certificate.not_valid_before_utc))
        .not_valid_after(min(validity.not_after, authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False, encipherment=isinstance(key, rsa.RSAPublicKey)), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
    )
    if sans:
        builder = builder.add_extension(sans.as_extension(), critical=False)
    if ocsp_url:
        responder = x509.UniformResourceIdentifier(ocsp_url)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, responder)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return authority.sign_certificate(builder)


@dataclass(frozen=True, slots=True)
class RevokedSerial:
    """An entry of a CRL; ``time`` is None when nobody has noted it."""

    serial: int
    time: datetime.datetime | None = None
    reason: int = 0


def revocation_list(
    authority: Authority, entries: tuple[RevokedSerial, ...], number: int, lab_now: datetime.datetime,
    real_now: datetime.datetime, after: datetime.datetime | None = None,
) -> bytes:
    """Return the DER of a CRL with these entries, valid for a year.

    RFC 5280 section 5.1: its thisUpdate is later than ``after``, that of the CRL before.
    """
    start = Validity.starting(lab_now, real_now, datetime.timedelta()).not_before
    if after is not None:
        start = max(start, after + datetime.timedelta(seconds=1))
    issuer_id = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(start)
        .next_update(max(lab_now, real_now).replace(microsecond=0) + datetime.timedelta(days=365))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for item in entries:
        when = min(start, start if item.time is None else item.time.replace(microsecond=0))
        entry = x509.RevokedCertificateBuilder().serial_number(item.serial).revocation_date(when)
        flag = CRL_REASONS.get(item.reason)
        if flag is not None:
            entry = entry.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return authority.sign_crl(builder)


def load(folder: Path) -> Authority | None:
    """Return the CA kept in a folder, or None when there is none. Raises ValueError, OSError."""
    try:
        key_pem = (folder / KEY_FILE).read_bytes()
        certificate_pem = (folder / CERTIFICATE_FILE).read_bytes()
    except FileNotFoundError:
        return None
    # Ours, and readable by its owner only: to check an RSA key takes longer than the rest of the start.
    key = serialization.load_pem_private_key(key_pem, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, SIGNING_KEYS):
        raise ValueError("the CA's key is of an unknown kind")
    return Authority(key, x509.load_pem_x509_certificate(certificate_pem))


def save(authority: Authority, folder: Path) -> None:
    """Write key and certificate, readable by the owner only; the certificate last, for it marks the CA as complete."""
    pem = authority.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / KEY_FILE, pem)
    _write(folder / CERTIFICATE_FILE, authority.certificate.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
