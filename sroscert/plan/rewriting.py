"""Secrets that are set although they are on the router: which of them a renewal takes along, and how it is told. Pure.

Which ones those are is observed (``Observed.rewritten``), by what is remembered of them; no router shows a secret.
"""

from __future__ import annotations

from collections.abc import Iterable

from sroscert.plan.certificate import Decision, Request
from sroscert.plan.observed import Observed
from sroscert.render.diff import Change
from sroscert.values import Path

_PKI = Path.of("configure", "system", "security", "pki")


def codes_asked_with(decisions: Iterable[Decision], observed: Observed) -> set[Path]:
    """Return the secrets to be set in CA profiles that will be asked with a code: their answers are checked with it."""
    asked = {item.certificate.ca_profile for item in decisions if item.asks and item.request is Request.INITIAL}
    entries = [_PKI.entry("ca-profile", ca_profile_name=name) for name in asked]
    return {path for path in observed.rewritten if any(path.is_within(entry) for entry in entries)}


def reason_of(changes: Iterable[Change], observed: Observed, otherwise: str) -> str:
    """Return the reason of a commit: why a secret is set again, and ``otherwise`` for all that can be read."""
    said: dict[str, None] = {}
    for change in changes:
        if not change.implied:
            said[observed.rewritten.get(change.path, otherwise)] = None
    return "; ".join(said)
