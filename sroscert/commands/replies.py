"""Turn a router's answer to an operation into an outcome. What cannot be read is ``unknown``, never ``done``.

The words that are recognised stand in the tables of ``evidence``. ``read_raw`` reads what a command line printed,
whoever carried it, ``read_action`` the rpc-reply to a YANG action, ``request_from_state`` the request in state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from sroscert.commands import eventlog, evidence, listing, requests
from sroscert.commands import operations as op
from sroscert.commands.evidence import Meaning, Outcome
from sroscert.commands.leaves import action_path
from sroscert.commands.listing import FileEntry
from sroscert.commands.raw import HIDDEN
from sroscert.commands.requests import RequestStatus
from sroscert.errors import PKIError
from sroscert.pki.certificate import CertificateInfo, from_display
from sroscert.pki.display import CRLDates, parse_crl
from sroscert.values import ConfigTree

__all__ = [
    "FileEntry", "Outcome", "Reply", "RequestStatus", "engine_refused", "read_action", "read_raw", "redact",
    "request_from_state",
]

# An echo of the command that we sent has the secret at this place, whatever it is.
_ECHOED = re.compile(
    r"((?:protection-alg|key-to-certify\s+(?:\"[^\"\n]*\"|\S+))\s+password\s+)(\"[^\"\n]*\"?|[^\s\"]+)"
)
_DIGESTS = {"sha256": 64, "md5": 32}
_REQUEST = re.compile(r"^\s*Certificate Request:\s*$", re.MULTILINE)
_LONG_SECRET = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """How an operation ended. ``text`` is the router's words without secrets.

    ``free`` is the room that a listing of a folder tells, in bytes, ``slot`` the CPM whose card it says it lists.
    ``failed`` is the router's own word for it; ``unknown`` means that the router must be looked at.
    """

    outcome: Outcome
    text: str = ""
    request: RequestStatus | None = None
    certificate: CertificateInfo | None = None
    crl: CRLDates | None = None
    files: tuple[FileEntry, ...] = ()
    free: int | None = None
    slot: str = ""
    checksum: str = ""
    events: tuple[eventlog.LogEvent, ...] = ()


def read_raw(operation: op.Operation, text: str, *, secrets: Iterable[str] = ()) -> Reply:
    """Read what a command line printed. ``secrets`` are those that were in the line; they are blotted out."""
    return _redacted(_read_lines(operation, text.replace("\r\n", "\n").replace("\r", "\n")), tuple(secrets))


def read_action(operation: op.Operation, element: etree._Element, *, secrets: Iterable[str] = ()) -> Reply:
    """Read the rpc-reply to a YANG action (output leaves of nokia-oper-admin and nokia-oper-file)."""
    return _redacted(_read_output(operation, _leaves(element)), tuple(secrets))


def request_from_state(tree: ConfigTree, ca_profile: str) -> RequestStatus | None:
    """Read the request of a CA profile from a state tree (since 23.3). None when none is shown."""
    return requests.from_state(tree, ca_profile)


def engine_refused(text: str) -> bool:
    """Tell whether the router said that the command's CLI engine is not allowed: nothing was begun."""
    return evidence.says(Meaning.ENGINE, text.replace("\r", "\n"))


def _read_lines(operation: op.Operation, text: str) -> Reply:
    words = text.strip()
    wrong = any(evidence.says(meaning, text) for meaning in (Meaning.ERROR, Meaning.ENGINE, Meaning.QUESTION))
    if isinstance(operation, op.CMP_OPERATIONS):
        return Reply(_combine(_received(operation, text), wrong), words)
    if isinstance(operation, op.ListFiles):
        return _read_listing(operation, text, words, wrong)
    if isinstance(operation, op.ShowLog):
        return _read_log(text, words, wrong)
    if isinstance(operation, op.Ping):
        counted = [count for row in evidence.rows(Meaning.COUNTED, operation) for count in row.pattern.findall(text)]
        no_way = evidence.says(Meaning.NO_WAY, text, operation)
        return Reply("unknown" if wrong else _answered(counted[-1][1] if counted else "", no_way), words)
    if wrong:
        return Reply("failed", words)
    match operation:
        case op.ShowRequest():
            request = requests.from_table(text)
            if request is None or request.ca_profile != operation.ca_profile:
                return Reply("unknown", words)
            return Reply("done", words, request=request)
        case op.DisplayCertificate():
            return _read_display(text, words)
        case op.DisplayCRL():
            return _read_crl(text, words)
        case op.DisplayRequest():
            # ASSUMPTION: a signing request is printed as openssl prints it, like a certificate (transcript).
            return Reply("done" if _REQUEST.search(text) else "unknown", words)
        case op.Checksum():
            return _read_checksum(operation, text, words)
        case _:
            return Reply(_read_silence(operation, text), words)


