"""`EventHandling`: from an event in the log to a script in the queue.

Owns the decision at each step and what is counted. Sources: the descriptions of the counters in YANG nokia-state, and
the System Management Guide, "EHS configuration and variables" (a trigger sees events also when a log's filter drops
them).
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from lxml import etree

from ..logevent import Event
from . import events, state
from .conf import EHSConf, HandlerConf, HandlerEntry, TriggerEntry, read_configuration
from .counts import Counts, MatchCounts
from .filters import passes
from .runs import RunTable

if TYPE_CHECKING:
    from ..core import LoggedEvent, RouterCore


class EventHandling:
    """Event handling and scripts of one router."""

    def __init__(self, core: RouterCore) -> None:
        self._core = core
        self._lock = threading.RLock()
        self.conf = EHSConf()
        self.counts = Counts()
        self.runs = RunTable(core)
        core.watch_log(self._logged)

    def configure(self, running: etree._Element) -> None:
        """The configuration in force is now `running`."""
        conf = read_configuration(running)
        self.runs.python.configure(conf.pythons)
        with self._lock:
            self.conf = conf

    def reset(self) -> None:
        """A boot, or the power is off: nothing runs, and all counts are zero."""
        with self._lock:
            self.counts = Counts()
        self.runs.reset()

    def add_state(self, root: etree._Element) -> None:
        """Add /state/log/event-handling, /state/log/event-trigger, /state/system/script-control and /state/python."""
        with self._lock:
            state.add_log(root, self.conf, self.counts)
            state.add_script_control(root, self.conf, self.runs, self._core.schema)
            self.runs.python.add_state(root)

    def _logged(self, logged: LoggedEvent) -> None:
        """An event was logged, in whichever thread: a script that it sets off is queued, and run by the lab's clock."""
        with self._lock:
            conf = self.conf
            trigger = conf.triggers.get((logged.application.lower(), logged.event.name))
            if trigger is None:
                return
            counts = self.counts.triggers[trigger.application, trigger.event]
            if not trigger.enabled:
                counts.error_admin_state += 1
                return
            if not trigger.entries:
                counts.error_no_entry += 1
                return
            counts.success += 1
            called = [
                entry.handler
                for entry in trigger.entries
                if self._fires(entry, logged, self.counts.matches[trigger.application, trigger.event, entry.number])
            ]
            said = [event for name in called for event in self._handle(conf.handlers[name], logged)]
        for event in said:
            self._core.record(event, events.APPLICATION)

    def _fires(self, entry: TriggerEntry, logged: LoggedEvent, counts: MatchCounts) -> bool:
        if not entry.enabled:
            counts.error_admin_state += 1
            return False
        # ASSUMPTION: an entry without a filter takes every event; the counter's description also allows that it
        # takes none.
        if entry.filter:
            log_filter = self.conf.filters.get(entry.filter)
            if log_filter is None:
                counts.error_filter += 1
                return False
            if not passes(log_filter, logged):
                counts.filter_fail += 1
                return False
        counts.filter_match += 1
        if entry.handler not in self.conf.handlers:
            counts.error_handler += 1
            return False
        if entry.debounce is not None and not _is_often_enough(entry.debounce, logged, counts):
            counts.debounce_count += 1
            return False
        counts.trigger_count += 1
        return True

    def _handle(self, handler: HandlerConf, logged: LoggedEvent) -> list[Event]:
        counts = self.counts.handlers[handler.name]
        if not handler.enabled:
            counts.error_admin_state += 1
            return []
        if not handler.entries:
            counts.error_no_entry += 1
            return []
        counts.success += 1
        return [event for entry in handler.entries for event in self._act(handler, entry, logged)]

    def _act(self, handler: HandlerConf, entry: HandlerEntry, logged: LoggedEvent) -> list[Event]:
        counts, now = self.counts.actions[handler.name, entry.number], self._core.clock()
        if not entry.enabled:
            counts.error_admin_state += 1
            return []
        launch, last = self._launch_of(entry), counts.last_exec
        if last is not None and now < last + timedelta(seconds=entry.min_delay):
            counts.error_min_delay += 1
            since = int((now - last).total_seconds())
            return [events.dropped_by_min_delay(handler.name, entry.number, launch, entry.min_delay, since)]
        reason = self.runs.launch(self.conf, entry.policy, logged)
        if reason:
            counts.error_launch_failure += 1
            return [events.launch_failed(launch, reason)]
        counts.success += 1
        counts.last_exec = now
        return [events.handler_invoked(handler.name, handler.description, launch.user)]

    def _launch_of(self, entry: HandlerEntry) -> events.Launch:
        """What an entry runs, as far as it is there."""
        policy = self.conf.policies.get(entry.policy)
        if policy is None:
            return events.Launch(entry.policy)
        if policy.python:
            # ASSUMPTION: a Python script, which has no owner, stands where the script of a policy does.
            return events.Launch(entry.policy, (policy.python, ""), self.conf.python_user)
        return events.Launch(entry.policy, policy.script, self.conf.cli_user)


def _is_often_enough(debounce: tuple[int, int], logged: LoggedEvent, counts: MatchCounts) -> bool:
    """Whether this is the occurrence that counts: so many within so many seconds, and then anew."""
    wanted, seconds = debounce
    counts.recent.append(logged.time)
    while counts.recent[0] < logged.time - timedelta(seconds=seconds):
        counts.recent.popleft()
    if len(counts.recent) < wanted:
        return False
    counts.recent.clear()
    return True
