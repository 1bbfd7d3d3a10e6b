"""One CLI session: which engine has the word, `//` and `/!` between the two, questions, environment.

Owns the line as it was typed. What a command does is the engine's; bytes and paging are terminal.py's. Called from
worker threads, one line at a time.
"""

from __future__ import annotations

from ..core import RouterCore
from ..engines import CLASSIC, MD, authorised_engines, configuration_mode
from ..errors import RPCFailed
from ..moments import Phase
from ..sessions import Session
from .answers import Answer, Question, lines
from .classic.engine import ClassicEngine
from .md import MDEngine
from .operational import lost

NOT_AUTHORISED = "MINOR: CLI #2053 Switching CLI engine is not authorized"
TO_MD = "INFO: CLI #2052: Switching to the MD-CLI engine"
TO_CLASSIC = "INFO: CLI #2051: Switching to the classic CLI engine"
READ_ONLY = (
    "INFO: CLI #2050: Classic CLI modification of the configuration is not allowed - 'model-driven' management "
    "interface configuration mode active"
)
#: From here on `//command` says that it switches there and back (facts/sros-pki.md §1.3).
_FIRST_TO_SAY_SO = (24, 3)
_SWITCHES = {"/!classic-cli": CLASSIC, "/!md-cli": MD}


class Shell:
    """The command line of one session."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session
        running = core.running()
        self._engines = authorised_engines(running)
        self._by_name: dict[str, MDEngine | ClassicEngine] = {
            MD: MDEngine(core, session),
            CLASSIC: ClassicEngine(core, session),
        }
        self._active = self._engines[0]
        self._question: Question | None = None

    @property
    def pager_prompt(self) -> str:
        """What the pager of the engine in use says; empty when paging is off."""
        return self._by_name[self._active].pager_prompt

    def prompt(self) -> str:
        """What is printed before the next line is read."""
        return self._by_name[self._active].prompt() if self._question is None else self._question.text

    def take(self, line: str) -> Answer:
        """The outcome of one line, or of an answer to what was asked."""
        question, self._question = self._question, None
        try:
            answer = self._faulty(line.strip()) if question is None else question.answer(line)
        except RPCFailed as exc:
            answer = lines(*(error.message for error in exc.errors))
        self._question = answer.question
        return answer

    def close(self) -> None:
        """The session is over: leave whatever configuration mode is open."""
        for engine in self._by_name.values():
            engine.close()

    def _faulty(self, line: str) -> Answer:
        """The outcome of a line on a router that may have been told to lose the session."""
        faults = self._core.faults
        is_admin = line.lstrip("/").startswith("admin ")
        moments = self._core.moments
        if moments.cuts(Phase.BEFORE, line):
            return lost(self._session)
        if is_admin and faults.take("cli-drop-before"):
            return lost(self._session)
        answer = self._run(line)
        cut = moments.cuts(Phase.AFTER, line) or (is_admin and faults.take("cli-drop-after"))
        return lost(self._session) if cut else answer

    def _run(self, line: str) -> Answer:
        if line in _SWITCHES:
            return self._switch(_SWITCHES[line])
        if not line.startswith("//"):
            return self._by_name[self._active].run(line)
        other = CLASSIC if self._active == MD else MD
        command = line[2:].strip()
        if not command:
            return self._switch(other)
        if other not in self._engines:
            return lines(NOT_AUTHORISED)
        answer = self._by_name[other].run_once(command)
        if not self._says_so:
            return answer
        said = "".join(f"{text}\n" for text in self._announcement(other))
        back = f"{self._announcement(self._active)[0]}\n"
        return Answer(said + answer.text + back, answer.question, answer.ends)

    def _switch(self, engine: str) -> Answer:
        if engine not in self._engines:
            return lines(NOT_AUTHORISED)
        if engine == self._active:
            return Answer()
        self._active = engine
        return lines(*self._announcement(engine))

    def _announcement(self, engine: str) -> list[str]:
        if engine == MD:
            return [TO_MD]
        read_only = configuration_mode(self._core.running()) == "model-driven"
        return [TO_CLASSIC, READ_ONLY] if read_only else [TO_CLASSIC]

    @property
    def _says_so(self) -> bool:
        return self._core.train >= _FIRST_TO_SAY_SO
