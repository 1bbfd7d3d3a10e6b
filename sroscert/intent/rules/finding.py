"""A finding: a doubt and where in a router's scope it belongs."""

from __future__ import annotations

from dataclasses import dataclass

from sroscert.errors import Grade
from sroscert.intent.catalogue import grade_of

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """``message`` is the reason, ``suggestion`` the fix; the grade belongs to the code."""

    code: str
    message: str
    loc: Loc
    suggestion: str = ""

    @property
    def severity(self) -> Grade:
        """How much it weighs."""
        return grade_of(self.code)
