"""Have the router ask its CA: an initial registration, a key update or a certificate request; poll; check; import.

What the router shows decides, never a text alone (law 4); what the CA sent is checked before it is imported (law 1).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sroscert.commands import operations as op
from sroscert.commands.replies import Reply, RequestStatus
from sroscert.errors import (
    CAUnavailableError,
    CMPError,
    DeviceError,
    FileTransferError,
    GuardError,
    Outcome,
    OutcomeUnknownError,
    PKIError,
    SroscertError,
)
from sroscert.intent import CertificateIntent
from sroscert.pki.certificate import CertificateInfo, read
from sroscert.pki.checks import Mismatch, check_is_new, check_issued
from sroscert.pki.request import requested_key
from sroscert.plan.certificate import Request
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import HASH
from sroscert.plan.service import by_static_rsa
from sroscert.plan.steps import CheckAndImport, Enrol
from sroscert.plan.unanswered import Fate, unsent
from sroscert.workflow.tools import Tools

_AT_THE_CA = {
    Request.INITIAL: "check the code (used once only?), subject and SAN of the end entity at the CA",
    Request.UPDATE: "does the CA allow automatic key update, and know the certificate that signs? sroscert renew "
    "--by-code asks with a one-time code instead",
    Request.CERTIFICATE: "give the end entity at the CA the subject and SAN of the intent, and open it for one more "
    "certificate; sroscert renew --by-code asks with a one-time code instead",
}

_UNTOUCHED = "the key is kept; nothing was imported; TLS is as it was"


@dataclass
class Enrolment:
    """The requests of one plan. ``interrupted`` is asked while polling."""

    plan: Plan
    tools: Tools
    interrupted: Callable[[], bool]

    def ask(self, step: Enrol) -> str:
        """Send the request, or take up one that is pending, and return what the CA said.

        Raises CMPError, GuardError, DeviceError.
        """
        item = self.plan.router.certificates[step.certificate]
        if step.resume:
            return self._settle(step, item)
        if step.generation.save_as.lower() in self.tools.names("cf3:/"):
            raise GuardError(
                f"cf3:/{step.generation.save_as} appeared while we worked; it is not written over",
                code="name-taken",
                hint="run plan again",
                state="as the steps before left it",
            )
        shown = self.plan.observed.requests.get(step.ca_profile)
        self.tools.link.journal.requests.sending(step, shown)
        try:
            reply = self.tools.run(_operation(step, item), self._cmp_timeout(item))
        except DeviceError as error:
            if error.outcome is Outcome.NOT_APPLIED:
                self._noted(step, Fate.UNSENT, "")
            raise
        if reply.outcome == "done":
            return self._noted(step, Fate.ACCEPTED, "accepted")
        if reply.outcome == "pending":
            return self._settle(step, item)
        return self._look(step, item, reply)

    def _noted(self, step: Enrol, fate: Fate, words: str) -> str:
        self.tools.link.journal.requests.became(f"cf3:/{step.generation.save_as}", fate)
        return words

    def _cmp_timeout(self, item: CertificateIntent) -> float:
        cmpv2 = self.plan.router.ca_profiles[item.ca_profile].cmpv2
        http = cmpv2.http.response_timeout if cmpv2 is not None and cmpv2.http is not None else None
        return float(http or 30) + self.tools.link.settings.cmp_margin_s

    def _look(self, step: Enrol, item: CertificateIntent, reply: Reply, *, was_pending: bool = False) -> str:
        """Look at the request after a reply that is no success: what the router shows decides, not the text."""
        request = reply.request or self.tools.run(op.ShowRequest(item.ca_profile)).request
        ours = request is not None and request.key.lower() in {"", step.generation.key.lower()}
        if request is not None and ours and request.accepted and self._answered(step):
            return self._noted(step, Fate.ACCEPTED, "the CA answered: accepted (seen in the router's request)")
        if request is not None and ours and request.pending:
            return self._settle(step, item)
        words = _router_words(reply, request)
        if (ours and request is not None and request.failed) or reply.outcome == "failed":
            its_own = request is not None and ours and request.failed and (was_pending or self._is_new(request))
            fate, error = refused(step, words, request) if its_own and request else self._unshown(step, words, request)
            self._noted(step, fate, "")
            raise error
        raise OutcomeUnknownError(
            f"the enrolment's outcome is unknown; the router said: {words}",
            state=f"key {step.generation.key} is kept; the CA may or may not have issued",
            hint="sroscert plan looks at the request again; the key is not made anew",
        )

    def _is_new(self, request: RequestStatus) -> bool:
        """Whether the request was made by this run; the router shows the last one, of whatever age."""
        before = self.plan.observed.requests.get(request.ca_profile)
        return before is None or before.pending or not before.began_with(request)

    def _unshown(self, step: Enrol, words: str, request: RequestStatus | None) -> tuple[Fate, SroscertError]:
        """Judge a failed request that is not the one that the router shows."""
        observed = self.plan.observed
        before = observed.requests.get(step.ca_profile)
        return unshown(step, words, unsent(step.generation.key, request, before, observed.router_time))

    def _answered(self, step: Enrol) -> bool:
        return step.generation.save_as.lower() in self.tools.names("cf3:/")

    def _settle(self, step: Enrol, item: CertificateIntent) -> str:
        """Poll until the CA has answered, or leave the request pending for the next run."""
        self._noted(step, Fate.PENDING, "")
        deadline = time.monotonic() + self.tools.link.settings.settle_timeout_s
        while not self.interrupted():
            reply = self.tools.run(op.Poll(item.ca_profile), self._cmp_timeout(item))
            if reply.outcome == "done" and self._answered(step):
                return self._noted(step, Fate.ACCEPTED, "the CA answered after polling: accepted")
            if reply.outcome != "pending":
                return self._look(step, item, reply, was_pending=True)
            if time.monotonic() >= deadline:
                break
            time.sleep(self.tools.link.settings.poll_interval_s)
        raise OutcomeUnknownError(
            f"the CA has not decided on {step.generation.certificate} yet",
            code="enrolment-pending",
            state="the request is pending on the router and at the CA; nothing was imported",
            hint="approve it at the CA, then run apply again: it polls, and does not ask a second time",
        )

    def take(self, step: CheckAndImport) -> tuple[CertificateInfo, str]:
        """Fetch what the CA sent, check it, import it, and return what it is and how its key was looked at.

        Raises PKIError, DeviceError.
        """
        item = self.plan.router.certificates[step.certificate]
        path = f"cf3:/{step.generation.save_as}"
        data = self.tools.link.files.read_certificate(path)
        self.tools.link.journal.issued(path, data)
        ca = self.tools.link.cas[item.ca_profile]
        expected, of_key = self._key_of(step)
        mismatches = check_issued(
            data,
            ca=ca.data,
            subject=item.subject,
            san_ips=frozenset(item.san_ips),
            san_dns=frozenset(item.san_dns),
            key_type=item.key.type,
            key_bits=item.key.size or 0,
            now=datetime.now(UTC),
            expected_public_key_sha256=expected,
            static_rsa=item.key.type == "rsa" and by_static_rsa(self.plan.desired.tree, step.generation.certificate),
        )
        mismatches = (*mismatches, *check_is_new(read(data), self._known()))
        info = read(data)
        if mismatches:
            raise rejected(step, mismatches, path, f"{info.serial:x}")
        self.tools.import_file(path, step.generation.certificate, "certificate", "der")
        return info, of_key

    def _key_of(self, step: CheckAndImport) -> tuple[str | None, str]:
        """Return the hash of the new key's public part, None where nothing tells it, and that in words."""
        unseen = "whether it is of the new key is seen when both are in use"
        if not step.by_request:
            return None, unseen
        try:
            data = self.tools.link.files.read_request(f"cf3:/{step.generation.request}")
            return requested_key(data), "of the new key, as its signing request shows"
        except (FileTransferError, PKIError) as error:
            return None, f"{unseen}: {error.message}"

    def _known(self) -> dict[str, CertificateInfo]:
        """Return the certificates that the router has, and the one that it serves, of which the whole is known."""
        served = self.plan.observed.served
        shown = {"what it serves": served.certificate} if served is not None and served.certificate else {}
        return {**self.plan.observed.displayed, **shown}


