"""The tree of errors that sroscert raises. Errors are data; the sentence is built in ``__str__``.

SroscertError                    code, exit_code, hint, context
├─ UsageError                    the command line is wrong
├─ IntentError                   the intent is wrong; carries every problem found
├─ SchemaError                   a release or a compiled schema is missing or unreadable
├─ PlanFileError                 a saved plan is cut off, edited, or none
├─ SecretError                   a secret reference cannot be resolved
├─ GuardError                    we stopped before doing something that could do harm
├─ DeviceError                   router, operation, outcome ∈ {not-applied, applied, unknown}
│  ├─ ConnectError               the router cannot be reached
│  │  ├─ AuthenticationError     it refused our credentials
│  │  └─ HostKeyError            its host key is unknown or not the known one
│  ├─ SessionLostError           the session ended under us; the outcome is unknown unless proven otherwise
│  ├─ RPCRejectedError           the router answered rpc-error
│  │  ├─ LockHeldError           somebody else holds or edits the candidate
│  │  └─ ConfigInvalidError      the configuration was refused
│  ├─ CommandError               an operational command failed or answered what we cannot read
│  └─ FileTransferError          a file could not be read, written or removed
├─ PKIError                      a certificate does not hold what it must
│  └─ CMPError                   the CA refused, or did not answer
├─ VerificationError             a check after a change failed
│  └─ TLSProbeError              the TLS handshake or the gNMI call failed; says exactly why
├─ OutcomeUnknownError           the router must be looked at before anything is tried again
├─ LockedError                   another run of ours works on the same thing
└─ InternalError                 a bug of ours

Codes are kebab-case and closed: docs/errors.md has an anchor for each. Exit codes are those of ARCHITECTURE.md.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


class ExitCode(enum.IntEnum):
    """What the process tells its caller; the meaning of each is in ARCHITECTURE.md."""

    OK = 0
    BUG = 1
    CHANGES = 2
    FAILED = 3
    UNREACHABLE = 4
    GUARD = 5
    VERIFICATION = 6
    USAGE = 64
    INTENT = 65
    CA_UNAVAILABLE = 69
    LOCKED = 75
    INTERRUPTED = 130


class Outcome(enum.Enum):
    """What is known about a change that was sent to a router."""

    NOT_APPLIED = "not-applied"
    APPLIED = "applied"
    UNKNOWN = "unknown"


class Grade(enum.StrEnum):
    """How much a finding about an intent weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class SroscertError(Exception):
    """Base of every error that sroscert raises on purpose.

    ``message`` says what happened, ``state`` what state the router is in, ``hint`` what to do.
    """

    code = "error"
    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "", state: str = "", code: str = "", router: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.state = state
        self.router = router
        if code:
            self.code = code

    def __str__(self) -> str:
        return self.message

    def as_dict(self) -> dict[str, str]:
        """Return the error for JSON output."""
        fields = {
            "code": self.code,
            "message": self.message,
            "state": self.state,
            "hint": self.hint,
            "router": self.router,
        }
        return {name: value for name, value in fields.items() if value}


@contextmanager
def standing(state: str, hint: str = "") -> Iterator[None]:
    """Have an error that leaves here say what state the router is in, and what to do, where it does not yet."""
    try:
        yield
    except SroscertError as error:
        error.state = error.state or state
        error.hint = error.hint or hint
        raise


class UsageError(SroscertError):
    """The command line is wrong."""

    code = "usage"
    exit_code = ExitCode.USAGE


class OutputLostError(UsageError):
    """Standard output could not take all of what was to be said."""

    code = "output-lost"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong (or doubtful) in an intent file.

    ``line`` and ``column`` count from 1; 0 means that the place is unknown. ``severity`` is a ``Grade``.
    ``routers`` and ``releases`` say for whom it was found; empty where it concerns the file as such. ``accepted`` is
    the reason for which the intent puts up with it.
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    suggestion: str = ""
    severity: str = "error"
    routers: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    accepted: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        advice = f" ({self.suggestion})" if self.suggestion else ""
        where = f"{place}: " if place else ""
        what = f"{self.path}: " if self.path else ""
        return f"{where}{self.severity}: {what}{self.message}{advice} [{self.code}]"


class IntentError(SroscertError):
    """The intent is wrong. Raised once per load, with every problem."""

    code = "intent-invalid"
    exit_code = ExitCode.INTENT

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        count = len(problems)
        super().__init__(f"the intent has {count} problem{'s' if count != 1 else ''}", hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])


class SchemaError(SroscertError):
    """A release or a compiled schema is missing or unreadable."""

    code = "schema"
    exit_code = ExitCode.INTENT


class RenderError(SroscertError):
    """A configuration cannot be written or read: an unknown node, or text that the encoding cannot carry.

    ``path`` is the instance path of the offending node, empty where there is none. Never carries a secret.
    """

    code = "render"
    exit_code = ExitCode.INTENT

    def __init__(self, message: str, *, path: str = "", hint: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message, hint=hint)
        self.path = path


