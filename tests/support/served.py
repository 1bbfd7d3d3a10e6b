"""What a TLS client is shown at a lab router's gNMI port, without sroscert, and what it would be shown after a boot."""

from __future__ import annotations

import socket
import ssl

from cryptography import x509
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import RouterPKI
from sroscert_lab.router.pki.failure import PKIRefusal

_CIPHERS = "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"


def served(core: RouterCore) -> str:
    """The serial number of the certificate, in hex. OSError when the handshake fails."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(_CIPHERS)
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=30) as plain,
        context.wrap_socket(plain) as connection,
    ):
        return f"{x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b'').serial_number:x}"


def is_pair(core: RouterCore) -> bool:
    """Whether the files in system-pki belong together: what a router that boots now would serve."""
    assert isinstance(core.behaviour, RouterPKI)
    try:
        core.behaviour.profiles.check_pair("sr-cert", "sr-key")
    except PKIRefusal:
        return False
    return True
