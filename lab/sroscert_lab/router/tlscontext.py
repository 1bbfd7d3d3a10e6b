"""TLS contexts of a router, for one connection each, made of what its profiles have loaded.

Owns the translation of SR OS's names to OpenSSL's. Listens and connects nowhere.

Limits of the lab, set by OpenSSL and Python's ssl module: 3DES cannot be served (a list of nothing else has no cipher
in common with anybody), and TLS 1.3 suites, groups and signature algorithms cannot be chosen.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .pki.conf import CipherListConf
from .pki.formats import PKIObject
from .pki.identities import TLSClientIdentity, TLSIdentity
from .tlspeer import leave_time_alone

#: Names of YANG `server-cipher-list` and `client-cipher-list` in OpenSSL's spelling; 3DES is known to the
#: builder of the list, not to Debian's OpenSSL, which leaves it out.
OPENSSL_NAMES = {
    "tls-rsa-with3des-ede-cbc-sha": "DES-CBC3-SHA",
    "tls-rsa-with-null-md5": "NULL-MD5",
    "tls-rsa-with-null-sha": "NULL-SHA",
    "tls-rsa-with-null-sha256": "NULL-SHA256",
    "tls-rsa-with-aes128-cbc-sha": "AES128-SHA",
    "tls-rsa-with-aes256-cbc-sha": "AES256-SHA",
    "tls-rsa-with-aes128-cbc-sha256": "AES128-SHA256",
    "tls-rsa-with-aes256-cbc-sha256": "AES256-SHA256",
    "tls-rsa-with-aes128-gcm-sha256": "AES128-GCM-SHA256",
    "tls-rsa-with-aes256-gcm-sha384": "AES256-GCM-SHA384",
    "tls-ecdhe-rsa-aes128-gcm-sha256": "ECDHE-RSA-AES128-GCM-SHA256",
    "tls-ecdhe-rsa-aes256-gcm-sha384": "ECDHE-RSA-AES256-GCM-SHA384",
    "tls-ecdhe-ecdsa-aes128-gcm-sha256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "tls-ecdhe-ecdsa-aes256-gcm-sha384": "ECDHE-ECDSA-AES256-GCM-SHA384",
}


def server_context(identity: TLSIdentity) -> ssl.SSLContext:
    """An ssl context for one connection, made from what the router has loaded now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The last suite is one that no client offers.
    _choose(context, identity.protocol_version, identity.ciphers, "NULL-SHA256")
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["h2"])
    _load_pair(context, (identity.certificate, *identity.chain), identity.key)
    if identity.client_authorities is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        leave_time_alone(context)
        if identity.client_authorities:
            context.load_verify_locations(cadata=b"".join(identity.client_authorities))
    return context


def client_context(identity: TLSClientIdentity, *, checks_name: bool) -> ssl.SSLContext:
    """An ssl context for one connection to a server, whose chain is verified, and its name where that is asked for.

    Not its times: those are tlspeer.py's, as in the other context.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The last suite needs a key that nobody has agreed on, and so is never offered.
    _choose(context, identity.protocol_version, identity.ciphers, "PSK-AES128-CBC-SHA")
    context.check_hostname = checks_name
    leave_time_alone(context)
    # A trust anchor may be an intermediate CA.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if identity.authorities:
        context.load_verify_locations(cadata=b"".join(identity.authorities))
    if identity.pair is not None:
        certificate, key = identity.pair
        _load_pair(context, (certificate, *identity.chain), key)
    return context


def _choose(context: ssl.SSLContext, version: str, ciphers: CipherListConf, filler: str) -> None:
    """Set versions and suites; with `filler` alone, where OpenSSL has none of them, the handshake fails."""
    # ASSUMPTION: without a tls13-cipher there is no TLS 1.3, whatever protocol-version says.
    has_13 = version in ("tls-version-13", "tls-version-all") and bool(ciphers.tls13)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if has_13 and version[-2:] == "13" else ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_3 if has_13 else ssl.TLSVersion.TLSv1_2
    names = [OPENSSL_NAMES[name] for name in ciphers.tls12 if version != "tls-version-13"]
    # Level 0: static RSA and SHA-1 are what old releases offer.
    context.set_ciphers(":".join([*names, filler, "@SECLEVEL=0"]))


def _load_pair(context: ssl.SSLContext, chain: Sequence[bytes], key: PKIObject) -> None:
    """Give certificate and key to the context by a memory file, which no other process can open by name."""
    certificates = [x509.load_der_x509_certificate(der) for der in chain]
    pem = b"".join(item.public_bytes(serialization.Encoding.PEM) for item in certificates)
    pem += key.key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with contextlib.ExitStack() as stack:
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("pair")
            stack.callback(os.close, descriptor)
            os.write(descriptor, pem)
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
            return
        file = stack.enter_context(tempfile.NamedTemporaryFile())
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
