"""gNMI clients and the cipher suites that each speaks, with where that was seen. Data only.

Suites have SR OS's names. What SR OS cannot offer is left out, whatever the client may speak.
"""

from __future__ import annotations

from dataclasses import dataclass

from sroscert.model.ciphers import ECDHE_ECDSA, ECDHE_RSA, RSA_CBC_SHA, RSA_GCM, TLS13


@dataclass(frozen=True, slots=True)
class Client:
    """One client as it is without settings, unless ``means`` says otherwise.

    ``tls12`` counts for RSA and ECDSA keys together; ``remedy`` makes it speak more.
    """

    name: str
    means: str
    tls12: tuple[str, ...]
    tls13: tuple[str, ...]
    remedy: str
    evidence: str


_FORWARD = (*ECDHE_ECDSA, *ECDHE_RSA)
_STATIC = (*RSA_GCM, *RSA_CBC_SHA)

_ALL = (
    Client(
        "grpcio", "Python's gRPC as it comes", _FORWARD, TLS13,
        "set GRPC_SSL_CIPHER_SUITES=HIGH before the process starts",
        "grpcio 1.85.1 measured against a TLS 1.2 server; its default list read out of the binary",
    ),
    Client(
        "grpcio-high", "Python's gRPC with GRPC_SSL_CIPHER_SUITES=HIGH", (*_FORWARD, *_STATIC), TLS13,
        "a release from 21.7 for AES-GCM, or tls-rsa-with-aes256-cbc-sha in the list",
        "grpcio 1.85.1 measured: never AES-CBC-SHA256, 3DES or NULL",
    ),
    Client(
        "pygnmi", "pygnmi, which tries HIGH by itself too late to help", _FORWARD, TLS13,
        "set GRPC_SSL_CIPHER_SUITES=HIGH before the process starts",
        "akarneliuk/pygnmi#64; pygnmi 0.8.15 measured",
    ),
    Client(
        "gnmic", "gnmic from 0.35.1", _FORWARD, TLS13,
        "gnmic from 0.36.0 with its setting for cipher suites",
        "openconfig/gnmic#367 (against 23.10.R2), #372; Go 1.22 no longer offers RSA key exchange",
    ),
    Client(
        "gnmic-0.34", "gnmic up to 0.34.3", (*_FORWARD, *_STATIC), TLS13,
        "tls-rsa-with-aes256-cbc-sha in the list",
        "openconfig/gnmic#367: 0.34.3 works against 23.10.R2; Go before 1.22 leaves CBC-SHA256 out by default",
    ),
    Client(
        "java", "grpc-java on Netty", _FORWARD, TLS13,
        "give the channel's SslContext the suites, and take TLS_RSA_* out of jdk.tls.disabledAlgorithms",
        "netty's Http2SecurityUtil.CIPHERS; openjdk JDK-8245545 disables TLS_RSA_* (24, and updates of older ones)",
    ),
)

CLIENTS: dict[str, Client] = {client.name: client for client in _ALL}
COMMON = ("grpcio", "gnmic", "java")
"""Those that a note speaks of when the intent names none."""


def spoken(client: Client, suites: tuple[str, ...], protocol_version: str, key_type: str) -> tuple[str, ...]:
    """Return those of ``suites`` that a handshake of ``client`` can end up with."""
    reach: set[str] = set()
    if protocol_version != "tls-version-13":
        ecdsa = set(ECDHE_ECDSA)
        reach |= set(client.tls12) & ecdsa if key_type == "ecdsa" else set(client.tls12) - ecdsa
    if protocol_version != "tls-version-12":
        reach |= set(client.tls13)
    return tuple(suite for suite in suites if suite in reach)
