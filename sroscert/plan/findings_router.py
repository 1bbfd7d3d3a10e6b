"""What of a router's own health stands in the way of a change: flash, standby CPM, CRLs, edits of others, an end that
is near. Pure.

What a router did not show gives no finding here; ``plan.health`` says that it was not read. A stop in ``OVERRIDABLE``
gives way to the operator's explicit word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sroscert.intent import RouterIntent
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.certificate import Decision, Need, pair_in_use
from sroscert.plan.findings import MAX_SKEW_S, Finding, Severity
from sroscert.plan.generation import number_of
from sroscert.plan.observed import Observed
from sroscert.plan.service import service_of
from sroscert.plan.steps import (
    CheckAndImport,
    Commit,
    Enrol,
    GenerateKey,
    ImportFile,
    ImportKey,
    RemoveFile,
    Save,
    Step,
    UploadFile,
)
from sroscert.values import ConfigTree, Path

OVERRIDABLE = frozenset({"ca-clock-skew", "certificate-ends", "crl-stale", "flash-full", "standby-out-of-sync"})
"""The guards that ``--override`` puts aside, each by its name. All others guard what no word of an operator changes."""

WORK_ROOM = 64 * 1024
"""Bytes that keys, certificates and the CA's answers may take on cf3: and in system-pki."""

NEAR_END = timedelta(hours=24)
_SHORT = 10
"""A certificate is near its end in the last tenth of its life, where that is less than ``NEAR_END``."""

_REDUNDANCY = Path.of("state", "redundancy", "synchronization")
_STATE_PROFILES = Path.of("state", "system", "security", "pki")
_CONFIG_FILE = "config.cfg"
_KEY_NAME = re.compile(r"\.(?:key|pk8|p8|p12|pfx)$", re.IGNORECASE)
_FAILED = frozenset({"config-fail", "boot-env-fail"})
_BUSY = frozenset({"config-in-progress", "boot-env-in-progress"})
CRL_FLAGS = frozenset({"invalid-crl", "expired-crl", "not-yet-valid-crl"})


def found(
    router: RouterIntent,
    observed: Observed,
    decisions: Sequence[Decision],
    future: ConfigTree,
    steps: Sequence[Step],
    now: datetime,
) -> list[Finding]:
    """Return all findings of this module but the CA's clock; ``future`` is what running will be after the steps."""
    commits = any(isinstance(step, Commit) for step in steps)
    return [
        *(candidate_changed(observed) if commits else []),
        *flash(observed, steps),
        *standby(observed, steps),
        *crls(router, observed, steps),
        *key_like(observed, (item.key.file for item in router.certificates.values())),
        *endings(router, observed, decisions, future, steps, now),
    ]


def overridden(findings: Iterable[Finding], codes: Collection[str]) -> tuple[Finding, ...]:
    """Return the findings with those stops as warnings that the operator put aside; a hint on how is dropped."""
    return tuple(
        replace(item, severity=Severity.WARNING, hint="put aside by --override")
        if item.severity is Severity.STOP and item.code in codes and item.code in OVERRIDABLE else item
        for item in findings
    )


def _override(code: str) -> str:
    return f"to go on all the same: --override {code}"


def room_needed(observed: Observed, steps: Iterable[Step]) -> int:
    """Return how many bytes the steps may take on cf3:."""
    steps = tuple(steps)
    needed = sum(len(step.content) for step in steps if isinstance(step, UploadFile))
    if any(isinstance(step, GenerateKey | ImportFile | ImportKey | Enrol | CheckAndImport) for step in steps):
        needed += WORK_ROOM
    saved = observed.flash_file(_CONFIG_FILE)
    if any(isinstance(step, Save) for step in steps):
        # ASSUMPTION: the old configuration file stays until the new one, of about its size, is written.
        needed += saved.size if saved is not None else WORK_ROOM
    return needed


def room_for_a_change(observed: Observed) -> int:
    """Return how many bytes a renewal may take on cf3:, with the configuration that is saved after it."""
    saved = observed.flash_file(_CONFIG_FILE)
    return WORK_ROOM + (saved.size if saved is not None else WORK_ROOM)


def flash(observed: Observed, steps: Iterable[Step]) -> list[Finding]:
    """Stop where cf3: has not the room for what the steps write."""
    free, needed = observed.flash_free, room_needed(observed, steps)
    if free is None or free >= needed:
        return []
    return [
        Finding(
            Severity.STOP,
            "flash-full",
            f"cf3: has {kib(free)} free, and the plan may write {kib(needed)}",
            hint=f"remove what nobody needs (file list cf3:/); {_override('flash-full')}",
        )
    ]


def kib(size: int) -> str:
    """Return a number of bytes as kilobytes, rounded up."""
    return f"{-(-size // 1024)} KiB"


