"""Types of leaves (RFC 7950 section 9): checking a text and bringing it into canonical form.

Values are immutable and know nothing of trees; a leafref carries its target's type. Texts are YANG lexical values as
they stand in NETCONF.
"""

from __future__ import annotations

import base64
import binascii
import decimal
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sroscert.schema.xsdregex import matches

_INTEGERS = {
    "int8": (-(2**7), 2**7 - 1), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1), "uint8": (0, 2**8 - 1), "uint16": (0, 2**16 - 1), "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_BLANKS = " \t\r\n"
"""What may stand around a number: libyang takes it, and the canonical form is without."""

_SHOWN = 12
"""How many allowed values a message lists before it says "…"."""


class InvalidValueError(ValueError):
    """A text is not a value of its type. ``suggestion`` is the nearest allowed spelling, or empty."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


@dataclass(frozen=True)
class Type:
    """A resolved YANG type. Ranges and lengths are inclusive texts such as ``1..32``; patterns are XSD expressions."""

    base: str
    length: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    inverted_patterns: tuple[str, ...] = ()
    enum: Mapping[str, str] = field(default_factory=dict)
    """Each name with its status: ``current``, ``deprecated`` or ``obsolete``."""
    bits: tuple[str, ...] = ()
    members: tuple[Type, ...] = ()
    """The member types of a union, in order."""
    target: str = ""
    """Of a leafref: the absolute schema path of what it refers to."""
    where: tuple[tuple[str, str], ...] = ()
    """Of a leafref: (key, leaf) pairs; the target's list entry must have as key what the leaf beside us has."""
    of: Type | None = None
    """Of a leafref: the type of its target."""
    fraction_digits: int = 0

    def canonical(self, text: str) -> str:
        """Return the canonical form of ``text`` (RFC 7950 section 9.1). Raises InvalidValueError, a ValueError."""
        if self.base in _INTEGERS:
            return self._integer(text)
        if self.base == "decimal64":
            return self._decimal(text)
        if self.base == "enumeration":
            return choose(text, tuple(name for name, status in self.enum.items() if status != "obsolete"), self.enum)
        if self.base == "boolean":
            return choose(text, ("true", "false"))
        if self.base == "bits":
            return self._bits(text)
        if self.base == "union":
            return self._union(text)
        if self.base == "leafref":
            return self.of.canonical(text) if self.of is not None else text
        if self.base == "empty":
            if text:
                raise InvalidValueError(f"{text!r} is given where the leaf takes no value")
            return ""
        if self.base == "binary":
            return self._binary(text)
        return self._string(text)

    def obsolete(self, text: str) -> bool:
        """Tell whether ``text`` is an enumeration value that is obsolete in this release."""
        if self.base == "union":
            return any(member.obsolete(text) for member in self.members) and not any(
                member.accepts(text) and not member.obsolete(text) for member in self.members
            )
        if self.base == "leafref":
            return self.of is not None and self.of.obsolete(text)
        return self.enum.get(text) == "obsolete"

    def accepts(self, text: str) -> bool:
        """Tell whether ``text`` is a value of this type."""
        try:
            self.canonical(text)
        except InvalidValueError:
            return False
        return True

    def values(self) -> tuple[str, ...]:
        """Return the names that may be written where the type is an enumeration or holds one; obsolete ones left out.

        Empty for types that are not a choice of names.
        """
        if self.base == "enumeration":
            return tuple(name for name, status in self.enum.items() if status != "obsolete")
        if self.base == "boolean":
            return ("true", "false")
        if self.base == "leafref" and self.of is not None:
            return self.of.values()
        return tuple(name for member in self.members for name in member.values())

    def _integer(self, text: str) -> str:
        low, high = _INTEGERS[self.base]
        text = text.strip(_BLANKS)
        if _INTEGER.fullmatch(text) is None:
            raise InvalidValueError(f"{text!r} is not a whole number{self._allowed(self.range)}")
        value = int(text) if len(text) < 40 else high + 1
        if not (low <= value <= high and _within(decimal.Decimal(value), self.range)):
            raise InvalidValueError(f"{text} is out of range{self._allowed(self.range or (f'{low}..{high}',))}")
        return str(value)

    def _decimal(self, text: str) -> str:
        if _DECIMAL.fullmatch(text) is None:
            raise InvalidValueError(f"{text!r} is not a decimal number{self._allowed(self.range)}")
        value = decimal.Decimal(text)
        whole, _, fraction = f"{value:f}".partition(".")
        fraction = fraction.rstrip("0")
        if len(fraction) > self.fraction_digits:
            raise InvalidValueError(f"{text} has more than {self.fraction_digits} digits behind the point")
        if not _within(value, self.range):
            raise InvalidValueError(f"{text} is out of range{self._allowed(self.range)}")
        sign = "-" if value < 0 else ""
        return f"{sign}{int(whole.lstrip('+-') or '0')}.{fraction or '0'}"

    def _bits(self, text: str) -> str:
        given = text.split()
        for name in given:
            choose(name, self.bits)
        if len(set(given)) < len(given):
            raise InvalidValueError(f"{text!r} names a bit twice")
        return " ".join(name for name in self.bits if name in given)

    def _binary(self, text: str) -> str:
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except binascii.Error as error:
            raise InvalidValueError("the value is not base64") from error
        if self.length and not _within(decimal.Decimal(len(data)), self.length):
            raise InvalidValueError(f"the value has {len(data)} bytes{self._allowed(self.length)}")
        return base64.b64encode(data).decode("ascii")

    def _union(self, text: str) -> str:
        failures: list[InvalidValueError] = []
        for member in self.members:
            try:
                return member.canonical(text)
            except InvalidValueError as error:
                failures.append(error)
        names = self.values()
        suggestion = nearest(text, names) or next((error.suggestion for error in failures if error.suggestion), "")
        reasons = list(dict.fromkeys(str(error) for error in failures))
        raise InvalidValueError(" and ".join(reasons), suggestion)

    def _string(self, text: str) -> str:
        if not _within(decimal.Decimal(len(text)), self.length):
            raise InvalidValueError(f"{text!r} has {len(text)} characters{self._allowed(self.length)}")
        for pattern in self.patterns:
            if not matches(pattern, text):
                raise InvalidValueError(f"{text!r} does not have the form {pattern}")
        for pattern in self.inverted_patterns:
            if matches(pattern, text):
                raise InvalidValueError(f"{text!r} has the form {pattern}, which is refused")
        return text

    def _allowed(self, ranges: Sequence[str]) -> str:
        return f" ({' or '.join(ranges)} is allowed)" if ranges else ""


def choose(text: str, names: Sequence[str], allowed: Mapping[str, str] | None = None) -> str:
    """Return ``text`` where it is one of ``allowed`` (by default ``names``). Raises InvalidValueError that lists names.

    ``allowed`` may be wider than what is offered: obsolete names are read, but not suggested.
    """
    if text in (names if allowed is None else allowed):
        return text
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    raise InvalidValueError(f"{text!r} is not one of: {shown}", nearest(text, names))


def nearest(text: str, names: Sequence[str]) -> str:
    """Return the one of ``names`` that ``text`` was most probably meant to be, or an empty text."""
    folded = {name.casefold().replace("_", "-"): name for name in names}
    wanted = text.casefold().replace("_", "-")
    found = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def _within(value: decimal.Decimal, ranges: Sequence[str]) -> bool:
    if not ranges:
        return True
    for part in ranges:
        low, dots, high = part.partition("..")
        lowest = decimal.Decimal("-Infinity") if low == "min" else decimal.Decimal(low)
        top = high if dots else low
        highest = decimal.Decimal("Infinity") if top == "max" else decimal.Decimal(top)
        if lowest <= value <= highest:
            return True
    return False
