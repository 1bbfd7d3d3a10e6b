"""The nearest valid spelling of a word, for suggestions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that ``word`` was probably meant to be, or an empty text."""
    by_form = {_form(item): item for item in known}
    if exact := by_form.get(_form(word)):
        return exact
    close = difflib.get_close_matches(_form(word)[:64], by_form, n=1, cutoff=0.6)
    return by_form[close[0]] if close else ""


def did_you_mean(word: str, known: Iterable[str], form: str = "{}") -> str:
    """Return a suggestion: the nearest word, or the choice when it is small."""
    candidates = list(known)
    if close := nearest(word, candidates):
        return f"did you mean {form.format(close)}?"
    if 0 < len(candidates) <= 8:
        return f"one of {', '.join(form.format(item) for item in sorted(candidates))}"
    return ""


def _form(word: str) -> str:
    return word.replace("-", "_").lower()
