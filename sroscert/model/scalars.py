"""The types of leaves: names, file names, secret references, durations.

Only what holds in every release is checked here; ranges and enumerations of one release are the schema's business.
"""

from __future__ import annotations

import enum
import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:[^/]+/.+|prompt:.*", re.DOTALL)
_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class AdminState(enum.StrEnum):
    """Whether an object is in service (YANG typedef admin-state)."""

    ENABLE = "enable"
    DISABLE = "disable"


def is_reference(text: str) -> bool:
    """Tell whether ``text`` refers to a secret, rather than being one."""
    return _REFERENCE.fullmatch(text) is not None


def _reference(text: str) -> str:
    if not is_reference(text):
        # The value is not repeated: it is probably the secret itself.
        raise PydanticCustomError(
            "secret-literal", "a secret is written as env:NAME, file:PATH, keyring:SERVICE/USER or prompt: only"
        )
    return text


def _pki_file(text: str) -> str:
    if not text.strip() or re.search(r"[\\:/]", text):
        raise PydanticCustomError("bad-value", "a file name in system-pki has no path and is not blank")
    if not text.isprintable() or not text.isascii():
        raise PydanticCustomError("bad-value", "a file name in system-pki is printable ASCII")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("bad-value", "the text is blank")
    return text


def _http_url(text: str) -> str:
    if not re.fullmatch(r"http://[^/?#\s]+[^\s]*", text):
        raise PydanticCustomError(
            "url-not-http", "SR OS reaches CMP servers, CRLs and OCSP responders by http:// only; https is not possible"
        )
    return text


def parse_duration(value: Any) -> timedelta:
    """Read ``30d``, ``12h``, ``45m``, ``90s`` or ``2w``. Raises PydanticCustomError."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("bad-value", "a duration is a number with a unit: 90s, 45m, 12h, 30d or 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


NamedItem = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(_not_blank)]
"""YANG typedef named-item: 1..32 characters, not all blanks."""

Description = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_not_blank)]
PKIFileName = Annotated[str, Field(min_length=1, max_length=95), AfterValidator(_pki_file)]
"""YANG typedef pki-file-name: a file in cf3:\\system-pki."""

SecretReference = Annotated[str, AfterValidator(_reference)]
"""``env:``, ``file:``, ``keyring:`` or ``prompt:``; never a secret."""

HTTPURL = Annotated[str, Field(min_length=1, max_length=180), AfterValidator(_http_url)]

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["30d", "12h"]}),
]


def _number(value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value


EntryNumber = Annotated[int, BeforeValidator(_number), Field(ge=1)]
"""The number of a list entry; keys of a mapping are texts until they get here."""

OWNER = "TiMOS CLI"
"""The owner that SR OS gives to scripts and policies made on a CLI."""
