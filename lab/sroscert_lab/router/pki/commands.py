"""The command line as `md-cli-raw-command` reaches it: MD-CLI, and one classic command behind `//`.

Owns finding the command, the engine rules and the form of a failure. The commands are in classic.py and mdcli.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import CommandFailed
from ..urltext import without_passwords
from .actions import ActionInterpreter
from .assumptions import FailureForm
from .classic import ClassicCommands
from .failure import PKIRefusal
from .mdcli import MDCommands
from .operations import Operations
from .tokens import SyntaxFault, split_words

#: One command: gets the words after its name, gives its output.
Command = Callable[[list[str]], str]


class CommandInterpreter:
    """Runs command lines on one router."""

    def __init__(self, operations: Operations, actions: ActionInterpreter) -> None:
        self._operations = operations
        self._classic = ClassicCommands(operations)
        self._md = MDCommands(operations, actions)

    def run(self, line: str) -> str:
        """The output of a line; CommandFailed in the form that the release (or the chosen assumption) has."""
        text = line.strip()
        classic = text.startswith("//")
        # A raw command is a line of the MD-CLI, whatever engine it switches to (facts/sros-pki.md §1.3).
        self._check_engines("md-cli", *(["classic-cli"] if classic else []))
        return self.run_in(text[2:] if classic else text.removeprefix("/"), classic=classic)

    def run_in(self, text: str, *, classic: bool) -> str:
        """The output of a line in one engine, whichever are authorised; CommandFailed."""
        return self._run(text, self._classic.table if classic else self._md.table, classic=classic)

    def _check_engines(self, *engines: str) -> None:
        if not set(engines) <= set(self._operations.profiles.conf.cli_engines):
            raise CommandFailed("MINOR: CLI #2053 Switching CLI engine is not authorized")

    def _run(self, text: str, table: Mapping[tuple[str, ...], Command], *, classic: bool) -> str:
        try:
            words = split_words(text)
            name = next(
                (tuple(words[:size]) for size in range(len(words), 0, -1) if tuple(words[:size]) in table), None
            )
            if name is None:
                raise SyntaxFault(_unknown_word(words, table))
            return table[name](words[len(name) :])
        except SyntaxFault as fault:
            raise self._syntax(text, fault, classic=classic) from fault
        except PKIRefusal as refusal:
            return self._fail(refusal, classic=classic)
        except OSError as exc:
            return self._fail(PKIRefusal(f'open file "{exc.filename}"'), classic=classic)

    def _syntax(self, text: str, fault: SyntaxFault, *, classic: bool) -> CommandFailed:
        if fault.missing:
            return CommandFailed(f"MINOR: CLI #2001: Missing element value - '{fault.word}'")
        carets = " " * max(0, text.find(fault.word)) + "^" * max(1, len(fault.word))
        if classic:
            # ASSUMPTION: the classic engine's text for a word that it does not know.
            return CommandFailed("Error: Bad command.", output=f"{carets}\n")
        return CommandFailed(f"MINOR: MGMT_CORE #2201: Unknown element - '{fault.word}'", output=f"{carets}\n")

    def _fail(self, refusal: PKIRefusal, *, classic: bool) -> str:
        # ASSUMPTION: the numbers. Public transcripts show #2005 for run-time errors of the CLI and #2007 for files.
        number = "CLI #2005: Error while processing command" if classic else "MGMT_AGENT #2007: Operation failed"
        text = without_passwords(f"MINOR: {number} - {refusal.reason}")
        printed = refusal.printed
        form = self._operations.assumptions().form_for(self._operations.train)
        if form is FailureForm.IN_OUTPUT:
            return f"{printed}{text}\n"
        raise CommandFailed(text, form=form.value, output=printed)


def _unknown_word(words: list[str], table: Mapping[tuple[str, ...], Command]) -> str:
    known = max((size for size in range(len(words) + 1) if _is_prefix(tuple(words[:size]), table)), default=0)
    return words[known] if known < len(words) else (words[-1] if words else "")


def _is_prefix(words: tuple[str, ...], table: Mapping[tuple[str, ...], Command]) -> bool:
    return any(name[: len(words)] == words for name in table)
