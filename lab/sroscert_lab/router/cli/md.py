"""The MD-CLI engine of one session: prompt, environment, contexts, configuration modes."""

from __future__ import annotations

from collections.abc import Callable

from ..core import RouterCore
from ..sessions import Session
from ..tree import text_of
from .answers import Answer
from .operational import environment_more, run_command
from .pager import MD_PROMPT
from .prompts import ModeMark, md_prompt


class MDEngine:
    """MD-CLI of one session."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session
        self._more = True
        self._own: dict[str, Callable[[list[str]], Answer]] = {
            "logout": lambda words: Answer(ends=True),
            "environment": self._environment,
            "exit": lambda words: Answer(),
        }

    @property
    def pager_prompt(self) -> str:
        """Empty when paging is off."""
        return MD_PROMPT if self._more else ""

    def prompt(self) -> str:
        """Mode and context on a line of their own."""
        system = self._core.running().find("{*}system")
        name = text_of(system, "name", default=self._core.name)
        return md_prompt(self._core.train, self._session.user, name, "", ModeMark())

    def run(self, line: str) -> Answer:
        """The outcome of one line."""
        words = line.removeprefix("/").split()
        if not words or words[0].startswith("#"):
            return Answer()
        if words[0] in self._own:
            return self._own[words[0]](words[1:])
        indent = len(self.prompt().rpartition("\n")[2])
        return run_command(self._core, self._session, line.removeprefix("/"), classic=False, indent=indent)

    def run_once(self, line: str) -> Answer:
        """One line behind `//` of the other engine."""
        return self.run(line)

    def close(self) -> None:
        """Leave the configuration mode."""

    def _environment(self, words: list[str]) -> Answer:
        self._more = environment_more(words, self._more)
        return Answer()
