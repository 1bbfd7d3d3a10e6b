"""`.set` and `.if` of scripts in the classic engine: which lines are run, and the variables that a script makes.

Source: Nokia's guides for 7705 SAR and 7750 SR on EHS scripts: `.if $x==y {`, with `!=` and in parentheses too,
`.} else {`, `.} endif`; texts and whole numbers; what quotes do to a variable. Owns no command: any other line
is the CLI's.

ASSUMPTION: `.if` may stand within `.if`; two whole numbers are compared as numbers, everything else as text; the lines
of the other branch are not printed. ASSUMPTION: the form of `.set`, which the guides name and the readable part of them
does not show: `.set $x=y`, blanks and parentheses as with `.if`. ASSUMPTION: what cannot be read, or does not match its
other half, is `Error: Bad command.`, the only error of the classic parser that a source shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

BAD = "Error: Bad command."
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"'(){}=!]+"
_IF = re.compile(
    rf"\.if\s*(?P<open>\()?\s*\$(?P<name>[A-Za-z]\w*)\s*(?P<sign>==|!=)\s*(?P<value>{_VALUE})\s*(?P<close>\))?\s*\{{"
)
_SET = re.compile(rf"\.set\s*(?P<open>\()?\s*\$?(?P<name>[A-Za-z]\w*)\s*=\s*(?P<value>{_VALUE})\s*(?P<close>\))?")
_ELSE = re.compile(r"\.\}\s*else\s*\{")
_ENDIF = re.compile(r"\.\}\s*endif")
_REFERENCE = re.compile(r"\$([A-Za-z]\w*)")


@dataclass(slots=True)
class _Branch:
    """One `.if` that is open: whether its lines are reached at all, whether those of this half are run."""

    reached: bool
    taken: bool
    has_else: bool = False


class Flow:
    """The branches and variables of one script that is being run.

    Attributes:
        variables: those that an event passed in, and those of the script itself.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = dict(variables)
        self._open: list[_Branch] = []

    @property
    def runs(self) -> bool:
        """Whether the lines here are run."""
        return all(branch.taken for branch in self._open)

    @property
    def is_open(self) -> bool:
        """Whether an `.if` waits for its `endif`."""
        return bool(self._open)

    def take(self, line: str) -> str:
        """Take a line that begins with a dot; the error, or nothing."""
        if line.startswith(".if"):
            return self._if(line)
        if _ELSE.fullmatch(line):
            return self._else()
        if _ENDIF.fullmatch(line):
            if not self._open:
                return BAD
            self._open.pop()
            return ""
        return self._set(line) if self.runs else ""

    def _if(self, line: str) -> str:
        reached = self.runs
        found = _IF.fullmatch(line)
        if found is None or bool(found["open"]) != bool(found["close"]):
            self._open.append(_Branch(reached, False))
            return BAD if reached else ""
        name, wanted = self.variables.get(found["name"], f"${found['name']}"), self._value(found["value"])
        self._open.append(_Branch(reached, reached and _same(name, wanted) == (found["sign"] == "==")))
        return ""

    def _else(self) -> str:
        if not self._open or self._open[-1].has_else:
            return BAD
        branch = self._open[-1]
        branch.has_else, branch.taken = True, branch.reached and not branch.taken
        return ""

    def _set(self, line: str) -> str:
        found = _SET.fullmatch(line)
        if found is None or bool(found["open"]) != bool(found["close"]):
            return BAD
        self.variables[found["name"]] = self._value(found["value"])
        return ""

    def _value(self, text: str) -> str:
        if text.startswith("'"):
            return text[1:-1]
        return _REFERENCE.sub(lambda found: self.variables.get(found[1], found[0]), text.strip('"'))


def _same(one: str, other: str) -> bool:
    numbers = [int(text) if re.fullmatch(r"-?\d{1,20}", text) else None for text in (one, other)]
    return numbers[0] == numbers[1] if None not in numbers else one == other
