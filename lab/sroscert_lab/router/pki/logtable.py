"""`show log log-id`, in the form of the tutorial's transcripts. Owns the form; what is in a log is logs.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core import LoggedEvent
from .tables import DOUBLE

_NONE = "(Not Specified)"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a log says of itself. `named`: the release's models name logs (their key was a number before)."""

    log: str
    named: bool
    description: str = ""
    memory: bool = False
    size: int = 500


def log_table(heading: Heading, events: Sequence[LoggedEvent]) -> str:
    """The newest events first, as many as the log holds; `next event` counts on from the last one."""
    # ASSUMPTION: `log-name` comes with the models that name logs; one transcript has it (21.2), the other has not.
    name = f" log-name {heading.log}" if heading.named else ""
    contents = "Memory Log contents" if heading.memory else "Log contents"
    following = events[-1].sequence + 1 if events else 1
    wrapped = "wrapped" if len(events) > heading.size else "not wrapped"
    lines = [
        "", DOUBLE, f"Event Log {heading.log}{name}", DOUBLE, f"Description : {heading.description or _NONE}",
        f"{contents}  [size={heading.size}   next event={following}  ({wrapped})]",
    ]
    for entry in reversed(events[-heading.size :]):
        stamp = f"{entry.time:%Y/%m/%d %H:%M:%S}.{entry.time.microsecond // 1000:03d} UTC"
        event = entry.event
        head = f"{entry.sequence} {stamp} {event.severity.upper()}: {entry.application} #{event.number}"
        lines += ["", f"{head} Base {event.subject}", f'"{event.text}"']
    return "\n".join([*lines, ""])
