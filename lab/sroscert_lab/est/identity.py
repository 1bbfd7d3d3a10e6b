"""The certificate of the EST server, made by its own CA when the first client comes, and kept.

Owns one file, and the TLS contexts of connections. Who a client is, ``enrolling`` decides.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import threading
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..cmp import issuing
from ..cmp.ca import CertificationAuthority
from ..cmp.names import AlternativeNames

#: RFC 6402 section 2.10: the purpose of a registration authority.
CMC_RA = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.28")
_LIFETIME = timedelta(days=20 * 365)


class ServerIdentity:
    """Key and certificate of one server.

    ``ra`` gives the certificate the purpose id-kp-cmcRA, by which a client knows an EST server that it has no name for
    (RFC 7030 section 3.6.1). An RSA key, as old routers offer no suite for another.
    """

    def __init__(self, ca: CertificationAuthority, host: str, folder: Path, *, ra: bool = True) -> None:
        self._ca = ca
        self._host = host
        self._ra = ra
        self._path = folder / "est-server.pem"
        self._lock = threading.Lock()

    def context(self) -> ssl.SSLContext:
        """Return the TLS context for one connection, which asks for a certificate of this CA or of a trusted vendor."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Static RSA is what SR OS offers up to 23.10.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with self._lock:
            if not self._is_good():
                self._make()
            self._tell_ca()
        context.load_cert_chain(self._path)
        context.verify_mode = ssl.CERT_OPTIONAL
        trusted = [self._ca.certificate(), *self._ca.vendors.roots()]
        context.load_verify_locations(
            cadata=b"".join(item.public_bytes(serialization.Encoding.DER) for item in trusted)
        )
        return context

    def _is_good(self) -> bool:
        """Whether the file is there, for this address and of this CA."""
        if not self._path.exists():
            return False
        certificate = x509.load_pem_x509_certificate(self._path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            ipaddress.ip_address(self._host) in names.get_values_for_type(x509.IPAddress)
            and certificate.issuer == self._ca.certificate().subject
        )

    def _tell_ca(self) -> None:
        """Have the CA know the certificate as its own, should anybody ask for its status."""
        certificate = x509.load_pem_x509_certificate(self._path.read_bytes())
        with self._ca.exclusively() as core:
            core.own.add(certificate.serial_number)

    def _make(self) -> None:
        with self._ca.exclusively() as core:
            key = issuing.new_key("rsa-2048", core.seed, "est")
            if not isinstance(key, rsa.RSAPrivateKey):
                raise TypeError("not an RSA key")
            certificate = issuing.issue(
                core.authority,
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"EST {self._host}")]),
                AlternativeNames.of((self._host,)),
                key.public_key(),
                issuing.Validity.starting(core.now(), core.real_now(), _LIFETIME),
                issuing.seeded_serial(core.seed, "est"),
                (ExtendedKeyUsageOID.SERVER_AUTH, *((CMC_RA,) if self._ra else ())),
            )
        pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        temporary = self._path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        temporary.replace(self._path)
