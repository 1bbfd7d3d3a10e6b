"""Certificates for tests, minted at run time: a CA and what it issues, with anything about them changed at will."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier
from sroscert_lab.cmp import asn1

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_OIDS = {
    "C": NameOID.COUNTRY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME, "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME, "UID": NameOID.USER_ID,
}


def dn(*pairs: tuple[str, str]) -> x509.Name:
    """Build an X.509 name from (short attribute name, value) pairs."""
    return x509.Name([x509.NameAttribute(_OIDS[kind], value) for kind, value in pairs])


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make an RSA key."""
    return rsa.generate_private_key(65537, bits)


def key_usage(*allowed: str) -> x509.KeyUsage:
    """Build a key usage extension that allows the named bits and no other."""
    fields = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )
    return x509.KeyUsage(**{field: field in allowed for field in fields})


@dataclass
class CA:
    """A self-signed CA certificate and its key."""

    key: PrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(
        cls, *, name: x509.Name | None = None, is_ca: bool | None = True, usage: x509.KeyUsage | None = None,
        not_before: datetime = NOW - timedelta(days=1), not_after: datetime = NOW + timedelta(days=3650),
        key: PrivateKey | None = None,
    ) -> CA:
        """Make a CA; ``is_ca`` None leaves basicConstraints out."""
        key = key or rsa_key()
        name = name or dn(("UID", "c-0gkhtv71ootnm60rn"), ("CN", "ManagementCA"), ("O", "EJBCA Container Quickstart"))
        builder = x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), not_before, not_after
        )
        if is_ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        if usage is not None:
            builder = builder.add_extension(usage, critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def issue(
        self, *, subject: x509.Name | None = None, ips: tuple[str, ...] = ("172.20.20.5",),
        domains: tuple[str, ...] = (), key: PrivateKey | None = None, serial: int | None = None,
        not_before: datetime = NOW - timedelta(hours=1), not_after: datetime = NOW + timedelta(days=365),
        usage: x509.KeyUsage | None = None, extended: tuple[ObjectIdentifier, ...] = (), is_ca: bool | None = None,
        issuer: x509.Name | None = None,
    ) -> bytes:
        """Issue a certificate in DER."""
        key = key or rsa_key()
        subject = subject or dn(("CN", "sr"), ("O", "Nokia"), ("ST", "ZH"), ("C", "NL"))
        builder = x509.CertificateBuilder(
            issuer or self.certificate.subject, subject, key.public_key(), serial or x509.random_serial_number(),
            not_before, not_after,
        )
        names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(ip)) for ip in ips]
        names += [x509.DNSName(domain) for domain in domains]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usage is not None:
            builder = builder.add_extension(usage, critical=True)
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        if is_ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def crl(
        self, last_update: datetime, next_update: datetime | None, number: int = 1, revoked: tuple[int, ...] = ()
    ) -> bytes:
        """Make a CRL in DER that revokes these serial numbers; one without a nextUpdate needs an RSA key."""
        builder = x509.CertificateRevocationListBuilder(
            self.certificate.subject, last_update, next_update or last_update + timedelta(days=1)
        ).add_extension(x509.CRLNumber(number), critical=False)
        for serial in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder(serial, last_update).build()
            )
        der = builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        if next_update is not None:
            return der
        # The builder makes none without: its fifth element is taken out, and the rest is signed anew.
        assert isinstance(self.key, rsa.RSAPrivateKey)
        body, algorithm, _ = asn1.children(der)
        fields = asn1.children(body)
        body = asn1.wrap(asn1.SEQUENCE, b"".join(fields[:4] + fields[5:]))
        signature = self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())
        return asn1.wrap(asn1.SEQUENCE, body + algorithm + asn1.wrap(0x03, b"\0" + signature))
