"""The configuration that a router should have after a plan, and how running differs from it. Pure.

The tree of an intent is ``intent/desired``; brought in here are the pairs of files that were decided, what others own,
what a change of method leaves, and what a run leaves out that only renews.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired, FilePair, Phase, desired
from sroscert.pki.cafile import LocalCA
from sroscert.plan import leftover, others, rollover
from sroscert.plan.certificate import Decision, pair_in_use
from sroscert.plan.findings import Finding
from sroscert.plan.flip import Flip, narrowed, phase_in, with_renewal_moved
from sroscert.plan.generation import Generation
from sroscert.plan.observed import Observed
from sroscert.plan.ownership import ownership
from sroscert.plan.profiles import given_up
from sroscert.plan.renewal import Renewing
from sroscert.plan.rewriting import codes_asked_with
from sroscert.plan.service import after
from sroscert.render.diff import Change, diff
from sroscert.schema import Schema
from sroscert.values import Path


def wanted_of(
    router: RouterIntent, target: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA],
    decisions: tuple[Decision, ...], renewing: Renewing,
) -> tuple[Desired, tuple[Change, ...], tuple[Finding, ...]]:
    """Return what the router should have, what is to be changed, and what stays for now of what should go.

    Of a run that only renews no more than that.
    """
    wanted, changes = _with_pairs(router, target, observed, schema, decisions, renewing)
    if wanted.retiring and not renewing.only:
        future = after(observed.running, changes)
        wanted, said = rollover.settle_retired(wanted, future, router, decisions, observed, cas)
        return wanted, _differences(wanted, observed, schema), said
    if not renewing.only:
        return wanted, changes, ()
    stay = tuple(
        replace(item, generation=current or Generation(1, item.certificate.name, item.certificate.key.file))
        for item in decisions
        for current in (pair_in_use(router, item.certificate, observed),)
    )
    before, besides = _with_pairs(router, router, observed, schema, stay, renewing)
    whole = renewing.names if renewing.restoring else ()
    codes = codes_asked_with(decisions, observed)
    besides = tuple(change for change in besides if change.path not in codes)
    return (*narrowed(wanted, before, changes, besides, whole), ())


def _with_pairs(
    router: RouterIntent, target: RouterIntent, observed: Observed, schema: Schema, decisions: tuple[Decision, ...],
    renewing: Renewing,
) -> tuple[Desired, tuple[Change, ...]]:
    """Return what the router should have with the pairs of ``decisions``, and how running differs from that.

    ``target`` is the intent with the cert-profiles that it will have, ``router`` with those that it has.
    """
    pairs = {
        item.certificate.name: FilePair(item.generation.certificate, item.generation.key) for item in decisions
    }
    engine = observed.access.script_engine or None
    wanted = desired(target, schema, pairs, engine, running=observed.running)
    wanted = replace(wanted, owned=(*wanted.owned, *given_up(router, target, observed.running)))
    if renewing.others:
        wanted = others.with_moved(wanted, others.elsewhere(wanted, router, decisions, observed))
    left = leftover.of_router(wanted, router, decisions, observed)
    wanted = with_renewal_moved(leftover.without(wanted, left), router, decisions, observed)
    return wanted, _differences(wanted, observed, schema)


def _differences(wanted: Desired, observed: Observed, schema: Schema) -> tuple[Change, ...]:
    owned = ownership(wanted)
    return diff(wanted.tree, observed.running, schema, owned=owned, rewritten=observed.rewritten)


def by_phase(
    changes: Sequence[Change], wanted: Desired, moving: tuple[Flip, ...], ending: Collection[Path] = ()
) -> dict[Phase, list[Change]]:
    """Return the changes by the phase that commits them; every phase has a list.

    ``ending`` are the roots of what renewed on the router and must be gone before the CA is asked.
    """
    parts: dict[Phase, list[Change]] = {phase: [] for phase in Phase}
    for change in changes:
        retires = any(change.path.is_within(entry) for entry in wanted.retiring)
        ends = change.after is None and any(change.path.is_within(root) for root in ending)
        phase = Phase.RETIREMENT if retires else Phase.ENDING if ends else phase_in(change.path, moving, changes)
        parts[phase].append(change)
    return parts
