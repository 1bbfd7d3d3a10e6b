"""The option ``--release``: reading it, and saying when another release stands in for the one that was meant."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sroscert.errors import UsageError
from sroscert.schema import Schema
from sroscert.values import Release


def given_release(text: str | None) -> Release | None:
    """Return the release of the option, None without. Raises UsageError."""
    if not text:
        return None
    try:
        return Release.parse(text)
    except ValueError as error:
        raise UsageError(str(error), hint="for example --release 21.2") from error


def say_standing_in(schemas: Iterable[Schema]) -> None:
    """Tell on standard error, once each, which release is treated as which."""
    for sentence in dict.fromkeys(schema.standing_in for schema in schemas):
        if sentence:
            sys.stderr.write(f"note: {sentence}\n")
