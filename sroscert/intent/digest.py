"""A digest of what is wanted of one router: equal when two intents mean the same, whatever their files look like.

Comments, order of sections and the folder that an intent lies in do not count; neither do secrets, of which only the
references are here.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sroscert.homes import expanded
from sroscert.intent.values import RouterIntent

_NOT_DONE_TO_A_ROUTER = frozenset({"lint", "groups"})


def intent_digest(router: RouterIntent, base: Path) -> str:
    """Return the SHA-256, in hex, of what is wanted of ``router``; files count by their path from ``base``."""
    wanted = {
        item.name: _plain(getattr(router, item.name), base)
        for item in dataclasses.fields(router)
        if item.name not in _NOT_DONE_TO_A_ROUTER
    }
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def _plain(value: Any, base: Path) -> Any:
    """Return a value of the intent as JSON data; sets lose their order, everything else keeps it."""
    if isinstance(value, Path):
        return os.path.relpath(expanded(value), base)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), base) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name), base) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item, base) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, base) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(_plain(item, base), sort_keys=True) for item in value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