def standby(observed: Observed, steps: Iterable[Step]) -> list[Finding]:
    """Stop before new files where the standby CPM does not get them: after a switchover they would be missing."""
    status, sync, files = standby_words(observed)
    steps = tuple(step for step in steps if not isinstance(step, RemoveFile))
    if status in {"failed", "syncing"}:
        reason = observed.state.text(_REDUNDANCY / "standby-failure")
        words = f"the standby CPM is {status}" + (f" ({reason})" if reason else "")
        hint = "show redundancy synchronization on the router; a switchover now would lose what the other CPM lacks"
        return [Finding(Severity.WARNING, "standby-not-ready", words, hint=hint)]
    if status != "standby":
        return []
    failed = [name for name, bad in (("configuration", sync in _FAILED), ("certificates", files == "fail")) if bad]
    if failed:
        return [
            Finding(
                Severity.STOP if steps else Severity.WARNING,
                "standby-out-of-sync",
                f"the last synchronization of {' and '.join(failed)} to the standby CPM failed: after a switchover the "
                "router would not have what is made now",
                hint="on the router: admin redundancy synchronize certificate"
                + (f"; {_override('standby-out-of-sync')}" if steps else ""),
            )
        ]
    if sync in _BUSY or files == "in-progress":
        return [
            Finding(Severity.WARNING, "standby-not-ready", "the standby CPM is being synchronized", hint="wait for it")
        ]
    return []


def standby_words(observed: Observed) -> tuple[str, str, str]:
    """Return standby-status, sync-status and cert-file-sync-status as the router shows them, else empty."""
    names = ("standby-status", "sync-status", "cert-file-sync-status")
    status, sync, files = (observed.state.text(_REDUNDANCY / name) for name in names)
    return status, sync, files


def candidate_changed(observed: Observed) -> list[Finding]:
    """Stop where somebody has edits in the global candidate: they are neither committed nor discarded (law 3).

    ASSUMPTION: the candidate's changes-since-last-save counts from the saved configuration, as its description says.
    With a running that is saved, the change must then lie in the candidate; with one that is not, nothing is known.
    """
    if not edits_in_candidate(observed) or observed.datastore("candidate").locked:
        return []
    return [
        Finding(
            Severity.STOP,
            "candidate-changed",
            "the global candidate has changes that nobody has committed",
            hint="whoever made them commits or discards them; on the router, to see them:\n"
            "edit-config global\ncompare",
        )
    ]


def edits_in_candidate(observed: Observed) -> bool | None:
    """Tell whether the global candidate differs from running; None where the router does not show that."""
    changed = observed.datastore("candidate").unsaved
    if not changed:
        return changed
    return True if observed.datastore("running").unsaved is False else None


def key_like(observed: Observed, ours: Iterable[str]) -> list[Finding]:
    """Say which files on cf3: may be private keys by their names; no file that may hold one is read (law 11).

    ``ours`` are the plain names of the intent's keys, which ``findings.clear_keys`` knows.
    """
    plain = tuple(ours)
    names = [
        entry.name for entry in observed.flash
        if not entry.is_folder and _KEY_NAME.search(entry.name)
        and not any(number_of(entry.name, name) is not None for name in plain)
    ]
    return [
        Finding(
            Severity.WARNING,
            "clear-key-suspected",
            f"cf3:/{name} is by its name a private key that is not imported; it was not read",
            hint=f"look at it on the router; if it is one that nobody needs there: file remove cf3:/{name}",
        )
        for name in names
    ]


def crls(router: RouterIntent, observed: Observed, steps: Iterable[Step]) -> list[Finding]:
    """Say which CA profiles are kept down by their CRL; stop where the plan enrols at one, and does not change it."""
    steps = tuple(steps)
    enrolling = {step.ca_profile for step in steps if isinstance(step, Enrol)}
    changed = {
        dict(segment.keys).get("ca-profile-name")
        for step in steps if isinstance(step, Commit)
        for change in step.changes for segment in change.path.segments if segment.name == "ca-profile"
    }
    found = []
    for name in router.ca_profiles:
        flags = sorted(CRL_FLAGS & set(profile_flags(observed, name)))
        if not flags:
            continue
        stops = name in enrolling and name not in changed
        found.append(
            Finding(
                Severity.STOP if stops else Severity.WARNING,
                "crl-stale",
                f"CA profile {name} is down by its CRL ({', '.join(flags)}): what it issued is not accepted",
                hint="bring a fresh CRL: auto_crl_update of the ca_profile, or admin certificate crl-update on the "
                f"router{'; ' + _override('crl-stale') if stops else ''}",
            )
        )
    return found


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
    before = {}
    mends = False
    for decision in decisions:
        mends = mends or decision.need is not Need.NOTHING
        current = pair_in_use(router, decision.certificate, observed)
        if current is not None:
            before[current.certificate] = decision.certificate.renewal.before
    stops = any(True for _ in steps) and not mends
    found = []
    for file in sorted(files_in_use(observed.running) & files_in_use(future)):
        info = observed.displayed.get(file)
        if info is not None and info.not_after - now <= near_end(info, before.get(file)):
            found.append(_ending(stops, file, info, now))
    return found


def _ending(stops: bool, file: str, info: CertificateInfo, now: datetime) -> Finding:
    left = info.not_after - now
    when = f"{info.not_after:%Y-%m-%d %H:%M} UTC"
    words = f"ended {when}" if left <= timedelta() else f"ends {when}, in {_hours(left)}"
    return Finding(
        Severity.STOP if stops else Severity.WARNING,
        "certificate-ends",
        f"{file} is in use and {words}" + (", and the plan leaves it" if stops else ""),
        hint="renew it first, and be sure that the router can be reached without it"
        + (f"; {_override('certificate-ends')}" if stops else ""),
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
            + (f"; {_override('ca-clock-skew')}" if enrols else ""),
        )
    ]


def router_against_ca(observed: Observed, ahead: timedelta | None) -> timedelta | None:
    """Return by how much the router's clock is ahead of the CA's; None where either is not known."""
    if ahead is None or observed.router_time is None:
        return None
    return observed.clock_ahead - ahead
