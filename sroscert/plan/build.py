"""From intent and observation to a plan: the ordered steps of one router, with reasons. Pure.

The order is that of a first enrolment: CA certificate, CA profile, key, enrolment, check and import, TLS and gRPC in
one commit, renewal on the box, save, work files. A step whose result is already there is not in the plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired, FilePair, Phase, Upload, desired, phase_of
from sroscert.pki.cafile import LocalCA
from sroscert.plan import findings as finding
from sroscert.plan import (
    findings_access,
    findings_intent,
    findings_renewal,
    findings_router,
    findings_scripts,
    leftover,
    renewal,
    rollover,
)
from sroscert.plan.certificate import Decision, Need, Request, pair_in_use
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.flip import Flip, flips, narrowed, phase_in, replaced, with_renewal_moved
from sroscert.plan.generation import Generation, number_of
from sroscert.plan.observed import Observed
from sroscert.plan.ownership import left_to_others, ownership
from sroscert.plan.profiles import given_up, moved, placed, shared_entries
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.plan.rewriting import codes_asked_with, reason_of
from sroscert.plan.service import Look, after, look_at, served_as_it_must, unverified
from sroscert.plan.standby import copies
from sroscert.plan.steps import (
    Check,
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
from sroscert.render.diff import Change, diff
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path

WORK_PREFIX = "sroscert-"
"""Work files of ours on cf3: that are no key and no certificate of a generation begin with this."""

_CA_PROFILES = Path.of("configure", "system", "security", "pki", "ca-profile")
_DIFFERS = "running differs from the intent"
_MOVES = "; renewal moves with the files"
_RETIRED = "the intent calls it retired, and nothing that is in use is of it"
_SERVICE = (Path.of("configure", "system", "security", "tls"), Path.of("configure", "system", "grpc"))
"""A change of these is met by gRPC clients."""

_OPEN = "open gRPC connection"
_REQUEST = "/admin/system/security/pki/generate-csr"

_CHECKS = {
    Phase.CA: (Check.NEW_SESSION, Check.CA_PROFILE_UP, Check.RUNNING),
    Phase.TLS: (Check.NEW_SESSION, Check.TLS_PROFILES_UP, Check.RUNNING),
    Phase.RENEWAL: (Check.NEW_SESSION, Check.RENEWAL_UP, Check.RUNNING),
    Phase.RETIREMENT: (Check.NEW_SESSION, Check.TLS_PROFILES_UP, Check.RUNNING),
}


@dataclass(frozen=True)
class Plan:
    """What will be done to one router, in order, and what should be known before."""

    router: RouterIntent
    observed: Observed
    schema: Schema
    desired: Desired
    decisions: tuple[Decision, ...]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    renewing: Renewing = AS_DUE
    target: RouterIntent | None = None
    """The intent with the cert-profiles that it will have, where a flip makes one anew."""

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self.steps

    @property
    def at_rest(self) -> bool:
        """Whether what was looked at is as it must be: nothing is left to do or stops us, and the service verifies."""
        return self.idle and not self.stops and not self.unverified

    @property
    def in_sync(self) -> bool:
        """Whether the router is as intended; a plan that only renews does not look at all of it (law 10)."""
        return self.at_rest and not self.renewing.only

    @property
    def unverified(self) -> tuple[Finding, ...]:
        """What the service does not hold although nothing is planned that would change it."""
        return tuple(item for item in self.findings if item.severity is Severity.UNVERIFIED)

    @property
    def stops(self) -> tuple[Finding, ...]:
        """The findings that keep the steps from being carried out."""
        return tuple(item for item in self.findings if item.severity is Severity.STOP)

    @property
    def digest(self) -> str:
        """Six hex digits that change when the plan does: the beginning of its fingerprint."""
        return self.fingerprint[:6]

    @property
    def fingerprint(self) -> str:
        """A hash of everything that will be done: two plans of one router with the same one do the same."""
        whole = hashlib.sha256(self.router.name.encode())
        for step in self.steps:
            whole.update(f"\n{fingerprint_of(step)}".encode())
        return whole.hexdigest()


def fingerprint_of(step: Step) -> str:
    """Return a hash of what a step does; why it does it does not count."""
    whole = hashlib.sha256(f"{step.title}|{_settled(step)!r}|".encode())
    if isinstance(step, UploadFile):
        whole.update(hashlib.sha256(step.content).digest())
    return whole.hexdigest()


def _settled(step: Step) -> Step:
    """Return a step without what changes by itself: the time in a reason, and how many gRPC connections are open, but
    not whether there are."""
    step = replace(step, reason="")
    if isinstance(step, Commit):
        texts = (_OPEN if _OPEN in text else text for text in step.interrupts)
        return replace(step, interrupts=tuple(texts))
    return step


def build(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime,
    renewing: Renewing = AS_DUE,
) -> Plan:
    """Return the plan for one router. ``cas`` has the local CA certificate of each CA profile by its name."""
    router = placed(router, observed.running)
    return assemble(
        router, observed, schema, cas, now, renewal.decisions(router, observed, schema, cas, now, renewing), renewing
    )


def assemble(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime,
    decisions: tuple[Decision, ...], renewing: Renewing,
) -> Plan:
    """Return the plan that follows from what was decided for each certificate."""
    router = placed(router, observed.running)
    target = moved(router, decisions, observed, renewing.new_profile)
    wanted, changes, said = _wanted(router, target, observed, schema, cas, decisions, renewing)
    future = after(observed.running, changes)
    look = look_at(observed, future, wanted.tree, decisions)
    moving = flips(router, decisions, observed)
    parts: dict[Phase, list[Change]] = {phase: [] for phase in Phase}
    for change in changes:
        parts[_phase(change, wanted, moving, changes)].append(change)
    ca_files = [] if renewing.only else _ca_steps(router, observed, cas)
    steps = [*ca_files, *commit_of(Phase.CA, parts, observed, schema, look)]
    concerned = [flip.decision for flip in moving] if renewing.only else decisions
    active = [item for item in decisions if item.need is not Need.NOTHING or item in concerned]
    for decision in active:
        steps += _certificate_steps(decision, observed, knows_keys(schema, observed))
    why = replaced(moving) if renewing.only else ""
    steps += _upload_steps((upload for upload in wanted.uploads if upload.first), observed)
    steps += commit_of(Phase.TLS, parts, observed, schema, look, why)
    steps += _upload_steps((upload for upload in wanted.uploads if not upload.first), observed)
    steps += commit_of(Phase.RENEWAL, parts, observed, schema, look)
    steps += commit_of(Phase.RETIREMENT, parts, observed, schema, look)
    renewed = any(decision.in_use and decision.generation.number > 1 for decision in decisions)
    # A renewed pair that an earlier run took into use and could not save would be gone after a reboot.
    if steps or not renewing.only or (renewed and _ours_unsaved(observed, router.login.username)):
        steps += _closing_steps(steps, active, observed, router.login.username)
    # Last: a standby CPM that does not take its copy keeps nothing else from being done.
    steps += copies(wanted.uploads, observed, steps)
    return Plan(
        router,
        observed,
        schema,
        wanted,
        decisions,
        tuple(steps),
        (
            *findings_intent.violations(wanted, schema, observed.running),
            *_findings(router, observed, schema, cas, wanted.tree, decisions, steps, now),
            *findings_router.found(router, observed, schema, decisions, future, steps, now),
            *findings_scripts.found(wanted, observed),
            *renewal.findings(router, observed, schema, decisions, now, renewing),
            *left_to_others(wanted, observed.running),
            *findings_renewal.orphaned(wanted, router, concerned, future, schema),
            *findings_renewal.renewed_by(wanted, router, decisions, observed, schema, changes, future),
            *rollover.findings(router, decisions, observed, cas),
            *(rollover.not_there(decisions, observed) if renewing.only else ()),
            *said,
            *shared_entries(router, target, observed.running),
        ),
        changes,
        renewing,
        target,
    )


def _phase(change: Change, wanted: Desired, moving: tuple[Flip, ...], changes: Sequence[Change]) -> Phase:
    if any(change.path.is_within(entry) for entry in wanted.retiring):
        return Phase.RETIREMENT
    return phase_in(change.path, moving, changes)


def _wanted(
    router: RouterIntent, target: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA],
    decisions: tuple[Decision, ...], renewing: Renewing,
) -> tuple[Desired, tuple[Change, ...], tuple[Finding, ...]]:
    """Return what the router should have, what is to be changed, and what stays for now of what should go.

    Of a run that only renews no more than that.
    """
    wanted, changes = _with_pairs(router, target, observed, schema, decisions)
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
    before, others = _with_pairs(router, router, observed, schema, stay)
    whole = renewing.names if renewing.restoring else ()
    codes = codes_asked_with(decisions, observed)
    others = tuple(change for change in others if change.path not in codes)
    return (*narrowed(wanted, before, changes, others, whole), ())


def _with_pairs(
    router: RouterIntent, target: RouterIntent, observed: Observed, schema: Schema, decisions: tuple[Decision, ...]
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
    left = leftover.of_router(wanted, router, decisions, observed)
    wanted = with_renewal_moved(leftover.without(wanted, left), router, decisions, observed)
    return wanted, _differences(wanted, observed, schema)


def _differences(wanted: Desired, observed: Observed, schema: Schema) -> tuple[Change, ...]:
    owned = ownership(wanted)
    return diff(wanted.tree, observed.running, schema, owned=owned, rewritten=observed.rewritten)


def _ca_steps(router: RouterIntent, observed: Observed, cas: Mapping[str, LocalCA]) -> list[Step]:
    steps: list[Step] = []
    done: set[str] = set()
    for profile in router.ca_profiles.values():
        local = cas.get(profile.name)
        url = f"cf3:/{WORK_PREFIX}{profile.file}"
        if local is None or profile.retired or profile.file in done:
            continue
        done.add(profile.file)
        if observed.has_pki_file(profile.file):
            if observed.flash_file(f"{WORK_PREFIX}{profile.file}") is not None:
                steps.append(RemoveFile(reason="work file of a run that was broken off", url=url))
            continue
        why = f"CA profile {profile.name} needs it; system-pki does not have it"
        steps += [
            UploadFile(reason=why, target=url, content=local.data, origin=str(profile.file)),
            ImportFile(reason=why, url=url, name=profile.file, kind="certificate", format=local.format),
            RemoveFile(reason="it is a work file", url=url),
        ]
    return steps


def _certificate_steps(decision: Decision, observed: Observed, known: bool) -> list[Step]:
    item, pair, need = decision.certificate, decision.generation, decision.need
    steps: list[Step] = []
    why = decision.reason
    if need is Need.KEY:
        steps.append(
            GenerateKey(
                reason=why,
                certificate=item.name,
                generation=pair,
                key_type=item.key.type,
                key_size=item.key.size or 0,
                curve=item.key.curve or "",
            )
        )
    if need in {Need.KEY, Need.IMPORT_KEY}:
        steps.append(ImportKey(reason=why, generation=pair, subject=item.subject_dn if known else ""))
    steps += _clear_keys(decision, observed)
    if need in {Need.KEY, Need.IMPORT_KEY, Need.ENROLMENT, Need.POLL}:
        steps.append(
            Enrol(
                reason=f"{why}; {decision.asked_so}" if decision.asked_so else why,
                certificate=item.name,
                generation=pair,
                ca_profile=item.ca_profile,
                resume=need is Need.POLL,
                request=decision.request,
                signer=decision.signer,
                reference=item.enrolment.reference,
            )
        )
    if need is not Need.NOTHING:
        steps.append(CheckAndImport(reason=why, certificate=item.name, generation=pair, by_request=known))
    return steps


def knows_keys(schema: Schema, observed: Observed) -> bool:
    """Tell whether the public part of a new key can be learnt: the release models a signing request (23.3).

    The classic command for it is in no source that could be read, and is not used.
    """
    return observed.backend == "action" and schema.action(_REQUEST) is not None


def _clear_keys(decision: Decision, observed: Observed) -> list[Step]:
    """Remove the clear copies that runs which were broken off left of keys that are imported (law 11)."""
    plain = decision.certificate.key.file
    names = {entry.name for entry in observed.flash if number_of(entry.name, plain)}
    names |= {entry.name for entry in observed.flash if entry.name.lower() == decision.generation.key.lower()}
    return [
        RemoveFile(reason="a private key lies in the clear on cf3: and is imported already", url=f"cf3:/{name}")
        for name in sorted(names)
        if observed.has_pki_file(name)
    ]


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
    return f"{connections} {_OPEN}{'s' if connections != 1 else ''} may end{with_calls}"


def restarts(path: Path, schema: Schema) -> bool:
    """Tell whether changing ``path`` restarts its object, by the YANG's own mark on it or on a list above it.

    The mark of a container says nothing: from 23.3 ``key-list`` still has it, while its entries and their passwords
    lost theirs (nokia-conf), and a container has no value that could change.
    """
    names = path.names
    nodes = (schema.node(names[:depth]) for depth in range(2, len(names) + 1))
    return any(node is not None and node.restart and node.kind != "container" for node in nodes)


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
            reason=_RETIRED if phase is Phase.RETIREMENT else said + _MOVES * moves,
            phase=phase,
            changes=mine,
            checks=(
                *(check for check in _CHECKS[phase][:-1] if brings or check is not Check.RENEWAL_UP),
                *([Check.RENEWAL_UP] if moves else []),
                *([Check.RENEWAL_GONE] if phase is Phase.RENEWAL and leftover.ended(mine) else []),
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


def _upload_steps(uploads: Iterable[Upload], observed: Observed) -> list[Step]:
    """Upload scripts that are absent or have other content: a difference is claimed only where it can be read."""
    steps: list[Step] = []
    known = {_plain(target): digest for target, digest in observed.scripts.items()}
    for upload in uploads:
        name = upload.target.split(":", 1)[-1].lstrip("\\/")
        there = known.get(_plain(upload.target))
        if there is None or there not in {"", hashlib.sha256(upload.content).hexdigest()}:
            reason = f"{upload.why}; " + ("it is not there" if there is None else "what is there has other content")
            steps.append(UploadFile(reason=reason, target=upload.target, content=upload.content, origin=name))
    return steps


def _plain(location: str) -> str:
    """Return a location in the one spelling of all: SR OS takes either slash, and any case on cf3:."""
    drive, _, name = location.rpartition(":")
    return f"{drive}:{name.replace(chr(92), '/').lstrip('/')}".lower()


def _ours_unsaved(observed: Observed, username: str) -> bool:
    running = observed.datastore("running")
    return bool(running.unsaved) and running.modified_by == username


def _closing_steps(steps: list[Step], decisions: Iterable[Decision], observed: Observed, username: str) -> list[Step]:
    closing: list[Step] = []
    if any(isinstance(step, Commit) for step in steps):
        closing.append(Save(reason="what was committed must survive a reboot"))
    elif _ours_unsaved(observed, username):
        closing.append(Save(reason=f"running was changed by {username} and is not saved"))
    known = [step for step in steps if isinstance(step, CheckAndImport) and step.by_request]
    for decision in decisions:
        saved = observed.flash_file(decision.generation.save_as) is not None
        began_here = decision.need is not Need.NOTHING
        if began_here or (saved and not decision.in_use):
            closing.append(RemoveFile(reason="it is a work file", url=f"cf3:/{decision.generation.save_as}"))
        made = any(step.generation == decision.generation for step in known)
        if made or (observed.flash_file(decision.generation.request) is not None and not decision.in_use):
            closing.append(RemoveFile(reason="it is a work file", url=f"cf3:/{decision.generation.request}"))
    return closing


def _findings(
    router: RouterIntent,
    observed: Observed,
    schema: Schema,
    cas: Mapping[str, LocalCA],
    wanted: ConfigTree,
    decisions: tuple[Decision, ...],
    steps: list[Step],
    now: datetime,
) -> list[Finding]:
    found = [*findings_access.backend(observed, router.login.username)]
    found += finding.router_findings(router, observed, schema)
    found += [*findings_intent.intent_errors(router), *findings_intent.release(router, schema)]
    if any(isinstance(step, Commit) for step in steps):
        found += finding.candidate(observed)
    found += findings_access.rights(router, observed, schema, steps)
    found += findings_access.sessions(observed, steps)
    found += finding.local_cas(router, cas, observed, now)
    found += finding.foreign_request(decisions)
    found += finding.unread(decisions)
    found += finding.clear_keys(decisions, observed)
    found += finding.scripts(observed)
    found += finding.unmarked_secrets(observed)
    if not any(isinstance(step, Commit) and step.phase is Phase.TLS for step in steps):
        found += unverified(observed, wanted, decisions)
    coded = any(
        isinstance(step, Enrol) and not step.resume and step.request is Request.INITIAL for step in steps
    )
    if observed.backend in {"raw", "cli"} and coded:
        found.append(
            Finding(
                Severity.WARNING,
                "secret-in-router-log",
                "below 23.3 the enrolment code travels in a command: the router's own log will show it",
                hint="use a code that the CA accepts once only",
            )
        )
    return found
