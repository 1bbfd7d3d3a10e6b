"""The MD-CLI engine of one session: which command a line is, the context it stands in, and what it prints.

Owns the working context and the commands that move it. The configuration mode is modes.py, a configuration statement
statement.py; operational commands are the behaviour's.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from ..core import RouterCore
from ..schema import Node
from ..sessions import Session
from ..tree import find_entry, text_of
from ..validation import add_defaults
from .answers import Answer, Question, lines
from .configtext import Item, compare_lines, entry_words, flat_lines, info_lines, items_of
from .modes import EXCLUSIVE, GLOBAL, OPERATIONAL, PRIVATE, READ_ONLY, ConfigurationMode
from .operational import environment_more, run_command
from .pager import MD_PROMPT
from .pipes import filtered, split_pipe
from .prompts import md_prompt
from .sessiontables import locks_table, users_table
from .statement import Context, Place, node_of, read_statement
from .words import LineFault, Word, missing, split_line, unknown

_MODES = (EXCLUSIVE, GLOBAL, PRIVATE, READ_ONLY)
_ROOT = Place("configure")
_INFO_OPTIONS = ("flat", "detail", "running", "candidate", "from")


class MDEngine:
    """MD-CLI of one session."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session
        self._mode = ConfigurationMode(core, session)
        self._context: Context = ()
        self._before: list[Context] = []
        self._more = True
        self._newline = True
        self._own: dict[str, Callable[[list[Word]], Answer]] = {
            "logout": lambda words: Answer(ends=True),
            "environment": self._environment,
            # ASSUMPTION: every user of the lab has administrative rights already; netmiko looks for "in admin mode".
            "enable": lambda words: lines("MINOR: CLI Already in admin mode."),
            "exit": self._exit,
            "back": self._back,
            "top": lambda words: self._move((_ROOT,) if self._context else ()),
            "}": self._back,
            "pwc": lambda words: lines("Present Working Context:", f"  {self._shown_context() or '/'}"),
            "edit-config": self._edit_config,
            "quit-config": lambda words: self._quit(),
            "info": self._info,
            "compare": self._compare,
            "commit": lambda words: self._changing(lambda: self._mode.commit([word.text for word in words])),
            "discard": lambda words: self._changing(self._mode.discard),
            "validate": lambda words: self._changing(self._mode.validate),
            "delete": lambda words: self._statement(words, delete=True),
        }
        self._tables: dict[tuple[str, ...], Callable[[], str]] = {
            ("show", "users"): lambda: users_table(core, session),
            ("show", "system", "management-interface", "datastore-locks"): lambda: locks_table(core, session),
            ("show", "system", "management-interface", "datastore-locks", "detail"): lambda: locks_table(core, session),
            ("admin", "show", "configuration"): self._admin_show,
        }

    @property
    def pager_prompt(self) -> str:
        """Empty when paging is off."""
        return MD_PROMPT if self._more else ""

    def prompt(self) -> str:
        """Mode and context on a line of their own."""
        system = self._core.running().find("{*}system")
        name = text_of(system, "name", default=self._core.name)
        context, mark = self._shown_context(), self._mode.mark()
        return md_prompt(
            self._core.train, self._session.user, name, context, mark, newline=self._newline,
            slot=self._core.flash.active,
        )

    def run(self, line: str) -> Answer:
        """The outcome of one line."""
        try:
            command, pipe = split_pipe(line)
            answer = self._command(command)
            return filtered(answer, pipe)
        except LineFault as fault:
            return Answer(fault.render(self._indent()))

    def run_once(self, line: str) -> Answer:
        """One line behind `//` of the other engine: from the root, and the context stays as it was."""
        context, self._context = self._context, ()
        try:
            return self.run(line)
        finally:
            self._context = context

    def close(self) -> None:
        """Leave the configuration mode."""
        self._mode.close()

    # --- finding the command ------------------------------------------------------------------------------------------

    def _command(self, line: str) -> Answer:
        if not line or line.startswith("#"):
            return Answer()
        if line == "/":
            return self._move(())
        absolute = line.startswith("/")
        rest = line[1:] if absolute else line
        shift = len(line) - len(rest)
        if not rest.strip():
            return Answer()
        first = rest.split(None, 1)[0]
        if first in self._own:
            return self._own[first]([_shifted(word, shift) for word in split_line(rest)][1:])
        if first == "configure" and (absolute or not self._context):
            return self._configure([_shifted(word, shift) for word in split_line(rest)])
        if self._context and not absolute:
            return self._statement([_shifted(word, shift) for word in split_line(rest)])
        table = self._tables.get(tuple(rest.split()))
        if table is not None:
            return Answer(table())
        return run_command(self._core, self._session, rest, classic=False, indent=self._indent() + shift)

    def _indent(self) -> int:
        return len(self.prompt().rpartition("\n")[2])

    def _environment(self, words: list[Word]) -> Answer:
        typed = [word.text for word in words]
        self._more = environment_more(typed, self._more)
        if typed[:2] == ["prompt", "newline"] or typed[:2] == ["delete", "prompt"]:
            self._newline = typed[2:3] != ["false"]
        return Answer()

    # --- contexts -----------------------------------------------------------------------------------------------------

    def _shown_context(self) -> str:
        schema = self._core.schema
        shown = [
            entry_words(schema, node_of(schema, self._context[: size + 1]), dict(place.keys))
            for size, place in enumerate(self._context)
        ]
        return " ".join(shown)

    def _move(self, context: Context) -> Answer:
        if self._mode.implicit and not context:
            return self._quit()
        if context != self._context:
            self._before.append(self._context)
            del self._before[:-50]
        self._context = context
        return Answer()

    def _back(self, words: list[Word]) -> Answer:
        count = int(words[0].text) if words and words[0].text.isascii() and words[0].text.isdigit() else 1
        return self._move(self._context[: max(0, len(self._context) - count)])

    def _exit(self, words: list[Word]) -> Answer:
        """`exit` goes to the context before, `exit all` to the root."""
        if words and words[0].text != "all":
            raise unknown(words[0])
        if words or not self._before:
            self._before.clear()
            return self._move(()) if self._context else Answer()
        before = self._before.pop()
        if self._mode.implicit and not before:
            return self._quit()
        self._context = before
        return Answer()

    # --- configuration modes ------------------------------------------------------------------------------------------

    def _edit_config(self, words: list[Word]) -> Answer:
        if not words:
            raise missing("configuration-mode")
        if words[0].text not in _MODES:
            raise unknown(words[0])
        return self._mode.enter(words[0].text, implicit=False)

    def _configure(self, words: list[Word]) -> Answer:
        if len(words) == 2 and words[1].text in _MODES and not words[1].quoted:
            answer = self._mode.enter(words[1].text, implicit=True)
            if self._mode.implicit:
                self._context, self._before = (_ROOT,), []
            return answer
        if not self._mode.name:
            return lines(OPERATIONAL)
        return self._statement(words[1:], start=(_ROOT,)) if len(words) > 1 else self._move((_ROOT,))

    def _quit(self) -> Answer:
        answer = self._mode.leave()
        if answer.question is not None:
            asked = answer.question

            def answered(reply: str) -> Answer:
                return self._left(asked.answer(reply))

            return Answer(answer.text, Question(asked.text, answered))
        return self._left(answer)

    def _left(self, answer: Answer) -> Answer:
        if not self._mode.name:
            self._context, self._before = (), []
        return answer

    def _changing(self, act: Callable[[], Answer]) -> Answer:
        refusal = self._mode.refusal()
        return lines(refusal) if refusal else act()

    def _statement(self, words: list[Word], start: Context | None = None, *, delete: bool = False) -> Answer:
        """A line of configuration; one that ends at a container or an entry moves there."""
        if not self._mode.name:
            return lines(OPERATIONAL)
        if delete and words and words[0].text.startswith("/"):
            words = [Word(words[0].text[1:], words[0].start + 1, words[0].width - 1), *words[1:]]
            start = ()
        origin = self._context if start is None else start
        statement = read_statement(self._core.schema, origin, words, delete=delete)
        if statement.edit is not None and (statement.sets or not self._is_there(statement.context)):
            refusal = self._mode.refusal()
            if refusal:
                return lines(refusal)
            self._mode.edit(statement.edit)
        if statement.context != origin or statement.opens:
            self._move(statement.context)
        return Answer()

    def _is_there(self, context: Context) -> bool:
        """Whether a line that only moves leads to what exists, so that nothing is to be made."""
        return self._find(self._mode.shown(), context) is not None

    # --- looking at the configuration ---------------------------------------------------------------------------------

    def _find(self, tree: etree._Element, context: Context) -> etree._Element | None:
        place: etree._Element | None = tree
        for step in context[1:]:
            place = None if place is None else find_entry(place, step.name, dict(step.keys))
        return place

    def _items(self, tree: etree._Element, context: Context) -> tuple[Item, ...]:
        schema = self._core.schema
        found = self._find(tree, context)
        if found is None:
            return ()
        node: Node = node_of(schema, context)
        items = items_of(found, node, schema)
        return items if context else (Item("configure", items),) if items else ()

    def _info(self, words: list[Word]) -> Answer:
        if not self._mode.name:
            return lines(OPERATIONAL)
        options = []
        while words and words[0].text in _INFO_OPTIONS and not words[0].quoted:
            options.append(words[0].text)
            words = words[1:]
        context = self._context
        if words:
            context = read_statement(self._core.schema, self._context, words).context
        tree = self._mode.shown("running" if "running" in options else "candidate")
        if "detail" in options:
            add_defaults(tree, self._core.schema.roots["configure"])
        items = self._items(tree, context)
        return lines(*(flat_lines(items) if "flat" in options else info_lines(items)))

    def _admin_show(self) -> str:
        items = self._items(self._mode.shown("running"), ())
        return "".join(f"{line}\n" for line in info_lines(items, 0))

    def _compare(self, words: list[Word]) -> Answer:
        if words:
            # ASSUMPTION: a limit of the lab, which compares the candidate with what is running and nothing else.
            raise unknown(words[0])
        if not self._mode.name:
            return lines(OPERATIONAL)
        old = self._items(self._mode.shown("running"), self._context)
        new = self._items(self._mode.shown(), self._context)
        return lines(*compare_lines(old, new))


def _shifted(word: Word, shift: int) -> Word:
    return Word(word.text, word.start + shift, word.width, word.quoted)
