"""The classic CLI engine of one session: prompt, environment, navigation; the commands are the behaviour's.

The lab keeps one configuration, the model-driven one, so the classic engine can look at nothing below `configure` and
change nothing (docs/lab.md).
"""

from __future__ import annotations

from collections.abc import Callable

from ..core import RouterCore
from ..engines import configuration_mode
from ..sessions import Session
from ..tree import text_of
from .answers import Answer, lines
from .operational import environment_more, run_command
from .pager import CLASSIC_PROMPT
from .prompts import classic_prompt

NOT_ALLOWED = (
    "MINOR: CLI Modification of the configuration is not allowed - 'model-driven' management interface configuration "
    "mode active"
)


class ClassicEngine:
    """Classic CLI of one session."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session
        self._contexts: tuple[str, ...] = ()
        self._more = True
        self._own: dict[str, Callable[[list[str]], Answer]] = {
            "exit": self._exit,
            "back": lambda words: self._exit(words[:0]),
            "logout": lambda words: Answer(ends=True),
            "environment": self._environment,
            "configure": self._configure,
            "enable-admin": lambda words: lines("MINOR: CLI Already in admin mode."),  # ASSUMPTION: the text.
            "pwc": lambda words: lines("Present Working Context :", *(self._contexts or ("<root>",))),
        }

    @property
    def pager_prompt(self) -> str:
        """Empty when paging is off."""
        return CLASSIC_PROMPT if self._more else ""

    def prompt(self) -> str:
        """`*A:name>config# `."""
        system = self._core.running().find("{*}system")
        name = text_of(system, "name", default=self._core.name)
        return classic_prompt(
            name, self._contexts, unsaved=self._core.datastores.is_unsaved, slot=self._core.flash.active
        )

    def run(self, line: str) -> Answer:
        """The outcome of one line."""
        words = line.removeprefix("/").split()
        if not words or words[0].startswith("#"):
            return Answer()
        if words[0] in self._own:
            return self._own[words[0]](words[1:])
        return run_command(self._core, self._session, line.removeprefix("/"), classic=True, indent=len(self.prompt()))

    def run_once(self, line: str) -> Answer:
        """One line behind `//` of the other engine: in the root, and the context stays as it was."""
        contexts, self._contexts = self._contexts, ()
        try:
            return self.run(line)
        finally:
            self._contexts = contexts

    def close(self) -> None:
        """Nothing is left open by this engine."""

    def _exit(self, words: list[str]) -> Answer:
        self._contexts = () if words[:1] == ["all"] else self._contexts[:-1]
        return Answer()

    def _environment(self, words: list[str]) -> Answer:
        self._more = environment_more(words, self._more)
        return Answer()

    def _configure(self, words: list[str]) -> Answer:
        if not words:
            self._contexts = ("config",)
            return Answer()
        if configuration_mode(self._core.running()) == "model-driven":
            return lines(NOT_ALLOWED)
        # ASSUMPTION: a limit of the lab, not of a router: it knows the model-driven configuration only.
        return lines("Error: Bad command.")
