"""Which text a type of the models allows (RFC 7950 §9).

Owns the check of one value. Patterns are XML Schema expressions and are matched by libxml2, which is what they were
written for. Whether a leafref's target exists is a matter of the whole configuration: validation.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from lxml import etree

from .schema import Schema

_XSD = "http://www.w3.org/2001/XMLSchema"
_LIMITS = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}


def canonical(schema: Schema, type_: Mapping[str, Any], text: str) -> str:
    """`text` in canonical form; ValueError with the reason when the type does not allow it."""
    resolved = schema.resolve(type_)
    base = str(resolved.get("base", "string"))
    if base == "union":
        return _union(schema, resolved, text)
    if base == "leafref":
        return canonical(schema, resolved["of"], text) if "of" in resolved else _leafref(schema, resolved, text)
    if base == "empty":
        if text.strip():
            raise ValueError("must be empty")
        return ""
    if base in _LIMITS:
        return _integer(resolved, base, text.strip())
    if base == "decimal64":
        return _decimal(resolved, text.strip())
    if base == "boolean":
        return _one_of(text.strip(), ("true", "false"))
    if base in ("enumeration", "identityref"):
        allowed = resolved.get("enum")
        return text.strip() if allowed is None else _one_of(text.strip(), tuple(allowed))
    if base == "bits":
        words = text.split()
        return " ".join(_one_of(word, tuple(resolved.get("bits", ()))) for word in words)
    return _string(resolved, text)


def _leafref(schema: Schema, resolved: Mapping[str, Any], text: str) -> str:
    target = schema.node(*str(resolved["target"]).strip("/").split("/"))
    return text if target is None else canonical(schema, target.type, text)


def _union(schema: Schema, resolved: Mapping[str, Any], text: str) -> str:
    reasons = []
    for member in resolved["types"]:
        try:
            return canonical(schema, member, text)
        except ValueError as exc:
            reasons.append(str(exc))
    raise ValueError("; ".join(reasons))


def _one_of(text: str, allowed: Sequence[str]) -> str:
    if text not in allowed:
        raise ValueError(f"'{text}' is none of {', '.join(allowed)}")
    return text


def _integer(resolved: Mapping[str, Any], base: str, text: str) -> str:
    try:
        value = int(text, 0) if text.lower().startswith(("0x", "-0x")) else int(text, 10)
    except ValueError as exc:
        raise ValueError("not an integer") from exc
    low, high = _LIMITS[base]
    if not low <= value <= high or not _within(Decimal(value), resolved.get("range", ()), Decimal(low), Decimal(high)):
        raise ValueError(f"out of range - {' | '.join(resolved.get('range', ())) or f'{low}..{high}'}")
    return str(value)


def _decimal(resolved: Mapping[str, Any], text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation as exc:
        raise ValueError("not a decimal number") from exc
    digits = int(resolved.get("fraction_digits", 1))
    if not _within(value, resolved.get("range", ()), Decimal(-(2**63)), Decimal(2**63)):
        raise ValueError("out of range")
    return str(value.quantize(Decimal(1).scaleb(-digits)))


def _within(value: Decimal, ranges: Sequence[str], low: Decimal, high: Decimal) -> bool:
    if not ranges:
        return True
    names = {"min": low, "max": high}
    for item in ranges:
        first, _, last = (part.strip() for part in item.partition(".."))
        start = names.get(first) if first in names else Decimal(first)
        end = start if not last else names.get(last) if last in names else Decimal(last)
        if start is not None and end is not None and start <= value <= end:
            return True
    return False


def _string(resolved: Mapping[str, Any], text: str) -> str:
    lengths = resolved.get("length", ())
    if not _within(Decimal(len(text)), lengths, Decimal(0), Decimal(2**64)):
        raise ValueError(f"length must be {' | '.join(lengths)}")
    for pattern in resolved.get("pattern", ()):
        if not _matches(str(pattern), text):
            raise ValueError("does not match the pattern")
    return text


_PRINTABLE = r"\P{C}"


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> etree.XMLSchema:
    root = etree.Element(f"{{{_XSD}}}schema", nsmap={"xs": _XSD})
    element = etree.SubElement(root, f"{{{_XSD}}}element", name="v")
    simple = etree.SubElement(element, f"{{{_XSD}}}simpleType")
    restriction = etree.SubElement(simple, f"{{{_XSD}}}restriction", base="xs:string")
    etree.SubElement(restriction, f"{{{_XSD}}}pattern", value=pattern)
    return etree.XMLSchema(root)


def _matches(pattern: str, text: str) -> bool:
    if _PRINTABLE in pattern:
        # libxml2 refuses "cert-update" by such a pattern, which yanglint accepts; those that use it need nothing else
        # that Python's expressions lack.
        return re.fullmatch(pattern.replace(_PRINTABLE, r"[^\x00-\x1f\x7f-\x9f]"), text) is not None
    element = etree.Element("v")
    element.text = text
    return bool(_pattern(pattern).validate(element))
