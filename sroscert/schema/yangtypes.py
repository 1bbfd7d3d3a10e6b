"""Compile YANG types (RFC 7950 section 9) into the form of a schema file: typedefs resolved, restrictions merged.

A type that is a plain use of a typedef becomes a reference to a shared table; everything else is written in place.
Leafrefs are given their target's absolute schema path by the tree compiler, through ``target``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sroscert.schema.yangfolder import Statement, YangFolder, find_all, find_one, text_of

Type = dict[str, Any]
Target = Callable[[Statement, str], Type]
"""Turn a leafref's path, and the type statement it stands in, into ``{"target": …}`` and perhaps ``"of"``."""

BUILT_IN = frozenset({
    "binary", "bits", "boolean", "decimal64", "empty", "enumeration", "identityref", "instance-identifier", "int8",
    "int16", "int32", "int64", "leafref", "string", "uint8", "uint16", "uint32", "uint64", "union",
})

_SECRET = re.compile(r"(?:li-static-)?(?:encrypted|hashed)-leaf(?:-.*)?")


class TypeCompiler:
    """Compiles type statements and gathers the typedefs that they refer to in ``shared``."""

    def __init__(self, folder: YangFolder) -> None:
        self.folder = folder
        self.shared: dict[str, Type] = {}

    def compile(self, statement: Statement, target: Target) -> Type:
        """Return the type that a ``type`` statement means."""
        if statement.arg in BUILT_IN:
            return self._built_in(statement, target)
        typedef = self.folder.typedef(statement, statement.arg)
        restrictions = self._restrictions(statement)
        if restrictions:
            return _restrict(self._definition(typedef, target), restrictions)
        name = f"{typedef.top.arg.removeprefix('nokia-')}:{typedef.arg}"
        if name not in self.shared:
            self.shared[name] = self._definition(typedef, target)
        return {"ref": name}

    def default(self, statement: Statement) -> str | None:
        """Return the default that a ``type`` statement inherits from its typedefs, or None."""
        while statement.arg not in BUILT_IN:
            typedef = self.folder.typedef(statement, statement.arg)
            default = text_of(typedef, "default")
            if default is not None:
                return default
            statement = _type_of(typedef)
        return None

    def is_secret(self, statement: Statement) -> bool:
        """Tell whether a ``type`` statement is, or holds in a union, one of Nokia's types for secrets."""
        if statement.arg == "union":
            return any(self.is_secret(member) for member in find_all(statement, "type"))
        while statement.arg not in BUILT_IN:
            if _SECRET.fullmatch(statement.arg.rpartition(":")[2]):
                return True
            statement = _type_of(self.folder.typedef(statement, statement.arg))
        return statement.arg == "union" and self.is_secret(statement)

    def _definition(self, typedef: Statement, target: Target) -> Type:
        inner = self.compile(_type_of(typedef), target)
        return self.shared[inner["ref"]] if "ref" in inner else inner

    def _built_in(self, statement: Statement, target: Target) -> Type:
        base = statement.arg
        compiled: Type = {"base": base, **self._restrictions(statement)}
        if base == "union":
            compiled["types"] = [self.compile(member, target) for member in find_all(statement, "type")]
        elif base == "leafref":
            compiled.update(target(statement, text_of(statement, "path") or ""))
        elif base == "identityref":
            compiled["identities"] = sorted(find.arg for find in find_all(statement, "base"))
        return compiled

    def _restrictions(self, statement: Statement) -> Type:
        found: Type = {}
        for keyword in ("length", "range"):
            text = text_of(statement, keyword)
            if text is not None:
                found[keyword] = ["".join(part.split()) for part in text.split("|")]
        patterns = find_all(statement, "pattern")
        if patterns:
            found["pattern"] = [_pattern(pattern) for pattern in patterns]
        enums = find_all(statement, "enum")
        if enums:
            found["enum"] = {enum.arg: _status(enum) for enum in enums}
        bits = find_all(statement, "bit")
        if bits:
            found["bits"] = [bit.arg for bit in bits]
        digits = text_of(statement, "fraction-digits")
        if digits is not None:
            found["fraction_digits"] = int(digits)
        return found


def _type_of(typedef: Statement) -> Statement:
    found = find_one(typedef, "type")
    assert found is not None, typedef.arg  # noqa: S101 - RFC 7950 section 7.3.2: mandatory
    return found


def _pattern(statement: Statement) -> str | dict[str, str]:
    inverted = text_of(statement, "modifier") == "invert-match"
    return {"not": statement.arg} if inverted else statement.arg


def _status(statement: Statement) -> dict[str, str]:
    status = text_of(statement, "status")
    return {} if status in (None, "current") else {"status": str(status)}


def _restrict(base: Type, restrictions: Type) -> Type:
    """Apply restrictions to a type: a derived range, length or enum set lies inside its base's (RFC 7950 9.2.4)."""
    merged = {**base, **restrictions}
    if "pattern" in base and "pattern" in restrictions:
        merged["pattern"] = [*base["pattern"], *restrictions["pattern"]]
    return merged
