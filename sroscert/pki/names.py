"""Distinguished names: read from text and from X.509, compared as sets, written as text.

A name is a flat tuple of (attribute, value) pairs with OpenSSL's short attribute names. The order of the parts carries
no meaning here: SR OS, EJBCA and OpenSSL print the same name in different orders (tutorial transcript). This module
knows nothing of certificates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cryptography import x509

Name = tuple[tuple[str, str], ...]

_SHORT_BY_OID = {
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
    "2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.17": "postalCode",
    "2.5.4.42": "GN", "2.5.4.46": "dnQualifier", "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
}
_ALIASES = {
    "commonname": "CN", "surname": "SN", "countryname": "C", "localityname": "L", "l": "L", "s": "ST",
    "stateorprovincename": "ST", "streetaddress": "street", "organizationname": "O", "organizationalunitname": "OU",
    "givenname": "GN", "g": "GN", "userid": "UID", "domaincomponent": "DC", "email": "emailAddress",
    "e": "emailAddress",
}
_SHORT_BY_FOLDED = {short.casefold(): short for short in _SHORT_BY_OID.values()}


def attribute(text: str) -> str:
    """Return the short name of an attribute given as short name, long name or OID; an unknown one as it is."""
    bare = text.strip()
    oid = bare[4:] if bare.upper().startswith("OID.") else bare
    if oid in _SHORT_BY_OID:
        return _SHORT_BY_OID[oid]
    folded = oid.casefold()
    return _SHORT_BY_FOLDED.get(folded) or _ALIASES.get(folded) or oid


def from_x509(name: x509.Name) -> Name:
    """Return the pairs of an X.509 name, in the order of the certificate."""
    return tuple(
        (attribute(part.oid.dotted_string), part.value if isinstance(part.value, str) else part.value.hex())
        for part in name
    )


def parse(text: str) -> Name:
    """Read ``CN=sr, O=Nokia``, ``C = NL, ST = ZH``, ``O="a, b"`` or ``CN=a\\,b + UID=x``.

    Backslash escapes are those of RFC 4514 section 2.4 and of OpenSSL (``\\XX`` is one byte of UTF-8).
    Raises ValueError when a part is no ``attribute=value``.
    """
    if not text.strip(" "):
        return ()
    return tuple(_pair(part) for part in _split(text, ",+"))


def text(name: Iterable[tuple[str, str]]) -> str:
    """Write a name as ``C=NL,ST=ZH,CN=sr``, escaped after RFC 4514 section 2.4, in the order given."""
    return ",".join(f"{kind}={_escape(value)}" for kind, value in name)


def same(one: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> bool:
    """Tell whether two names have the same parts in whatever order.

    Values are compared without regard to case and to runs of blanks (RFC 5280 section 7.1).
    """
    return _bag(one) == _bag(other)


def _bag(name: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    return Counter((attribute(kind), " ".join(value.split()).casefold()) for kind, value in name)


def _split(text: str, separators: str) -> list[str]:
    """Cut at separators that are neither escaped nor within quotes; a ``+`` only cuts before another attribute."""
    parts, current, quoted, position = [], "", False, 0
    while position < len(text):
        char = text[position]
        if char == "\\" and position + 1 < len(text):
            current += text[position:position + 2]
            position += 2
            continue
        if char == '"':
            quoted = not quoted
        if char in separators and not quoted and _begins_attribute(text[position + 1:]):
            parts.append(current)
            current = ""
        else:
            current += char
        position += 1
    return [*parts, current]


def _begins_attribute(rest: str) -> bool:
    kind, equals, _ = rest.partition("=")
    kind = kind.strip()
    return bool(equals) and bool(kind) and all(char.isascii() and (char.isalnum() or char in ".-") for char in kind)


def _pair(part: str) -> tuple[str, str]:
    kind, equals, value = part.partition("=")
    if not equals or not kind.strip():
        raise ValueError(f"no attribute=value in {part!r}")
    return attribute(kind), _unescape(_trim(value))


def _trim(value: str) -> str:
    value = value.lstrip(" ")
    while value.endswith(" ") and not value.endswith("\\ "):
        value = value[:-1]
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _unescape(value: str) -> str:
    out, position = bytearray(), 0
    while position < len(value):
        char = value[position]
        if char != "\\":
            out += char.encode("utf-8", "surrogatepass")
            position += 1
            continue
        pair = value[position + 1:position + 3]
        if len(pair) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in pair):
            out += bytes.fromhex(pair)
            position += 3
        else:
            out += value[position + 1:position + 2].encode("utf-8", "surrogatepass")
            position += 2
    return out.decode("utf-8", "replace")


def _escape(value: str) -> str:
    escaped = "".join(_escape_char(char) for char in value)
    if escaped[:1] in {" ", "#"}:
        escaped = "\\" + escaped
    if len(value) > 1 and value.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def _escape_char(char: str) -> str:
    if char in ',+"\\<>;=':
        return "\\" + char
    if ord(char) < 0x20 or ord(char) == 0x7F:
        return f"\\{ord(char):02X}"
    return char


def words(name: Sequence[tuple[str, str]]) -> str:
    """Write a name for a message; ``(empty)`` when it has no part."""
    return text(name) or "(empty)"
