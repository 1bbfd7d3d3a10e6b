"""What of CAs, CRLs and certificates that end stands in the way of a change. Pure.

What a router did not show gives no finding here; ``plan.health`` says that it was not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sroscert.intent import RouterIntent
from sroscert.intent.rules.clients import known_by_crl
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.display import CRLDates
from sroscert.plan.certificate import Decision, Need, pair_in_use
from sroscert.plan.findings import MAX_SKEW_S, Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.overrides import override_hint
from sroscert.plan.service import service_of
from sroscert.plan.steps import Commit, Enrol, Step
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path

NEAR_END = timedelta(hours=24)
_SHORT = 10
"""A certificate is near its end in the last tenth of its life, where that is less than ``NEAR_END``."""

_PROFILES = Path.of("configure", "system", "security", "pki")
_STATE_PROFILES = Path.of("state", "system", "security", "pki")
_FRESH_CRL = "bring a fresh CRL: auto_crl_update of the ca_profile, or admin certificate crl-update on the router"
CRL_FLAGS = frozenset({"invalid-crl", "expired-crl", "not-yet-valid-crl"})


def crls(
    router: RouterIntent, observed: Observed, schema: Schema, steps: Iterable[Step], now: datetime
) -> list[Finding]:
    """Say which CA profiles their CRL keeps down, or soon will; stop where the plan enrols at one unchanged."""
    steps = tuple(steps)
    enrolling = {step.ca_profile for step in steps if isinstance(step, Enrol)}
    changed = {
        dict(segment.keys).get("ca-profile-name")
        for step in steps if isinstance(step, Commit)
        for change in step.changes for segment in change.path.segments if segment.name == "ca-profile"
    }
    guarded = {authority: server for server, authority in known_by_crl(router, schema)}
    found = []
    for name in router.ca_profiles:
        flags = sorted(CRL_FLAGS & set(profile_flags(observed, name)))
        if not flags:
            found += _crl_dates(observed, name, guarded.get(name, ""), now)
            continue
        stops = name in enrolling and name not in changed
        found.append(
            Finding(
                Severity.STOP if stops else Severity.WARNING,
                "crl-stale",
                f"CA profile {name} is down by its CRL ({', '.join(flags)}): what it issued is not accepted",
                hint=f"{_FRESH_CRL}{'; ' + override_hint('crl-stale') if stops else ''}",
            )
        )
    return found


def crl_of(observed: Observed, profile: str) -> tuple[str, CRLDates | None]:
    """Return the CRL file that running names in a CA profile, and its dates where they could be read."""
    file = observed.running.text(_PROFILES.entry("ca-profile", ca_profile_name=profile) / "crl-file")
    return file, observed.crls.get(file)


def _crl_dates(observed: Observed, profile: str, server: str, now: datetime) -> list[Finding]:
    """Say when a list that keeps no profile down has ended or will; ``server`` lets clients in by it, or is empty."""
    file, dates = crl_of(observed, profile)
    end = dates.next_update if dates is not None else None
    if end is None or end - now > NEAR_END:
        return []
    at = _PROFILES.entry("ca-profile", ca_profile_name=profile)
    when = f"{end:%Y-%m-%d %H:%M} UTC"
    # ASSUMPTION: a list that has ended tells no status any more, as one that is not there.
    locked = f"{server} then counts its clients as revoked, their status being unknown" if server else ""
    if end < now:
        optional = observed.running.text(at / "revocation-check") == "crl-optional"
        up = "the profile does not require it" if optional else "the profile is not shown as down by it"
        words = f"{file} of CA profile {profile} ended {when}, and {up}{f'; {locked}' if locked else ''}"
        return [Finding(Severity.WARNING, "crl-stale", words, hint=_FRESH_CRL)]
    if observed.running.text(at / "auto-crl-update" / "admin-state") == "enable":
        return []
    words = f"{file} of CA profile {profile} ends {when}{f'; {locked}' if locked else ''}"
    return [Finding(Severity.WARNING, "crl-ends", words, hint=_FRESH_CRL)]


def profile_flags(observed: Observed, profile: str) -> tuple[str, ...]:
    """Return the oper-flags of a CA profile, without "none"."""
    at = _STATE_PROFILES.entry("ca-profile", ca_profile_name=profile) / "oper-flags"
    value = observed.state.get(at, "")
    words = value.split() if isinstance(value, str) else value if isinstance(value, tuple) else ()
    return tuple(word for word in words if word != "none")


def endings(
    router: RouterIntent,
    observed: Observed,
    decisions: Iterable[Decision],
    future: ConfigTree,
    steps: Iterable[Step],
    now: datetime,
) -> list[Finding]:
    """Stop where a certificate in use has ended or is about to, and the plan would change the router and leave it.

    Whoever works on such a router may be the one who finds it unreachable afterwards. A certificate that the plan
    replaces is no such thing; without a plan, and beside a renewal of another one, it is said only.
    """
    decisions = tuple(decisions)
    mends = any(decision.need is not Need.NOTHING for decision in decisions)
    stops = any(True for _ in steps) and not mends
    stay = files_in_use(future)
    return [
        _ending(stops, file, words) for file, words in near_their_end(router, observed, decisions, now) if file in stay
    ]


def near_their_end(
    router: RouterIntent, observed: Observed, decisions: Iterable[Decision], now: datetime
) -> list[tuple[str, str]]:
    """Return the certificate files in use that have ended or are about to, each with that in words."""
    before = {
        current.certificate: decision.certificate.renewal.before
        for decision in decisions
        if (current := pair_in_use(router, decision.certificate, observed)) is not None
    }
    return [
        (file, _end_of(info, now))
        for file in sorted(files_in_use(observed.running))
        if (info := observed.displayed.get(file)) is not None
        and info.not_after - now <= near_end(info, before.get(file))
    ]


def _end_of(info: CertificateInfo, now: datetime) -> str:
    left = info.not_after - now
    when = f"{info.not_after:%Y-%m-%d %H:%M} UTC"
    return f"ended {when}" if left <= timedelta() else f"ends {when}, in {_hours(left)}"


def _ending(stops: bool, file: str, words: str) -> Finding:
    return Finding(
        Severity.STOP if stops else Severity.WARNING,
        "certificate-ends",
        f"{file} is in use and {words}" + (", and the plan leaves it" if stops else ""),
        hint="renew it first, and be sure that the router can be reached without it"
        + (f"; {override_hint('certificate-ends')}" if stops else ""),
    )


def _hours(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def near_end(info: CertificateInfo, before: timedelta | None) -> timedelta:
    """Return how long before its end a certificate counts as about to end; never before its renewal is due."""
    return min(NEAR_END, (info.not_after - info.not_before) / _SHORT, before if before is not None else NEAR_END)


def files_in_use(tree: ConfigTree) -> frozenset[str]:
    """Return the certificate files that the cert-profiles of a configuration name, and gRPC's among them."""
    entries = Path.of("configure", "system", "security", "tls")
    named = {
        value for path, value in tree.items()
        if path.is_within(entries) and path.last.name == "certificate-file" and isinstance(value, str)
    }
    service = service_of(tree)
    return frozenset(named | set(service.files if service is not None else ()))


def ca_clock(observed: Observed, ahead: timedelta | None, url: str, steps: Iterable[Step]) -> list[Finding]:
    """Stop an enrolment where the router's clock and the CA's differ: a request is dated, and so is what comes back.

    ``ahead`` is by how much the CA's clock is ahead of ours, None where it is not known.
    """
    skew = router_against_ca(observed, ahead)
    if skew is None or abs(skew.total_seconds()) <= MAX_SKEW_S:
        return []
    word = "ahead of" if skew > timedelta() else "behind"
    enrols = any(isinstance(step, Enrol) for step in steps)
    return [
        Finding(
            Severity.STOP if enrols else Severity.WARNING,
            "ca-clock-skew",
            f"the router's clock is {abs(skew.total_seconds()):.0f} s {word} that of the CA at {url}",
            hint="correct the clock that is wrong (NTP)"
            + (f"; {override_hint('ca-clock-skew')}" if enrols else ""),
        )
    ]


def router_against_ca(observed: Observed, ahead: timedelta | None) -> timedelta | None:
    """Return by how much the router's clock is ahead of the CA's; None where either is not known."""
    if ahead is None or observed.router_time is None:
        return None
    return observed.clock_ahead - ahead