def rejected(step: CheckAndImport, mismatches: Sequence[Mismatch], path: str, serial: str) -> PKIError:
    """Build the error for a certificate that is not the one asked for.

    Where it lacks no more than the kind of its key, it is the router's key that was made for an earlier intent. One of
    another key than its signing request has need not be the CA's doing: a key that a run before had asked for may have
    come late, over that of the request. Only a new key leads out of that.
    """
    found = "; ".join(f"{wrong.field} is {wrong.found}, wanted {wrong.wanted}" for wrong in mismatches)
    key = step.generation.key
    do = f"correct the end entity at the CA and have it revoke serial {serial}, then remove {path} on the router"
    fields = {wrong.field for wrong in mismatches}
    if fields <= {"key-type", "key-bits"}:
        do = (
            f"{key} was made before the intent wanted another kind of key: on the router remove cf3:/system-pki/{key} "
            f"and {path}, have the CA revoke serial {serial}, and give it a fresh code where one was used up"
        )
    elif fields == {"public-key"} and step.by_request:
        do = (
            f"the CA certified another key, or {key} is not the one of cf3:/{step.generation.request} (a key that an "
            f"earlier run asked for came late): on the router remove cf3:/system-pki/{key}, "
            f"cf3:/{step.generation.request} and {path}, have the CA revoke serial {serial}, and give it a fresh code "
            "where one was used up"
        )
    return PKIError(
        f"the certificate that the CA issued is not the one asked for: {found}",
        state=f"nothing was imported; it lies in {path}; TLS is as it was",
        hint=f"{do}; then run apply again",
    )