def _received(operation: op.Operation, text: str) -> Outcome:
    """Judge by the CA's word in a classic line, or by the results that MD-CLI prints; not by both."""
    answers = [word for row in evidence.rows(Meaning.CA_ANSWER, operation) for word in row.pattern.findall(text)]
    results = [pair for row in evidence.rows(Meaning.RESULT, operation) for pair in row.pattern.findall(text)]
    if answers and results:
        return "unknown"
    if results:
        return _transaction(dict(results)) if len(dict(results)) == len(results) else "unknown"
    return evidence.CA_ANSWERS.get(requests.yang_word(answers[-1]), "unknown") if answers else "unknown"


def _combine(outcome: Outcome, wrong: bool) -> Outcome:
    """An error beside an answer that is no refusal is a contradiction: only a look at the router settles it."""
    if not wrong:
        return outcome
    return "failed" if outcome in {"failed", "unknown"} else "unknown"


def _answered(received: str, no_way: bool = False) -> Outcome:
    """Judge a ping by how many answers came; without that number it tells nothing."""
    if received.isdecimal():
        return "done" if int(received) else "failed"
    return "failed" if no_way else "unknown"


def _read_listing(operation: op.ListFiles, text: str, words: str, wrong: bool) -> Reply:
    files = listing.parse(text)
    if files is not None and not wrong:
        return Reply("done", words, files=files, free=listing.free_bytes(text), slot=listing.slot(text))
    if files is None and evidence.says(Meaning.ABSENT, text, operation):
        return Reply("done", words)
    return Reply("failed" if wrong else "unknown", words)


def _read_log(text: str, words: str, wrong: bool) -> Reply:
    """Read a log. What an event says may look like an error of the CLI: the heading tells that this is a log."""
    events = eventlog.parse(text)
    if events is None:
        return Reply("failed" if wrong else "unknown", words)
    return Reply("done", words, events=tuple(replace(event, text=redact(event.text)) for event in events))


def _read_display(text: str, words: str) -> Reply:
    try:
        return Reply("done", words, certificate=from_display(text))
    except PKIError:
        # A display that cannot be read proves nothing about the file: the outcome says so, and the text is kept.
        return Reply("unknown", words)


def _read_crl(text: str, words: str) -> Reply:
    try:
        return Reply("done", words, crl=parse_crl(text))
    except PKIError:
        return Reply("unknown", words)


def _read_checksum(operation: op.Checksum, text: str, words: str) -> Reply:
    # ASSUMPTION: what is printed beside the digest is not known; a text with one word of its length tells it.
    digests = {word.lower() for word in re.findall(r"(?<![\w.])[0-9A-Fa-f]+(?![\w.])", text)}
    digests = {word for word in digests if len(word) == _DIGESTS.get(operation.kind)}
    return Reply("done", words, checksum=digests.pop()) if len(digests) == 1 else Reply("unknown", words)


def _read_silence(operation: op.Operation, text: str) -> Outcome:
    """Judge an operation that is known to print nothing when it succeeds, or a known last line.

    A warning is no failure, but output with one is not the empty output of success either: unknown.
    """
    rest = text
    for row in evidence.rows(Meaning.NOISE):
        rest = row.pattern.sub("", rest)
    if not rest.strip():
        return "done" if type(operation) in evidence.SILENT else "unknown"
    return "done" if evidence.says(Meaning.DONE, rest, operation) else "unknown"


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
    outcome = evidence.OPERATION_STATUS.get(status, "done" if not status and output.is_ok else "unknown")
    wrong = bool(output.errors) or outcome == "failed"
    if isinstance(operation, op.CMP_OPERATIONS):
        request = requests.from_leaves(operation.ca_profile, _request_leaves(output.leaves))
        return Reply(_combine(_transaction(output.leaves), wrong), output.words, request=request)
    if isinstance(operation, op.Ping):
        # summary/statistics/packets of its results; nothing else there is called so.
        return Reply("unknown" if wrong else _answered(output.leaves.get("received", "")), output.words)
    if wrong:
        return Reply("failed", output.words or status)
    if isinstance(operation, op.Checksum):
        value = output.leaves.get("checksum-value", "").lower()
        known = outcome == "done" and re.fullmatch(r"[0-9a-f]+", value) and len(value) == _DIGESTS.get(operation.kind)
        return Reply("done" if known else "unknown", output.words, checksum=value if known else "")
    # ASSUMPTION: completed says of crl-update, update-certificate and EST that the server was asked and has answered.
    return Reply(outcome if action_path(operation) is not None else "unknown", output.words)


def _request_leaves(leaves: Mapping[str, str]) -> dict[str, str]:
    """Drop the operation's own start-time and status, which are not the request's."""
    return {name: value for name, value in leaves.items() if name not in {"start-time", "end-time", "status"}}


def _transaction(leaves: Mapping[str, str]) -> Outcome:
    """Judge the results of a CMPv2 action: status and code must be known and agree."""
    key = (leaves.get("transaction-status", ""), leaves.get("transaction-status-code", ""))
    return evidence.TRANSACTION.get(key, "unknown")


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
