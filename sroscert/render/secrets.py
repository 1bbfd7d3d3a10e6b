"""How a secret leaf looks to people: a reference in angle brackets, or stars. The secret itself is never shown."""

from __future__ import annotations

import re

STARS = "*****"
_REFERENCE = re.compile(r"(?:env|file|keyring|prompt):.*", re.DOTALL)


def shown(value: str) -> str:
    """Return what stands for the value of a secret leaf.

    A reference (``file:codes/sr``) becomes ``<file:codes/sr>``. Anything else, a router's ``… hash2`` included,
    becomes stars: hash2 can be undone.
    """
    return f"<{value}>" if _REFERENCE.fullmatch(value) else STARS


def reference(text: str) -> str:
    """Return the reference that ``shown`` made a placeholder of; other text is returned as it is."""
    inner = text[1:-1]
    return inner if text == f"<{inner}>" and _REFERENCE.fullmatch(inner) else text


def shown_only(value: str) -> str:
    """Return a reference as it is, and stars for anything else: what a router wrote is not kept."""
    return value if _REFERENCE.fullmatch(value) else STARS
