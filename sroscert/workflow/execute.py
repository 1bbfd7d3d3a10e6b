"""Carry out the steps of a plan on one router, in order, stopping at the first that does not hold.

Every step's outcome is done, failed or unknown; an unknown one is looked at before anything else is sent (law 4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sroscert.commands import operations as op
from sroscert.commands.replies import Reply, RequestStatus
from sroscert.device.ports import ExecPort
from sroscert.errors import (
    CAUnavailableError,
    CMPError,
    CommandError,
    DeviceError,
    GuardError,
    OutcomeUnknownError,
    PKIError,
    SecretError,
)
from sroscert.intent import CertificateIntent
from sroscert.intent.desired import Phase
from sroscert.pki.certificate import CertificateInfo, read
from sroscert.pki.checks import check_issued
from sroscert.plan.build import Plan
from sroscert.plan.generation import Generation
from sroscert.plan.secrets import needed
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
from sroscert.workflow.commit import commit_checked
from sroscert.workflow.journal import Both, Observer
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import FLASH, PKI_FOLDER, list_folder, list_pki
from sroscert.workflow.record import RunRecord
from sroscert.workflow.verify import Expected


@dataclass
class Execution:
    """The carrying out of one plan. ``interrupted`` is asked between steps and while polling."""

    plan: Plan
    link: RouterLink
    record: RunRecord
    observer: Observer
    interrupted: Callable[[], bool] = lambda: False
    certificates: dict[str, CertificateInfo] = field(default_factory=dict)

    def run(self) -> None:
        """Carry out every step. Raises SroscertError at the first that fails, with the state it leaves."""
        self._guard()
        self._have_secrets()
        observer = Both(self.link.journal, self.observer)
        self.link.journal.planned(self.plan)
        self.certificates = dict(self.plan.observed.displayed)
        for previous, step in zip((None, *self.plan.steps), self.plan.steps, strict=False):
            if self.interrupted() and not _one_unit(previous, step):
                raise GuardError(
                    "interrupted",
                    code="interrupted",
                    state=f"stopped before: {step.title}; the steps before it are done",
                    hint="run apply again: it takes up from what the router shows",
                )
            began = time.monotonic()
            observer.started(self.plan.router.name, step)
            try:
                detail = self._perform(step)
            except BaseException as error:
                observer.failed(self.plan.router.name, step, str(error), time.monotonic() - began)
                raise
            observer.finished(self.plan.router.name, step, detail, time.monotonic() - began)

    def _guard(self) -> None:
        refuse_stops(self.plan)
        ends = [
            text
            for step in self.plan.steps
            if isinstance(step, Commit) and step.phase is Phase.TLS
            for text in step.interrupts
        ]
        sessions = self.plan.observed.grpc_connections()
        if sessions and ends and not self.link.settings.allow_interrupt:
            raise GuardError(
                f"the plan would end sessions of others: {'; '.join(ends)}",
                code="would-interrupt",
                state="untouched: nothing was sent",
                hint="say --allow-interrupt when that is meant",
            )

    def _have_secrets(self) -> None:
        """Resolve what the steps will need, before the first of them; asks for what has to be typed in."""
        for reference in needed(self.plan):
            try:
                self.link.secret(reference)
            except SecretError as error:
                error.state = "untouched: nothing was sent"
                raise

    def _perform(self, step: Step) -> str:
        match step:
            case UploadFile():
                self.link.files.write(step.target, step.content)
                return ""
            case ImportFile():
                return self._import(step.url, step.name, step.kind, step.format)
            case RemoveFile():
                return self._remove(step.url)
            case GenerateKey():
                return self._generate(step)
            case ImportKey():
                return self._import_key(step.generation)
            case Enrol():
                return self._enrol(step)
            case CheckAndImport():
                return self._check_and_import(step)
            case Commit():
                served = commit_checked(self.plan, step, self.link, self.record, Expected(self.certificates))
                return f"kept: {len(step.checks)} checks held" + (f"; {served} is served" if served else "")
            case Save():
                self.link.config.save()
                return ""
            case _:
                raise AssertionError(step)

    @property
    def _exec(self) -> ExecPort:
        return self.link.executor(self.plan.schema)

    def _run(self, operation: op.Operation, timeout_s: float | None = None) -> Reply:
        reply = self._exec.run(operation, timeout_s or self.link.settings.rpc_timeout_s)
        self.link.journal.answered(operation, reply)
        return reply

    def _names(self, folder: str) -> set[str]:
        flash = list_folder(self.link, self.plan.schema, FLASH)
        found = flash if folder.rstrip("/") == FLASH.rstrip("/") else list_pki(self.link, self.plan.schema, flash)
        return {entry.name.lower() for entry in found}

    def _import(self, url: str, name: str, kind: str, form: str) -> str:
        if name.lower() in self._names(PKI_FOLDER):
            raise GuardError(
                f"{name} appeared in system-pki while we worked; it is not imported over",
                code="name-taken",
                state="as the steps before left it",
                hint="run plan again",
            )
        reply = self._run(op.ImportFile(url, name, kind, form))
        there = name.lower() in self._names(PKI_FOLDER)
        if reply.outcome == "failed" or not there:
            raise CommandError(
                f"import of {url} as {name} {'failed' if reply.outcome == 'failed' else 'is not seen'}: "
                f"{reply.text.strip() or 'the router gave no reason'}",
                operation="import",
                state=f"{name} is {'there' if there else 'not'} in system-pki",
                hint="the format must be that of the file; see the router's log 99",
            )
        return "seen in system-pki"

    def _remove(self, url: str) -> str:
        folder, name = url.rsplit("/", 1)
        if name.lower() not in self._names(folder + "/"):
            return "was not there"
        reply = self._run(op.RemoveFile(url))
        if name.lower() in self._names(folder + "/"):
            raise CommandError(
                f"{url} could not be removed: {reply.text.strip() or 'no reason given'}",
                operation="file remove",
                hint="remove it on the router",
            )
        return ""

    def _generate(self, step: GenerateKey) -> str:
        name = step.generation.key.lower()
        if name in self._names(PKI_FOLDER) or name in self._names("cf3:/"):
            raise GuardError(
                f"{step.generation.key} appeared on the router while we worked; it is not generated over",
                code="name-taken",
                hint="run plan again",
                state="as the steps before left it",
            )
        url = f"cf3:/{step.generation.key}"
        try:
            reply = self._run(op.GenerateKeypair(url, step.key_type, step.key_size or None, step.curve or None))
            if reply.outcome == "failed" or name not in self._names("cf3:/"):
                raise CommandError(
                    f"key generation failed: {reply.text.strip() or 'no key file is seen'}",
                    operation="generate-keypair",
                    state="no new key is in use",
                    hint="see the router's log 99 (event 2231)",
                )
        except BaseException as error:
            # The router may have written the key although we do not know it.
            self._remove_clear_key(url, error)
            raise
        return ""

    def _import_key(self, pair: Generation) -> str:
        url = f"cf3:/{pair.key}"
        try:
            detail = self._import(url, pair.key, "key", "der")
        except BaseException as error:
            self._remove_clear_key(url, error)
            raise
        self._remove_clear_key(url, None)
        return f"{detail}; the clear copy is gone"

    def _remove_clear_key(self, url: str, cause: BaseException | None) -> None:
        """Remove the clear copy of a key, on a fresh session when the one at hand is dead; say so where it fails."""
        try:
            self._remove(url)
            return
        except DeviceError:
            self.link.close()
        try:
            self._remove(url)
        except DeviceError as error:
            raise CommandError(
                f"a private key may lie in the clear in {url} and could not be removed: {error}"
                + (f"; before that: {cause}" if cause is not None else ""),
                operation="file remove",
                code="clear-key-left",
                state=f"{url} is readable for everyone who may read files there",
                hint=f"run apply again, which removes it; or on the router: file remove {url} force",
            ) from (cause or error)

    def _enrol(self, step: Enrol) -> str:
        item = self.plan.router.certificates[step.certificate]
        if step.resume:
            return self._settle(step, item)
        if step.generation.save_as.lower() in self._names("cf3:/"):
            raise GuardError(
                f"cf3:/{step.generation.save_as} appeared while we worked; it is not written over",
                code="name-taken",
                hint="run plan again",
                state="as the steps before left it",
            )
        reply = self._run(
            op.InitialRegistration(
                ca_profile=item.ca_profile,
                key=step.generation.key,
                reference=item.enrolment.reference,
                secret_reference=item.enrolment.secret,
                subject_dn=item.subject_dn,
                ip_address=item.san_ips[0] if item.san_ips else "",
                domain_names=tuple(item.san_dns),
                save_as=f"cf3:/{step.generation.save_as}",
            ),
            self._cmp_timeout(item),
        )
        if reply.outcome == "done":
            return "accepted"
        if reply.outcome == "pending":
            return self._settle(step, item)
        return self._look(step, item, reply)

    def _cmp_timeout(self, item: CertificateIntent) -> float:
        cmpv2 = self.plan.router.ca_profiles[item.ca_profile].cmpv2
        http = cmpv2.http.response_timeout if cmpv2 is not None and cmpv2.http is not None else None
        return float(http or 30) + self.link.settings.cmp_margin_s

    def _look(self, step: Enrol, item: CertificateIntent, reply: Reply) -> str:
        """Look at the request after a reply that is no success: what the router shows decides, not the text."""
        request = reply.request or self._run(op.ShowRequest(item.ca_profile)).request
        ours = request is not None and request.key.lower() in {"", step.generation.key.lower()}
        if request is not None and ours and request.accepted and self._answered(step):
            return "the CA answered: accepted (seen in the router's request)"
        if request is not None and ours and request.pending:
            return self._settle(step, item)
        words = _router_words(reply, request)
        if ours and request is not None and request.failed:
            raise _refused(item.ca_profile, words, request if self._is_new(request) else None)
        if reply.outcome == "failed":
            raise _refused(item.ca_profile, words, None)
        raise OutcomeUnknownError(
            f"the enrolment's outcome is unknown; the router said: {words}",
            state=f"key {step.generation.key} is kept; the CA may or may not have issued",
            hint="sroscert plan looks at the request again; the key is not made anew",
        )

    def _is_new(self, request: RequestStatus) -> bool:
        """Whether the request was made by this run; the router shows the last one, of whatever age."""
        before = self.plan.observed.requests.get(request.ca_profile)
        return before is None or before.pending or not before.began_with(request)

    def _answered(self, step: Enrol) -> bool:
        return step.generation.save_as.lower() in self._names("cf3:/")

    def _settle(self, step: Enrol, item: CertificateIntent) -> str:
        """Poll until the CA has answered, or leave the request pending for the next run."""
        deadline = time.monotonic() + self.link.settings.settle_timeout_s
        while not self.interrupted():
            reply = self._run(op.Poll(item.ca_profile), self._cmp_timeout(item))
            if reply.outcome == "done" and self._answered(step):
                return "the CA answered after polling: accepted"
            if reply.outcome != "pending":
                return self._look(step, item, reply)
            if time.monotonic() >= deadline:
                break
            time.sleep(self.link.settings.poll_interval_s)
        raise OutcomeUnknownError(
            f"the CA has not decided on {step.generation.certificate} yet",
            code="enrolment-pending",
            state="the request is pending on the router and at the CA; nothing was imported",
            hint="approve it at the CA, then run apply again: it polls, and does not ask a second time",
        )

    def _check_and_import(self, step: CheckAndImport) -> str:
        item = self.plan.router.certificates[step.certificate]
        path = f"cf3:/{step.generation.save_as}"
        data = self.link.files.read_certificate(path)
        self.link.journal.issued(path, data)
        ca = self.link.cas[item.ca_profile]
        mismatches = check_issued(
            data,
            ca=ca.data,
            subject=item.subject,
            san_ips=frozenset(item.san_ips),
            san_dns=frozenset(item.san_dns),
            key_type=item.key.type,
            key_bits=item.key.size or 0,
            now=datetime.now(UTC),
            expected_public_key_sha256=None,
        )
        if mismatches:
            found = "; ".join(f"{wrong.field} is {wrong.found}, wanted {wrong.wanted}" for wrong in mismatches)
            raise PKIError(
                f"the certificate that the CA issued is not the one asked for: {found}",
                state=f"nothing was imported; it lies in {path}; TLS is as it was",
                hint=f"correct the end entity at the CA and have it revoke serial {read(data).serial:x}, then remove "
                f"{path} on the router and run apply again",
            )
        info = read(data)
        self._import(path, step.generation.certificate, "certificate", "der")
        self.certificates[step.generation.certificate] = info
        return f"serial {info.serial:x}, valid until {info.not_after:%Y-%m-%d %H:%M} UTC"


def refuse_stops(plan: Plan, state: str = "untouched: nothing was sent") -> None:
    """Raise GuardError when a finding stops the plan, also when it is empty."""
    if plan.stops:
        raise GuardError(
            "; ".join(item.message for item in plan.stops),
            code=plan.stops[0].code,
            hint=plan.stops[0].hint,
            state=state,
        )


def _one_unit(previous: Step | None, step: Step) -> bool:
    """Tell whether an interrupt must wait: a key that was made is imported, and its clear copy removed (law 11)."""
    return isinstance(previous, GenerateKey) and isinstance(step, ImportKey)


def _router_words(reply: Reply, request: RequestStatus | None) -> str:
    """Return what the router said, in one line, and the CA's own words where only the request shows them (21.2)."""
    lines = [line.strip() for line in reply.text.splitlines()]
    said = "; ".join(line for line in lines if line and not line.startswith("Processing request"))
    shown = request.string if request else ""
    return "; ".join(text for text in (said, shown if shown not in said else "") if text) or "the router gave no reason"


