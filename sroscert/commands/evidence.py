"""What the words of a router mean, as one table a backend: the text, its meaning, and where that was seen.

Pure data, read by ``replies``. A text that no row covers has no meaning here, and an outcome is never made of it. A
row that no transcript, model or published code shows says ASSUMPTION in its source.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sroscert.commands import operations as op

Outcome = Literal["done", "failed", "pending", "unknown"]


class Meaning(enum.Enum):
    """What a line of a router's answer tells."""

    ERROR = "error"
    """The router refused the command, or gave it up."""
    ENGINE = "engine"
    """The command needs the other CLI engine, which is not allowed; nothing was begun."""
    QUESTION = "question"
    """The router asks for a yes; without one nothing is done."""
    NOISE = "noise"
    """Told beside the answer; tells nothing of the outcome."""
    CA_ANSWER = "ca-answer"
    """The CA's answer, in the first group."""
    RESULT = "result"
    """One leaf of an action's results: its name and value in the two groups."""
    DONE = "done"
    """The operation succeeded."""
    COUNTED = "counted"
    """How many echo requests were sent and how many answers came, in the two groups."""
    NO_WAY = "no-way"
    """No echo request could be sent: the router knows no way."""
    ABSENT = "absent"
    """The file or folder does not exist."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text of a CLI, by a pattern that is looked for line by line. No ``operations`` means all of them."""

    meaning: Meaning
    pattern: re.Pattern[str]
    source: str
    operations: tuple[type, ...] = ()


def _row(meaning: Meaning, pattern: str, source: str, *operations: type) -> Row:
    return Row(meaning, re.compile(pattern, re.MULTILINE), source, operations)


TEXTS: tuple[Row, ...] = (
    _row(
        Meaning.ENGINE, r"^ *MINOR: CLI #2053:? .*",
        "Nokia MD-CLI guide 22.10 and 24.7, switching between engines: Switching CLI engine is not authorized",
    ),
    _row(
        Meaning.ERROR, r"^ *(?:MINOR|MAJOR|CRITICAL|ERROR): .*",
        "Nokia guide, error reporting; transcripts of 24 to 26: MINOR: MGMT_AGENT #2007: Operation failed - …",
    ),
    _row(Meaning.ERROR, r"^ *Error: .*", "Nokia guide, classic command prompt: Error: Bad command."),
    _row(
        Meaning.QUESTION, r"(?:\((?:y/n|Y/N)\)|\[y(?:,n|/n)\])\??:? *$",
        "transcript of MD-CLI: Discard uncommitted changes? [y,n]; Nokia file guide, classic: Are you sure (y/n)?",
    ),
    _row(
        Meaning.NOISE, r"^INFO: CLI #(?:2050|2051|2052):? .*$",
        "Nokia MD-CLI guide: told on a change of engine for a line with //; #2050 from 24.x",
    ),
    _row(
        Meaning.NOISE, r"^Processing request\.+\s*$",
        "tutorial transcript, 21.2: the first of two lines of an initial registration",
    ),
    _row(
        Meaning.CA_ANSWER, r"^Received '([A-Za-z-]+)'\.?\s*$",
        "tutorial transcript, 21.2: Received 'accepted'. ASSUMPTION: other answers have this form, by the MIB's names",
        *op.CMP_OPERATIONS,
    ),
    _row(
        Meaning.RESULT, r"^\s*(transaction-status(?:-code)?)\s+([a-z-]+)\s*$",
        "ASSUMPTION: MD-CLI prints the results of an action leaf by leaf, by the names of nokia-oper-admin",
        *op.CMP_OPERATIONS,
    ),
    _row(
        Meaning.DONE, r"^Completed\.\s*\Z",
        "ASSUMPTION: the last line of admin save, where it prints anything; over NETCONF it is seen to answer <ok/>",
        op.SaveConfiguration,
    ),
    _row(
        Meaning.DONE, r"^Saving configuration .*(?:OK|Completed)\.?\s*\Z",
        "ASSUMPTION: the last line of admin save in the classic engine", op.SaveConfiguration,
    ),
    _row(
        Meaning.DONE, r"^Deleting file .* \.\.\. OK\.?\s*\Z",
        "ASSUMPTION: the classic engine tells of each file that it deletes", op.RemoveFile,
    ),
    _row(
        Meaning.DONE, r"^ *1 files? copied\.?\s*\Z",
        "ASSUMPTION: the last line of a copy; Nokia's file guide has it for the classic engine", op.CopyFile,
    ),
    _row(
        Meaning.COUNTED, r"^(\d+) packets? transmitted, (\d+) packets? received, .*$",
        "public transcripts of ping in both engines, answered and not: 5 packets transmitted, 5 packets received, …",
        op.Ping,
    ),
    _row(
        Meaning.NO_WAY, r"^No route to destination\..*$",
        "public transcript of the classic engine: No route to destination. Address: 4.4.4.4, Router: Base", op.Ping,
    ),
    _row(
        Meaning.ABSENT, r"^.*[Ff]ile [Nn]ot [Ff]ound\.?\s*$",
        "netmiko's nokia_sros driver looks for it, in both engines. ASSUMPTION: a folder that is not there says it too",
        op.ListFiles,
    ),
)
"""What command lines print, by md-cli-raw-command and in a CLI session of either engine."""

