"""What stands in the way of a change, or should be said before it: pure checks over what was observed.

A finding of severity ``stop`` keeps every step of its router from being carried out.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sroscert.intent import RouterIntent
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import check_ca_certificate
from sroscert.plan.certificate import Decision, Need
from sroscert.plan.generation import number_of
from sroscert.plan.observed import Observed
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import Path

MAX_SKEW_S = 300
"""How far two clocks may be apart before nothing is decided by them, in seconds."""

_MODE = Path.of("configure", "system", "management-interface", "configuration-mode")


class Severity(enum.Enum):
    """How much a finding weighs."""

    STOP = "stop"
    UNVERIFIED = "unverified"
    """Nothing keeps us from working, but the service does not hold: the end of the run is not "in sync"."""
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the operator should know before anything is done."""

    severity: Severity
    code: str
    message: str
    hint: str = ""


def configuration_mode(observed: Observed, schema: Schema) -> list[Finding]:
    """Stop at a router whose configuration only the classic CLI may change (default mode up to 22.10)."""
    mode = observed.configuration_mode or observed.running.text(_MODE) or facts(schema).configuration_mode_default
    if mode == "model-driven":
        return []
    if not mode:
        return [Finding(Severity.WARNING, "configuration-mode", "the router does not show its configuration mode")]
    return [
        Finding(
            Severity.STOP,
            "configuration-mode",
            f"the router is in {mode} configuration mode; what is written over NETCONF must be model-driven",
            hint="in the classic CLI of the router, then log in again (it concerns the whole node: see its guide):\n"
            "configure system management-interface configuration-mode model-driven\n"
            "configure system management-interface cli cli-engine md-cli classic-cli",
        )
    ]


def _span(seconds: float) -> str:
    """Return a length of time in a unit that a person can grasp."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def clock(observed: Observed) -> list[Finding]:
    """Stop when our clock and the router's differ by more than validity can be judged with."""
    seconds = abs(observed.clock_ahead.total_seconds())
    if seconds <= MAX_SKEW_S:
        return []
    return [
        Finding(
            Severity.STOP,
            "clock-skew",
            f"the router's clock and ours differ by {_span(seconds)}: validity cannot be judged",
            hint="correct the clock that is wrong (NTP), then run again",
        )
    ]


def standing_in(schema: Schema) -> list[Finding]:
    """Say when the router's release is not known and the nearest earlier one is used."""
    if not schema.standing_in:
        return []
    hint = "with Nokia's YANG of that release: sroscert schema add FOLDER"
    return [Finding(Severity.NOTE, "release-stands-in", schema.standing_in, hint=hint)]


def declared_release(router: RouterIntent, observed: Observed) -> list[Finding]:
    """Stop where the intent says another release than the router: one of them is not what the operator believes."""
    if router.release is None or router.release.is_train_of(observed.release):
        return []
    return [
        Finding(
            Severity.STOP,
            "release-differs",
            f"the intent says SR OS {router.release}, the router says {observed.release}",
            hint="correct or leave out `release:`; without it the router's own word counts",
        )
    ]


def candidate(observed: Observed) -> list[Finding]:
    """Stop when somebody holds the candidate; it is left alone."""
    if not observed.datastore("candidate").locked:
        return []
    holder = observed.access.holder("candidate")
    who = "somebody" if holder is None else f"session {holder.number} of {holder.user} ({holder.kind})"
    end = "NUMBER" if holder is None else holder.number
    return [
        Finding(
            Severity.STOP,
            "lock-held",
            f"{who} holds the candidate datastore",
            hint="try again when it is free; on the router, to see who it is and to end a session that was forgotten:\n"
            "show system management-interface datastore-locks\n"
            f"admin disconnect session-id {end}",
        )
    ]


def unsaved(observed: Observed, user: str) -> list[Finding]:
    """Say that saving will also save what somebody else left unsaved."""
    running = observed.datastore("running")
    if running.unsaved and running.modified_by and running.modified_by != user:
        return [
            Finding(
                Severity.WARNING,
                "unsaved-changes",
                f"running has unsaved changes by {running.modified_by}; saving ours saves them too",
            )
        ]
    return []


def local_cas(
    router: RouterIntent, cas: Mapping[str, LocalCA], observed: Observed, now: datetime
) -> list[Finding]:
    """Stop where a CA certificate is missing, is none that SR OS takes, or is another than the router's."""
    enrolling = {item.ca_profile: item.name for item in router.certificates.values()}
    found = []
    for name, profile in router.ca_profiles.items():
        if profile.retired:
            continue
        local = cas.get(name)
        if local is not None:
            found += [*ca_fitness(name, local.info, now), *ca_on_router(name, profile.file, local.info, observed)]
        elif name in enrolling:
            found.append(
                Finding(
                    Severity.STOP,
                    "ca-certificate-missing",
                    f"CA profile {name} has no local `certificate`: what it issues for {enrolling[name]} could not be "
                    "checked",
                    hint=f"ca_profiles: {name}: certificate: FILE, the CA's certificate beside the intent",
                )
            )
        elif observed.backend in {"action", "raw", "cli"} and not observed.has_pki_file(profile.file):
            found.append(
                Finding(
                    Severity.STOP,
                    "ca-certificate-missing",
                    f"CA profile {name}: {profile.file} is not in system-pki, and there is no local `certificate` to "
                    "put there",
                    hint=f"ca_profiles: {name}: certificate: FILE, or import {profile.file} on the router",
                )
            )
    if router.grpc is not None and router.grpc.tls_server_profile and not cas and not enrolling:
        found.append(
            Finding(
                Severity.STOP,
                "ca-certificate-missing",
                "no CA profile has a local `certificate`: the gNMI service could not be verified",
                hint="ca_profiles: NAME: certificate: FILE, for the CA that issued what the router serves",
            )
        )
    return found


