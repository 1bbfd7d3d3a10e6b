"""The chain that a TLS peer has been verified by, and whether all of it is valid now, by the router's clock.

Owns what OpenSSL would judge by the machine's clock. Contexts whose peers are judged here have NO_CHECK_TIME.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography import x509

#: X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python's ssl module has no name for.
NO_CHECK_TIME = 0x200000
_DER = 2


def leave_time_alone(context: ssl.SSLContext) -> None:
    """Have a context verify everything but the times of certificates."""
    context.verify_flags = ssl.VerifyFlags(int(context.verify_flags) | NO_CHECK_TIME)


def verified_chain(secured: ssl.SSLObject | ssl.SSLSocket) -> tuple[bytes, ...]:
    """The certificates of a peer that was verified, in DER, the peer's own first and a trust anchor last."""
    public = getattr(secured, "get_verified_chain", None)
    if public is not None:
        # Python 3.13 on.
        return tuple(public())
    # Before, only the object behind has it.
    hidden: Any = secured._sslobj  # type: ignore[union-attr]
    return tuple(item.public_bytes(_DER) for item in hidden.get_verified_chain() or ())


def untimely(chain: Iterable[bytes], now: datetime) -> str:
    """Why a chain is not valid at that time, in OpenSSL's words; empty when it is."""
    for der in chain:
        certificate = x509.load_der_x509_certificate(der)
        if now < certificate.not_valid_before_utc:
            return "certificate is not yet valid"
        if now > certificate.not_valid_after_utc:
            return "certificate has expired"
    return ""