SILENT: Mapping[type, str] = {
    op.GenerateKeypair: "tutorial transcript, 21.2",
    op.ImportFile: "tutorial transcript, 21.2",
    op.Reload: "tutorial transcript, 21.2",
    op.RemoveFile: "public MD-CLI transcripts",
    op.SaveConfiguration: "public code of NETCONF clients: <ok/>",
    op.ClearRequest: "ASSUMPTION: as the other commands of the group",
    op.ExportFile: "ASSUMPTION: as import; whether the file is there is seen",
    op.GenerateCSR: "ASSUMPTION: as gen-keypair; whether the file is there is seen",
    op.CopyFile: "ASSUMPTION: as remove; whether the file is there is seen",
}
"""The operations whose success prints nothing. ASSUMPTION: so it is in every release, not only in the one seen.

What asks a server (EST, crl-update, update-certificate) is not here: silence there proves nothing.
"""

CA_ANSWERS: Mapping[str, Outcome] = {
    "accepted": "done",
    "granted-with-mods": "done",
    "waiting": "pending",
    "rejection": "failed",
}
"""nokia-types-security, cmpv2-transaction-status-code; RFC 9810 section 5.2.3. The other codes of it settle nothing."""

OPERATION_STATUS: Mapping[str, Outcome] = {"completed": "done", "terminated-incomplete": "failed"}
"""nokia-types-operation, operation-status. ``in-progress`` is none of an answer that was waited for."""

_NOT_GRANTED = (
    "", "none", "rejection", "waiting", "revocation-warning", "revocation-notification", "key-update-warning",
)
TRANSACTION: Mapping[tuple[str, str], Outcome] = {
    **{("processed", code): outcome for code, outcome in CA_ANSWERS.items()},
    **{("in-progress", code): "pending" for code in ("", "none", "waiting")},
    **{("failed", code): "failed" for code in _NOT_GRANTED},
}
"""The two leaves of a CMPv2 action's results, cmpv2-transaction-status and its code (nokia-types-security): both must
be known and agree. A failed transaction with a granted code is a contradiction, and no row."""


def rows(meaning: Meaning, operation: op.Operation | None = None) -> tuple[Row, ...]:
    """Return the rows of a meaning that apply to an operation."""
    return tuple(
        row for row in TEXTS
        if row.meaning is meaning and (not row.operations or isinstance(operation, row.operations))
    )


def says(meaning: Meaning, text: str, operation: op.Operation | None = None) -> bool:
    """Tell whether a text has a line of this meaning."""
    return any(row.pattern.search(text) for row in rows(meaning, operation))