def _operation(step: Enrol, item: CertificateIntent) -> op.Operation:
    """Return the command of a request. A signed one says its hash, for SR OS would take SHA-1 (transcript)."""
    save_as = f"cf3:/{step.generation.save_as}"
    # One IP address a request: the commands have no place for a second one.
    address = item.san_ips[0] if item.san_ips else ""
    if step.signer is None:
        return op.InitialRegistration(
            ca_profile=item.ca_profile,
            key=step.generation.key,
            reference=item.enrolment.reference,
            secret_reference=item.enrolment.secret,
            subject_dn=item.subject_dn,
            ip_address=address,
            domain_names=tuple(item.san_dns),
            save_as=save_as,
        )
    if step.request is Request.UPDATE:
        return op.KeyUpdate(
            ca_profile=item.ca_profile,
            new_key=step.generation.key,
            old_key=step.signer.key,
            old_certificate=step.signer.certificate,
            save_as=save_as,
            hash_algorithm=HASH,
        )
    return op.CertRequest(
        ca_profile=item.ca_profile,
        current_key=step.signer.key,
        current_certificate=step.signer.certificate,
        new_key=step.generation.key,
        subject_dn=item.subject_dn,
        save_as=save_as,
        hash_algorithm=HASH,
        ip_address=address,
        domain_names=tuple(item.san_dns),
    )


def _router_words(reply: Reply, request: RequestStatus | None) -> str:
    """Return what the router said, in one line, and the CA's own words where only the request shows them (21.2)."""
    lines = [line.strip().removesuffix(".") for line in reply.text.splitlines()]
    said = "; ".join(line for line in lines if line and not line.startswith("Processing request"))
    shown = request.string if request else ""
    return "; ".join(text for text in (said, shown if shown not in said else "") if text) or "the router gave no reason"


def unshown(step: Enrol, words: str, fate: Fate) -> tuple[Fate, SroscertError]:
    """Build the error of a failed request that the router shows no record of: it was not sent, or that is not known.

    What the router did not even send says nothing of the CA.
    """
    if fate is Fate.UNSENT:
        return fate, CMPError(
            f"the router did not ask the CA of profile {step.ca_profile}: {words}",
            code="enrolment-failed",
            state=_UNTOUCHED,
            hint="see the router's log 99, and sroscert plan; the next apply uses the same key",
        )
    return fate, CMPError(
        f"the {step.request.value} at the CA of profile {step.ca_profile} failed, and the router does not show whether "
        f"it asked: {words}",
        code="enrolment-failed",
        state=f"{_UNTOUCHED}; the CA may have issued a certificate that nobody uses",
        hint="see the router's log 99 and the CA's journal, and sroscert plan; the next apply uses the same key",
    )


def refused(step: Enrol, words: str, request: RequestStatus) -> tuple[Fate, SroscertError]:
    """Judge a request that came to nothing, and build its error; ``request`` is the router's record of it.

    The CA is only called unavailable where the router sent a request and shows no answer to it. A CA that answered
    was there, whatever became of it.
    """
    profile = step.ca_profile
    if request.code == "rejection":
        return Fate.REFUSED, CMPError(
            f"the CA of profile {profile} refused the {step.request.value}: {words}",
            state=_UNTOUCHED,
            hint=_AT_THE_CA[step.request],
        )
    if request.replied is not None or request.code not in {"", "none"}:
        return Fate.NOT_TAKEN, CMPError(
            f"the CA of profile {profile} answered, and the router did not take its answer: {words}",
            code="enrolment-failed",
            state=f"{_UNTOUCHED}; the CA may have issued a certificate that nobody uses",
            hint="see the CA's journal (revoke what it issued) and the router's log 99; the key is used again"
            + ("; give the CA a fresh code where the one of the intent is used up" if step.signer is None else ""),
        )
    return Fate.NO_ANSWER, CAUnavailableError(
        f"the CA of profile {profile} did not answer the router: {words}",
        state=_UNTOUCHED,
        hint="is the CA up, and reachable from the router? See its log 99; the next apply uses the same key",
    )
