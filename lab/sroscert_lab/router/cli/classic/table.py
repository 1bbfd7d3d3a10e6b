"""The classic configuration as a table: which word is which node of the models, in the order of a saved configuration.

Owns the words, nothing of how they are read or printed (tree.py, forms.py). Evidence, by part:

- system, security users and profiles, login control, NETCONF, gRPC, management interface, and the titles: classic
  start-up configurations of public labs and scripts.
- script control: a published saved configuration of a 7750, and the command reference of the 7705 SAR (same engine).
- event handling, event control and triggers: the command reference of the 7705 SAR. Filters: those of the 7705 SAR and
  7210 SAS.

ASSUMPTION: the rest. That is `match message`; `debounce` and `event` as they are printed; `cert-sync`; names of filters
and entries where numbers are documented; Python in a script policy; and the order in a context.
"""

from __future__ import annotations

from .pkitable import PKI, TLS
from .tree import Context, Flag, Item, Leaves, Line, Section, State, merged

_DESCRIPTION = Line("description <description>")
_OWNER = "TiMOS CLI"
_COMPARISONS = ("eq", "neq", "lt", "lte", "gt", "gte")


def _system(*items: Item) -> Context:
    return Context("system", "system", items)


def _security(*items: Item) -> Context:
    return _system(Context("security", "security", items))


def _on_off(word: str) -> Context:
    return Context(word, word, (State(),))


_NETCONF = Context(
    "netconf",
    "management-interface/netconf",
    (Flag("auto-config-save", "auto-config-save"), Context("listen", "listen", (State(),)), State()),
)

_SCRIPT_CONTROL = Context(
    "script-control",
    "script-control",
    (
        Context(
            f"script <script-name> [owner <owner={_OWNER}>]",
            "script",
            (_DESCRIPTION, Line("location <location>"), State()),
        ),
        Context(
            f"script-policy <policy-name> [owner <owner={_OWNER}>]",
            "script-policy",
            (
                Line("results <results>"),
                Line(f"script <script/name> [owner <script/owner={_OWNER}>]"),
                Line("python-script <python-script/name>"),
                Line("max-completed <max-completed>"),
                Line("expire-time <expire-time>"),
                Line("lifetime <lifetime>"),
                Line("python-lifetime <python-lifetime>"),
                Flag("lock-override", "lock-override"),
                State(),
            ),
        ),
    ),
)

_PROFILE = Context(
    "profile <user-profile-name>",
    "aaa/local-profiles/profile",
    (
        Line("default-action <default-action>"),
        Context("grpc", "grpc", (Context("rpc-authorization", "rpc-authorization", (Leaves(),)),)),
        Context("netconf", "netconf", (Context("base-op-authorization", "base-op-authorization", (Leaves(),)),)),
        Context(
            "entry <entry-id>", "entry", (Line("match <match>"), Line("action <action>"), _DESCRIPTION)
        ),
    ),
)

_ACCESS = (
    "console", "ftp", "snmp", "netconf", "grpc", "li",
    "scp-sftp", "console-port-cli", "ssh-cli", "telnet-cli", "bluetooth",
)
_USER = Context(
    "user <user-name>",
    "user-params/local-user/user",
    (
        Line("password <password>"),
        Line(" ".join(("access", *(f"[{name}?access/{name}]" for name in _ACCESS)))),
        Line("home-directory <home-directory>"),
        Flag("restricted-to-home", "restricted-to-home"),
        Context(
            "console",
            "console",
            (Line("member <member...>"), Flag("cannot-change-password", "cannot-change-password")),
        ),
    ),
)

_CLI_SCRIPT = Context(
    "cli-script",
    "cli-script",
    (
        Context(
            "authorization",
            "authorization",
            (Context("event-handler", "event-handler", (Line("cli-user <cli-user>"),)),),
        ),
    ),
)

_MATCH: tuple[Item, ...] = (
    *(Line(f"application {by} <application/{by}!>") for by in _COMPARISONS[:2]),
    *(Line(f"number {by} <event/{by}>") for by in _COMPARISONS),
    *(Line(f"severity {by} <severity/{by}>") for by in _COMPARISONS),
    *(Line(f"subject {by} <subject/{by}> [regexp?subject/regexp]") for by in _COMPARISONS[:2]),
    *(Line(f"router {by} <vrtr-name/{by}> [regexp?vrtr-name/regexp]") for by in _COMPARISONS[:2]),
    *(Line(f"message {by} pattern <message/{by}> [regexp?message/regexp]") for by in _COMPARISONS[:2]),
)
_FILTER = Context(
    "filter <filter-name|filter-id>",
    "filter",
    (
        Line("default-action <default-action>"),
        _DESCRIPTION,
        Context(
            "entry <entry-name|entry-id>",
            "named-entry|entry",
            (
                Line("action <action>"),
                _DESCRIPTION,
                Context("match", "match", _MATCH, goes=True),
            ),
        ),
    ),
)

