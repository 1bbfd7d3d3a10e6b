"""One script, line by line, in the CLI engine of the router's mode.

Sources: System Management Guide, "Executing EHS or CRON CLI scripts or Python applications" (the engine is the primary
one, a script without a user may do everything); MD-CLI User Guide, "Executing commands from a file" (an error ends the
file, a question is an error, a file may switch engines). Event 2052 says that a handler's script is such an `exec`.

ASSUMPTION: an error is what the CLI prints as one, behind `//` as well, and in the classic engine it ends a script too;
an answer of the CA such as a rejection is none. The fault `script-goes-on` has a script go on after an error;
`script-no-switch` has an MD-CLI script refuse `//` (the guides say that classic commands are errors there, and not
whether a line with `//` is one). In the classic engine a script has `.set` and `.if` (flow.py); in the MD-CLI these are
errors (guide). With `lock-override` of its policy a script takes the explicit locks of others away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..accounts import may_run_scripts
from ..cli.answers import Answer
from ..cli.shell import Shell
from ..core import LoggedEvent, RouterCore
from ..engines import MD, authorised_engines
from ..sessions import Session
from .flow import BAD, Flow
from .variables import expanded, passed_in

_ERROR = re.compile(r"^(?:(?:MINOR|MAJOR|CRITICAL): [A-Z_]+ |ERROR: |Error: )", re.MULTILINE)
# ASSUMPTION: the text.
_NOT_ALLOWED = "MINOR: CLI Command not allowed for this user."
_DENIED = "MINOR: MGMT_CORE #2020"
_SLEEP = re.compile(r"sleep (\d{1,5})")


@dataclass(frozen=True, slots=True)
class Finished:
    """How a script ended: YANG `run-exit-code` and `run-exit`, the result of event 2053, and what was wrong."""

    exit_code: str = "no-error"
    result: str = "success"
    error: str = ""
    run_exit: str = ""


class ScriptRun:
    """A script that is being run; its lines are run as `steps` is gone through."""

    def __init__(
        self, core: RouterCore, text: str, user: str, prints: Callable[[str], None], event: LoggedEvent | None = None,
        *, breaks_locks: bool = False,
    ) -> None:
        self._core = core
        self._lines = [line.strip() for line in text.splitlines()]
        self._flow = Flow(passed_in(event))
        self._user = user
        self._prints = prints
        # Not one of the sessions that the router lists and limits.
        self._session = Session(0, user or "not-specified", "", "cli", core.clock(), breaks_locks=breaks_locks)
        self._shell = Shell(core, self._session)
        self._is_md = authorised_engines(core.running())[0] == MD
        self._is_open = True
        self.finished = Finished()

    def steps(self) -> Iterator[int]:
        """Run the lines; gives the seconds of each `sleep`, to be waited before it is asked to go on."""
        for line in self._lines:
            if not self._is_open:
                return
            if not line or line.startswith("#"):
                continue
            if line.startswith(".") and not self._is_md:
                if self._flow.runs:
                    self._prints(f"{line}\n")
                error = self._flow.take(line)
                if error and not self._goes_on(error):
                    return
                continue
            if not self._flow.runs:
                continue
            line = expanded(line, self._flow.variables)
            # ASSUMPTION: both engines have it; the tutorial's script uses it.
            pause = _SLEEP.fullmatch(line)
            self._prints(f"{line}\n")
            if pause is not None:
                yield int(pause[1])
            elif not self._run(line):
                return
        if self._flow.is_open:
            self._fail("runtime-error", BAD)

    def close(self) -> None:
        """The script is over: its session is, too."""
        self._is_open = False
        self._shell.close()
        self._core.datastores.session_ended(self._session)

    def _run(self, line: str) -> bool:
        """Run one line; False when the script ends with it."""
        if self._user and not may_run_scripts(self._core.running(), self._user):
            return self._fail("security-violation", _NOT_ALLOWED)
        if self._is_md and line.startswith("//") and self._core.faults.is_set("script-no-switch"):
            return self._fail("runtime-error", "MINOR: MGMT_CORE #2201: Unknown element - '//'")
        answer: Answer = self._shell.take(line)
        self._prints(answer.text)
        if answer.question is not None:
            self._shell.take("")
            return self._fail("runtime-error", f"interactive input is not possible - {line}")
        found = _ERROR.search(answer.text)
        if found is not None:
            text = answer.text[found.start() :].splitlines()[0]
            if text.startswith(_DENIED):
                return self._fail("security-violation", text)
            return self._goes_on(text, is_printed=True)
        return not answer.ends

    def _goes_on(self, error: str, *, is_printed: bool = False) -> bool:
        """Whether a script goes on after an error, as a fault has it do."""
        if self._core.faults.is_set("script-goes-on"):
            if not is_printed:
                self._prints(f"{error}\n")
            return True
        return self._fail("runtime-error", error)

    def _fail(self, exit_code: str, text: str) -> bool:
        self._prints(f"{text}\n")
        self.finished = Finished(exit_code, "fail", text)
        return False
