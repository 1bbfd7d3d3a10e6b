"""What a router's state says around a certificate: the profiles that use it, and its renewal on the box. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sroscert.intent import CertificateIntent
from sroscert.intent.ehs import EVENT
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.observed import read_time
from sroscert.plan.plan import Plan
from sroscert.plan.renewers import Reach, Renewer, renewers
from sroscert.plan.status_outcome import RenewalOutcome, of_handlers, of_native
from sroscert.values import ConfigTree, Path

_TLS = Path.of("configure", "system", "security", "tls")
_STATE_TLS = Path.of("state", "system", "security", "tls")
_PKI = Path.of("configure", "system", "security", "pki")
_STATE_PKI = Path.of("state", "system", "security", "pki")
_HANDLING = Path.of("state", "log", "event-handling")
_CONF_HANDLING = Path.of("configure", "log", "event-handling")
_WARNING = Path.of("configure", "log", "log-events").entry("security", event=EVENT)
_RETRY_S = 3600
"""The retry-interval of a certificate-update-profile where none is set (YANG, 22.10 to 26.3)."""
_NO_FLAGS = frozenset({"", "none"})


@dataclass(frozen=True, slots=True)
class ProfileStatus:
    """A profile by its YANG list's name; ``oper_state`` is empty where the router does not show it."""

    kind: str
    name: str
    oper_state: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenewalStatus:
    """Who renews a certificate and when.

    ``due_at`` is when the renewal window of the intent opens. ``next_at`` is when the router acts next as far as it
    shows: ``next_from`` says whether that is its own word (``router``), or the time of its next expiry warning, which
    sets off the script (``warning``); ``tries_left`` counts how often from then on, before the certificate ends, and is
    None where that is not known. ``on_router`` says whether running has that renewal at all; one that is there and that
    nothing sets off has no next time, and no try left. ``last`` is what came
    of its last try, None where there was none. ``others`` names what renews it on the router besides, in words. Of a
    certificate that the intent does not make ``method`` is what running shows: ``none`` where nothing there names it.
    """

    method: str
    reason: str
    due_at: datetime | None
    on_router: bool
    state: str
    next_at: datetime | None = None
    next_from: str = ""
    tries_left: int | None = None
    last: RenewalOutcome | None = None
    others: tuple[str, ...] = ()

    @property
    def is_lacking(self) -> bool:
        """Whether the router should renew by itself and has no such renewal; the other methods have none there."""
        return self.method in {"native", "ehs"} and not self.on_router

    @property
    def following(self) -> datetime | None:
        """When it is renewed next: when the router acts, or from when sroscert would."""
        return self.due_at if self.method == "external" else self.next_at


def profiles_of(plan: Plan, file: str, ca_profile: str) -> tuple[ProfileStatus, ...]:
    """Return the CA profile, and the TLS profiles of running that use a certificate file."""
    running, state = plan.observed.running, plan.observed.state
    found = []
    if ca_profile and _PKI.entry("ca-profile", ca_profile_name=ca_profile) in running:
        at = _STATE_PKI.entry("ca-profile", ca_profile_name=ca_profile)
        found.append(_profile(state, at, "oper-flags"))
    users = [
        path
        for path in running.entries(_TLS, "cert-profile")
        if any(running.text(entry / "certificate-file") == file for entry in running.entries(path, "entry"))
    ]
    found += [_profile(state, Path((*_STATE_TLS.segments, path.last)), "down-reasons") for path in users]
    using = {path.last.keys[0][1] for path in users}
    for kind in ("server-tls-profile", "client-tls-profile"):
        for path in running.entries(_TLS, kind):
            if using & {running.text(path / "cert-profile")}:
                found.append(_profile(state, Path((*_STATE_TLS.segments, path.last)), "down-reasons"))
    return tuple(found)


def _profile(state: ConfigTree, at: Path, flags: str) -> ProfileStatus:
    values = [value for path, value in state.subtree(at).items() if path.last.name == flags]
    shown = [str(value) for value in values if value not in _NO_FLAGS]
    return ProfileStatus(at.last.name, at.last.keys[0][1], state.text(at / "oper-state"), tuple(dict.fromkeys(shown)))


def renewal_of(
    plan: Plan, item: CertificateIntent, file: str, info: CertificateInfo | None, now: datetime
) -> RenewalStatus:
    """Return who renews a certificate of the intent, and when by what the router shows."""
    method, reason = plan.desired.renewal_methods[item.name]
    due = info.not_after - item.renewal.before if info is not None else None
    acting = _acting(plan, file)
    # Where event handling is the intent's way, whoever set up the handlers, native renewal comes on top.
    more = [one for one in acting if one.method != method and one.reach is Reach.FILE]
    bare = RenewalStatus(method, reason, due, False, "", others=tuple(one.words for one in more))
    return _on_router(plan, file, info, now, bare)


def found_renewal(plan: Plan, file: str, info: CertificateInfo | None, now: datetime) -> RenewalStatus:
    """Return what renews a certificate that is not the intent's, by what running shows."""
    acting = _acting(plan, file)
    if not acting:
        return RenewalStatus("none", "nothing on the router renews it, as far as it shows", None, False, "")
    method = acting[0].method
    more = tuple(one.words for one in acting if one.method != method)
    bare = RenewalStatus(method, "configured on the router, not in the intent", None, False, "", others=more)
    return _on_router(plan, file, info, now, bare)


