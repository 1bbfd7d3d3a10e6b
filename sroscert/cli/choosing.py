"""Which routers of an intent a command is about: ``--limit``. Imports nothing that meets routers."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from sroscert.errors import UsageError
from sroscert.intent import Intent, RouterIntent


def choose(intent: Intent, limit: Sequence[str] | None) -> list[RouterIntent]:
    """Return the routers that match any of ``limit`` (shell patterns); all without a limit.

    Raises UsageError when none does.
    """
    routers = list(intent.routers.values())
    if not limit:
        return routers
    chosen = [router for router in routers if any(fnmatch.fnmatchcase(router.name, pattern) for pattern in limit)]
    if not chosen:
        known = ", ".join(router.name for router in routers[:8])
        raise UsageError(f"no router matches {', '.join(limit)}", hint=f"the intent has: {known}")
    return chosen