_LOG_ID = Context(
    "log-id <name|id>",
    "log-id",
    (
        _DESCRIPTION,
        Line("filter <filter>"),
        Line("from [main?source/main] [security?source/security] [change?source/change] [debug-trace?source/debug]"),
        Line("netconf-stream <netconf-stream>"),
        Line("time-format <time-format>"),
        *(
            Line(f"to {word}?destination/{word} [<destination/{word}/max-entries>]")
            for word in ("memory", "snmp", "netconf")
        ),
        Line("to console?destination/console"),
        State(),
    ),
)

_EVENT_CONTROL: tuple[Item, ...] = tuple(
    Line(f"event-control {application}! <event> {form}", f"log-events/{application}")
    for application in ("mgmt-core", "security", "system", "tls")
    for form in (
        "generate?generate [<severity>] [throttle?throttle] "
        "[specific-throttle-rate?specific-throttle <specific-throttle-limit>] [interval <specific-throttle-interval>] "
        "[repeat?repeat]",
        "suppress?generate=false",
    )
)

_EVENT_HANDLING = Context(
    "event-handling",
    "event-handling",
    (
        Context(
            "handler <name>",
            "handler",
            (
                Context(
                    "action-list",
                    "",
                    (
                        Context(
                            "entry <id>",
                            "entry",
                            (
                                _DESCRIPTION,
                                Line("min-delay <min-delay>"),
                                Line(f"script-policy <script-policy/name> [owner <script-policy/owner={_OWNER}>]"),
                                State(),
                            ),
                        ),
                    ),
                ),
                _DESCRIPTION,
                State(),
            ),
        ),
    ),
)

_EVENT_TRIGGER = Context(
    "event-trigger",
    "event-trigger",
    tuple(
        Context(
            f"event {application}! <event>",
            application,
            (
                _DESCRIPTION,
                Context(
                    "trigger-entry <id>",
                    "entry",
                    (
                        Line("debounce <debounce/value> [within <debounce/time>]"),
                        _DESCRIPTION,
                        Line("event-handler <handler>"),
                        Line("log-filter <filter>"),
                        State(),
                    ),
                ),
                State(),
            ),
        )
        for application in ("logger", "security", "system", "user")
    ),
)

_GRPC = Context(
    "grpc",
    "grpc",
    (
        Line("tls-server-profile <tls-server-profile>"),
        Flag("allow-unsecure-connection", "allow-unsecure-connection"),
        Line("listening-port <listening-port>"),
        Line("max-msg-size <max-msg-size>"),
        Context("gnmi", "gnmi", (Flag("auto-config-save", "auto-config-save"), State())),
        Context("gnoi", "gnoi", tuple(_on_off(word) for word in ("cert-mgmt", "file", "system"))),
        _on_off("md-cli"),
        _on_off("rib-api"),
        State(),
    ),
)

_MANAGEMENT_INTERFACE = Context(
    "management-interface",
    "management-interface",
    (
        Line("configuration-mode <configuration-mode>"),
        Context(
            "cli",
            "cli",
            (
                Line("cli-engine <cli-engine...>"),
                Context("md-cli", "md-cli", (Flag("auto-config-save", "auto-config-save"),)),
            ),
        ),
        Context("yang-modules", "yang-modules", (Leaves(),)),
    ),
)

_LOGIN_CONTROL = Context(
    "login-control",
    "login-control",
    (
        Line("idle-timeout <idle-timeout>"),
        Line("pre-login-message <pre-login-message/message> [name?pre-login-message/name]"),
        Line("motd text <motd/text>"),
        Line("motd url <motd/url>"),
        Flag("login-banner", "login-banner"),
        Context("ssh", "ssh", (Line("inbound-max-sessions <inbound-max-sessions>"),)),
    ),
)

SECTIONS = (
    Section("System Configuration", (_system(Line("name <name>"), _NETCONF, _SCRIPT_CONTROL),)),
    Section("System Security Configuration", (_security(_PROFILE, _USER, _CLI_SCRIPT),)),
    Section("System Login Control Configuration", (_system(_LOGIN_CONTROL),)),
    Section(
        "System Security Cpm Hw Filters, PKI, TLS and LDAP Configuration",
        (_security(PKI, TLS),),
    ),
    Section(
        "Log Configuration",
        (
            Context(
                "log",
                "log",
                (
                    Line("throttle-rate <throttle-rate/limit> [interval <throttle-rate/interval>]"),
                    *_EVENT_CONTROL,
                    _FILTER,
                    _EVENT_HANDLING,
                    _EVENT_TRIGGER,
                    _LOG_ID,
                ),
            ),
        ),
    ),
    Section(
        "Redundancy Configuration",
        (
            Context(
                "redundancy",
                "redundancy",
                (
                    Flag("cert-sync", "cert-sync"),
                    Line("synchronize <synchronize>"),
                ),
            ),
        ),
    ),
    Section("System gRPC Configuration", (_system(_GRPC),)),
    Section("System Configuration Mode Configuration", (_system(_MANAGEMENT_INTERFACE),)),
)
#: What `configure` holds.
TREE = Context("configure", "", merged(tuple(item for section in SECTIONS for item in section.items)), prompt="config")
