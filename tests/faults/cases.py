"""Every case of the matrix, and which of them are run: what the variable FAULTS says.

`FAULTS=all` all of them, `FAULTS=single` or `FAULTS=double` one of the two groups, `FAULTS=40` every 40th,
`FAULTS=40+7` every 40th from the eighth on (`+0` is the first), `FAULTS=/ca-pending.*killed/` those whose names fit,
and without it the fixed sample of `make test`: those that come first in an order of chance by their names, so that a
new case takes the place of one at most.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tests.faults.strikes import KILLS, Strike, strikes
from tests.faults.ways import WAYS, Way

SAMPLE = 28
DOUBLES = 3
"""So many more of the sample are double faults."""
_OFFSET = 7
_SALT = "m"
#: Which cases belong to a group, by whether they are double faults.
_GROUPS = {"all": (False, True), "single": (False,), "double": (True,)}
_FAULTS = re.compile(r"(\d+)(?:\+(\d+))?")


@dataclass(frozen=True)
class Case:
    """One strike at one way."""

    way: Way
    strike: Strike

    def __str__(self) -> str:
        """As in the names of the tests, and in files of results."""
        return f"{self.way}, {self.strike}"

    @property
    def is_double(self) -> bool:
        """Whether our process is killed while something else is wrong too: the greater half of the matrix.

        A router that does not notice that sessions died does so when one dies: that, and a kill alone, are single.
        """
        return self.strike.how in KILLS and self.strike.fault not in {"", "ghost-session"}


CASES = tuple(Case(way, strike) for way in WAYS for strike in strikes(way.parts, way.release, way.on_box))
_BY_NAME = {str(case): case for case in CASES}


def stride_and_offset(text: str) -> tuple[int, int]:
    """Read the variable FAULTS where it is a number; ValueError when it is none of the forms above."""
    found = _FAULTS.fullmatch(text)
    if found is None or not int(found[1]):
        raise ValueError(
            f"FAULTS is '{text}'; it is 'all', 'single', 'double', a number above 0, such a number and an offset: 40+7,"
            " or a regular expression between slashes"
        )
    stride = int(found[1])
    return stride, (_OFFSET if found[2] is None else int(found[2])) % stride


def chosen(text: str) -> tuple[Case, ...]:
    """The cases that the variable FAULTS asks for."""
    if not text:
        mixed = sorted(CASES, key=_by_chance)
        single, double = ([case for case in mixed if case.is_double is wanted] for wanted in (False, True))
        first = {*single[:SAMPLE], *double[:DOUBLES]}
        return tuple(case for case in CASES if case in first)
    if text in _GROUPS:
        return tuple(case for case in CASES if case.is_double in _GROUPS[text])
    if len(text) > 2 and text[0] == text[-1] == "/":
        return tuple(case for case in CASES if re.search(text[1:-1], str(case)))
    stride, offset = stride_and_offset(text)
    return CASES[offset::stride]


def _by_chance(case: Case) -> str:
    return hashlib.sha256(f"{_SALT}{case}".encode()).hexdigest()


def job_and_fault(case: str) -> tuple[str, str]:
    """The job of a case by its name, and the fault with how it strikes."""
    found = _BY_NAME[case]
    return found.way.name, f"{found.strike.fault} {found.strike.how.value}".strip()


def is_double(case: str) -> bool:
    """Whether a case is a double fault, by its name."""
    return _BY_NAME[case].is_double


def of_any_release(case: str) -> str:
    """What is the same on each release: job, step and strike of a case, by its name."""
    found = _BY_NAME[case]
    return f"{found.way.name}, {found.strike}"
