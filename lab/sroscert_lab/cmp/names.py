"""Distinguished names and subject alternative names: written form, comparison, and the DER of a certificate template.

Owns no policy: who may have which name is decided in ``policy``.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from . import asn1

_ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "DC": NameOID.DOMAIN_COMPONENT,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "UID": NameOID.USER_ID,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
}
_LABELS = {oid: label for label, oid in reversed(_ATTRIBUTES.items())}


@dataclass(frozen=True, slots=True)
class AlternativeNames:
    """The IP addresses (in canonical text) and DNS names of a subject alternative name."""

    ips: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()

    @classmethod
    def of(cls, ips: tuple[str, ...] = (), dns: tuple[str, ...] = ()) -> AlternativeNames:
        """Return the names with canonical addresses. Raises ValueError for what is no address."""
        return cls(tuple(str(ipaddress.ip_address(ip)) for ip in ips), tuple(dns))

    def __bool__(self) -> bool:
        return bool(self.ips or self.dns)

    def is_within(self, other: AlternativeNames) -> bool:
        """Tell whether ``other`` holds every name of this one."""
        return set(self.ips) <= set(other.ips) and {name.lower() for name in self.dns} <= {
            name.lower() for name in other.dns
        }

    def as_extension(self) -> x509.SubjectAlternativeName:
        """Return the extension that carries these names."""
        names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(ip)) for ip in self.ips]
        names += [x509.DNSName(name) for name in self.dns]
        return x509.SubjectAlternativeName(names)


def alternative_names(extensions: x509.Extensions) -> AlternativeNames | None:
    """Return the IP and DNS names, or None without the extension. Raises ValueError for any other kind of name."""
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    for name in names:
        if not isinstance(name, x509.IPAddress | x509.DNSName):
            raise ValueError(f"a subject alternative name of type {type(name).__name__}")
    return AlternativeNames(
        tuple(str(ip) for ip in names.get_values_for_type(x509.IPAddress)),
        tuple(names.get_values_for_type(x509.DNSName)),
    )


def _fields(text: str) -> list[str]:
    """Split on commas that no backslash escapes, and take the escapes away."""
    fields, current, escaped = [], "", False
    for character in text:
        if escaped:
            current, escaped = current + character, False
        elif character == "\\":
            escaped = True
        elif character == ",":
            fields.append(current)
            current = ""
        else:
            current += character
    if escaped:
        raise ValueError("the name ends in a backslash")
    return [*fields, current]


def parse_dn(text: str) -> x509.Name:
    """Return the name for ``C=NL,ST=ZH,O=Nokia,CN=sr``: the order of the text is the order of the encoding.

    RFC 4514 would reverse it; SR OS writes and sends the same order (tutorial transcript). Raises ValueError.
    """
    attributes = []
    for part in _fields(text):
        label, equals, value = part.strip().partition("=")
        oid = _ATTRIBUTES.get(label.strip().upper())
        if not equals or oid is None or not value.strip():
            raise ValueError(f"{part.strip()!r} is not an attribute of a distinguished name")
        attributes.append(x509.NameAttribute(oid, value.strip()))
    return x509.Name(attributes)


def dn_text(name: x509.Name) -> str:
    """Return a name in the order of its encoding, in the form that ``parse_dn`` reads."""
    pairs = []
    for attribute in name:
        value = attribute.value if isinstance(attribute.value, str) else attribute.value.hex()
        escaped = value.replace("\\", "\\\\").replace(",", "\\,")
        pairs.append(f"{_LABELS.get(attribute.oid, attribute.oid.dotted_string)}={escaped}")
    return ",".join(pairs)


def _normal(name: x509.Name) -> Counter[frozenset[tuple[str, str]]]:
    return Counter(
        frozenset((item.oid.dotted_string, " ".join(str(item.value).casefold().split())) for item in rdn)
        for rdn in name.rdns
    )


def same_name(one: x509.Name, other: x509.Name) -> bool:
    """Compare two names as collections of RDNs: a CA may reorder them (EJBCA puts CN first)."""
    return _normal(one) == _normal(other)


def directory_name(name_der: bytes) -> bytes:
    """Return the GeneralName that holds a directory name: the form of CMP senders and recipients."""
    return asn1.wrap(asn1.context(4), name_der)


@dataclass(frozen=True, slots=True)
class TemplateContents:
    """The X.509 parts of a certificate template, each None when the template has it not."""

    subject: x509.Name | None
    public_key_der: bytes | None
    request: x509.CertificateSigningRequest

    def extensions(self) -> x509.Extensions:
        """Return the extensions asked for. Raises ValueError."""
        return self.request.extensions


_ANY_KEY = bytes.fromhex("302a300506032b6570032100") + bytes(32)
_NO_SIGNATURE = asn1.algorithm("1.3.101.112") + b"\x03\x02\x00\x00"


def template_contents(template: asn1.CertTemplate) -> TemplateContents:
    """Read names and extensions of a template. Raises ValueError.

    cryptography can read a name or extensions only as part of a larger object, so the parts are put into the shell of
    a PKCS#10 request; nobody looks at its signature.
    """
    name = asn1.NULL_DN if template.subject is None else asn1.join(template.subject)
    key = None if template.public_key is None else asn1.encode(template.public_key)
    attributes = b""
    if template.extensions:
        oid = asn1.encode(x509.ObjectIdentifier("1.2.840.113549.1.9.14"))
        attributes = asn1.wrap(asn1.SEQUENCE, oid + asn1.wrap(0x31, asn1.join(template.extensions)))
    info = asn1.wrap(
        asn1.SEQUENCE, b"\x02\x01\x00" + name + (key or _ANY_KEY) + asn1.wrap(asn1.context(0), attributes)
    )
    request = x509.load_der_x509_csr(asn1.wrap(asn1.SEQUENCE, info + _NO_SIGNATURE))
    subject = None if template.subject is None else request.subject
    return TemplateContents(subject, key, request)


def read_name(name_der: bytes) -> x509.Name:
    """Return the name with this DER. Raises ValueError."""
    template = asn1.CertTemplate(subject=asn1.parts(name_der))
    contents = template_contents(template)
    return contents.subject or x509.Name([])
