"""What a router says when it refuses: the texts of SR OS and the errors of NETCONF, as values.

`ConfigError` is a finding about a configuration, `CommandFailed` a failed operational command, `ActionResult` the
outcome of a modelled action, `RPCError` one `rpc-error` ready to be written. Texts follow the System Management Guide,
"Error reporting": `<severity>:<module> #<code>: <context> - <message>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from .urltext import without_passwords

_STEP = re.compile(r"/(?P<name>[^/\[\]]+)(?P<keys>(?:\[[^\]=]+=(?:'[^']*'|\"[^\"]*\"|[^\]]*)\])*)")
_WHOLE = re.compile(r"(?P<word>CRITICAL|MAJOR|MINOR|WARNING|INFO): \w+ #\d+: .+")
_KEY = re.compile(r"\[[^\]=]+=(?:'([^']*)'|\"([^\"]*)\"|([^\]]*))\]")

# ASSUMPTION: over NETCONF these have their context in error-path only, as they have none in the MD-CLI.
_WITHOUT_CONTEXT = frozenset({"MGMT_CORE #2001", "MGMT_CORE #2201", "MGMT_CORE #2301"})


def context(path: str) -> str:
    """`/configure/a[k='x']/b` as SR OS writes it in a message: `configure a "x" b`."""
    words = []
    for step in _STEP.finditer(path):
        words.append(step["name"])
        words += [f'"{next((value for value in found if value), "")}"' for found in _KEY.findall(step["keys"])]
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One finding of a validation.

    Attributes:
        path: the node, as `/configure/system/security/pki/ca-profile[ca-profile-name='x']/cert-file`; may be empty.
        code: module and number, `MGMT_CORE #4001` for a check of an application.
        message: what follows the context in the text.
        tag: error-tag of RFC 6241.
        severity: `error`, or `warning` for one that stops nothing.
    """

    path: str
    code: str
    message: str
    tag: str = "operation-failed"
    severity: str = "error"

    @property
    def text(self) -> str:
        """The whole error-message."""
        word = "WARNING" if self.severity == "warning" else "MINOR"
        where = "" if self.code in _WITHOUT_CONTEXT else context(self.path)
        return f"{word}: {self.code}: {where} - {self.message}" if where else f"{word}: {self.code}: {self.message}"


class CommandFailed(Exception):
    """An operational command or a modelled action failed.

    Attributes:
        text: the router's words, `MINOR: MGMT_AGENT #2007: …`, without the password of a URL.
        form: how a NETCONF client gets to hear of it: `rpc-error`, or `terminated-incomplete` (a reply with that status
            and error-message leaves; from 21.5 on, before it is an rpc-error as well).
        output: what the command had printed before it failed.
    """

    def __init__(self, text: str, *, form: str = "rpc-error", output: str = "") -> None:
        text = without_passwords(text)
        super().__init__(text)
        self.text = text
        self.form = form
        self.output = output


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The outcome of a modelled action: what stands below the reply, besides operation-id and the times.

    Attributes:
        results: the elements below `results`, in the module's namespace; empty for an action that returns nothing.
        status: `completed` or `terminated-incomplete`.
    """

    results: Sequence[etree._Element] = ()
    status: str = "completed"
    error_messages: Sequence[str] = ()
    warning_messages: Sequence[str] = ()
    info_messages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RPCError:
    """One `rpc-error` (RFC 6241 §4.3)."""

    message: str
    tag: str = "operation-failed"
    type: str = "application"
    severity: str = "error"
    path: str = ""
    info: tuple[tuple[str, str], ...] = ()


class RPCFailed(Exception):
    """An operation was refused; carries every rpc-error of the reply."""

    def __init__(self, *errors: RPCError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


def from_config_errors(findings: Sequence[ConfigError]) -> RPCFailed:
    """The refusal for a set of findings: one rpc-error each, in order."""
    return RPCFailed(*(RPCError(item.text, tag=item.tag, severity=item.severity, path=item.path) for item in findings))


def failed(message: str, tag: str = "operation-failed", **rest: str) -> RPCFailed:
    """A refusal with one rpc-error."""
    return RPCFailed(RPCError(message, tag=tag, **rest))  # type: ignore[arg-type]


def as_said(text: str) -> tuple[RPCError, ...]:
    """Texts that are whole messages already, one a line, word by word; nothing when one of the lines is none."""
    lines = [_WHOLE.fullmatch(line.strip()) for line in text.splitlines()]
    # ASSUMPTION: an INFO beside an error has the severity that RFC 6241 has for it, warning.
    return tuple(
        RPCError(line[0], severity="warning" if line["word"] in ("WARNING", "INFO") else "error")
        for line in lines if line is not None
    ) if lines and all(lines) else ()
