"""Carry out the steps of a plan on one router, in order, stopping at the first that does not hold.

Every step's outcome is done, failed or unknown; an unknown one is looked at before anything else is sent (law 4).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sroscert.commands import operations as op
from sroscert.errors import (
    CommandError,
    DeviceError,
    GuardError,
    SecretError,
    standing,
)
from sroscert.intent.desired import Phase
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import HASH
from sroscert.plan.secrets import needed
from sroscert.plan.steps import (
    CheckAndImport,
    Commit,
    CopyToStandby,
    Enrol,
    GenerateKey,
    ImportFile,
    ImportKey,
    RemoveFile,
    Save,
    Step,
    UploadFile,
)
from sroscert.workflow import standby
from sroscert.workflow.commit import commit_checked
from sroscert.workflow.enrol import Enrolment
from sroscert.workflow.journal import Both, Observer
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import PKI_FOLDER
from sroscert.workflow.record import RunRecord
from sroscert.workflow.tools import Tools
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
                    f"stopped before: {step.title}",
                    code="interrupted",
                    state="the steps before it are done",
                    hint="run it again: it takes up from what the router shows",
                )
            began = time.monotonic()
            observer.started(self.plan.router.name, step)
            try:
                with standing(
                    f"not known of this step: {step.title}; the steps before it are done",
                    "run it again: it takes up from what the router shows",
                ):
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
            case CopyToStandby():
                return standby.copy(self._tools, step)
            case ImportFile():
                return self._tools.import_file(step.url, step.name, step.kind, step.format)
            case RemoveFile():
                return self._tools.remove(step.url)
            case GenerateKey():
                return self._generate(step)
            case ImportKey():
                return self._import_key(step)
            case Enrol():
                return self._enrolment.ask(step)
            case CheckAndImport():
                info, of_key = self._enrolment.take(step)
                self.certificates[step.generation.certificate] = info
                return f"serial {info.serial:x}, valid until {info.not_after:%Y-%m-%d %H:%M} UTC; {of_key}"
            case Commit():
                served = commit_checked(self.plan, step, self.link, self.record, Expected(self.certificates))
                return f"kept: {len(step.checks)} checks held" + (f"; {served} is served" if served else "")
            case Save():
                self.link.config.save()
                return ""
            case _:
                raise AssertionError(step)

    @property
    def _tools(self) -> Tools:
        return Tools(self.link, self.plan.schema)

    @property
    def _enrolment(self) -> Enrolment:
        return Enrolment(self.plan, self._tools, self.interrupted)

    def _generate(self, step: GenerateKey) -> str:
        name = step.generation.key.lower()
        if name in self._tools.names(PKI_FOLDER) or name in self._tools.names("cf3:/"):
            raise GuardError(
                f"{step.generation.key} appeared on the router while we worked; it is not generated over",
                code="name-taken",
                hint="run plan again",
                state="as the steps before left it",
            )
        url = f"cf3:/{step.generation.key}"
        try:
            reply = self._tools.run(op.GenerateKeypair(url, step.key_type, step.key_size or None, step.curve or None))
            if reply.outcome == "failed" or name not in self._tools.names("cf3:/"):
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

    def _import_key(self, step: ImportKey) -> str:
        pair, url = step.generation, f"cf3:/{step.generation.key}"
        try:
            if step.subject:
                self._write_request(step)
            detail = self._tools.import_file(url, pair.key, "key", "der")
        except BaseException as error:
            self._remove_clear_key(url, error)
            raise
        self._remove_clear_key(url, None)
        return f"{detail}; the clear copy is gone"

    def _write_request(self, step: ImportKey) -> None:
        """Have the router write a signing request of the key, by which its public part can be read.

        One that a run before left gives way: it may be of a key of this name that was given up. Where none can be had
        the answer of the CA is checked without, and that is said; no key is given up for it.
        """
        url = f"cf3:/{step.generation.request}"
        if self.plan.observed.flash_file(step.generation.request) is not None:
            self._tools.remove(url)
        with contextlib.suppress(CommandError):
            self._tools.run(op.GenerateCSR(f"cf3:/{step.generation.key}", url, step.subject, HASH))

    def _remove_clear_key(self, url: str, cause: BaseException | None) -> None:
        """Remove the clear copy of a key, on a fresh session when the one at hand is dead; say so where it fails."""
        try:
            self._tools.remove(url)
            return
        except DeviceError:
            self.link.close()
        try:
            self._tools.remove(url)
        except DeviceError as error:
            raise CommandError(
                f"a private key may lie in the clear in {url} and could not be removed: {error}"
                + (f"; before that: {cause}" if cause is not None else ""),
                operation="file remove",
                code="clear-key-left",
                state=f"{url} is readable for everyone who may read files there",
                hint=f"run apply again, which removes it; or on the router: file remove {url} force",
            ) from (cause or error)

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