class PlanFileError(SroscertError):
    """A saved plan cannot be read."""

    code = "plan-file-invalid"
    exit_code = ExitCode.INTENT


class SecretError(SroscertError):
    """A secret reference cannot be resolved. Never carries the secret."""

    code = "secret-unresolved"
    exit_code = ExitCode.INTENT


class GuardError(SroscertError):
    """We stopped before doing something that could do harm."""

    code = "guard"
    exit_code = ExitCode.GUARD


class DeviceError(SroscertError):
    """Something went wrong between us and one router."""

    code = "device"
    outcome = Outcome.NOT_APPLIED
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        outcome: Outcome | None = None,
        hint: str = "",
        state: str = "",
        code: str = "",
        router: str = "",
    ) -> None:
        super().__init__(message, hint=hint, state=state, code=code, router=router)
        self.operation = operation
        if outcome is not None:
            self.outcome = outcome


class ConnectError(DeviceError):
    """The router cannot be reached."""

    code = "unreachable"
    exit_code = ExitCode.UNREACHABLE
    retryable = True


class AuthenticationError(ConnectError):
    """The router refused our credentials."""

    code = "authentication"
    exit_code = ExitCode.FAILED
    retryable = False


class HostKeyError(ConnectError):
    """The router's host key is unknown, or not the one that is known."""

    code = "host-key"
    exit_code = ExitCode.FAILED
    retryable = False


class SessionLostError(DeviceError):
    """The session ended under us."""

    code = "session-lost"
    outcome = Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class RPCErrorEntry:
    """One ``rpc-error`` element (RFC 6241 section 4.3)."""

    type: str
    tag: str
    severity: str
    message: str
    path: str = ""
    app_tag: str = ""


class RPCRejectedError(DeviceError):
    """The router answered with one or more errors."""

    code = "rpc-rejected"

    def __init__(
        self,
        entries: Sequence[RPCErrorEntry],
        *,
        operation: str = "",
        outcome: Outcome | None = None,
        hint: str = "",
        router: str = "",
    ) -> None:
        self.entries = tuple(entries)
        words = "; ".join(entry.message for entry in entries if entry.severity != "warning")
        super().__init__(
            f"{operation or 'the operation'} was refused: {words}",
            operation=operation,
            outcome=outcome,
            hint=hint,
            router=router,
        )


class LockHeldError(RPCRejectedError):
    """Somebody else holds the candidate, or is editing it."""

    code = "lock-held"
    retryable = True


class ConfigInvalidError(RPCRejectedError):
    """The router refused the configuration itself."""

    code = "config-invalid"


class CommandError(DeviceError):
    """An operational command failed, or answered something that we cannot read.

    ``text`` is what the router said, whole.
    """

    code = "command-failed"

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        operation: str = "",
        outcome: Outcome | None = None,
        hint: str = "",
        state: str = "",
        code: str = "",
        router: str = "",
    ) -> None:
        super().__init__(
            message, operation=operation, outcome=outcome, hint=hint, state=state, code=code, router=router
        )
        self.text = text


class FileTransferError(DeviceError):
    """A file could not be listed, read, written or removed."""

    code = "file-transfer"


class PKIError(SroscertError):
    """A certificate does not hold what it must."""

    code = "certificate-rejected"


class CMPError(PKIError):
    """The CA refused the request, or did not answer."""

    code = "cmp-rejected"


class CAUnavailableError(CMPError):
    """The CA cannot be reached from the router."""

    code = "ca-unavailable"
    exit_code = ExitCode.CA_UNAVAILABLE


class VerificationError(SroscertError):
    """A check after a change, or of the present state, failed."""

    code = "verification-failed"
    exit_code = ExitCode.VERIFICATION


class TLSProbeError(VerificationError):
    """The TLS handshake or the gNMI call failed.

    ``reason`` is one of the closed set in ``sroscert.device.tls.Reason``.
    """

    code = "tls-verification-failed"

    def __init__(self, message: str, *, reason: str, hint: str = "", router: str = "") -> None:
        super().__init__(message, hint=hint, router=router)
        self.reason = reason

    def as_dict(self) -> dict[str, str]:
        """Return the error for JSON output, with its reason."""
        return {**super().as_dict(), "reason": self.reason}


class OutcomeUnknownError(SroscertError):
    """The router must be looked at before anything is tried again."""

    code = "outcome-unknown"


class LockedError(SroscertError):
    """Another run of ours works on the same router."""

    code = "locked"
    exit_code = ExitCode.LOCKED


class RecordError(SroscertError):
    """The run records cannot be kept or read."""

    code = "run-store-unreadable"
    exit_code = ExitCode.GUARD


class InternalError(SroscertError):
    """A bug of ours."""

    code = "internal"
    exit_code = ExitCode.BUG
