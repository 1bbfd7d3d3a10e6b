"""A flip puts another pair into use: what names the old files on the router moves with it, in the same commit (law 1).

SR OS files native renewal (``certificate-auto-update``) and the expiry warning's text under the certificate's file
name. Were they moved by a later commit, a run that ends in between would leave the served certificate without renewal.
Owns which objects move. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired, Phase, phase_of
from sroscert.plan.certificate import Decision, pair_in_use
from sroscert.plan.generation import Generation, number_of
from sroscert.plan.observed import Observed
from sroscert.render.diff import Change
from sroscert.values import PRESENT, ConfigTree, Path, Value

_PKI = Path.of("configure", "system", "security", "pki")
_NATIVE = tuple((_PKI / name).names for name in ("certificate-auto-update", "certificate-update-profile"))
_FILTERS = ("configure", "log", "filter")
_EVENT_HANDLING = (("configure", "log"), ("configure", "python"), ("configure", "system", "script-control"))


@dataclass(frozen=True, slots=True)
class Flip:
    """A certificate whose pair in use, ``old``, gives way to the one of ``decision``."""

    decision: Decision
    old: Generation


def flips(router: RouterIntent, decisions: Iterable[Decision], observed: Observed) -> tuple[Flip, ...]:
    """Return the certificates for which a commit of the plan will name another pair."""
    found = []
    for decision in decisions:
        old = pair_in_use(router, decision.certificate, observed)
        if old is not None and old.certificate != decision.generation.certificate:
            found.append(Flip(decision, old))
    return tuple(found)


def replaced(moving: Iterable[Flip]) -> str:
    """Say in words which pairs take the place of which."""
    return "; ".join(
        f"{flip.decision.generation.certificate} takes the place of {flip.old.certificate}" for flip in moving
    )


def with_renewal_moved(
    wanted: Desired, router: RouterIntent, decisions: Iterable[Decision], observed: Observed
) -> Desired:
    """Return what is desired with the native renewals of old files taken away, or moved to the new ones.

    An entry that the intent does not want itself is somebody's own: it goes on, for the new pair. An old file that
    something else on the router uses keeps its renewal, and what is left over of ours goes (``leftover``).
    """
    moving = flips(router, decisions, observed)
    items = list(wanted.tree.items())
    owned = list(wanted.owned)
    for entry in observed.running.entries(_PKI, "certificate-auto-update"):
        file = entry.last.keys[0][1]
        if entry in wanted.tree or entry in owned or _is_used(file, wanted, observed):
            continue
        flip = next((item for item in moving if item.old.certificate == file), None)
        if flip is not None:
            owned.append(entry)
            items += _moved(entry, flip, wanted, observed)
        elif _is_left_over(file, wanted, decisions):
            owned.append(entry)
    return replace(wanted, tree=ConfigTree.from_items(dict(items).items()), owned=tuple(owned))


def narrowed(
    wanted: Desired, before: Desired, changes: Iterable[Change], others: Iterable[Change],
    whole: Collection[str] = (),
) -> tuple[Desired, tuple[Change, ...]]:
    """Leave of what is desired and of the changes only what the flips bring.

    ``before`` is what is desired with the pairs that stand, and ``others`` the changes that this takes: they are
    wanted with or without a flip, and are not the matter of a run that only renews. What renews the certificates of
    ``whole`` is taken in all the same.
    """
    renewals = {("certificates", name, "renewal") for name in whole}
    roots = [root for root, at in wanted.origins.items() if at[:3] in renewals]
    left = {change for change in others if not any(change.path.is_within(root) for root in roots)}
    scripts = {
        value
        for path, value in wanted.tree.items()
        if path.last.name == "location" and any(path.is_within(root) for root in roots)
    }
    uploads = tuple(item for item in wanted.uploads if item not in before.uploads or item.target in scripts)
    return replace(wanted, uploads=uploads), tuple(change for change in changes if change not in left)


def _is_used(file: str, wanted: Desired, observed: Observed) -> bool:
    """Tell whether something outside the intent names the file."""
    return any(
        path.last.name == "certificate-file"
        and value == file
        and path not in wanted.tree
        and not any(path.is_within(root) for root in wanted.owned)
        for path, value in observed.running.items()
    )


def _moved(entry: Path, flip: Flip, wanted: Desired, observed: Observed) -> list[tuple[Path, Value]]:
    pair = flip.decision.generation
    place = _PKI.entry("certificate-auto-update", certificate_file_name=pair.certificate)
    if place in wanted.tree:
        return []
    profile = observed.running.text(entry / "profile")
    return [(place, PRESENT), (place / "key-file-name", pair.key), (place / "profile", profile)]


def _is_left_over(file: str, wanted: Desired, decisions: Iterable[Decision]) -> bool:
    """Tell whether an entry is of an earlier generation of a certificate that the router renews by itself."""
    return any(
        number_of(file, name) is not None and wanted.renewal_methods[name][0] == "native"
        for name in (item.certificate.name for item in decisions)
    )


def phase_in(path: Path, moving: tuple[Flip, ...], changes: Iterable[Change]) -> Phase:
    """Return the phase in which a change is made: with a flip, what names the files of old goes with TLS."""
    phase = phase_of(path)
    if phase is not Phase.RENEWAL or not moving:
        return phase
    names = path.names
    old = {flip.old.certificate for flip in moving}
    if any(names[: len(root)] == root for root in _NATIVE):
        together = any(_names_natively(change, old) for change in changes)
    else:
        together = any(names[: len(root)] == root for root in _EVENT_HANDLING) and any(map(_moves_filter, changes))
    return Phase.TLS if together else phase


def _names_natively(change: Change, old: set[str]) -> bool:
    entry = change.path.segments[len(_PKI.segments) :][:1]
    return change.after is None and any(
        segment.name == "certificate-auto-update" and segment.keys[0][1] in old for segment in entry
    )


def _moves_filter(change: Change) -> bool:
    """Tell whether a change gives an existing log filter another text to look for."""
    return change.kind == "change" and change.path.names[: len(_FILTERS)] == _FILTERS
