"""Log filters, event handlers and event triggers: ``/configure/log``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sroscert.model.base import Entries, Entry, Named, Node, Strict
from sroscert.model.scalars import AdminState, Description, EntryNumber
from sroscert.values import Path

LOG = Path.of("configure", "log")

FilterAction = Literal["drop", "forward"]
Severity = Literal["none", "cleared", "indeterminate", "critical", "major", "minor", "warning"]


class TextMatch(Node):
    """A text that must be equal (or not) to a string, or match it as a regular expression."""

    regexp: bool | None = Field(default=None, description="read the string as a regular expression")
    eq: str | None = Field(default=None, min_length=1, max_length=400)
    neq: str | None = Field(default=None, min_length=1, max_length=400)


class ApplicationMatch(Node):
    """The application that logged the event."""

    eq: str | None = Field(default=None)
    neq: str | None = Field(default=None)


class NumberMatch(Node):
    """The number of the event."""

    eq: int | None = Field(default=None, ge=1)
    neq: int | None = Field(default=None, ge=1)
    lt: int | None = Field(default=None, ge=1)
    lte: int | None = Field(default=None, ge=1)
    gt: int | None = Field(default=None, ge=1)
    gte: int | None = Field(default=None, ge=1)


class SeverityMatch(Node):
    """How grave the event is."""

    eq: Severity | None = Field(default=None)
    neq: Severity | None = Field(default=None)
    lt: Severity | None = Field(default=None)
    lte: Severity | None = Field(default=None)
    gt: Severity | None = Field(default=None)
    gte: Severity | None = Field(default=None)


class Match(Node):
    """What an event must look like."""

    application: ApplicationMatch | None = Field(default=None)
    event: NumberMatch | None = Field(default=None)
    message: TextMatch | None = Field(default=None)
    vrtr_name: TextMatch | None = Field(default=None)
    severity: SeverityMatch | None = Field(default=None)
    subject: TextMatch | None = Field(default=None)


class FilterEntry(Node):
    """One entry of a log filter. The action has no default in YANG: it is always written."""

    action: FilterAction
    description: Description | None = Field(default=None)
    match: Match | None = Field(default=None)


class LogFilter(Entry):
    """Which events pass. The default action has no default in YANG: it is always written."""

    default_action: FilterAction
    description: Description | None = Field(default=None)
    named_entry: Annotated[Mapping[str, FilterEntry], Entries("named-entry", "entry-name")] = Field(
        default_factory=dict, description="in order; numbered entries where a release has no names (before 21.2)"
    )


class ScriptPolicyReference(Node):
    """The script policy that a handler runs."""

    name: str
    owner: str | None = Field(default=None, description="owner of the policy; the reference dangles without it on 21.2")


class HandlerEntry(Node):
    """One thing that a handler does."""

    admin_state: AdminState | None = Field(default=None)
    description: Description | None = Field(default=None)
    min_delay: int | None = Field(default=None, ge=1, le=604800, description="seconds between two runs")
    script_policy: ScriptPolicyReference


class Handler(Entry):
    """What is done about an event."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    description: Description | None = Field(default=None)
    entry: Annotated[Mapping[EntryNumber, HandlerEntry], Entries("entry", "id")] = Field(default_factory=dict)


class Debounce(Node):
    """How often an event must come before the handler runs."""

    value: int = Field(ge=2, le=15)
    time: int = Field(ge=1, le=604800, description="seconds")


class TriggerEntry(Node):
    """Which handler an event calls when it passes the filter."""

    admin_state: AdminState | None = Field(default=None)
    description: Description | None = Field(default=None)
    filter: str | None = Field(default=None)
    handler: str
    debounce: Debounce | None = Field(default=None)


class Trigger(Entry):
    """What an event sets off."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    description: Description | None = Field(default=None)
    entry: Annotated[Mapping[EntryNumber, TriggerEntry], Entries("entry", "id")] = Field(default_factory=dict)


class EventTriggers(Strict):
    """Triggers by application. Certificates belong to the application security."""

    security: Annotated[Mapping[str, Trigger], Named] = Field(default_factory=dict, description="event → trigger")


class LogSection(Strict):
    """Everything below ``log`` in an intent."""

    filters: Annotated[Mapping[str, LogFilter], Named] = Field(default_factory=dict)
    handlers: Annotated[Mapping[str, Handler], Named] = Field(default_factory=dict)
    triggers: EventTriggers = Field(default_factory=EventTriggers)
