"""Transactions of the classic CLI in one session: the `candidate` commands, and lines that go into the candidate.

Evidence: the basic system configuration guides of 7950 SR OS and 7705 SAR (one candidate for all, edit-cfg mode and its
prompt, exclusive mode, that a commit is all or nothing and what is kept when it fails, `commit confirmed`, 1 to 168
minutes, what is blocked meanwhile), a public driver (a commit and `discard now` leave the mode, `Commit failed`), and a
public configuration (`/configure …` in the mode). ASSUMPTION: every other text, and the form of `candidate view`.

A limit of the lab: lines are only added at the end, and `comment` is dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from ...authorization import Rights, authorize, denial
from ...core import RouterCore
from ...edit import apply_edit
from ...engines import configuration_mode
from ...errors import CommandFailed, RPCFailed, failed
from ...sessions import Session
from ...tree import copy_of
from ..answers import Answer, Question, is_yes, lines
from ..words import LineFault, Word, split_line
from .candidate import CandidateLine, text_of_lines
from .candidatewords import confirmed, only, shown
from .forms import BAD_COMMAND, BAD_VALUE, MISSING
from .rollback import save_checkpoint
from .rules import NOT_ALLOWED, refusal
from .statement import Frames, Statement, read_statement, root_frame

#: The name under which the datastores hold a commit of the candidate that waits.
PERSIST = "classic-candidate"
NOT_EDITING = "MINOR: CLI Command not allowed - not in edit-cfg mode."
IN_USE = "MINOR: CLI Candidate is in use - edit-cfg mode can not be entered."
NOT_EMPTY = "MINOR: CLI Candidate is not empty - commit or discard it before leaving exclusive edit-cfg mode."
WAITING = "MINOR: CLI Candidate can not be changed - a commit waits for 'candidate confirm'."
NOTHING_WAITS = "MINOR: CLI No commit waits for 'candidate confirm'."
FAILED = "MINOR: CLI Commit failed"
CHOOSE = "MINOR: CLI Candidate is not empty - 'overwrite', 'insert' or 'append' must be specified."
_DISCARD = "Are you sure (y/n)? All candidate changes will be lost [y,n] "
_NO_MARKS: frozenset[str] = frozenset()
_LOADING = ("overwrite", "insert", "append")


class Transaction:
    """What one session has to do with the candidate."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session
        self._candidate = core.classic_candidate
        self._commands: dict[str, Callable[[list[Word]], Answer]] = {
            "view": self._view,
            "commit": self._commit,
            "confirm": self._confirm,
            "discard": self._discard,
            "quit": self._quit,
            "save": self._save,
            "load": self._load,
        }

    @property
    def is_open(self) -> bool:
        """Whether the session is in edit-cfg mode."""
        return self._session in self._candidate.editors

    def tree(self) -> etree._Element:
        """The configuration that a line is read against: with the candidate's changes in edit-cfg mode."""
        tree = self._candidate.tree if self.is_open else None
        return self._core.running() if tree is None else copy_of(tree)

    def run(self, line: str, words: list[Word]) -> Answer:
        """`candidate …`.

        Args:
            line: as it was typed.
            words: behind `candidate`.
        """
        try:
            authorize(self._core.running(), self._session.user, line)
        except CommandFailed as exc:
            return lines(exc.text)
        if not words:
            raise LineFault(MISSING)
        name = words[0].text
        if name == "edit":
            return self._edit(words[1:])
        if name not in self._commands:
            raise LineFault.at(words[0], BAD_COMMAND)
        if not self.is_open:
            return lines(NOT_EDITING)
        return self._commands[name](words[1:])

    def take(self, frames: Frames, words: list[Word], statement: Statement) -> None:
        """Put a line of configuration into the candidate; RPCFailed when the models refuse it.

        Args:
            frames: the contexts that it was typed in.
            words: of the line.
            statement: what it says.
        """
        if statement.edit is None:
            return
        denied = Rights(self._core.running(), self._session.user).refused(statement.command)
        if denied:
            raise failed(denial(denied))
        with self._candidate.lock:
            if self._waits:
                raise failed(WAITING)
            # ASSUMPTION: what must be shut down first is not looked at before the commit.
            tree = apply_edit(self.tree(), statement.edit, self._core.schema, self._core.secrets)
            if statement.frames is not frames:
                line = CandidateLine(tuple(frame.typed for frame in statement.frames))
            else:
                line = CandidateLine(tuple(frame.typed for frame in frames), shown(self._core, words, statement))
            self._candidate.add(line, tree)

    def close(self) -> None:
        """The session is over: what was in exclusive mode is thrown away, the rest stays for others."""
        with self._candidate.lock:
            if self._candidate.holder is self._session:
                self._candidate.clear()
            self._candidate.leave(self._session)

    # --- the mode -----------------------------------------------------------------------------------------------------

    @property
    def _waits(self) -> bool:
        pending = self._core.datastores.pending
        return pending is not None and pending.persist == PERSIST

    def _edit(self, words: list[Word]) -> Answer:
        exclusive = only(words, "exclusive")
        if configuration_mode(self._core.running()) == "model-driven":
            return lines(NOT_ALLOWED)
        return Answer() if self._candidate.enter(self._session, exclusive=exclusive) else lines(IN_USE)

    def _quit(self, words: list[Word]) -> Answer:
        only(words)
        with self._candidate.lock:
            if self._candidate.holder is self._session and self._candidate.lines:
                return lines(NOT_EMPTY)
            self._candidate.leave(self._session)
        return Answer()

    def _discard(self, words: list[Word]) -> Answer:
        if self._waits:
            return lines(WAITING)
        if only(words, "now"):
            return self._discarded("y")
        return Answer(question=Question(_DISCARD, self._discarded))

    def _discarded(self, reply: str) -> Answer:
        if is_yes(reply):
            with self._candidate.lock:
                if self._waits:
                    return lines(WAITING)
                self._candidate.clear()
                self._candidate.leave(self._session)
        return Answer()

    # --- committing ---------------------------------------------------------------------------------------------------

    def _commit(self, words: list[Word]) -> Answer:
        minutes = confirmed(words)
        with self._candidate.lock:
            if self._waits:
                return lines(WAITING)
            try:
                self._core.datastores.change(
                    self._session, self._made, timeout_s=minutes * 60, persist=PERSIST if minutes else ""
                )
            except RPCFailed as exc:
                return lines(FAILED, *(error.message for error in exc.errors))
            if not (words and words[0].text == "no-checkpoint"):
                save_checkpoint(self._core)
            if minutes:
                self._candidate.release(self._session)
            else:
                self._done()
        return Answer()

    def _confirm(self, words: list[Word]) -> Answer:
        only(words)
        with self._candidate.lock:
            if not self._core.datastores.confirm(PERSIST):
                return lines(NOTHING_WAITS)
            self._done()
        return Answer()

    def _done(self) -> None:
        self._candidate.clear()
        self._candidate.leave(self._session)

    def _made(self, tree: etree._Element) -> etree._Element:
        """The configuration with every line of the candidate, in order; RPCFailed at the first that does not go."""
        schema = self._core.schema
        if configuration_mode(tree) == "model-driven":
            raise failed(NOT_ALLOWED)
        for line in self._candidate.lines:
            try:
                words = split_line(line.typed, _NO_MARKS)[1:]
                edit = read_statement(schema, tree, (root_frame(schema),), words).edit
                if edit is None:
                    continue
                said = refusal(edit, tree, schema.roots["configure"])
                if said:
                    raise failed(said)
                tree = apply_edit(tree, edit, schema, self._core.secrets)
            except LineFault as fault:
                raise failed(f"{fault.text} ({line.typed})") from fault
            except RPCFailed as exc:
                raise failed(" ".join(f"{error.message} ({line.typed})" for error in exc.errors)) from exc
        return tree

    # --- looking at it, files -----------------------------------------------------------------------------------------

    def _view(self, words: list[Word]) -> Answer:
        first = 1
        if words:
            only(words[1:])
            if not (words[0].text.isascii() and words[0].text.isdigit()):
                raise LineFault.at(words[0], BAD_VALUE)
            first = int(words[0].text)
        rows = enumerate(text_of_lines(self._candidate.lines), 1)
        return lines(*(f"{number:>4}: {row}" for number, row in rows if number >= first))

    def _save(self, words: list[Word]) -> Answer:
        if not words:
            raise LineFault(MISSING)
        only(words[1:])
        text = "".join(f"{row}\n" for row in text_of_lines(self._candidate.lines))
        try:
            self._core.flash.write(words[0].text, text.encode())
        except OSError:
            return lines(f"MINOR: CLI Could not write file \"{words[0].text}\".")
        return Answer()

    def _load(self, words: list[Word]) -> Answer:
        if not words:
            raise LineFault(MISSING)
        if len(words) > 1 and words[1].text not in _LOADING:
            raise LineFault.at(words[1], BAD_COMMAND)
        only(words[2:])
        try:
            text = self._core.flash.read(words[0].text).decode(errors="replace")
        except OSError:
            return lines(f"MINOR: CLI Could not read file \"{words[0].text}\".")
        candidate = self._candidate
        with candidate.lock:
            if self._waits:
                return lines(WAITING)
            before = candidate.lines, candidate.tree
            if candidate.lines and len(words) == 1:
                return lines(CHOOSE)
            if [word.text for word in words[1:]] == ["overwrite"]:
                candidate.clear()
            try:
                self._take_text(text)
            except LineFault as fault:
                candidate.lines, candidate.tree = before
                return lines(fault.text)
            except RPCFailed:
                candidate.lines, candidate.tree = before
                raise
        return Answer()

    def _take_text(self, text: str) -> None:
        """Read a saved candidate in; LineFault or RPCFailed at the first line that does not go."""
        schema = self._core.schema
        frames: Frames = ()
        before: list[Frames] = []
        for row in text.splitlines():
            words = split_line(row, _NO_MARKS)
            if not words or row.lstrip().startswith("#"):
                continue
            if words[0].text == "exit":
                frames = before.pop() if before and len(words) == 1 else ()
                continue
            start = frames or (root_frame(schema),)
            if not frames and words.pop(0).text != "configure":
                raise LineFault(f"{BAD_COMMAND} ({row.strip()})")
            statement = read_statement(schema, self.tree(), start, words)
            self.take(start, words, statement)
            if statement.frames is not start or not frames:
                before.append(frames)
                frames = statement.frames
