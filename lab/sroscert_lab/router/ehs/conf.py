"""What the running configuration says of event handling, as plain values.

YANG: /configure/log/{filter,event-handling,event-trigger,log-id}, /configure/system/script-control,
/configure/python/python-script and /configure/system/security/{cli-script,python-script}. Owns the reading and the
defaults, no decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from ..engines import configuration_mode
from ..namespaces import descend, local_name
from ..tree import elements, text_of

#: A name and an owner.
Owned = tuple[str, str]
OWNER = "TiMOS CLI"
FOREVER = 2147483647


@dataclass(frozen=True, slots=True)
class FilterEntry:
    """One entry of a log filter: (field, operator) to the text that is compared, and which texts are expressions."""

    action: str
    match: Mapping[tuple[str, str], str]
    expressions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FilterConf:
    """A log filter with its entries in order."""

    default_action: str
    entries: tuple[FilterEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class HandlerEntry:
    """One entry of an event handler."""

    number: int
    enabled: bool
    min_delay: int
    policy: Owned


@dataclass(frozen=True, slots=True)
class HandlerConf:
    """An event handler."""

    name: str
    enabled: bool
    description: str = ""
    entries: tuple[HandlerEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerEntry:
    """One entry of an event trigger; `debounce` is (occurrences, seconds)."""

    number: int
    enabled: bool
    filter: str
    handler: str
    debounce: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class TriggerConf:
    """What one event sets off."""

    application: str
    event: str
    enabled: bool
    entries: tuple[TriggerEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptConf:
    """A script and where its text is."""

    enabled: bool
    location: str


@dataclass(frozen=True, slots=True)
class PythonConf:
    """A Python script and where its text is."""

    enabled: bool
    urls: tuple[str, ...]
    version: str = "python2"


@dataclass(frozen=True, slots=True)
class PolicyConf:
    """A script policy, of a CLI script or of the Python script `python`; times in seconds."""

    enabled: bool
    results: str
    script: Owned
    python: str = ""
    lifetime: int = 3600
    expire_time: int = 3600
    max_completed: int = 1
    lock_override: bool = False


@dataclass(frozen=True, slots=True)
class LogConf:
    """A log of the configuration: which streams go into it, its filter, and the NETCONF stream that it feeds.

    `memory`: its destination is memory; `size`: how many events it holds.
    """

    sources: frozenset[str]
    filter: str = ""
    netconf_stream: str = ""
    description: str = ""
    memory: bool = False
    size: int = 100


@dataclass(frozen=True, slots=True)
class EHSConf:
    """Everything that event handling reads from the configuration."""

    filters: Mapping[str, FilterConf] = field(default_factory=dict)
    handlers: Mapping[str, HandlerConf] = field(default_factory=dict)
    triggers: Mapping[tuple[str, str], TriggerConf] = field(default_factory=dict)
    scripts: Mapping[Owned, ScriptConf] = field(default_factory=dict)
    pythons: Mapping[str, PythonConf] = field(default_factory=dict)
    policies: Mapping[Owned, PolicyConf] = field(default_factory=dict)
    logs: Mapping[str, LogConf] = field(default_factory=dict)
    #: `cli-script authorization event-handler cli-user`; empty when it is not set.
    cli_user: str = ""
    #: `python-script authorization event-handler cli-user`; empty when it is not set.
    python_user: str = ""
    #: Whether the router is in model-driven mode.
    model_driven: bool = True


def read_configuration(running: etree._Element) -> EHSConf:
    """Read a `configure` element."""
    log = descend(running, "log")
    control = descend(running, "system", "script-control")
    handling, trigger = descend(running, "log", "event-handling"), descend(running, "log", "event-trigger")
    security = descend(running, "system", "security")
    user = ("authorization", "event-handler", "cli-user")
    return EHSConf(
        filters={_key(item, "filter-name", "filter-id"): _filter(item) for item in _all(log, "filter")},
        handlers={text_of(item, "name"): _handler(item) for item in _all(handling, "handler")},
        triggers={
            (local_name(item), text_of(item, "event")): _trigger(item)
            for item in (elements(trigger) if trigger is not None else ())
        },
        scripts={_owned(item, "script-name"): _script(item) for item in _all(control, "script")},
        policies={_owned(item, "policy-name"): _policy(item) for item in _all(control, "script-policy")},
        logs={_key(item, "name", "id"): _log(item) for item in _all(log, "log-id")},
        pythons={
            text_of(item, "name"): _python(item) for item in _all(descend(running, "python"), "python-script")
        },
        cli_user=text_of(security, "cli-script", *user),
        python_user=text_of(security, "python-script", *user),
        model_driven=configuration_mode(running) == "model-driven",
    )


def _all(parent: etree._Element | None, name: str) -> Iterator[etree._Element]:
    return iter(()) if parent is None else elements(parent, name)


def _key(item: etree._Element, *names: str) -> str:
    return next((text for name in names if (text := text_of(item, name))), "")


def _owned(item: etree._Element, name: str) -> Owned:
    return text_of(item, name), text_of(item, "owner") or OWNER


def _is_enabled(item: etree._Element, default: str = "disable") -> bool:
    return text_of(item, "admin-state", default=default) == "enable"


def _seconds(item: etree._Element, name: str, default: int) -> int:
    text = text_of(item, name)
    return FOREVER if text == "forever" else int(text or default)


def _filter(item: etree._Element) -> FilterConf:
    named = [_filter_entry(entry) for entry in elements(item, "named-entry")]
    by_number = sorted(elements(item, "entry"), key=lambda entry: int(text_of(entry, "entry-id") or 0))
    entries = (*named, *(_filter_entry(entry) for entry in by_number))
    # ASSUMPTION: a filter without a default action forwards; neither it nor an entry's action has a default in YANG.
    return FilterConf(text_of(item, "default-action") or "forward", entries)


def _filter_entry(item: etree._Element) -> FilterEntry:
    match: dict[tuple[str, str], str] = {}
    expressions = set()
    wanted = descend(item, "match")
    for criterion in elements(wanted) if wanted is not None else ():
        name = local_name(criterion)
        for leaf in elements(criterion):
            if local_name(leaf) != "regexp":
                match[name, local_name(leaf)] = leaf.text or ""
            elif leaf.text == "true":
                expressions.add(name)
    return FilterEntry(text_of(item, "action"), match, frozenset(expressions))


def _handler(item: etree._Element) -> HandlerConf:
    entries = [
        HandlerEntry(
            int(text_of(entry, "id") or 0),
            _is_enabled(entry, "enable"),
            int(text_of(entry, "min-delay") or 0),
            (text_of(entry, "script-policy", "name"), text_of(entry, "script-policy", "owner") or OWNER),
        )
        for entry in elements(item, "entry")
    ]
    ordered = tuple(sorted(entries, key=lambda entry: entry.number))
    return HandlerConf(text_of(item, "name"), _is_enabled(item), text_of(item, "description"), ordered)


def _trigger(item: etree._Element) -> TriggerConf:
    entries = []
    for entry in elements(item, "entry"):
        value, time = text_of(entry, "debounce", "value"), text_of(entry, "debounce", "time")
        entries.append(
            TriggerEntry(
                int(text_of(entry, "id") or 0),
                _is_enabled(entry, "enable"),
                text_of(entry, "filter"),
                text_of(entry, "handler"),
                (int(value), int(time)) if value and time else None,
            )
        )
    ordered = tuple(sorted(entries, key=lambda entry: entry.number))
    return TriggerConf(local_name(item), text_of(item, "event"), _is_enabled(item), ordered)


def _script(item: etree._Element) -> ScriptConf:
    return ScriptConf(_is_enabled(item), text_of(item, "location"))


def _python(item: etree._Element) -> PythonConf:
    urls = tuple(url.text or "" for url in elements(item, "urls"))
    return PythonConf(_is_enabled(item), urls, text_of(item, "version", default="python2"))


def _policy(item: etree._Element) -> PolicyConf:
    python = text_of(item, "python-script", "name")
    return PolicyConf(
        _is_enabled(item),
        text_of(item, "results"),
        (text_of(item, "script", "name"), text_of(item, "script", "owner") or OWNER),
        python=python,
        # ASSUMPTION: a Python script without python-lifetime may run for an hour, as other scripts may.
        lifetime=_seconds(item, "python-lifetime" if python else "lifetime", 3600),
        expire_time=_seconds(item, "expire-time", 3600),
        max_completed=int(text_of(item, "max-completed") or 1),
        # The models of all releases have false as the default; the guide of 22.7 says that it overrides by default.
        lock_override=text_of(item, "lock-override") == "true",
    )


def _log(item: etree._Element) -> LogConf:
    sources = {name for name in ("main", "security", "change", "debug") if text_of(item, "source", name) == "true"}
    kinds = descend(item, "destination")
    sizes = [text_of(kind, "max-entries") for kind in elements(kinds)] if kinds is not None else []
    return LogConf(
        frozenset(sources), text_of(item, "filter"), text_of(item, "netconf-stream"),
        description=text_of(item, "description"), memory=descend(item, "destination", "memory") is not None,
        # 100 is the default of the models. ASSUMPTION: of those of other kinds, and of late releases, too.
        size=next((int(size) for size in sizes if size), 100),
    )
