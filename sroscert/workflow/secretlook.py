"""The secrets of an intent that are on a router, held against what was set from here. Reads; writes marks when told to.

What is kept of them is ``secretmarks``'; what follows is decided in ``plan``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sroscert.errors import SecretError
from sroscert.intent.desired import desired
from sroscert.plan.observed import Observed
from sroscert.plan.profiles import placed
from sroscert.plan.secrets import set_already
from sroscert.schema import Schema
from sroscert.values import Path
from sroscert.workflow.record import RunRecord

if TYPE_CHECKING:
    from sroscert.workflow.link import RouterLink

_CHANGED = "the secret changed since it was last set from here"
_ASKED = "asked to set the secrets again"


def with_secrets(
    seen: Observed, link: RouterLink, record: RunRecord, schema: Schema, *, everything: bool = False
) -> Observed:
    """Compare the secrets that are on the router with what was set from here; of no secret more is ever known.

    Nobody is asked for one, and one that is not at hand is not compared: a code may be gone once it was used. With
    ``everything`` each counts as one to be set.
    """
    wanted = desired(placed(link.router, seen.running), schema, running=seen.running).tree
    there = set_already(wanted, seen.running, schema)
    if everything:
        return replace(seen, rewritten=dict.fromkeys(there, _ASKED))
    changed = record.secrets.changed(at_hand(link, there))
    return replace(
        seen,
        rewritten={path: _CHANGED for path, is_other in changed.items() if is_other},
        unmarked=frozenset(path for path, is_other in changed.items() if is_other is None),
    )


def at_hand(link: RouterLink, references: Mapping[Path, str]) -> dict[Path, str]:
    """Return the secrets that can be had without asking anybody."""
    found = {}
    for path, reference in references.items():
        if reference.startswith("prompt:"):
            continue
        try:
            found[path] = link.secret(reference)
        except SecretError:
            continue
    return found
