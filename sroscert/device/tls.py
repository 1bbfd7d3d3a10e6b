"""A TLS handshake of our own, to say exactly why a router's TLS does or does not hold.

Only the CA certificates that are given are trusted, never the system's. Nothing is sent after the handshake. Owns no
gNMI and no credentials.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import replace

from sroscert.device.ports import Handshake, Reason
from sroscert.errors import PKIError, TLSProbeError
from sroscert.pki.certificate import CertificateInfo, read
from sroscert.values import endpoint

__all__ = ["COMPATIBLE", "MODERN", "STATIC_RSA", "Handshake", "Reason", "probe", "require_verified"]

MODERN = "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=0"
"""Forward secrecy only (SR OS 24.3 and later, or TLS 1.3)."""

STATIC_RSA = "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA:@SECLEVEL=0"
"""What SR OS up to 23.10 offers for TLS 1.2: key exchange by RSA (nokia-conf, tls/server-cipher-list)."""

COMPATIBLE = "ECDHE+AESGCM:ECDHE+CHACHA20:" + STATIC_RSA
"""Both, the better first. Security level 0 lets old suites and keys through to a proper reason; it accepts no chain
that does not lead to a given CA."""

_VERIFY_REASONS = {
    # X509_V_ERR_… of OpenSSL, x509_vfy.h
    2: Reason.UNKNOWN_CA, 7: Reason.UNKNOWN_CA, 19: Reason.UNKNOWN_CA, 20: Reason.UNKNOWN_CA, 21: Reason.UNKNOWN_CA,
    9: Reason.NOT_YET_VALID, 10: Reason.EXPIRED, 18: Reason.SELF_SIGNED, 62: Reason.NAME_MISMATCH,
    64: Reason.NAME_MISMATCH,
}
_LIBRARY_REASONS = {
    "WRONG_VERSION_NUMBER": Reason.PLAINTEXT_SERVER, "HTTP_REQUEST": Reason.PLAINTEXT_SERVER,
    "UNKNOWN_PROTOCOL": Reason.PLAINTEXT_SERVER, "PACKET_LENGTH_TOO_LONG": Reason.PLAINTEXT_SERVER,
    "BAD_RECORD_TYPE": Reason.PLAINTEXT_SERVER, "RECORD_LAYER_FAILURE": Reason.PLAINTEXT_SERVER,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": Reason.NO_SHARED_CIPHER,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": Reason.NO_SHARED_CIPHER, "NO_SHARED_CIPHER": Reason.NO_SHARED_CIPHER,
    "WRONG_CIPHER_RETURNED": Reason.NO_SHARED_CIPHER, "UNKNOWN_CIPHER_RETURNED": Reason.NO_SHARED_CIPHER,
    "TLSV1_ALERT_PROTOCOL_VERSION": Reason.PROTOCOL_VERSION, "UNSUPPORTED_PROTOCOL": Reason.PROTOCOL_VERSION,
    "VERSION_TOO_LOW": Reason.PROTOCOL_VERSION, "TLSV13_ALERT_CERTIFICATE_REQUIRED": Reason.CLIENT_CERTIFICATE,
    "UNEXPECTED_EOF_WHILE_READING": Reason.RESET,
}
_HINTS = {
    Reason.REFUSED: "is gRPC enabled (/configure system grpc admin-state), and is this its port?",
    Reason.UNKNOWN_CA: "the certificate was not issued by a CA of the intent",
    Reason.SELF_SIGNED: "the router serves a self-signed certificate",
    Reason.NAME_MISMATCH: "the certificate's subjectAltName must have the address that is connected to",
    Reason.EXPIRED: "renew the certificate: sroscert renew",
    Reason.NOT_YET_VALID: "compare the clocks of the router, of the CA and of this machine",
    Reason.NO_SHARED_CIPHER: "compare the server-cipher-list of the router with what clients offer; a router that "
    "demands a client certificate may answer the same",
    Reason.PLAINTEXT_SERVER: "gRPC on the router has allow-unsecure-connection instead of a tls-server-profile",
    Reason.CLIENT_CERTIFICATE: "the router's server-tls-profile has authenticate-client",
}


def probe(
    address: str, port: int, ca_pem: bytes, *, expected_names: Sequence[str] = (), ciphers: str = COMPATIBLE,
    timeout_s: float = 10.0,
) -> Handshake:
    """Make one handshake and say how it ended; never raises for what the router does.

    ``expected_names`` (addresses or DNS names; by default the address itself) must all be in the subjectAltName; a
    common name does not count. Where the chain is not accepted, a second handshake without verification fetches the
    certificate to be shown; it accepts nothing. ``timeout_s`` is for both together. Raises PKIError when ``ca_pem``
    holds no CA certificate.
    """
    deadline = time.monotonic() + timeout_s
    context = _context(ciphers)
    try:
        context.load_verify_locations(cadata=ca_pem.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise PKIError("the CA certificates to trust cannot be read", code="ca-certificate") from error
    # An intermediate CA may be declared as the one to trust, as gRPC allows too.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    seen, chain_refused = _shake(context, address, port, deadline)
    if seen.verified:
        return _with_name_checked(seen, expected_names or (address,))
    return _with_unverified(seen, ciphers, deadline) if chain_refused else seen


def require_verified(handshake: Handshake, router: str = "") -> Handshake:
    """Return the handshake. Raises TLSProbeError when it was not verified."""
    if not handshake.verified:
        detail = f" ({handshake.detail})" if handshake.detail else ""
        raise TLSProbeError(
            f"TLS at {endpoint(handshake.address, handshake.port)}: {handshake.reason.value}{detail}",
            reason=handshake.reason.value, hint=_HINTS.get(handshake.reason, ""), router=router,
        )
    return handshake


def _context(ciphers: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # several names are checked, by ourselves
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    context.set_alpn_protocols(["h2"])
    return context


def _shake(context: ssl.SSLContext, address: str, port: int, deadline: float) -> tuple[Handshake, bool]:
    """Make one handshake; return what it showed and whether we refused the router's chain."""
    nothing = Handshake(address, port, Reason.OTHER)
    try:
        with socket.create_connection((address, port), timeout=_left(deadline)) as raw:
            raw.settimeout(_left(deadline))
            with context.wrap_socket(raw, server_hostname=_server_name(address)) as sock:
                cipher = sock.cipher()
                der = sock.getpeercert(binary_form=True) or b""
                return Handshake(
                    address, port, Reason.OK, version=sock.version() or "", cipher=cipher[0] if cipher else "",
                    alpn=sock.selected_alpn_protocol() or "", der=der, certificate=_info(der),
                ), False
    except ssl.SSLCertVerificationError as error:
        reason = _VERIFY_REASONS.get(error.verify_code, Reason.OTHER)
        return replace(nothing, reason=reason, detail=error.verify_message), True
    except ssl.SSLError as error:
        words = (error.reason or str(error)).replace("_", " ").lower()
        return replace(nothing, reason=_LIBRARY_REASONS.get(error.reason or "", _by_class(error)), detail=words), False
    except OSError as error:
        return replace(nothing, reason=_by_class(error), detail=error.strerror or str(error)), False


