"""Which script files an intent has on a router as it is seen: for the pairs in use and the engine that it has. Pure."""

from __future__ import annotations

from sroscert.intent import RouterIntent
from sroscert.intent.desired import FilePair, Upload, desired
from sroscert.plan.certificate import pair_in_use
from sroscert.plan.observed import Observed
from sroscert.schema import Schema


def uploads_of(router: RouterIntent, observed: Observed, schema: Schema) -> tuple[Upload, ...]:
    """Return the files that should be there now; what a plan is about to move has others."""
    used = {name: pair_in_use(router, item, observed) for name, item in router.certificates.items()}
    pairs = {name: FilePair(pair.certificate, pair.key) for name, pair in used.items() if pair is not None}
    engine = observed.access.script_engine or None
    return desired(router, schema, pairs, engine, running=observed.running).uploads