def _acting(plan: Plan, file: str) -> list[Renewer]:
    return [one for one in renewers(plan.observed.running, plan.schema, file) if one.acts] if file else []


def _on_router(
    plan: Plan, file: str, info: CertificateInfo | None, now: datetime, bare: RenewalStatus
) -> RenewalStatus:
    if bare.method == "native":
        return _native(plan, file, info, bare)
    # A router warns by its own clock.
    return _handled(plan, file, info, now + plan.observed.clock_ahead, bare) if bare.method == "ehs" else bare


def _native(plan: Plan, file: str, info: CertificateInfo | None, bare: RenewalStatus) -> RenewalStatus:
    configured = bool(file) and _PKI.entry("certificate-auto-update", certificate_file_name=file) in (
        plan.observed.running
    )
    if not configured:
        return bare
    at = _STATE_PKI.entry("certificate-auto-update", certificate_file_name=file)
    state = plan.observed.state
    moment = read_time(state.text(at / "next-update-time"))
    shown = "router" if moment is not None else ""
    return replace(
        bare, on_router=True, state=state.text(at / "update-state"), next_at=moment, next_from=shown,
        tries_left=_tries(moment, info, _retry(plan, file)), last=of_native(state, file),
    )


def _retry(plan: Plan, file: str) -> timedelta:
    """Return how long a router waits between two tries of a native renewal."""
    running = plan.observed.running
    profile = running.text(_PKI.entry("certificate-auto-update", certificate_file_name=file) / "profile")
    seconds = running.text(_PKI.entry("certificate-update-profile", name=profile) / "retry-interval")
    return timedelta(seconds=int(seconds) if seconds.isdigit() and int(seconds) else _RETRY_S)


def _tries(first: datetime | None, info: CertificateInfo | None, step: timedelta) -> int | None:
    """Count the tries from ``first`` on, one each ``step``, before the certificate ends; none at its very end."""
    if first is None or info is None:
        return None
    return max(0, math.ceil((info.not_after - first) / step)) if step else int(first < info.not_after)


def _handled(
    plan: Plan, file: str, info: CertificateInfo | None, now: datetime, bare: RenewalStatus
) -> RenewalStatus:
    """Read the handlers that this certificate's expiry warning sets off, and when the router will warn next."""
    running, state = plan.observed.running, plan.observed.state
    handlers = _handlers(plan, file)
    if not handlers:
        return bare
    states = [state.text(_HANDLING.entry("handler", name=name) / "oper-state") or "not shown" for name in handlers]
    worst = next((text for text in states if text != "up"), "up")
    last = of_handlers(running, state, handlers)
    if idle := _idle(plan, file, handlers, states):
        return replace(bare, on_router=True, state=idle, last=last, tries_left=0)
    moment = _next_warning(running, info, now) if info is not None else None
    shown = "warning" if moment is not None else ""
    return replace(
        bare, on_router=True, state=worst, next_at=moment, next_from=shown, last=last,
        tries_left=0 if info is not None and moment is None else _tries(moment, info, _between(running, handlers)),
    )


def _idle(plan: Plan, file: str, handlers: list[str], states: list[str]) -> str:
    """Say in a word why no warning sets off any of the handlers; empty where one does, as far as the router shows."""
    if plan.observed.running.text(_WARNING / "generate") == "false":
        return "suppressed"
    if not {one.handler for one in _acting(plan, file)} & {*handlers}:
        return "disabled"
    return "down" if {*states} == {"down"} else ""


def _between(running: ConfigTree, handlers: list[str]) -> timedelta:
    """Return the time between two warnings that the handlers' min-delay lets through; zero where none is repeated."""
    every = running.text(_PKI / "certificate-expiration-warning" / "repeat-hours")
    if not every.isdigit() or int(every) == 0:
        return timedelta()
    places = [_CONF_HANDLING.entry("handler", name=name) for name in handlers]
    entries = [entry for place in places for entry in running.entries(place, "entry")]
    delays = [text for entry in entries if (text := running.text(entry / "min-delay")).isdigit()]
    longest = max(map(int, delays), default=0)
    return timedelta(hours=int(every) * max(1, math.ceil(longest / (int(every) * 3600))))


def _handlers(plan: Plan, file: str) -> list[str]:
    """Return the handlers that this file's warning sets off; those of every warning where none is for this file."""
    found = [one for one in renewers(plan.observed.running, plan.schema, file) if one.method == "ehs"] if file else []
    meant = [one for one in found if one.reach is Reach.FILE]
    return [one.handler for one in meant or found]


def _next_warning(running: ConfigTree, info: CertificateInfo, now: datetime) -> datetime | None:
    """Return when the router warns next: first ``hours`` before the end, then every ``repeat-hours``; None for never.

    ASSUMPTION: repeats are counted from the first warning, and none comes after the end of the certificate.
    """
    warning = _PKI / "certificate-expiration-warning"
    hours = running.text(warning / "hours")
    if not hours.isdigit() or int(hours) == 0:
        return None
    first = info.not_after - timedelta(hours=int(hours))
    if first > now:
        return first
    every = running.text(warning / "repeat-hours")
    if not every.isdigit() or int(every) == 0:
        return None
    step = timedelta(hours=int(every))
    moment = first + step * math.floor((now - first) / step + 1)
    return moment if moment < info.not_after else None