def ca_fitness(profile: str, local: CertificateInfo, now: datetime) -> list[Finding]:
    """Stop at a CA certificate with which the CA profile could not come up."""
    wrong = check_ca_certificate(local, now)
    if not wrong:
        return []
    words = "; ".join(f"{item.field} is {item.found}, wanted {item.wanted}" for item in wrong)
    return [
        Finding(
            Severity.STOP,
            "ca-certificate-unfit",
            f"CA profile {profile}: SR OS does not take its local certificate as a CA's: {words}",
            hint="get the CA's own certificate, as the CA hands it out; see sroscert lint",
        )
    ]


def ca_on_router(profile: str, file: str, local: CertificateInfo, observed: Observed) -> list[Finding]:
    """Stop when the router holds another CA certificate under the name: it is never imported over (law 1)."""
    if not observed.has_pki_file(file):
        return []
    shown = observed.displayed.get(file)
    if shown is None:
        return [
            Finding(
                Severity.WARNING,
                "ca-certificate-unread",
                f"{file} is on the router, but its display could not be read: not compared with the local file",
            )
        ]
    if (shown.serial, frozenset(shown.issuer)) == (local.serial, frozenset(local.issuer)):
        return []
    return [
        Finding(
            Severity.STOP,
            "ca-certificate-differs",
            f"CA profile {profile}: {file} on the router is another certificate (serial {shown.serial:x}) than the "
            f"local one (serial {local.serial:x})",
            hint="give the new CA certificate another name (`file:` of its ca_profile): none is replaced",
        )
    ]


def foreign_request(decisions: tuple[Decision, ...]) -> list[Finding]:
    """Stop when somebody else's request is pending: it is reported, not cleared (law 4)."""
    return [
        Finding(
            Severity.STOP,
            "request-pending",
            f"CA profile {decision.certificate.ca_profile} has a pending request that is not ours: "
            f"{decision.foreign_request}",
            hint="poll it or clear it on the router (cmpv2 poll, cmpv2 clear-request), then run again",
        )
        for decision in decisions
        if decision.foreign_request
    ]


def unread(decisions: tuple[Decision, ...]) -> list[Finding]:
    """Stop where a certificate is on the router and cannot be judged: it is neither kept nor replaced blindly."""
    return [
        Finding(
            Severity.STOP,
            "certificate-unread",
            f"{decision.unread} is on the router, but its display could not be read: not compared with the intent",
            hint="admin certificate display on the router shows it; remove it there if it is no certificate",
        )
        for decision in decisions
        if decision.unread
    ]


def scripts(observed: Observed) -> list[Finding]:
    """Say which scripts are on the router and could not be compared with ours."""
    return [
        Finding(
            Severity.WARNING,
            "script-unread",
            f"{location} could not be read: not compared with the intent",
            hint="the user needs access to SFTP (access console, or scp-sftp)",
        )
        for location, digest in observed.scripts.items()
        if not digest
    ]


def unmarked_secrets(observed: Observed) -> list[Finding]:
    """Say of which secrets it is not known whether the router has those of the intent: no router shows one (law 5)."""
    if not observed.unmarked:
        return []
    places = ", ".join(sorted(_object_of(path) for path in observed.unmarked))
    return [
        Finding(
            Severity.NOTE,
            "secret-not-compared",
            f"set on the router, and not from here: the secret of {places}; it is taken as that of the intent",
            hint="apply remembers it, and sets it when it changes; to set it in any case: --set-secrets",
        )
    ]


def _object_of(path: Path) -> str:
    """Return what has a secret, in a few words: the names of its lists with their keys."""
    words = [f"{segment.name} {segment.keys[0][1]}" for segment in path.segments if segment.keys]
    return " ".join(words) or str(path)


def clear_keys(decisions: tuple[Decision, ...], observed: Observed) -> list[Finding]:
    """Report the private keys that lie in the clear on cf3: and that no step imports or removes (law 11)."""
    found = []
    for decision in decisions:
        taken_up = decision.generation.key.lower() if decision.need in {Need.KEY, Need.IMPORT_KEY} else ""
        for entry in observed.flash:
            ours = number_of(entry.name, decision.certificate.key.file) is not None
            if ours and entry.name.lower() != taken_up and not observed.has_pki_file(entry.name):
                found.append(
                    Finding(
                        Severity.WARNING,
                        "clear-key-found",
                        f"cf3:/{entry.name} looks like a private key in the clear, and is not imported",
                        hint="nothing of ours uses it: sroscert clean removes it",
                    )
                )
    return found


def pending_commit(observed: Observed) -> list[Finding]:
    """Say that apply will not go on before a commit of an earlier run, which was never seen to end, is settled."""
    until = observed.pending_until
    if until is None or until <= observed.at:
        return []
    return [
        Finding(
            Severity.WARNING,
            "commit-pending",
            f"a commit of an earlier run was never seen to end: the router may undo it until {until:%H:%M:%S} UTC",
            hint=f"apply again after {until:%H:%M:%S} UTC: it does nothing before",
        )
    ]


def router_findings(router: RouterIntent, observed: Observed, schema: Schema) -> list[Finding]:
    """Return what is true of the router as a whole."""
    return [
        *configuration_mode(observed, schema),
        *clock(observed),
        *declared_release(router, observed),
        *standing_in(schema),
        *unsaved(observed, router.login.username),
        *pending_commit(observed),
    ]
