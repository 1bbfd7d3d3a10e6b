"""Doubts about names: what the certificate must be called by, and certificates that nobody shows."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from sroscert.intent import cipher_lists
from sroscert.intent.rules.finding import Finding
from sroscert.intent.values import CertificateIntent, RouterIntent


def dialled(router: RouterIntent) -> Iterator[Finding]:
    """Yield the certificates of the gNMI port that do not name the address that is dialled."""
    profile = router.tls.server_profiles.get(router.grpc.tls_server_profile or "") if router.grpc else None
    for certificate in cipher_lists.served(router, profile) if profile else ():
        if not _covers(certificate, router.address):
            kind = "ip" if _is_ip(router.address) else "dns"
            yield Finding(
                "san-misses-address", f"clients dial {router.address}, which is not in the SAN of {certificate.name}",
                ("certificates", certificate.name, "san"), f'{kind}: ["{{address}}"]',
            )


def unused(router: RouterIntent) -> Iterator[Finding]:
    """Yield the certificates that no certificate profile shows."""
    profiles = router.tls.cert_profiles.values()
    shown = {entry.certificate for profile in profiles for entry in profile.entries.values()}
    for name in router.certificates:
        if name not in shown:
            yield Finding("certificate-unused", f"no certificate profile shows {name}", ("certificates", name))


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _covers(certificate: CertificateIntent, address: str) -> bool:
    if _is_ip(address):
        wanted = ipaddress.ip_address(address)
        return any(ipaddress.ip_address(text) == wanted for text in certificate.san_ips)
    host = address.lower()
    _, _, parent = host.partition(".")
    # A wildcard stands for one label (RFC 6125 section 6.4.3).
    return any(name.lower() in (host, f"*.{parent}" if parent else host) for name in certificate.san_dns)
