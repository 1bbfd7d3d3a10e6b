"""What a router is asked when it is recorded: reads only, and mistakes that a router refuses without harm.

Owns the questions and their names. No question changes a candidate, takes a lock or runs an action, besides `show` and
`file list` lines of `md-cli-raw-command`, lines of the classic engine that show one context of its configuration, and
lines that display a certificate or the last request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from ..router.namespaces import CONF, MONITORING, OPER_GLOBAL, STATE, WITH_DEFAULTS, YANG_ACTION, qualified

_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_MOST = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A name for people, and the operation as it stands in the rpc."""

    name: str
    operation: str


def _nested(path: str) -> str:
    first, *rest = path.split("/")
    inner = "".join(f"<{name}>" for name in rest[:-1]) + (f"<{rest[-1]}/>" if rest else "")
    inner += "".join(f"</{name}>" for name in reversed(rest[:-1]))
    namespace = CONF if first == "configure" else STATE
    return f'<{first} xmlns="{namespace}">{inner}</{first}>'


def _config(path: str, more: str = "") -> str:
    filter_ = path if path.startswith("<") else _nested(path)
    return f'<get-config><source><running/></source><filter type="subtree">{filter_}</filter>{more}</get-config>'


def _state(path: str) -> str:
    return f'<get><filter type="subtree">{_nested(path)}</filter></get>'


def _command(line: str) -> str:
    raw = f"<md-cli-raw-command><md-cli-input-line>{line}</md-cli-input-line></md-cli-raw-command>"
    inner = f'<global-operations xmlns="{OPER_GLOBAL}">{raw}</global-operations>'
    return f'<action xmlns="{YANG_ACTION}">{inner}</action>'


_ABSENT = (
    f'<configure xmlns="{CONF}"><system><security><pki><ca-profile><ca-profile-name>sroscert-no-such-entry'
    "</ca-profile-name></ca-profile></pki></security></system></configure>"
)
_DEFAULTS = f'<with-defaults xmlns="{WITH_DEFAULTS}">report-all</with-defaults>'

QUESTIONS: tuple[Question, ...] = (
    Question("state: version", _state("state/system/version")),
    Question("state: management", _state("state/system/management-interface")),
    Question("state: pki", _state("state/system/security/pki")),
    Question("state: tls", _state("state/system/security/tls")),
    Question("state: grpc", _state("state/system/grpc")),
    Question("state: redundancy", _state("state/redundancy/synchronization")),
    Question("state: event handling", _state("state/log/event-handling")),
    Question("configuration: pki", _config("configure/system/security/pki")),
    Question("configuration: tls", _config("configure/system/security/tls")),
    Question("configuration: grpc", _config("configure/system/grpc")),
    Question("configuration: management", _config("configure/system/management-interface")),
    Question("configuration: rights", _config("configure/system/security/aaa/local-profiles")),
    Question("configuration: scripts", _config("configure/system/script-control")),
    Question("configuration: event handling", _config("configure/log/event-handling")),
    Question("configuration: event trigger", _config("configure/log/event-trigger")),
    Question("configuration: grpc with defaults", _config("configure/system/grpc", _DEFAULTS)),
    Question("absent: entry", _config(_ABSENT)),
    Question("mistake: unknown element", _config("configure/system/grpc/no-such-element")),
    Question("mistake: wrong namespace", _config('<configure xmlns="urn:no-such-namespace"/>')),
    Question("mistake: unknown operation", "<no-such-operation/>"),
    Question("mistake: start-up", "<get-config><source><startup/></source></get-config>"),
    Question(
        "mistake: unknown module",
        f'<get-schema xmlns="{MONITORING}"><identifier>no-such-module</identifier></get-schema>',
    ),
)
#: Asked where the hello has the module of `md-cli-raw-command`.
COMMANDS: tuple[Question, ...] = tuple(
    Question(f"command: {line}", _command(line))
    for line in (
        "show version",
        "show system information",
        "show certificate ca-profile",
        "file list cf3:/",
        "file list cf3:/system-pki",
        "no-such-command",
        "//configure system security pki info",
        "//configure system security pki info detail",
        "//configure system security tls info",
        "//configure system script-control info",
        "//configure log event-handling info",
        "//configure log event-trigger info",
        "//configure no-such-command",
    )
)


def has_commands(capabilities: list[str]) -> bool:
    """Whether a router with this hello takes `md-cli-raw-command`."""
    return any("module=nokia-oper-global" in uri for uri in capabilities)


def questions_for(capabilities: list[str]) -> tuple[Question, ...]:
    """What a router with this hello is asked first."""
    return QUESTIONS + COMMANDS if has_commands(capabilities) else QUESTIONS


def follow_ups(replies: Iterable[etree._Element]) -> tuple[Question, ...]:
    """What is asked of the certificates and CA profiles that the configuration names, in the words of both engines."""
    certificates: dict[str, None] = {}
    profiles: dict[str, None] = {}
    for reply in replies:
        for item in reply.iter(*(qualified(CONF, name) for name in ("cert-file", "certificate-file"))):
            certificates[item.text or ""] = None
        for item in reply.iterfind(f".//{qualified(CONF, 'ca-profile')}/{qualified(CONF, 'ca-profile-name')}"):
            profiles[item.text or ""] = None
    lines = []
    for name in list(filter(_PLAIN.fullmatch, certificates))[:_MOST]:
        lines.append(f"//admin certificate display type cert format der cf3:/system-pki/{name}")
        place = f"cf3:/system-pki/{name}"
        lines.append(f"admin system security pki show file-content {place} type certificate format der")
    names = list(filter(_PLAIN.fullmatch, profiles))[:_MOST]
    lines += [f"//admin certificate cmpv2 show-request ca {name}" for name in names]
    return tuple(Question(f"command: {line}", _command(line)) for line in lines)
