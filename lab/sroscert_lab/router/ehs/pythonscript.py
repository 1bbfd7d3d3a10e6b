"""One Python script, in a process of its own: what it asks of the router is answered here, and how it ended is told.

Sources: Nokia's System Management Guide, "Executing EHS or CRON CLI scripts or Python applications" (model-driven mode
only, pySROS, commands of the MD-CLI; without a user a script may do everything), and pySROS's documentation. The
process is no cage: whoever writes a script for the lab could run it himself.

ASSUMPTION: an exit code that is not zero ends a run as `runtime-error`, as an exception that nobody catches does, and
`run-exit` is that code. ASSUMPTION: `cli` takes what `md-cli-raw-command` takes, and fails as that does.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ..accounts import may_run_scripts
from ..authorization import authorize
from ..core import LoggedEvent, RouterCore
from ..errors import CommandFailed, RPCFailed
from ..sessions import Session
from . import pythondata
from .script import Finished

_RUNNER = Path(__file__).with_name("onbox") / "run.py"
#: Seconds of real time that a script may think between two questions.
LIMIT_S = 30.0
_NOT_ALLOWED = "MINOR: MGMT_CORE #2020: Permission denied"


class PythonRun:
    """A Python script that is being run; it goes on as `steps` is gone through."""

    def __init__(
        self, core: RouterCore, text: str, user: str, prints: Callable[[str], None], event: LoggedEvent | None,
        limit_s: float = LIMIT_S, *, breaks_locks: bool = False,
    ) -> None:
        self._core = core
        self._text = text
        self._user = user
        self._prints = prints
        self._event = event
        self._limit_s = limit_s
        self._session = Session(0, user or "not-specified", "", "cli", core.clock(), breaks_locks=breaks_locks)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_open = True
        self.finished = Finished()

    def steps(self) -> Iterator[int]:
        """Run it; gives the seconds of each `sleep`, to be waited before it is asked to go on."""
        ours, theirs = multiprocessing.Pipe()
        with ours:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-B", str(_RUNNER), str(theirs.fileno())],
                    pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env={"PATH": os.defpath},
                )
            try:
                yield from self._talk(ours)
            finally:
                self.close()

    def _talk(self, pipe: Connection[Any, Any]) -> Iterator[int]:
        while self._is_open:
            try:
                if not pipe.poll(self._limit_s):
                    self.finished = Finished("life-time-exceeded", "fail", "the script did not come to an end")
                    return
                asked = json.loads(pipe.recv_bytes())
            except (EOFError, OSError):
                self.finished = Finished("generic-error", "fail", "the interpreter ended")
                return
            if asked["ask"] == "print":
                self._prints(asked["text"])
            elif asked["ask"] == "end":
                self._end(asked["code"], asked["error"])
                return
            else:
                if asked["ask"] == "sleep":
                    yield max(1, round(asked["seconds"]))
                pipe.send_bytes(json.dumps(self._answer(asked)).encode())

    def close(self) -> None:
        """The script is over: so is its process."""
        self._is_open = False
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
        self._core.datastores.session_ended(self._session)

    def _end(self, code: int, error: str) -> None:
        if code or error:
            self.finished = Finished("runtime-error", "fail", error or f"exit code {code}", run_exit=str(code))
        else:
            self.finished = Finished(run_exit="0")

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        question = asked["ask"]
        if question == "script":
            return {"text": self._text}
        if question == "event":
            return {"event": None if self._event is None else pythondata.event_values(self._event)}
        if question == "time":
            return {"time": self._core.clock().timestamp()}
        if question == "sleep":
            return {"slept": True}
        try:
            if self._user and not may_run_scripts(self._core.running(), self._user):
                raise CommandFailed(_NOT_ALLOWED)
            return {"data": self._asked(question, asked)}
        except pythondata.NothingThere as exc:
            return {"raise": "LookupError", "text": str(exc)}
        except pythondata.Incomplete as exc:
            return {"raise": "ActionTerminatedIncompleteError", "text": str(exc)}
        except pythondata.BadPath as exc:
            return {"raise": "InvalidPathError", "text": str(exc)}
        except CommandFailed as exc:
            return {"raise": "SrosMgmtError", "text": exc.text}
        except RPCFailed as exc:
            return {"raise": "SrosMgmtError", "text": exc.errors[0].message}

    def _asked(self, question: str, asked: dict[str, Any]) -> Any:
        if question == "connect":
            return True
        if question == "get":
            return pythondata.get(self._core, asked["path"])
        if question == "exists":
            return pythondata.exists(self._core, asked["path"])
        if question == "cli":
            authorize(self._core.running(), self._session.user, asked["command"])
            return self._core.behaviour.raw_command(asked["command"], self._session.user)
        return pythondata.action(self._core, self._session, asked["path"], asked["value"])
