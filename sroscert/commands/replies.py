"""Turn a router's answer to an operation into an outcome. What cannot be read is ``unknown``, never ``done``.

The words that are recognised stand in tables, each row with its evidence. ``read_raw`` reads what a command line
printed, ``read_action`` the rpc-reply to a YANG action, ``request_from_state`` the request in state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from lxml import etree

from sroscert.commands import listing, requests
from sroscert.commands import operations as op
from sroscert.commands.listing import FileEntry
from sroscert.commands.raw import HIDDEN
from sroscert.commands.requests import GRANTED, RequestStatus
from sroscert.errors import PKIError
from sroscert.pki.certificate import CertificateInfo, from_display
from sroscert.values import ConfigTree

__all__ = ["FileEntry", "Outcome", "Reply", "RequestStatus", "read_action", "read_raw", "redact", "request_from_state"]

Outcome = Literal["done", "failed", "pending", "unknown"]

_ERRORS = (
    # SR OS event style (Nokia guide, error reporting): "MINOR: MGMT_AGENT #2007: Operation failed - …".
    re.compile(r"^ *(?:MINOR|MAJOR|CRITICAL|ERROR): .*", re.MULTILINE),
    # Classic CLI parser: "Error: Bad command." (Nokia guide, command prompt).
    re.compile(r"^ *Error: .*", re.MULTILINE),
)
_NOISE = (
    # Told on a change of CLI engine for a line with //: Nokia MD-CLI guide; #2050 from 24.x.
    re.compile(r"^INFO: CLI #(?:2050|2051|2052):? .*$", re.MULTILINE),
    # The first of the two lines of an initial registration (tutorial transcript, 21.2).
    re.compile(r"^Processing request\.+\s*$", re.MULTILINE),
)
# Tutorial transcript, 21.2: "Received 'accepted'."
# ASSUMPTION: the other answers of the CA are told in the same form, with the names of the MIB.
_RECEIVED = re.compile(r"^Received '([A-Za-z-]+)'\.?\s*$", re.MULTILINE)
_ANSWERS: Mapping[str, Outcome] = {"waiting": "pending", "rejection": "failed"}
_DONE_WORDS: Mapping[type, re.Pattern[str]] = {
    # ASSUMPTION: how "admin save" ends where it prints anything; over NETCONF it is seen to answer <ok/>.
    op.SaveConfiguration: re.compile(r"^Completed\.\s*\Z", re.MULTILINE),
}
# What netmiko looks for when a file is absent, in both engines.
# ASSUMPTION: the listing of a folder that does not exist says the same.
_ABSENT = re.compile(r"^.*File Not Found\.?\s*$", re.MULTILINE | re.IGNORECASE)
_SILENT = (op.GenerateKeypair, op.ImportFile, op.ClearRequest, op.RemoveFile, op.Reload, op.SaveConfiguration)
_CMP = (op.InitialRegistration, op.Poll)
# An echo of the command that we sent has the secret at this place, whatever it is.
_ECHOED = re.compile(r"(protection-alg\s+password\s+)(\"[^\"\n]*\"?|[^\s\"]+)")
_LONG_SECRET = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """How an operation ended. ``text`` is the router's words without secrets.

    ``failed`` is the router's own word for it; ``unknown`` means that the router must be looked at.
    """

    outcome: Outcome
    text: str = ""
    request: RequestStatus | None = None
    certificate: CertificateInfo | None = None
    files: tuple[FileEntry, ...] = ()


def read_raw(operation: op.Operation, text: str, *, secrets: Iterable[str] = ()) -> Reply:
    """Read what a command line printed. ``secrets`` are those that were in the line; they are blotted out."""
    return _redacted(_read_lines(operation, text.replace("\r\n", "\n").replace("\r", "\n")), tuple(secrets))


def read_action(operation: op.Operation, element: etree._Element, *, secrets: Iterable[str] = ()) -> Reply:
    """Read the rpc-reply to a YANG action (output leaves of nokia-oper-admin and nokia-oper-file)."""
    return _redacted(_read_output(operation, _leaves(element)), tuple(secrets))


def request_from_state(tree: ConfigTree, ca_profile: str) -> RequestStatus | None:
    """Read the request of a CA profile from a state tree (since 23.3). None when none is shown."""
    return requests.from_state(tree, ca_profile)


def _read_lines(operation: op.Operation, text: str) -> Reply:
    words = text.strip()
    wrong = any(pattern.search(text) for pattern in _ERRORS)
    if isinstance(operation, _CMP):
        return Reply(_combine(_received(text), wrong), words)
    if isinstance(operation, op.ListFiles):
        return _read_listing(text, words, wrong)
    if wrong:
        return Reply("failed", words)
    if isinstance(operation, op.ShowRequest):
        request = requests.from_table(text)
        if request is None or request.ca_profile != operation.ca_profile:
            return Reply("unknown", words)
        return Reply("done", words, request=request)
    if isinstance(operation, op.DisplayCertificate):
        return _read_display(text, words)
    return Reply(_read_silence(operation, text), words)


def _received(text: str) -> Outcome:
    answers = _RECEIVED.findall(text)
    return _answer(requests.yang_word(answers[-1])) if answers else "unknown"


def _answer(code: str) -> Outcome:
    """Judge the CA's answer (nokia-types-security: cmpv2-transaction-status-code; RFC 9810 section 5.2.3)."""
    if code in GRANTED:
        return "done"
    return _ANSWERS.get(code, "unknown")


