"""A gNMI Capabilities call over verified TLS, with a deadline that holds.

The call is made in a process of its own (``gnmi_process``), which is killed at the deadline. No password leaves
before our own TLS probe has accepted the router's certificate; gRPC then verifies it once more.
"""

from __future__ import annotations

import enum
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sroscert.device import tls
from sroscert.device.credentials import Credentials
from sroscert.device.gnmi_process import PROCESSES, ProcessEndedError
from sroscert.device.ports import GNMICapabilities, GNMIModel, Handshake, Reason
from sroscert.errors import TLSProbeError
from sroscert.values import endpoint

_ECDHE = (
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


class CipherClass(enum.Enum):
    """What gRPC is allowed to offer for TLS 1.2, as ``GRPC_SSL_CIPHER_SUITES``; TLS 1.3 is offered always."""

    MODERN = _ECDHE
    COMPATIBLE = f"{_ECDHE}:AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA:AES128-SHA"
    """Also RSA key exchange, after ECDHE. CBC suites with SHA-256 and 3DES are not in gRPC's library at all."""


_REASONS = {
    "UNAUTHENTICATED": Reason.UNAUTHENTICATED, "PERMISSION_DENIED": Reason.PERMISSION_DENIED,
    "DEADLINE_EXCEEDED": Reason.TIMEOUT, "UNAVAILABLE": Reason.UNAVAILABLE, "UNIMPLEMENTED": Reason.UNAVAILABLE,
}
_WRONG_NAME = "does not match SSL server name"
"""How gRPC refuses by itself to make a call to a router whose certificate has not the dialled address."""

_HINTS = {
    Reason.UNAUTHENTICATED: "the user needs access grpc, and its password may be wrong",
    Reason.PERMISSION_DENIED: "the user's profile needs grpc rpc-authorization gnmi-capabilities permit",
    Reason.TIMEOUT: "the router accepts TLS but answers no gNMI call",
    Reason.UNAVAILABLE: "is gNMI enabled (/configure system grpc gnmi admin-state)? Does the server-cipher-list "
    "have a suite that gRPC speaks (not CBC with SHA-256, not 3DES)?",
}


def class_of(handshake: Handshake) -> CipherClass:
    """Return the class of ciphers with which gRPC reaches a router that was probed."""
    forward_secret = handshake.version == "TLSv1.3" or handshake.cipher.startswith("ECDHE")
    return CipherClass.MODERN if forward_secret else CipherClass.COMPATIBLE


def capabilities(
    address: str, port: int, ca_pem: bytes, credentials: Credentials, *, handshake: Handshake | None = None,
    expected_names: Sequence[str] = (), cipher_class: CipherClass | None = None, timeout_s: float = 15.0,
) -> GNMICapabilities:
    """Ask a router for its gNMI capabilities; ``timeout_s`` is for the whole, probe included.

    ``handshake`` is a probe that was made just now; without it one is made. ``cipher_class`` follows from it unless
    given. Raises TLSProbeError, with nothing sent where TLS does not hold.
    """
    deadline = time.monotonic() + timeout_s
    if handshake is None:
        handshake = tls.probe(address, port, ca_pem, expected_names=expected_names, timeout_s=timeout_s)
    tls.require_verified(handshake)
    return call(
        address, port, ca_pem, credentials, cipher_class=cipher_class or class_of(handshake),
        timeout_s=max(deadline - time.monotonic(), 0.001),
    )


def call(
    address: str, port: int, ca_pem: bytes, credentials: Credentials, *, cipher_class: CipherClass, timeout_s: float,
) -> GNMICapabilities:
    """Make the call in a process of its own, without a probe before it: gRPC's verification alone decides.

    Raises TLSProbeError.
    """
    with tempfile.TemporaryDirectory(prefix="sroscert-") as folder:
        ca_file = Path(folder) / "ca.pem"
        ca_file.write_bytes(ca_pem)
        request = {
            "address": address, "port": port, "username": credentials.username, "password": credentials.password,
            "ca_file": str(ca_file), "timeout_s": timeout_s,
        }
        try:
            answer = PROCESSES.ask(cipher_class.value, request, timeout_s)
        except TimeoutError:
            raise _failure(address, port, Reason.TIMEOUT, f"no answer within {timeout_s:.0f} s") from None
        except ProcessEndedError as error:
            raise _failure(address, port, Reason.OTHER, str(error)) from None
    if "status" in answer:
        reason = _REASONS.get(answer["status"], Reason.OTHER)
        if _WRONG_NAME in answer["detail"]:
            reason = Reason.NAME_MISMATCH
        detail = answer["detail"] if credentials.password not in answer["detail"] else ""
        raise _failure(address, port, reason, f"{answer['status'].lower()}: {detail}")
    return GNMICapabilities(
        version=answer["version"], models=tuple(GNMIModel(*model) for model in answer["models"]),
        encodings=tuple(encoding.upper() for encoding in answer["encodings"]),
    )


def _failure(address: str, port: int, reason: Reason, detail: str) -> TLSProbeError:
    return TLSProbeError(
        f"gNMI at {endpoint(address, port)}: {reason.value} ({detail})", reason=reason.value,
        hint=_HINTS.get(reason, ""),
    )
