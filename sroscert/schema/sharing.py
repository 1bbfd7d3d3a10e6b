"""Keep schema files small: a type that is used once stands in place, one used more often stands in a shared table."""

from __future__ import annotations

import collections
import json
from collections.abc import Iterator
from typing import Any

Type = dict[str, Any]

_WORTH_SHARING = 100
"""Types whose text is longer than this many characters are shared when they occur more than once."""


def share_types(content: dict[str, Any], named: dict[str, Type]) -> dict[str, Type]:
    """Return the table of shared types and rewrite the references in ``content`` in place.

    ``named`` are the typedefs that ``content`` refers to by ``{"ref": name}``. Those used once are put in their
    place; long types without a name that occur several times are given one (``leafref-1`` …).
    """
    table = dict(named)
    _name_repeated(content, table)
    uses: collections.Counter[str] = collections.Counter()
    pending = [holder[key]["ref"] for holder, key in _types(content) if "ref" in holder[key]]
    uses.update(pending)
    while pending:  # each shared type counts the references in its own text once
        inner = [
            holder[key]["ref"]
            for name in dict.fromkeys(pending) for holder, key in _types({"type": table[name]}) if "ref" in holder[key]
        ]
        pending = [name for name in inner if not uses[name]]
        uses.update(inner)
    _put_in_place(content, table, uses)
    return {name: table[name] for name in sorted(table) if uses[name] > 1}


def _put_in_place(content: Any, table: dict[str, Type], uses: collections.Counter[str]) -> None:
    seen: set[str] = set()
    pending = [content]
    while pending:
        for holder, key in list(_types(pending.pop())):
            name = holder[key].get("ref")
            if name is None or name in seen:
                continue
            seen.add(name)
            if uses[name] == 1:
                holder[key] = table[name]
            pending.append({"type": table[name]})


def _name_repeated(content: dict[str, Any], table: dict[str, Type]) -> None:
    places: dict[str, list[tuple[Any, Any]]] = {}
    for holder, key in _types(content):
        text = json.dumps(holder[key], sort_keys=True)
        if "ref" not in holder[key] and len(text) > _WORTH_SHARING:
            places.setdefault(text, []).append((holder, key))
    numbers: collections.Counter[str] = collections.Counter()
    for text, found in places.items():
        if len(found) < 2:
            continue
        base = json.loads(text)["base"]
        numbers[base] += 1
        name = f"{base}-{numbers[base]}"
        table[name] = found[0][0][found[0][1]]
        for holder, key in found:
            holder[key] = {"ref": name}


def _types(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (holder, key) for every place in ``content`` where a type stands; outer ones before inner ones."""
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        if key in ("type", "of") and isinstance(value, dict) and ("base" in value or "ref" in value):
            yield content, key
            yield from _types(content[key])
        elif key == "types" and isinstance(value, list):
            for index in range(len(value)):
                yield value, index
                yield from _types(value[index])
        elif isinstance(value, dict) and key != "enum":
            yield from _types(value)
