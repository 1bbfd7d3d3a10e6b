"""The words of a command: what may stand at one place of a line or in one leaf of an action, checked when it is made.

Owns the values and their checks against the limits of Nokia's models. Which words an operation has is in ``leaves``
(YANG and MD-CLI) and ``classic``; writing them out is in ``raw`` (lines) and ``action`` (XML).
"""

from __future__ import annotations

from dataclasses import dataclass

from sroscert.commands import operations as op
from sroscert.commands import texts

CERTIFICATE_FORMATS = ("der", "pem", "pkcs7-der", "pkcs7-pem")
HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
KINDS = ("certificate", "key", "crl")
CHECKSUMS = ("sha256", "md5")
RELOADS = ("tls", "ipsec")
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


@dataclass(frozen=True, slots=True)
class Text:
    """A checked text of the intent at its place."""

    text: str
    what: str


@dataclass(frozen=True, slots=True)
class URL:
    """The checked URL of a file or folder on a compact flash, with forward slashes."""

    text: str
    what: str


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a secret, by its reference."""

    reference: str
    what: str


Word = str | Text | URL | Secret


def file_url(text: str) -> URL:
    """Return the URL of one file."""
    return URL(texts.line_url(text), "file")


def folder_url(text: str) -> URL:
    """Return the URL of a folder."""
    return URL(texts.folder_url(text), "folder")


def pki_name(text: str) -> Text:
    """Return the name of a file in system-pki."""
    return Text(texts.file_name(text, "file name"), "file name")


def ca_profile(text: str) -> Text:
    """Return the name of a CA profile (1..32 characters)."""
    return Text(texts.printable(text, "CA profile name", 32), "CA profile name")


def log_name(text: str) -> Text:
    """Return the name of a log (1..64 characters)."""
    return Text(texts.printable(text, "log name", 64), "log name")


def est_profile(text: str) -> Text:
    """Return the name of an EST profile (1..32 characters)."""
    return Text(texts.printable(text, "EST profile name", 32), "EST profile name")


def reference(text: str) -> Text:
    """Return the reference number of an enrolment (1..64 characters)."""
    return Text(texts.printable(text, "reference", 64), "reference")


def subject(text: str) -> Text:
    """Return a subject as SR OS writes it."""
    return Text(texts.subject_dn(text), "subject")


def domain_names(names: tuple[str, ...]) -> Text:
    """Return DNS names as one text."""
    return Text(texts.domain_names(names), "DNS names")


def ip_address(text: str) -> Text:
    """Return an address in canonical text."""
    return Text(texts.ip_address(text), "IP address")


def host(text: str) -> str:
    """Return an address in canonical text, or a DNS name; neither needs quotes."""
    return texts.host(text)


def instance(text: str) -> Text:
    """Return the name of a routing instance (1..64 characters)."""
    return Text(texts.printable(text, "routing instance", 64), "routing instance")


def number(value: int, largest: int) -> str:
    """Return a number from 1 on."""
    if not 1 <= value <= largest:
        raise texts.refuse("number", f"it must be 1 to {largest}", shown=str(value))
    return str(value)


def certificate_format(text: str) -> str:
    """Return the format of a file; none of them holds a key beside a certificate."""
    return texts.one_of(text, CERTIFICATE_FORMATS, "format")


def hash_algorithm(text: str) -> str:
    """Return the name of a hash."""
    return texts.one_of(text, HASHES, "hash algorithm")


def exported_kind(text: str) -> str:
    """Return what is exported: never a key (law 11)."""
    return texts.one_of(text, ("certificate", "crl"), "kind of file to export")


def key_parameters(operation: op.GenerateKeypair) -> tuple[str, str]:
    """Return (``rsa``, bits) or (``ecdsa``, curve), checked against the router's limits (512..8192 bits)."""
    if texts.one_of(operation.key_type, ("rsa", "ecdsa"), "key type") == "ecdsa":
        return "ecdsa", texts.one_of(operation.curve or "secp256r1", _CURVES, "curve")
    size = operation.size or 2048
    if not 512 <= size <= 8192:
        raise texts.refuse("key size", "it must be 512 to 8192", shown=str(size))
    return "rsa", str(size)
