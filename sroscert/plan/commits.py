"""The commit of one phase: what it is kept by, what it interrupts, and why it is made. Pure.

How it is carried out is ``workflow/commit``; which change is of which phase ``plan/build``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sroscert.intent.desired import Phase, phase_of
from sroscert.plan import leftover
from sroscert.plan.observed import Observed
from sroscert.plan.plan import OPEN
from sroscert.plan.rewriting import reason_of
from sroscert.plan.service import Look, served_as_it_must
from sroscert.plan.steps import Check, Commit, Step
from sroscert.render.diff import Change
from sroscert.schema import Schema
from sroscert.values import Path

_CA_PROFILES = Path.of("configure", "system", "security", "pki", "ca-profile")
_DIFFERS = "running differs from the intent"
_MOVES = "; renewal moves with the files"
_ENDS = "sroscert asks the CA now, and what renewed on the router would ask besides"
_RETIRED = "the intent calls it retired, and nothing that is in use is of it"
_SERVICE = (Path.of("configure", "system", "security", "tls"), Path.of("configure", "system", "grpc"))
"""A change of these is met by gRPC clients."""

_CHECKS = {
    Phase.CA: (Check.NEW_SESSION, Check.CA_PROFILE_UP, Check.RUNNING),
    Phase.TLS: (Check.NEW_SESSION, Check.TLS_PROFILES_UP, Check.RUNNING),
    Phase.RENEWAL: (Check.NEW_SESSION, Check.RENEWAL_UP, Check.RUNNING),
    Phase.ENDING: (Check.NEW_SESSION, Check.RUNNING),
    Phase.RETIREMENT: (Check.NEW_SESSION, Check.TLS_PROFILES_UP, Check.RUNNING),
}


_REASONS = {Phase.ENDING: _ENDS, Phase.RETIREMENT: _RETIRED}
_RENEWALS = frozenset({Phase.ENDING, Phase.RENEWAL})


def commit_of(
    phase: Phase, parts: Mapping[Phase, Sequence[Change]], observed: Observed, schema: Schema, look: Look,
    why: str = "",
) -> list[Step]:
    """Return the commit of one phase with its checks; nothing where no change is of it."""
    mine = tuple(parts[phase])
    if not any(not change.implied for change in mine):
        return []
    moves = phase is Phase.TLS and any(phase_of(change.path) is Phase.RENEWAL for change in mine)
    brings = any(change.after is not None for change in mine)
    said = why or reason_of(mine, observed, _DIFFERS)
    return [
        Commit(
            reason=_REASONS.get(phase, said + _MOVES * moves),
            phase=phase,
            changes=mine,
            checks=(
                *(check for check in _CHECKS[phase][:-1] if brings or check is not Check.RENEWAL_UP),
                *([Check.RENEWAL_UP] if moves else []),
                *([Check.RENEWAL_GONE] if phase in _RENEWALS and leftover.ended(mine) else []),
                *_looks(phase, observed, look),
                Check.RUNNING,
            ),
            interrupts=_interrupts(mine, observed, schema),
            notes=look.notes if phase is Phase.TLS else (),
        )
    ]


def _looks(phase: Phase, observed: Observed, look: Look) -> tuple[Check, ...]:
    """Return the looks at the gNMI port: those of the service for TLS, for other commits what verified before."""
    if phase in {Phase.TLS, Phase.RETIREMENT}:
        return look.checks
    return (Check.HANDSHAKE,) if Check.HANDSHAKE in look.checks and served_as_it_must(observed) else ()


def _interrupts(changes: Iterable[Change], observed: Observed, schema: Schema) -> tuple[str, ...]:
    """Say what a commit of these changes will end or restart that is there now."""
    found: dict[str, None] = {}
    connections = observed.grpc_connections()
    for change in changes:
        if connections and any(change.path.is_within(root) for root in _SERVICE):
            found[_open_calls(connections, observed.grpc_subscriptions())] = None
        entry = Path(change.path.segments[: len(_CA_PROFILES.segments)])
        if entry.last.name == "ca-profile" and entry in observed.running and restarts(change.path, schema):
            found[f"CA profile {entry.last.keys[0][1]} restarts"] = None
    return tuple(found)


def _open_calls(connections: int, subscriptions: int) -> str:
    with_calls = f", with {subscriptions} subscription{'s' if subscriptions != 1 else ''}" if subscriptions else ""
    return f"{connections} {OPEN}{'s' if connections != 1 else ''} may end{with_calls}"


def restarts(path: Path, schema: Schema) -> bool:
    """Tell whether changing ``path`` restarts its object, by the YANG's own mark on it or on a list above it.

    The mark of a container says nothing: from 23.3 ``key-list`` still has it, while its entries and their passwords
    lost theirs (nokia-conf), and a container has no value that could change.
    """
    names = path.names
    nodes = (schema.node(names[:depth]) for depth in range(2, len(names) + 1))
    return any(node is not None and node.restart and node.kind != "container" for node in nodes)