def _combine(outcome: Outcome, wrong: bool) -> Outcome:
    """An error beside an answer that is no refusal is a contradiction: only a look at the router settles it."""
    if not wrong:
        return outcome
    return "failed" if outcome in {"failed", "unknown"} else "unknown"


def _read_listing(text: str, words: str, wrong: bool) -> Reply:
    files = listing.parse(text)
    if files is not None and not wrong:
        return Reply("done", words, files=files)
    if files is None and _ABSENT.search(text):
        return Reply("done", words)
    return Reply("failed" if wrong else "unknown", words)


def _read_display(text: str, words: str) -> Reply:
    try:
        return Reply("done", words, certificate=from_display(text))
    except PKIError:
        # A display that cannot be read proves nothing about the file: the outcome says so, and the text is kept.
        return Reply("unknown", words)


def _read_silence(operation: op.Operation, text: str) -> Outcome:
    """Judge an operation that is known to print nothing when it succeeds (tutorial transcript).

    A warning is no failure, but output with one is not the empty output of success either: unknown.
    """
    # ASSUMPTION: the transcript shows no output for these; that every release is silent on success is not proven.
    rest = text
    for pattern in _NOISE:
        rest = pattern.sub("", rest)
    if not isinstance(operation, _SILENT):
        return "unknown"
    done = _DONE_WORDS.get(type(operation))
    if not rest.strip() or (done is not None and done.search(rest)):
        return "done"
    return "unknown"


@dataclass(frozen=True, slots=True)
class _Output:
    """An rpc-reply's leaves by local name; those that may repeat as tuples."""

    leaves: Mapping[str, str]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    is_ok: bool

    @property
    def words(self) -> str:
        parts = (*self.errors, *self.warnings, self.leaves.get("transaction-status-string", ""))
        return "\n".join(part for part in parts if part)


def _leaves(element: etree._Element) -> _Output:
    leaves: dict[str, str] = {}
    errors: list[str] = []
    warnings: list[str] = []
    is_ok = False
    for child in element.iter(etree.Element):
        name = etree.QName(child).localname
        text = (child.text or "").strip()
        if name == "ok":
            is_ok = True
        elif name == "error-message":
            # Also that of an rpc-error (RFC 6241 section 4.3), which may be a warning beside the results.
            (warnings if _is_warning(child) else errors).append(text)
        elif name == "warning-message":
            warnings.append(text)
        elif len(child) == 0:
            leaves[name] = text
    return _Output(leaves, tuple(errors), tuple(warnings), is_ok)


def _is_warning(message: etree._Element) -> bool:
    severities = list(message.itersiblings("{*}error-severity", preceding=True))
    severities += message.itersiblings("{*}error-severity")
    return any((severity.text or "").strip() == "warning" for severity in severities)


def _read_output(operation: op.Operation, output: _Output) -> Reply:
    status = output.leaves.get("status", "")
    # ASSUMPTION: an action that answers a bare <ok/> is done, as md-cli-raw-command is.
    complete = status == "completed" or (not status and output.is_ok)
    wrong = bool(output.errors) or status == "terminated-incomplete"
    if isinstance(operation, _CMP):
        request = requests.from_leaves(operation.ca_profile, _request_leaves(output.leaves))
        return Reply(_combine(_transaction(output.leaves), wrong), output.words, request=request)
    if wrong:
        return Reply("failed", output.words or status)
    return Reply("done" if complete and isinstance(operation, _SILENT) else "unknown", output.words)


def _request_leaves(leaves: Mapping[str, str]) -> dict[str, str]:
    """Drop the operation's own start-time and status, which are not the request's."""
    return {name: value for name, value in leaves.items() if name not in {"start-time", "end-time", "status"}}


def _transaction(leaves: Mapping[str, str]) -> Outcome:
    """Judge the results of a CMPv2 action: status and code must agree, and success needs both."""
    status, code = leaves.get("transaction-status", ""), leaves.get("transaction-status-code", "")
    if status == "failed":
        return "unknown" if code in GRANTED else "failed"
    if status == "in-progress":
        return "pending" if code in {"", "none", "waiting"} else "unknown"
    if status == "processed":
        return _answer(code)
    return "unknown"


def _redacted(reply: Reply, secrets: tuple[str, ...]) -> Reply:
    request = reply.request
    if request is not None:
        request = replace(request, string=redact(request.string, secrets))
    return replace(reply, text=redact(reply.text, secrets), request=request)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Blot out secrets, and the password of an echoed command.

    A short secret is only blotted out where it stands as a word of its own: ``sr`` must not eat ``sr-key``.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= _LONG_SECRET:
            text = text.replace(secret, HIDDEN)
        else:
            text = re.sub(rf"(?<![\w.-]){re.escape(secret)}(?![\w-])", HIDDEN, text)
    return _ECHOED.sub(rf"\1{HIDDEN}", text)
