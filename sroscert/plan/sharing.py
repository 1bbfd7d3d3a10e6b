"""Which profiles a plan restarts or re-points, and who else depends on them (law 12). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sroscert.plan.commits import restarts
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.others import elsewhere, profiles
from sroscert.plan.ownership import ownership
from sroscert.plan.plan import Plan
from sroscert.plan.steps import Commit
from sroscert.render.diff import Change
from sroscert.render.referrers import KINDS, Profile, Referrer
from sroscert.values import Path

_SECURITY = Path.of("configure", "system", "security")
_DEPTH = len(_SECURITY.segments) + 1


def disturbed(plan: Plan) -> frozenset[Profile]:
    """Return the profiles that exist on the router and that a commit of the plan restarts or re-points.

    A CA profile restarts only by leaves that the YANG marks so (``auto-restart-to-modify``); what uses a TLS object
    meets any change of it.
    """
    changes = (change for step in plan.steps if isinstance(step, Commit) for change in step.changes)
    return frozenset(
        profile for change in changes if (profile := _profile(change, plan)) is not None
    )


def _profile(change: Change, plan: Plan) -> Profile | None:
    segments = change.path.segments
    if not change.path.is_within(_SECURITY) or len(segments) <= _DEPTH:
        return None
    entry = segments[_DEPTH]
    if entry.name not in KINDS or not entry.keys or Path(segments[: _DEPTH + 1]) not in plan.observed.running:
        return None
    whole = len(segments) == _DEPTH + 1
    if entry.name == "ca-profile" and not whole and not restarts(change.path, plan.schema):
        return None
    return Profile(entry.name, entry.keys[0][1])


def shared(plan: Plan, found: Iterable[Referrer], allowed: bool) -> list[Finding]:
    """Return a finding for each referrer outside the intent; it stops the plan unless that is allowed.

    Of a profile that an operator asked to have moved, what uses it is only told.
    """
    owned = ownership(plan.desired)
    moving = profiles(elsewhere(plan.desired, plan.router, plan.decisions, plan.observed))
    moving = moving if plan.renewing.others else frozenset()
    outside = [item for item in found if not owned.covers(item.path) and item.path not in plan.desired.tree]
    return [
        Finding(
            Severity.WARNING if allowed or item.profile in moving else Severity.STOP, "shared-profile",
            f"{item.profile.kind} {item.profile.name} also serves {item.path}, which is not in the intent; "
            "the plan restarts or changes it",
            hint="say --allow-interrupt when that is meant",
        )
        for item in outside
    ]
