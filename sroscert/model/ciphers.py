"""Cipher suites: what the classes mean in a release, and what the verifier can speak.

The verifier is gRPC's own TLS. Measured: it offers TLS 1.3 and ECDHE with AES-GCM by default; told to, also the
static RSA suites with AES-GCM and with AES-CBC-SHA; never AES-CBC-SHA256, 3DES or NULL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

ECDHE_ECDSA = ("tls-ecdhe-ecdsa-aes128-gcm-sha256", "tls-ecdhe-ecdsa-aes256-gcm-sha384")
ECDHE_RSA = ("tls-ecdhe-rsa-aes128-gcm-sha256", "tls-ecdhe-rsa-aes256-gcm-sha384")
RSA_GCM = ("tls-rsa-with-aes128-gcm-sha256", "tls-rsa-with-aes256-gcm-sha384")
RSA_CBC_SHA = ("tls-rsa-with-aes128-cbc-sha", "tls-rsa-with-aes256-cbc-sha")
RSA_CBC_SHA256 = ("tls-rsa-with-aes128-cbc-sha256", "tls-rsa-with-aes256-cbc-sha256")
NULL = ("tls-rsa-with-null-md5", "tls-rsa-with-null-sha", "tls-rsa-with-null-sha256")
WEAK = ("tls-rsa-with3des-ede-cbc-sha", *NULL)
TLS13 = ("tls-aes128-gcm-sha256", "tls-aes256-gcm-sha384", "tls-chacha20-poly1305-sha256")
TLS13_CCM = ("tls-aes128-ccm-sha256", "tls-aes128-ccm8-sha256")

TLS12_NAMES = frozenset((*ECDHE_ECDSA, *ECDHE_RSA, *RSA_GCM, *RSA_CBC_SHA, *RSA_CBC_SHA256, *WEAK))
TLS13_NAMES = frozenset((*TLS13, *TLS13_CCM))

_MODERN = (*ECDHE_RSA,)
_COMPATIBLE = (*ECDHE_RSA, *RSA_GCM, *RSA_CBC_SHA)


def of_class(name: str, offered: Collection[str], key_types: Collection[str]) -> tuple[str, ...]:
    """Return the TLS 1.2 suites of a class in order, of those ``offered`` by the release.

    ``key_types`` are the kinds of the keys behind the list, ``rsa`` and ``ecdsa``; ECDSA keys have suites of their own.
    """
    wanted: tuple[str, ...] = ECDHE_ECDSA if "ecdsa" in key_types else ()
    if "rsa" in key_types:
        wanted += _MODERN if name == "modern" else _COMPATIBLE
    return tuple(suite for suite in wanted if suite in offered)


def spoken_by_verifier(suites: Iterable[str], protocol_version: str, key_type: str) -> tuple[str, ...]:
    """Return those of ``suites`` that a handshake of the verifier can end up with."""
    reach: set[str] = set()
    if protocol_version != "tls-version-13":
        reach.update(ECDHE_ECDSA if key_type == "ecdsa" else (*ECDHE_RSA, *RSA_GCM, *RSA_CBC_SHA))
    if protocol_version != "tls-version-12":
        reach.update(TLS13)
    return tuple(suite for suite in suites if suite in reach)
