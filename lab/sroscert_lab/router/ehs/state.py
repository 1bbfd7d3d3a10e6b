"""The state of event handling and of script control in the words of nokia-state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lxml import etree

from ..schema import Schema
from ..statetree import time_text
from ..tree import add, ensure
from .conf import EHSConf
from .counts import ActionCounts, Counts, MatchCounts, Outcomes
from .runs import Run, RunTable

# ASSUMPTION: an oper-state follows the admin-state of its object and of nothing else. The one transcript there is (the
# CMPv2 tutorial's) shows both as up for an enabled handler.

_OUTCOMES = ("success", "error-no-entry", "error-admin-state", "total")
_ACTIONS = ("success", "error-min-delay", "error-launch-failure", "error-admin-state")
_MATCHES = (
    "filter-match", "filter-fail", "error-admin-state", "error-filter", "error-handler", "trigger-count",
    "debounce-count",
)


def _oper(enabled: bool) -> str:
    return "up" if enabled else "down"


def _numbers(parent: etree._Element, name: str, names: tuple[str, ...], *sources: Any) -> None:
    """A container of counters, each the sum over the sources."""
    container = add(parent, name)
    for leaf in names:
        add(container, leaf, str(sum(getattr(source, leaf.replace("-", "_")) for source in sources)))


def add_log(root: etree._Element, conf: EHSConf, counts: Counts) -> None:
    """Add what `conf` has of handlers and triggers."""
    if conf.handlers:
        _handlers(ensure(root, "/state/log/event-handling"), conf, counts)
    if conf.triggers:
        _triggers(ensure(root, "/state/log/event-trigger"), conf, counts)


def _handlers(shown: etree._Element, conf: EHSConf, counts: Counts) -> None:
    _numbers(shown, "summary-statistics", _OUTCOMES, *(counts.handlers.get(name, Outcomes()) for name in conf.handlers))
    for handler in conf.handlers.values():
        item = add(shown, "handler")
        add(item, "name", handler.name)
        add(item, "oper-state", _oper(handler.enabled))
        _numbers(item, "statistics", _OUTCOMES, counts.handlers.get(handler.name, Outcomes()))
        found = {
            entry.number: counts.actions.get((handler.name, entry.number), ActionCounts()) for entry in handler.entries
        }
        _numbers(item, "summary-entry-statistics", _ACTIONS, *found.values())
        for entry in handler.entries:
            part = add(item, "entry")
            add(part, "id", str(entry.number))
            add(part, "oper-state", _oper(entry.enabled))
            last = found[entry.number].last_exec
            if last is not None:
                add(part, "last-data-loss-time", time_text(last))
            _numbers(part, "statistics", _ACTIONS, found[entry.number])


def _triggers(shown: etree._Element, conf: EHSConf, counts: Counts) -> None:
    for (application, event), trigger in conf.triggers.items():
        item = add(shown, application)
        add(item, "event", event)
        add(item, "oper-state", _oper(trigger.enabled))
        _numbers(item, "statistics", _OUTCOMES, counts.triggers.get((application, event), Outcomes()))
        found = {
            entry.number: counts.matches.get((application, event, entry.number), MatchCounts())
            for entry in trigger.entries
        }
        _numbers(item, "summary-entry-statistics", _MATCHES, *found.values())
        for entry in trigger.entries:
            part = add(item, "entry")
            add(part, "id", str(entry.number))
            add(part, "oper-state", _oper(entry.enabled))
            _numbers(part, "statistics", _MATCHES, found[entry.number])


def add_script_control(root: etree._Element, conf: EHSConf, runs: RunTable, schema: Schema) -> None:
    """Add scripts and script policies with their runs."""
    if not conf.scripts and not conf.policies:
        return
    shown = ensure(root, "/state/system/script-control")
    for (name, owner), script in conf.scripts.items():
        item = add(shown, "script")
        add(item, "script-name", name)
        add(item, "owner", owner)
        add(item, "oper-state", "enabled" if script.enabled else "disabled")
    for (name, owner), policy in conf.policies.items():
        item = add(shown, "script-policy")
        add(item, "policy-name", name)
        add(item, "owner", owner)
        add(item, "oper-state", "enabled" if policy.enabled else "disabled")
        kind = "python-script" if policy.python else "script"
        error = runs.start_errors.get((name, owner), "")
        _runs(add(item, kind), kind, runs.history((name, owner)), error, schema)


def _runs(shown: etree._Element, kind: str, history: list[Run], start_error: str, schema: Schema) -> None:
    known = schema.node("state", "system", "script-control", "script-policy", kind, "run-history")
    if start_error:
        add(shown, "script-start-error", start_error[:256])
    if history:
        add(shown, "last-application", "event-script")
        add(shown, "last-auth-user-account", history[-1].user or "not-specified")
    totals = add(shown, "run-histories")
    for name, state in (("completed", "terminated"), ("executing", "executing"), ("initializing", "initializing")):
        add(totals, name, str(sum(run.state == state for run in history)))
    for run in history:
        item = add(shown, "run-history")
        for name, value in _leaves(run):
            if value and (known is None or name in known.children):
                add(item, name, value)


def _leaves(run: Run) -> list[tuple[str, str]]:
    leaves = [("run", str(run.number))]
    if run.started is not None:
        leaves.append(("start-time", time_text(run.started)))
    if run.ended is not None and run.started is not None:
        elapsed: timedelta = run.ended - run.started
        leaves += [("end-time", time_text(run.ended)), ("elapsed-time", str(int(elapsed.total_seconds())))]
    leaves += [("lifetime", str(run.conf.lifetime)), ("run-state", run.state)]
    if run.ended is not None:
        leaves += [("run-exit-code", run.exit_code), ("result-time", time_text(run.ended))]
    leaves.append(("keep-history", str(run.conf.expire_time)))
    if run.error and run.ended is not None:
        leaves.append(("error-time", time_text(run.ended)))
    return [
        *leaves,
        ("source-file", run.location),
        ("results-file", run.results_file),
        ("run-exit", run.run_exit),
        ("error", run.error),
        ("application", "event-script"),
        ("auth-user-account", run.user or "not-specified"),
    ]
