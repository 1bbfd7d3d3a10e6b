"""What an action takes: its leaves, and the check of what is given against YANG (nokia-oper-admin, nokia-oper-file).

Owns types and texts of the refusals. What an action does is actions.py's and estcommands.py's.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..errors import ActionResult, CommandFailed
from . import orders
from .formats import FORMATS
from .vault import FORMS

# YANG `cflash-url`: backslashes only.
_CFLASH_URL = re.compile(r"cf[1-4](-[A-Da-d])?:\\?[a-zA-Z0-9._\-\s]{1,99}(\\[a-zA-Z0-9._\-\s]{1,99})*")
#: Leaves of type cflash-url.
_URLS = frozenset({"save-path", "input-url", "output-url", "save-as", "key-url"})
#: Files in system-pki that the EST operations take as a URL, and others by name.
_FILES_OF_EST = frozenset({"key", "certificate"})
#: Leaves of type empty.
EMPTY = frozenset({"send-chain", "force", "validate-certificate-chain", "use-printable", "direct-http"})
_CHOICES: dict[str, tuple[str, ...]] = {
    "format": FORMATS,
    "hash-algorithm": orders.HASHES,
    "application": ("ipsec",),
    "ecdsa-curve": ("secp256r1", "secp384r1", "secp521r1"),
}
#: The longest value of leaves of the CMPv2, EST and CSR operations; none may be empty.
_LONGEST = {"subject-dn": 256, "domain-name": 512, "reference": 64, "password": 64}
_OCSP_ENTRIES = range(1, 2001)

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: its mandatory and optional input leaves, and what carries it out."""

    run: Callable[[Values], ActionResult]
    mandatory: tuple[str, ...]
    optional: tuple[str, ...] = field(default=())


def unknown(word: str) -> CommandFailed:
    """The failure of a word that the models do not have."""
    return CommandFailed(f"MINOR: MGMT_CORE #2201: Unknown element - '{word}'")


def number(text: str) -> int:
    """A number that was given as text; CommandFailed."""
    if not text.isdigit():
        raise CommandFailed(f"MINOR: MGMT_CORE #2301: Invalid element value - '{text}'")
    return int(text)


def check(spec: ActionSpec, path: tuple[str, ...], values: Values) -> None:
    """CommandFailed for an unknown, a missing or a malformed leaf."""
    for name, value in values.items():
        if name not in spec.mandatory and name not in spec.optional:
            raise unknown(name)
        if not _is_valid(path, name, value):
            # A transcript shows the URL, its password as xxxx; ASSUMPTION: the quotes, and the name of any other leaf.
            shown = value if is_url(path, name) else name
            raise CommandFailed(f"MINOR: MGMT_AGENT #2005: Invalid element value - '{shown}'")
    missing = [name for name in spec.mandatory if name not in values]
    if missing:
        raise CommandFailed(f"MINOR: MGMT_CORE #236: {path[-1]} - Missing mandatory fields - {missing[0]}")


def is_url(path: tuple[str, ...], name: str) -> bool:
    """Whether a leaf of an action is of type cflash-url."""
    return name in _URLS or (path[-2] == "est" and name in _FILES_OF_EST)


def _is_valid(path: tuple[str, ...], name: str, value: str) -> bool:
    if path[-1] == "synchronize":
        return not value
    if is_url(path, name):
        return len(value) <= 200 and _CFLASH_URL.fullmatch(value) is not None
    if name == "type" and path[0] == "admin":
        return value in ("certificate", "key", "crl")
    if name == "format" and path[-1] == "convert-file":
        return value in FORMS
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "password" and path[-1] in ("import", "export"):
        return 1 <= len(value) <= 32
    if name in _LONGEST:
        return 1 <= len(value) <= _LONGEST[name]
    if name == "entry-id":
        return value.isdigit() and int(value) in _OCSP_ENTRIES
    if name == "ip-address":
        return _is_address(value)
    return bool(value) or name in EMPTY


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
