"""What an event passes to a CLI script that it sets off: `$eventid`, `$subject` and the objects of the MIB.

System Management Guide, "EHS configuration and variables" and "Triggering a CLI script from EHS". Owns names, values,
and where in a line they are replaced; variables of a script's own are flow.py's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..core import LoggedEvent
from ..statetree import time_text

_VARIABLE = re.compile(r"\$([A-Za-z]\w*)")
_PIECE = re.compile(rf"\"[^\"]*\"|'[^']*'|{_VARIABLE.pattern}")


def passed_in(event: LoggedEvent | None) -> Mapping[str, str]:
    """The variables of an event by name; none without one. The sequence number is not among them, as the guide says."""
    if event is None:
        return {}
    said = event.event
    return {
        **dict(said.parameters), "appid": event.application, "name": said.name, "eventid": str(said.number),
        "severity": said.severity, "subject": said.subject, "gentime": time_text(event.time),
    }


def expanded(line: str, variables: Mapping[str, str]) -> str:
    """The line with its variables replaced, but in single quotes.

    ASSUMPTION: what names none stays as it is, and both engines replace them.
    """

    def replaced(piece: re.Match[str]) -> str:
        text = piece[0]
        return text if text.startswith("'") else _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)

    return _PIECE.sub(replaced, line)
