"""Scripts that run: one at a time, the others wait; what came of each is kept as script-control's run history.

Owns launching, waiting, `sleep`, life time and history. How a line is run is script.py's. Time is the lab's: a script
that sleeps goes on when the clock gets there.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import events
from .conf import EHSConf, Owned, PolicyConf
from .pythonscript import PythonRun
from .pythonscripts import PythonScripts
from .script import Finished, ScriptRun

if TYPE_CHECKING:
    from ..core import LoggedEvent, RouterCore

_MAX_WAITING = 64


@dataclass(slots=True)
class Run:
    """One run, as `run-history` shows it; times are None until they come."""

    number: int
    policy: Owned
    location: str
    conf: PolicyConf
    user: str
    text: str = field(repr=False)
    queued: datetime
    event: LoggedEvent | None = field(default=None, repr=False)
    state: str = "initializing"
    started: datetime | None = None
    ended: datetime | None = None
    exit_code: str = "no-error"
    results_file: str = ""
    error: str = ""
    run_exit: str = ""
    output: list[str] = field(default_factory=list, repr=False)


class RunTable:
    """The scripts of one router."""

    def __init__(self, core: RouterCore) -> None:
        self._core = core
        self._lock = threading.RLock()
        self._number = 0
        self._waiting: deque[Run] = deque()
        self._active: Run | None = None
        self._script: tuple[ScriptRun | PythonRun, Iterator[int]] | None = None
        self._history: list[Run] = []
        #: Why the last launch of a policy failed.
        self.start_errors: dict[Owned, str] = {}
        self.python = PythonScripts(core)

    def reset(self) -> None:
        """A boot: what waits or runs is dropped, and no history is left."""
        with self._lock:
            script, self._script, self._active = self._script, None, None
            self._waiting.clear()
            self._history.clear()
            self.start_errors.clear()
        self.python.reset()
        if script is not None:
            script[0].close()

    def history(self, policy: Owned) -> list[Run]:
        """The runs of a policy, oldest first, without those whose time is over."""
        now = self._core.clock()
        with self._lock:
            self._history = [
                run
                for run in self._history
                if run.ended is None or now < run.ended + timedelta(seconds=run.conf.expire_time)
            ]
            return [run for run in self._history if run.policy == policy]

    def launch(self, conf: EHSConf, name: Owned, event: LoggedEvent | None = None) -> str:
        """Put a script into the queue; the reason when it cannot be (the causes of event 2068), else empty.

        The script may ask for the event.
        """
        reason, text, location = self._read(conf, name)
        with self._lock:
            if not reason and len(self._waiting) >= _MAX_WAITING:
                reason = "too many scripts are waiting"
            self.start_errors[name] = reason
            if reason:
                return reason
            policy = conf.policies[name]
            self._number += 1
            user = conf.python_user if policy.python else conf.cli_user
            run = Run(self._number, name, location, policy, user, text, self._core.clock(), event)
            self._waiting.append(run)
            self._history.append(run)
        self._core.clock.call_after(timedelta(), self._start)
        return ""

    def _read(self, conf: EHSConf, name: Owned) -> tuple[str, str, str]:
        """Why a policy cannot be run now, the text of its script, and where that is."""
        policy = conf.policies.get(name)
        if policy is None or not policy.enabled:
            return "the script policy is not enabled", "", ""
        if policy.python:
            return self._read_python(conf, policy.python)
        script = conf.scripts.get(policy.script)
        if script is None:
            return "the script does not exist", "", ""
        if not script.enabled:
            return "the script is not enabled", "", ""
        if not script.location:
            return "the script has no location", "", ""
        # ASSUMPTION: the file is read when the script is launched, and not before.
        try:
            return "", self._core.flash.read(script.location).decode("utf-8", "replace"), script.location
        except OSError:
            return f"file not found - {script.location}", "", ""

    def _read_python(self, conf: EHSConf, name: str) -> tuple[str, str, str]:
        loaded = self.python.get(name)
        if not conf.model_driven:
            return "Python applications are not supported in this configuration mode", "", ""
        if loaded is None or not loaded.conf.enabled:
            return "the Python script is not enabled", "", ""
        if loaded.conf.version != "python3":
            # ASSUMPTION: pySROS is for Python 3, and event handling needs it.
            return "the Python script is not for python3", "", ""
        if loaded.text is None:
            return "the Python script is operationally down", "", ""
        return "", loaded.text, loaded.location

    def _start(self) -> None:
        with self._lock:
            if self._active is not None or not self._waiting:
                return
            run = self._active = self._waiting.popleft()
        # A session asks for the configuration: never while our lock is held, which a commit that logs an event wants.
        script: ScriptRun | PythonRun
        if run.conf.python:
            script = PythonRun(
                self._core, run.text, run.user, run.output.append, run.event, breaks_locks=run.conf.lock_override
            )
        else:
            script = ScriptRun(
                self._core, run.text, run.user, run.output.append, run.event, breaks_locks=run.conf.lock_override
            )
        with self._lock:
            if self._active is not run:
                return
            self._script = script, script.steps()
            run.state, run.started = "executing", self._core.clock()
            if run.conf.results:
                run.results_file = _results_name(run.conf.results, run.started)
        self._core.record(events.exec_started(run.location, run.number), events.APPLICATION)
        self._go_on(run)

    def _go_on(self, run: Run) -> None:
        """Run lines until the script sleeps or ends."""
        with self._lock:
            if self._active is not run or self._script is None or run.started is None:
                return
            script, steps = self._script
            end = run.started + timedelta(seconds=run.conf.lifetime)
        now = self._core.clock()
        if now >= end:
            self._finish(run, script, Finished("life-time-exceeded", "fail", "the script ran for too long"))
            return
        seconds = next(steps, None)
        if seconds is None:
            self._finish(run, script, script.finished)
            return
        self._core.clock.call_after(min(timedelta(seconds=seconds), end - now), lambda: self._go_on(run))

    def _finish(self, run: Run, script: ScriptRun | PythonRun, finished: Finished) -> None:
        script.close()
        run.state, run.exit_code, run.error, run.ended = (
            "terminated", finished.exit_code, finished.error, self._core.clock()
        )
        run.run_exit = finished.run_exit
        if run.results_file:
            try:
                self._core.flash.write(run.results_file, "".join(run.output).encode())
            except OSError as exc:
                run.error = run.error or f'write file "{run.results_file}" - {exc.strerror}'
        with self._lock:
            if self._active is not run:
                # The router has booted meanwhile.
                return
            self._active = self._script = None
            done = [item for item in self._history if item.policy == run.policy and item.ended is not None]
            for item in done[: max(0, len(done) - run.conf.max_completed)]:
                self._history.remove(item)
        self._core.record(events.exec_finished(run.location, finished.result, run.number), events.APPLICATION)
        self._start()


def _results_name(prefix: str, moment: datetime) -> str:
    # ASSUMPTION: what is added to the prefix; that it is a prefix is the guide's.
    return f"{prefix}_{moment:%Y%m%d-%H%M%S}-UTC.{moment.microsecond:06d}.out"


