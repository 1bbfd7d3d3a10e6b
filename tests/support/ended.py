"""A certificate in use that has ended."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sroscert_lab.cmp import issuing

from tests.support.fleet import Fleet


def expire(fleet: Fleet, router: str) -> None:
    """Have a router's certificate end: the same one with an end in the past takes its place."""
    core = fleet.router(router)
    context = ssl.create_default_context(cadata=fleet.ca.certificate_pem().decode())
    context.set_ciphers("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=core.address) as connection,
    ):
        issued = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")
    authority = issuing.load(fleet.folder / "ca")
    assert authority is not None
    builder = (
        x509.CertificateBuilder(extensions=list(issued.extensions))
        .subject_name(issued.subject)
        .issuer_name(issued.issuer)
        .public_key(issued.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issued.not_valid_before_utc - timedelta(days=2))
        .not_valid_after(issued.not_valid_before_utc)
    )
    core.flash.write("cf3:/ended", builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER))
    line = "//admin certificate import type cert input cf3:/ended output sr-cert format der"
    core.behaviour.raw_command(line, "admin")