def _by_class(error: OSError) -> Reason:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionResetError | BrokenPipeError):
        return Reason.RESET
    if isinstance(error, TimeoutError):
        return Reason.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return Reason.REFUSED
    if isinstance(error, ssl.SSLError):
        return Reason.OTHER
    return Reason.UNREACHABLE


def _with_unverified(seen: Handshake, ciphers: str, deadline: float) -> Handshake:
    """Add the certificate that was not accepted, read by a handshake that accepts anything and sends nothing."""
    context = _context(ciphers)
    context.verify_mode = ssl.CERT_NONE
    shown, _ = _shake(context, seen.address, seen.port, deadline)
    return replace(shown, reason=seen.reason, detail=seen.detail)


def _with_name_checked(seen: Handshake, names: Sequence[str]) -> Handshake:
    found = seen.certificate
    missing = [name for name in names if found is None or not _has_name(found, name)]
    if not missing:
        return seen
    served = sorted((*found.san_ips, *found.san_dns)) if found is not None else []
    return replace(
        seen, reason=Reason.NAME_MISMATCH,
        detail=f"{', '.join(missing)} not in subjectAltName ({', '.join(served) or 'none'})",
    )


def _has_name(certificate: CertificateInfo, name: str) -> bool:
    try:
        wanted = ipaddress.ip_address(name)
    except ValueError:
        return any(_dns_matches(pattern, name) for pattern in certificate.san_dns)
    return any(_is_address(text, wanted) for text in certificate.san_ips)


def _is_address(text: str, wanted: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(text) == wanted
    return False


def _dns_matches(pattern: str, name: str) -> bool:
    """Compare as RFC 9525 section 6.3 says: a wildcard is the whole leftmost label and stands for one label."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    first, _, rest = pattern.partition(".")
    if first == "*" and "." in rest:
        return name.partition(".")[2] == rest and not name.startswith(".")
    return pattern == name


def _server_name(address: str) -> str | None:
    """Return the name for SNI, which has no addresses (RFC 6066 section 3)."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(address)
        return None
    return address


def _info(der: bytes) -> CertificateInfo | None:
    with contextlib.suppress(PKIError):
        return read(der) if der else None
    return None


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)