def _refused(profile: str, words: str, request: RequestStatus | None) -> CMPError:
    """Build the error for a request that came to nothing; ``request`` is the router's record of it, if it made one.

    The CA is only called unavailable where the router sent a request and shows no answer to it. A CA that answered
    was there, whatever became of it; and what the router did not even send says nothing of the CA.
    """
    state = "the key is kept; nothing was imported; TLS is as it was"
    if request is None:
        return CMPError(
            f"the router did not ask the CA of profile {profile}: {words}",
            code="enrolment-failed",
            state=state,
            hint="see the router's log 99, and sroscert plan; the next apply uses the same key",
        )
    if request.code == "rejection":
        return CMPError(
            f"the CA of profile {profile} refused: {words}",
            state=state,
            hint="check the code (used once only?), subject and SAN of the end entity at the CA",
        )
    if request.replied is not None or request.code not in {"", "none"}:
        return CMPError(
            f"the CA of profile {profile} answered, and the router did not take its answer: {words}",
            code="enrolment-failed",
            state=f"{state}; the CA may have issued a certificate that nobody uses",
            hint="see the CA's journal (revoke what it issued) and the router's log 99; the key is used again",
        )
    return CAUnavailableError(
        f"the CA of profile {profile} did not answer the router: {words}",
        state=state,
        hint="is the CA up, and reachable from the router? See its log 99; the next apply uses the same key",
    )
