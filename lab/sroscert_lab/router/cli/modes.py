"""The configuration mode of one MD-CLI session: entering, leaving, its candidate, commit and confirmed commit.

Owns the messages of the modes and what they do to the datastores. Texts with a source: facts/sros-mgmt.md §4.4; the
others are marked. Every method may raise RPCFailed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from ..core import RouterCore
from ..errors import RPCFailed, failed
from ..reading import hide
from ..sessions import Session
from .answers import Answer, Question, is_yes, lines
from .operational import lost
from .owners import complete
from .prompts import ModeMark

EXCLUSIVE, GLOBAL, PRIVATE, READ_ONLY = "exclusive", "global", "private", "read-only"
_LETTERS = {EXCLUSIVE: "ex", GLOBAL: "gl", PRIVATE: "pr", READ_ONLY: "ro"}
_DISCARDED = "INFO: CLI #2061: Uncommitted changes are discarded on configuration mode exit"
_ENTERING = {
    EXCLUSIVE: ("INFO: CLI #2060: Entering exclusive configuration mode", _DISCARDED),
    GLOBAL: ("INFO: CLI #2054: Entering global configuration mode",),
    PRIVATE: ("INFO: CLI #2070: Entering private configuration mode", _DISCARDED),
    READ_ONLY: ("INFO: CLI #2066: Entering read-only configuration mode",),
}
_EXITING = {
    # ASSUMPTION: the numbers 2064 and 2067; the words follow those of the other modes.
    EXCLUSIVE: "INFO: CLI #2064: Exiting exclusive configuration mode",
    GLOBAL: "INFO: CLI #2056: Exiting global configuration mode",
    PRIVATE: "INFO: CLI #2074: Exiting private configuration mode",
    READ_ONLY: "INFO: CLI #2067: Exiting read-only configuration mode",
}
_UNCOMMITTED = {
    # ASSUMPTION: the number for exclusive mode.
    EXCLUSIVE: "INFO: CLI #2063",
    PRIVATE: "INFO: CLI #2071",
}
OPERATIONAL = "MINOR: CLI #2069: Operation not allowed - currently in operational mode"
# ASSUMPTION: the words; the number is that of the other direction.
CONFIGURING = "MINOR: CLI #2069: Operation not allowed - currently in configuration mode"
# ASSUMPTION: the words.
NOT_WRITABLE = "MINOR: CLI #2069: Operation not allowed - currently in read-only configuration mode"
SAVE_FAILED = 'MAJOR: CLI #2009: Configuration save failed - write file "cf3:\\config.cfg"'
_DEFAULT_MINUTES = 10
_MAX_MINUTES = 10080
#: A confirmed commit at the CLI outlives its session, and any CLI session may confirm it.
# ASSUMPTION: that it does; over NETCONF one without `persist` ends with its session.
_PERSIST = "md-cli"


@dataclass(slots=True)
class ConfigurationMode:
    """The mode that a session is in; none at first.

    Attributes:
        name: one of the four, empty in operational mode.
        implicit: entered by `configure <mode>`, left with its context.
    """

    core: RouterCore
    session: Session
    name: str = ""
    implicit: bool = False

    def mark(self) -> ModeMark:
        """What the prompt shows."""
        if not self.name:
            return ModeMark()
        writable = self.name != READ_ONLY
        stores = self.core.datastores
        return ModeMark(
            _LETTERS[self.name],
            self.implicit,
            changed=writable and stores.is_changed(self.session),
            stale=writable and stores.is_stale(self.session),
        )

    def enter(self, name: str, *, implicit: bool) -> Answer:
        """Enter a mode; refused while another session holds what it needs."""
        if self.name:
            return lines(CONFIGURING)
        stores = self.core.datastores
        if name == EXCLUSIVE:
            stores.lock(self.session, "candidate")
        elif name != READ_ONLY:
            stores.check_access(self.session)
            self.session.private = name == PRIVATE
        self.name, self.implicit = name, implicit
        self.session.mode = name
        return lines(*_ENTERING[name], *self._others())

    def _others(self) -> tuple[str, ...]:
        """What is said of others who configure, to whom enters global or private mode."""
        modes = [item.mode for item in self.core.sessions.all() if item is not self.session and item.mode]
        # ASSUMPTION: read-only sessions count as other configuration sessions, and NETCONF's do not.
        if self.name == GLOBAL and GLOBAL in modes:
            return ("INFO: CLI #2075: Other global configuration sessions are active",)
        if self.name == PRIVATE and modes:
            return ("INFO: CLI #2079: Other configuration sessions are active",)
        return ()

    def leave(self) -> Answer:
        """Leave the mode; asks first when that throws changes away."""
        if not self.name:
            return lines(OPERATIONAL)
        if self.name in _UNCOMMITTED and self.core.datastores.is_changed(self.session):
            text = (
                f"{_UNCOMMITTED[self.name]}: Uncommitted changes are present in the candidate configuration. "
                f"Exiting {self.name} configuration mode will discard those changes.\n"
            )
            return Answer(text, Question("Discard uncommitted changes? [y,n] ", self._discarding))
        return lines(self._end())

    def _discarding(self, reply: str) -> Answer:
        if not is_yes(reply) or not self.name:
            return Answer()
        name = self.name
        warning = f"WARNING: CLI #2073: Exiting {name} configuration mode - uncommitted changes are discarded"
        return lines(warning, self._end())

    def _end(self) -> str:
        name, self.name, self.implicit = self.name, "", False
        self.session.mode = ""
        stores = self.core.datastores
        if name == EXCLUSIVE:
            stores.unlock(self.session, "candidate")
        elif name == PRIVATE:
            stores.leave_private(self.session)
        return _EXITING[name]

    def close(self) -> None:
        """The session is over: changes of exclusive and private mode are gone, a lock is free."""
        if self.name:
            self._end()

    # --- the candidate ------------------------------------------------------------------------------------------------

    def edit(self, config: etree._Element) -> None:
        """Put an edit into the candidate."""
        for top in config:
            complete(top, self.core.datastores.candidate_copy(self.session), self.core.schema.roots["configure"])
        self.core.datastores.edit(self.session, config, "merge")

    def shown(self, source: str = "candidate") -> etree._Element:
        """Candidate or running with secrets as the router shows them."""
        stores = self.core.datastores
        running = source == "running" or not self.name
        tree = stores.running_copy() if running else stores.candidate_copy(self.session)
        hide(tree, self.core.schema.roots["configure"], self.core.secrets)
        return tree

    def refusal(self) -> str:
        """Why nothing can be changed now; empty when it can."""
        if not self.name:
            return OPERATIONAL
        return NOT_WRITABLE if self.name == READ_ONLY else ""

    def discard(self) -> Answer:
        """`discard`."""
        self.core.datastores.discard(self.session)
        return Answer()

    def validate(self) -> Answer:
        """`validate`."""
        self.core.datastores.validate(self.session)
        return Answer()

    def commit(self, words: list[str]) -> Answer:
        """As `_commit`, unless the router was told to lose the session then."""
        faults = self.core.faults
        if faults.take("drop-before-commit"):
            return lost(self.session)
        answer = self._commit(words)
        return lost(self.session) if faults.take("drop-before-commit-reply") else answer

    def _commit(self, words: list[str]) -> Answer:
        """`commit`, `commit confirmed [minutes]`, `commit confirmed accept|cancel`, with or without `comment`."""
        stores = self.core.datastores
        if words[:2] == ["confirmed", "cancel"]:
            stores.cancel(self.session, _PERSIST)
            return lines("INFO: CLI #2096: Commit confirmed - canceled - automatic rollback of changes")
        accepts = words[:2] == ["confirmed", "accept"] or not words
        pending = stores.pending is not None
        timeout_s = 0 if accepts else _minutes(words) * 60
        persist_id = _PERSIST if pending else ""
        try:
            stores.commit(
                self.session,
                confirmed=timeout_s > 0,
                timeout_s=timeout_s or 1,
                persist=_PERSIST if timeout_s else "",
                persist_id=persist_id,
            )
        except OSError:
            return lines(SAVE_FAILED)
        if timeout_s:
            return lines(f"INFO: CLI #2090: Commit confirmed - automatic rollback in {_left(timeout_s - 1)}")
        if pending:
            return lines("INFO: CLI #2092: Commit confirmed - accepted - automatic rollback canceled")
        return Answer()


def _minutes(words: list[str]) -> int:
    """The minutes of `confirmed [n]`, 0 for a plain commit with a comment; RPCFailed for anything else."""
    rest = list(words)
    minutes = 0
    if rest[:1] == ["confirmed"]:
        rest.pop(0)
        minutes = _DEFAULT_MINUTES
        if rest and rest[0].isascii() and rest[0].isdigit():
            minutes = int(rest.pop(0))
            if not 1 <= minutes <= _MAX_MINUTES:
                raise failed("MINOR: MGMT_CORE #2301: Invalid element value - out of range")
    if rest[:1] == ["comment"] and len(rest) == 2:
        return minutes
    if rest:
        raise _unknown(rest[0])
    return minutes


def _left(seconds: int) -> str:
    """The time that is left, as in the transcript of ten minutes: `9 minutes 59 seconds`."""
    # ASSUMPTION: hours and days are counted in minutes, and what is none is left out.
    parts = ((seconds // 60, "minute"), (seconds % 60, "second"))
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count)


def _unknown(word: str) -> RPCFailed:
    return failed(f"MINOR: MGMT_CORE #2201: Unknown element - '{word}'")
