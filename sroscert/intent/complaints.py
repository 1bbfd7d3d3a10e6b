"""pydantic's findings → problems with a place, plain words and the nearest valid spelling.

Values are never repeated in a message: one of them may be a secret in the wrong place.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as Many
from typing import Any

from pydantic import BaseModel, ValidationError

from sroscert.errors import Problem
from sroscert.intent.layers import locate
from sroscert.intent.source import Node, Scalar
from sroscert.intent.spelling import did_you_mean

_KINDS = {
    "string_type": "a text", "int_type": "a whole number", "int_from_float": "a whole number",
    "bool_type": "true or false", "tuple_type": "a list", "list_type": "a list", "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys", "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "path_type": "a file name", "int_parsing": "a whole number",
}
_OWN_CODES = frozenset(
    {"bad-value", "secret-literal", "url-not-http", "unsafe-subject", "several-ip-addresses", "missing-key"}
)
_SECRET_KEYS = frozenset({"password", "secret", "key_list"})
_FIXES = {
    "url-not-http": "http://…: CMP messages and CRLs are protected by themselves, not by the transport",
    "several-ip-addresses": "one address, and DNS names beside it",
    "secret-literal": "env:NAME, for example",
}


def problems_of(
    error: ValidationError, root: Node, prefix: tuple[str, ...], annotation: Any
) -> Iterator[Problem]:
    """Yield the problems of a section; ``root`` is its node and ``prefix`` its place in the intent."""
    for item in error.errors(include_url=False, include_input=False):
        loc = tuple(part for part in item["loc"] if isinstance(part, int) or not _is_tag(part))
        code, message, suggestion = _words(item, loc, root, annotation)
        is_key = code == "unknown-key" or "[key]" in item["loc"]
        mark, _ = locate(root, loc, key=is_key)
        yield Problem(
            code, message, file=mark.file, line=mark.line, column=mark.column,
            path=".".join(map(str, (*prefix, *loc))), suggestion=suggestion,
        )


def _is_tag(part: str) -> bool:
    return part == "[key]" or re.match(r"(constrained-|function-|literal\[)", part) is not None


def _words(item: Any, loc: Many[str | int], root: Node, annotation: Any) -> tuple[str, str, str]:
    kind, context = str(item["type"]), item.get("ctx") or {}
    last = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        return "unknown-key", f"unknown key {last}", did_you_mean(last, keys_at(annotation, loc[:-1]))
    if kind == "missing":
        return "missing-key", f"{last} is missing", ""
    if kind in _OWN_CODES:
        return kind, str(item["msg"]), _FIXES.get(kind, "")
    _, node = locate(root, loc)
    if kind in ("enum", "literal_error"):
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        written = node.text if isinstance(node, Scalar) else ""
        what = ", ".join(allowed) if allowed else str(context.get("expected", ""))
        return "bad-value", f"must be {what}" if len(allowed) < 2 else f"must be one of {what}", (
            did_you_mean(written, allowed) if allowed and len(allowed) > 1 else _quoting(kind, node)
        )
    if kind in _KINDS:
        secret = not _SECRET_KEYS.isdisjoint(map(str, loc))
        return "bad-type", f"must be {_KINDS[kind]}", _quoting(kind, node, secret=secret)
    return "bad-value", re.sub(r"^(Input|String|Value|Data) should", "must", str(item["msg"])), ""


def _quoting(kind: str, node: Node, *, secret: bool = False) -> str:
    if not isinstance(node, Scalar) or secret:
        return ""
    if kind == "string_type" and not isinstance(node.value, str) and node.value is not None:
        return f'write it in quotes: "{node.text}"'
    if kind == "int_type" and isinstance(node.value, str) and node.text.isdigit():
        return "write it without quotes"
    if kind == "bool_type" and node.text.lower() in ("yes", "no", "on", "off", "y", "n"):
        return "true" if node.text.lower() in ("yes", "on", "y") else "false"
    return ""


def keys_at(annotation: Any, loc: Many[str | int]) -> tuple[str, ...]:
    """Return the keys that a mapping at ``loc`` may have."""
    kinds = list(_kinds(annotation))
    for part in loc:
        following: list[Any] = []
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                if field := kind.model_fields.get(str(part)):
                    following += _kinds(field.annotation)
                elif "entries" in kind.model_fields:
                    following += _values(_kinds(kind.model_fields["entries"].annotation))
            else:
                following += _values([kind])
        kinds = following
    return tuple(
        name
        for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items() if field.validation_alias is None
    )


def _values(kinds: typing.Iterable[Any]) -> list[Any]:
    return [
        value for kind in kinds if typing.get_origin(kind) is MappingABC
        for value in _kinds(typing.get_args(kind)[1])
    ]


def _kinds(annotation: Any) -> Iterator[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _kinds(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _kinds(member)
    else:
        yield annotation
