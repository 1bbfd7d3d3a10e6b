"""How two plans of one router differ, in words: of what was agreed to against what it would be now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_SHOWN = 4


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say where two plans part; both as ``plan.document`` gives them."""
    old, new = before["steps"], now["steps"]
    words = _apart([step["title"] for step in old], [step["title"] for step in new])
    for step in old:
        same = next((other for other in new if other["title"] == step["title"]), None)
        if same is not None and _lines(step) != _lines(same):
            words += [f"in {step['title']}: {text}" for text in _apart(_lines(step), _lines(same))]
    return "; ".join(words) or "the same steps with other contents"


def _lines(step: Mapping[str, Any]) -> list[str]:
    return [f"{change['sign']} {change['line']}" for change in step.get("changes", ())]


def _apart(before: Sequence[str], now: Sequence[str]) -> list[str]:
    gone = [text for text in before if text not in now]
    new = [text for text in now if text not in before]
    return [f"{word}: {_some(texts)}" for word, texts in (("no longer", gone), ("new", new)) if texts]


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
