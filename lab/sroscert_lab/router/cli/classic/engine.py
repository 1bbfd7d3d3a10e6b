"""The classic CLI engine of one session: prompt, environment, navigation, configuration that is in force at once.

Owns the working context and what a line may do in the router's configuration mode. How a line is read is statement.py,
what is printed text.py; operational commands are the behaviour's.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from ...authorization import Rights, denial
from ...core import RouterCore
from ...edit import apply_edit
from ...engines import configuration_mode
from ...reading import hide
from ...sessions import Session
from ...tree import copy_of, new_root, text_of
from ..answers import Answer, Question, lines
from ..operational import environment_more, run_command
from ..pager import CLASSIC_PROMPT
from ..prompts import classic_prompt
from ..words import LineFault, Word, split_line
from .forms import BAD_COMMAND
from .matching import check, filtered, split_bars
from .rollback import run_rollback
from .rules import NOT_ALLOWED, refusal
from .statement import Frames, Statement, find, knows, read_statement, root_frame
from .text import RULER, Printer, display_config
from .transaction import Transaction

#: The shortest word that is still `configure`; transcripts have `config`.
_SHORTEST = 4
#: How deep contexts are that `info` shows with the titles of a saved configuration.
_TITLED = 2
_NO_MARKS: frozenset[str] = frozenset()
_EDITING = "edit-cfg"


class ClassicEngine:
    """Classic CLI of one session."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session
        self._frames: Frames = ()
        self._before: list[Frames] = []
        self._more = True
        self._marks = True
        self._transaction = Transaction(core, session)
        self._own: dict[str, Callable[[list[Word]], Answer]] = {
            "exit": self._exit,
            "back": lambda words: self._move(self._frames[:-1]),
            "logout": lambda words: Answer(ends=True),
            "environment": self._environment,
            "enable-admin": lambda words: lines("MINOR: CLI Already in admin mode."),  # ASSUMPTION: the text.
            "pwc": lambda words: self._pwc(),
            "echo": lambda words: lines(*(word.text for word in words[:1])),
            "info": self._info,
        }

    @property
    def pager_prompt(self) -> str:
        """Empty when paging is off."""
        return CLASSIC_PROMPT if self._more else ""

    def prompt(self) -> str:
        """`*A:name>config# `."""
        system = self._core.running().find("{*}system")
        return classic_prompt(
            text_of(system, "name", default=self._core.name),
            (*([_EDITING] if self._transaction.is_open else []), *(frame.item.shown for frame in self._frames)),
            unsaved=self._marks and self._core.datastores.was_changed,
            is_new=bool(self._frames) and self._frames[-1].is_new,
            slot=self._core.flash.active,
        )

    def run(self, line: str) -> Answer:
        """The outcome of one line."""
        try:
            command, stages = split_bars(_without_comment(line))
            check(stages)
            return filtered(self._command(command), stages)
        except LineFault as fault:
            return Answer(fault.render(len(self.prompt())))

    def run_once(self, line: str) -> Answer:
        """One line behind `//` of the other engine: in the root, and the context stays as it was."""
        frames, before = self._frames, list(self._before)
        self._frames = ()
        try:
            return self.run(line)
        finally:
            self._frames, self._before = frames, before

    def close(self) -> None:
        """Leave edit-cfg mode."""
        self._transaction.close()

    # --- finding the command ------------------------------------------------------------------------------------------

    def _command(self, line: str) -> Answer:
        absolute = line.startswith("/")
        rest = line[1:] if absolute else line
        if not rest.strip():
            return Answer()
        first = rest.split(None, 1)[0]
        if first == "candidate":
            return self._candidate(rest)
        if first in self._own:
            return self._own[first](split_line(rest, _NO_MARKS)[1:])
        if rest.split()[:2] == ["admin", "rollback"]:
            return run_rollback(self._core, self._session, rest, split_line(rest, _NO_MARKS)[2:])
        if rest.split() == ["admin", "display-config"]:
            return Answer(self._display_config())
        if (absolute or not self._frames) and len(first) >= _SHORTEST and "configure".startswith(first):
            return self._configure(_split(line)[1:], (root_frame(self._core.schema),))
        if self._frames and not absolute and knows(self._core.schema, self._frames[-1], first):
            return self._configure(_split(line), self._frames)
        return run_command(self._core, self._session, rest, classic=True, indent=len(self.prompt()) + absolute)

    def _candidate(self, line: str) -> Answer:
        was_open = self._transaction.is_open
        answer = self._transaction.run(line, split_line(line, _NO_MARKS)[1:])
        self._start_over(was_open=was_open)
        asked = answer.question
        if asked is None:
            return answer

        def answered(reply: str) -> Answer:
            after = asked.answer(reply)
            self._start_over(was_open=was_open)
            return after

        return Answer(answer.text, Question(asked.text, answered))

    def _start_over(self, *, was_open: bool) -> None:
        """ASSUMPTION: edit-cfg mode is entered and left in the root."""
        if self._transaction.is_open != was_open:
            self._frames, self._before = (), []

    def _environment(self, words: list[Word]) -> Answer:
        typed = [word.text for word in words]
        if typed[-1:] == ["saved-ind-prompt"]:
            self._marks = typed[0] != "no"
        self._more = environment_more(typed, self._more)
        return Answer()

    # --- contexts -----------------------------------------------------------------------------------------------------

    def _move(self, frames: Frames) -> Answer:
        if frames != self._frames:
            self._before.append(self._frames)
            del self._before[:-50]
        self._frames = frames
        return Answer()

    def _exit(self, words: list[Word]) -> Answer:
        """`exit` goes to the higher context that this one was entered from, `exit all` to the root."""
        if words and words[0].text != "all":
            raise LineFault.at(words[0], BAD_COMMAND)
        left: Frames = ()
        # ASSUMPTION: contexts in between that are not above this one are forgotten.
        while self._before and not words:
            left = self._before.pop()
            if len(left) < len(self._frames) and left == self._frames[: len(left)]:
                break
        if not left:
            self._before.clear()
        self._frames = left
        return Answer()

    def _pwc(self) -> Answer:
        ruler = "-" * 79
        shown = [" <root>", *(f"  {frame.item.form.split()[0]}" for frame in self._frames)]
        return lines(ruler, "Present Working Context :", ruler, *shown, ruler)

    # --- configuration ------------------------------------------------------------------------------------------------

    def _configure(self, words: list[Word], start: Frames) -> Answer:
        shown = self._info_of_a_line(words, start)
        if shown is not None:
            return shown
        if self._transaction.is_open:
            statement = read_statement(self._core.schema, self._transaction.tree(), start, words)
            self._transaction.take(start, words, statement)
        else:
            statement = self._at_once(words, start)
        if statement.frames is not start or not words:
            return self._move(statement.frames)
        return Answer()

    def _at_once(self, words: list[Word], start: Frames) -> Statement:
        """A line that is in force with the return key."""
        core, running = self._core, self._core.running()
        statement = read_statement(core.schema, running, start, words)
        edit = statement.edit
        if edit is not None:
            # ASSUMPTION: profiles are held against the classic words, and what they refuse is said as in the MD-CLI.
            denied = Rights(running, self._session.user).refused(statement.command)
            said = denial(denied) if denied else self._refusal(edit, running)
            if said:
                raise LineFault(said)
            core.datastores.change(self._session, lambda tree: apply_edit(tree, edit, core.schema, core.secrets))
            self._leave_what_is_gone(running)
        return statement

    def _leave_what_is_gone(self, before: etree._Element) -> None:
        """ASSUMPTION: whoever stands in an entry that goes stands above it then."""
        now = self._core.running()
        for size, frame in enumerate(self._frames):
            is_own = frame.node.presence or (frame.places and frame.places[-1].keys)
            if is_own and find(before, frame.places) is not None and find(now, frame.places) is None:
                self._frames = self._frames[:size]
                return

    def _refusal(self, edit: etree._Element, running: etree._Element) -> str:
        if configuration_mode(running) == "model-driven":
            return NOT_ALLOWED
        return refusal(edit, running, self._core.schema.roots["configure"])

    # --- looking at the configuration ---------------------------------------------------------------------------------

    def _shown(self, *, operational: bool = True) -> etree._Element:
        tree = self._core.running() if operational else self._transaction.tree()
        hide(tree, self._core.schema.roots["configure"], self._core.secrets)
        return tree

    def _info_of_a_line(self, words: list[Word], start: Frames) -> Answer | None:
        """`configure log info`: what `info` shows in the context that the line names; None for any other line."""
        # ASSUMPTION: that a line may end so; a router does it for all contexts that it can be in.
        place = next((place for place, word in enumerate(words) if word.text == "info"), 0)
        tree = self._transaction.tree() if self._transaction.is_open else self._core.running()
        try:
            named = read_statement(self._core.schema, tree, start, words[:place]) if place else None
        except LineFault:
            return None
        return None if named is None or named.edit is not None else self._info(words[place + 1 :], named.frames)

    def _info(self, words: list[Word], frames: Frames = ()) -> Answer:
        frames = frames or self._frames
        if not frames:
            return lines(BAD_COMMAND)
        # ASSUMPTION: `info` shows the candidate in edit-cfg mode, and has no other options; a router has a few.
        options = [word.text for word in words]
        operational = self._transaction.is_open and "operational" in options
        if operational:
            options.remove("operational")
        if options not in ([], ["detail"]):
            raise LineFault.at(words[0], BAD_COMMAND)
        frame = frames[-1]
        found = find(self._shown(operational=operational), frame.places)
        element = new_root("configure") if found is None else copy_of(found)
        printer, depth = Printer(self._core.schema, detail=bool(options)), len(frames)
        if depth <= _TITLED:
            return lines(RULER, *printer.titled(element, frame.node, frame.item, depth), RULER)
        return lines(RULER, *printer.info(element, frame.node, frame.item.items, depth), RULER)

    def _display_config(self) -> str:
        core = self._core
        return display_config(self._shown(), core.schema, core.release_name, core.clock())


def _without_comment(line: str) -> str:
    """The line up to a `#` that is not in quotes."""
    quoted = False
    for position, char in enumerate(line):
        if char == '"' and line[position - 1 : position] != "\\":
            quoted = not quoted
        elif char == "#" and not quoted:
            return line[:position].rstrip()
    return line


def _split(line: str) -> list[Word]:
    """The words, with the columns of the whole line; a slash before the first is left out."""
    words = split_line(line, _NO_MARKS)
    first = words[0]
    if not first.text.startswith("/"):
        return words
    return [Word(first.text[1:], first.start + 1, first.width - 1), *words[1:]]
