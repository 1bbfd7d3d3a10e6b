"""Classic configuration behind `//` in `md-cli-raw-command`: `//configure …` and `//admin display-config`.

Owns which lines these are and the form of a failure. Every other line is the behaviour's. Evidence: such a line is one
of the MD-CLI, whose `//` runs one classic command. ASSUMPTION: that this holds for configuration too, that a line is
read from the root, and that one which is refused is an rpc-error.
"""

from __future__ import annotations

from ..core import RouterCore
from ..engines import CLASSIC, MD, authorised_engines
from ..errors import CommandFailed
from ..sessions import Session
from .classic.engine import ClassicEngine

_REFUSED = ("MINOR:", "MAJOR:", "Error:")
_SHORTEST = len("conf")


def is_classic_configuration(line: str) -> bool:
    """Whether a raw command is a line of classic configuration, or shows the whole of it."""
    text = line.strip()
    words = text[2:].lstrip("/").split() if text.startswith("//") else []
    if words[:2] == ["admin", "display-config"]:
        return True
    return bool(words) and len(words[0]) >= _SHORTEST and "configure".startswith(words[0])


def run_classic(core: RouterCore, session: Session, line: str) -> str:
    """What the line prints; CommandFailed when it is refused, RPCFailed when the models refuse it."""
    if not {MD, CLASSIC} <= set(authorised_engines(core.running())):
        raise CommandFailed("MINOR: CLI #2053 Switching CLI engine is not authorized")
    printed = ClassicEngine(core, session).run_once(line.strip()[2:]).text
    head, _, last = printed.rstrip("\n").rpartition("\n")
    if last.startswith(_REFUSED):
        raise CommandFailed(last, output=f"{head}\n" if head else "")
    return printed
