"""Subjects and alternative names as SR OS takes them: `C=NL,O=Nokia,CN=sr` and comma-separated domain names.

Owns the reading only; attributes are C, ST, O, OU and CN (note in the YANG of /state/system/security/pki).
"""

from __future__ import annotations

import ipaddress

from cryptography import x509
from cryptography.x509.oid import NameOID

from .failure import PKIRefusal

_ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


def parse_subject(text: str) -> x509.Name:
    """The name with its attributes in the order given; PKIRefusal when it is not understood."""
    parts = []
    for item in text.split(","):
        key, _, value = item.strip().partition("=")
        if key.upper() not in _ATTRIBUTES or not value:
            raise PKIRefusal(f"Invalid subject DN - '{text}'")
        try:
            parts.append(x509.NameAttribute(_ATTRIBUTES[key.upper()], value))
        except ValueError as exc:
            raise PKIRefusal(f"Invalid subject DN - '{text}'") from exc
    return x509.Name(parts)


def domain_names(text: str) -> list[str]:
    """The single names of a `domain-name` argument."""
    return [name.strip() for name in text.split(",") if name.strip()]


def alternative_names(domains: str, address: str) -> list[x509.GeneralName]:
    """subjectAltName entries of a request."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in domain_names(domains)]
    if address:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        except ValueError as exc:
            raise PKIRefusal(f"Invalid IP address - '{address}'") from exc
    return names
