"""Running, candidate and start-up configuration of a router: locks, commits, confirmed commits, roll-back, saving.

Owns which configuration is in force and who may change it. Does not own how an edit is made (edit.py) or judged
(validation.py, the behaviour). Every method may be called from any thread; one lock orders them.

Sources: System Management Guide (datastores, lock, unlock, commit), RFC 6241 §8.3 and §8.4, MD-CLI User Guide (texts).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree

from .authorization import Rights, denial
from .commitscript import run_before_commit
from .configchecks import check
from .edit import apply_edit
from .errors import ConfigError, RPCError, RPCFailed, as_said, failed, from_config_errors
from .mgmtevents import ConfigChanged
from .reading import hide
from .sessions import Session
from .tree import copy_of, new_root, put, read_tree, same, write_tree
from .validation import validate

if TYPE_CHECKING:
    from .core import RouterCore

LOCK_REFUSED = (
    "MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable - model-driven interface editing global candidate"
)
EDIT_REFUSED = (
    "MINOR: MGMT_CORE #2051: Global datastore access unavailable - the MD-CLI has exclusive lock on configuration"
)
# ASSUMPTION: the text when NETCONF, not the MD-CLI, holds the lock.
EDIT_REFUSED_NETCONF = (
    "MINOR: MGMT_CORE #2051: Global datastore access unavailable - NETCONF has exclusive lock on configuration"
)
CONFLICT = "MINOR: MGMT_CORE #2703: Commit canceled - conflicts detected - use update"
# ASSUMPTION: number and text; no public transcript of another session's commit while one waits for its confirmation.
PENDING_ELSEWHERE = "MINOR: MGMT_CORE #2060: Commit not allowed - confirmed commit of another session is pending"
#: RFC 6241 §8.4.1; SR OS gives it as `confirm-timeout` seconds as well.
DEFAULT_CONFIRM_TIMEOUT_S = 600
OPERATOR = "operator"
_AUTO_SAVE = {
    "netconf": ("system", "management-interface", "netconf", "auto-config-save"),
    "cli": ("system", "management-interface", "cli", "md-cli", "auto-config-save"),
    "grpc": ("system", "grpc", "gnmi", "auto-config-save"),
}


@dataclass(slots=True, eq=False)
class Pending:
    """A confirmed commit that waits for its confirmation."""

    session: Session
    before: etree._Element
    persist: str
    timer: threading.Timer


class Datastores:
    """The three datastores of one router."""

    def __init__(self, core: RouterCore, initial: etree._Element) -> None:
        self._core = core
        self._lock = threading.RLock()
        self._startup_file = core.folder / "startup.xml"
        self._running = read_tree(self._startup_file) if self._startup_file.exists() else initial
        self._startup = copy_of(self._running)
        self._candidate: etree._Element | None = None
        self._version = 0
        self._saved_version = 0
        self._editors: set[int] = set()
        self._locks: dict[str, Session] = {}
        self._foreign_lock = False
        self._pending: Pending | None = None
        self._last: tuple[str, datetime] | None = None
        self._saved_at: datetime | None = None
        core.faults.watch(self._fault_changed)

    # --- reading ------------------------------------------------------------------------------------------------------

    def running_copy(self) -> etree._Element:
        """The configuration in force, which is the new one while a confirmed commit is pending."""
        with self._lock:
            return copy_of(self._running)

    def candidate_copy(self, session: Session) -> etree._Element:
        """The candidate as this session sees it."""
        with self._lock:
            return copy_of(self._own_candidate(session))

    def startup_copy(self) -> etree._Element:
        """What the next boot loads."""
        with self._lock:
            return copy_of(self._startup)

    @property
    def is_dirty(self) -> bool:
        """Whether the global candidate holds uncommitted changes."""
        with self._lock:
            return self._candidate is not None and not same(self._candidate, self._running)

    @property
    def is_unsaved(self) -> bool:
        """`changes-since-last-save` of running."""
        with self._lock:
            return not same(self._running, self._startup)

    @property
    def was_changed(self) -> bool:
        """Whether running was changed since it was saved, though it may be the same again."""
        with self._lock:
            return self._version != self._saved_version

    def is_changed(self, session: Session) -> bool:
        """Whether the candidate that a session edits holds uncommitted changes."""
        with self._lock:
            return not same(self._own_candidate(session), self._running)

    def is_stale(self, session: Session) -> bool:
        """Whether a session's private candidate was made before the last change of running."""
        with self._lock:
            return session.private and session.candidate is not None and session.candidate_base != self._version

    def is_locked(self, datastore: str) -> bool:
        """`locked` of a datastore."""
        with self._lock:
            return datastore in self._locks or (self._foreign_lock and datastore == "candidate")

    def locks_of(self, session: Session) -> tuple[str, ...]:
        """Names of the datastores that a session has locked."""
        with self._lock:
            return tuple(name for name, holder in self._locks.items() if holder is session)

    @property
    def last_change(self) -> tuple[str, datetime] | None:
        """User and time of the last commit."""
        with self._lock:
            return self._last

    @property
    def saved_at(self) -> datetime | None:
        """When the configuration was last saved."""
        with self._lock:
            return self._saved_at

    @property
    def pending(self) -> Pending | None:
        """The confirmed commit that waits, if there is one."""
        with self._lock:
            return self._pending

    # --- locks --------------------------------------------------------------------------------------------------------

    def lock(self, session: Session, datastore: str) -> None:
        """Take the exclusive lock of `candidate` or `running`; RPCFailed (lock-denied) when it cannot be had."""
        with self._lock:
            self._break_locks(session)
            holder = self._locks.get(datastore)
            if holder is not None:
                raise _lock_denied(holder.id)
            others = self._editors - {session.id}
            if datastore == "candidate" and (self._foreign_lock or self.is_dirty or others):
                raise _lock_denied(next(iter(others), 0))
            if datastore == "running" and others:
                # An edit holds an implicit lock of running until commit or discard (guide, "edit-config").
                raise _lock_denied(next(iter(others)))
            if self._pending is not None and self._pending.session is not session:
                # ASSUMPTION: no lock while another session's confirmed commit is pending (RFC 6241 §7.5 asks for it).
                raise _lock_denied(self._pending.session.id)
            self._locks[datastore] = session

    def unlock(self, session: Session, datastore: str) -> None:
        """Give a lock back; unlocking the candidate discards its changes. RPCFailed when it is not held."""
        with self._lock:
            if self._locks.get(datastore) is not session:
                # ASSUMPTION: text and number.
                raise failed("MINOR: MGMT_CORE #2053: Datastore is not locked by this session")
            del self._locks[datastore]
            if datastore == "candidate":
                self._discard(session)

    def set_foreign_lock(self, held: bool) -> None:
        """Somebody at the MD-CLI takes or leaves exclusive mode."""
        with self._lock:
            self._foreign_lock = held

    # --- editing ------------------------------------------------------------------------------------------------------

    def edit(self, session: Session, config: etree._Element, default_operation: str) -> None:
        """Apply an edit-config to the session's candidate; RPCFailed with everything that is wrong."""
        with self._lock:
            self._may_write(session)
            denied = Rights(self._running, session.user).refused_edit(config, self._core.schema.roots["configure"])
            if denied is not None:
                raise failed(denial(denied[1]), "access-denied", path=denied[0])
            base = self._own_candidate(session)
            changed = apply_edit(base, config, self._core.schema, self._core.secrets, default_operation)
            if session.private:
                session.candidate = changed
            else:
                self._candidate = changed
                self._editors.add(session.id)

    def check_access(self, session: Session) -> None:
        """RPCFailed when another session holds the lock of a datastore."""
        with self._lock:
            self._may_write(session)

    def leave_private(self, session: Session) -> None:
        """A session gives its private candidate up."""
        with self._lock:
            session.private, session.candidate = False, None

    def discard(self, session: Session) -> None:
        """Throw the session's uncommitted changes away (the global candidate's, whoever made them)."""
        with self._lock:
            self._may_write(session)
            self._discard(session)

    def validate(self, session: Session, source: str = "candidate") -> None:
        """RPCFailed with every error of the candidate, or of running."""
        with self._lock:
            tree = self._running if source == "running" else self._own_candidate(session)
            self._raise_findings(tree)

    def validate_inline(self, config: etree._Element) -> None:
        """RPCFailed with every error of a whole configuration that is in no datastore."""
        with self._lock:
            empty = new_root("configure")
            self._raise_findings(apply_edit(empty, config, self._core.schema, self._core.secrets))

    # --- committing ---------------------------------------------------------------------------------------------------

    def commit(
        self,
        session: Session,
        *,
        confirmed: bool = False,
        timeout_s: int = DEFAULT_CONFIRM_TIMEOUT_S,
        persist: str = "",
        persist_id: str = "",
    ) -> None:
        """Put the candidate in force, or confirm the pending commit; all or nothing.

        Args:
            session: who commits.
            confirmed: roll back after `timeout_s` unless a further commit confirms.
            timeout_s: seconds of real time.
            persist: name under which any session may confirm.
            persist_id: that name, given back.
        """
        with self._lock:
            self._may_write(session)
            pending = self._pending
            if pending is not None and pending.session is not session and pending.persist != (persist_id or None):
                raise failed(PENDING_ELSEWHERE, "in-use")
            if persist_id and (pending is None or pending.persist != persist_id):
                raise failed("MINOR: MGMT_CORE #2301: Invalid element value - persist-id", "invalid-value")
            candidate = self._own_candidate(session)
            if session.private and session.candidate is not None and session.candidate_base != self._version:
                # ASSUMPTION: any change of running since the private candidate was made is a conflict.
                raise failed(CONFLICT)
            changed = not same(candidate, self._running)
            if changed:
                self._raise_findings(candidate)
                run_before_commit(self._core, self._running, session)
            before = pending.before if pending is not None else self._running
            self._end_pending()
            if changed:
                self._put_in_force(copy_of(candidate), session.user)
            self._discard(session)
            if confirmed:
                self._await_confirmation(session, before, timeout_s, persist)
            elif self._saves_itself(session.kind):
                self.save()

    def cancel(self, session: Session, persist_id: str = "") -> None:
        """Roll the pending confirmed commit back; RPCFailed when there is none of this session's."""
        with self._lock:
            pending = self._pending
            if pending is None or (pending.session is not session and pending.persist != (persist_id or None)):
                # ASSUMPTION: text and number.
                raise failed("MINOR: MGMT_CORE #2061: No confirmed commit of this session is pending")
            self._roll_back(pending)

    def operator_change(self, config: etree._Element, user: str = OPERATOR) -> None:
        """An operator at the CLI changes and commits, in a private candidate; RPCFailed when it is wrong or locked."""
        with self._lock:
            if self._locks or self._foreign_lock:
                raise failed(EDIT_REFUSED_NETCONF, "lock-denied")
            changed = apply_edit(self._running, config, self._core.schema, self._core.secrets)
            self._raise_findings(changed)
            self._put_in_force(changed, user)

    def change(
        self, session: Session, made: Callable[[etree._Element], etree._Element], *, timeout_s: int = 0,
        persist: str = "",
    ) -> None:
        """One line of the classic CLI, or its candidate, put in force; RPCFailed for what is wrong, or is another's.

        ASSUMPTION: changes that wait in the global candidate keep the classic CLI out: MGMT_CORE #2052 says so of an
        interface that is not model-driven.

        Args:
            session: whose line it is.
            made: makes the new configuration of a copy of running; may raise RPCFailed.
            timeout_s: roll back after these seconds unless it is confirmed; 0 for never.
            persist: the name to confirm it by.
        """
        with self._lock:
            self._may_write(session)
            if self.is_dirty or self._editors - {session.id}:
                raise failed(LOCK_REFUSED, "lock-denied")
            if timeout_s and self._pending is not None:
                raise failed(PENDING_ELSEWHERE, "in-use")
            before = self._running
            changed = made(copy_of(before))
            if not same(changed, before):
                self._raise_findings(changed)
                self._put_in_force(changed, session.user)
            if timeout_s:
                self._await_confirmation(session, before, timeout_s, persist)

    def confirm(self, persist: str) -> bool:
        """Keep what waits for its confirmation under that name; False when nothing does."""
        with self._lock:
            waits = self._pending is not None and self._pending.persist == persist
            if waits:
                self._end_pending()
            return waits

    def save(self) -> None:
        r"""Running becomes the start-up configuration. OSError when cf3:\config.cfg cannot be written."""
        with self._lock:
            if self._core.faults.take("save-lost"):
                return
            shown = copy_of(self._running)
            hide(shown, self._core.schema.roots["configure"], self._core.secrets)
            text = etree.tostring(shown, pretty_print=True)
            # ASSUMPTION: the file's content; a real one is MD-CLI text.
            self._core.flash.write("cf3:\\config.cfg", b"# TiMOS saved configuration\n" + text)
            self._startup = copy_of(self._running)
            self._saved_version = self._version
            write_tree(self._startup_file, self._startup)
            self._saved_at = self._core.clock()

    # --- life ---------------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start with the start-up configuration; locks, candidates and pending commits are gone."""
        with self._lock:
            self._end_pending()
            self._locks.clear()
            self._editors.clear()
            self._candidate = None
            self._running = copy_of(self._startup)
            self._version += 1
            self._saved_version = self._version
            self._core.running_changed(copy_of(self._running))

    def session_ended(self, session: Session) -> None:
        """A session is gone: a pending commit without persist is rolled back, locks are released."""
        with self._lock:
            pending = self._pending
            if pending is not None and pending.session is session and not pending.persist:
                self._roll_back(pending)
            for datastore in [name for name, holder in self._locks.items() if holder is session]:
                del self._locks[datastore]
                if datastore == "candidate":
                    self._discard(session)
            session.candidate = None

    def close(self) -> None:
        """Stop the timer; nothing is rolled back."""
        with self._lock:
            self._end_pending()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _own_candidate(self, session: Session) -> etree._Element:
        if session.private:
            return self._running if session.candidate is None else session.candidate
        return self._running if self._candidate is None else self._candidate

    def _break_locks(self, session: Session) -> None:
        """What a script with `lock-override` does (YANG: it may break an explicit lock).

        ASSUMPTION: what the holder has not committed is gone, and nobody tells him.
        """
        if not session.breaks_locks:
            return
        self._foreign_lock = False
        for datastore in [name for name, holder in self._locks.items() if holder is not session]:
            del self._locks[datastore]
            if datastore == "candidate":
                self._candidate = None
                self._editors.clear()

    def _may_write(self, session: Session) -> None:
        self._break_locks(session)
        if self._foreign_lock:
            raise failed(EDIT_REFUSED, "lock-denied")
        for holder in self._locks.values():
            if holder is not session:
                raise failed(EDIT_REFUSED if holder.kind == "cli" else EDIT_REFUSED_NETCONF, "lock-denied")
        if session.private and session.candidate is None:
            session.candidate_base = self._version

    def _discard(self, session: Session) -> None:
        if session.private:
            session.candidate = None
        else:
            self._candidate = None
            self._editors.clear()

    def _raise_findings(self, tree: etree._Element) -> None:
        findings: list[ConfigError] = validate(tree, self._core.schema)
        if not findings:
            findings = [*check(tree), *self._core.behaviour.check(copy_of(tree))]
        refusal = self._core.faults.strike("commit-refused")
        if refusal is not None:
            if said := as_said(refusal):
                raise RPCFailed(*from_config_errors(findings).errors, *said)
            text = refusal or "refused by an application"
            findings.append(ConfigError("/configure/system", "MGMT_CORE #4001", text))
        if any(item.severity == "error" for item in findings):
            raise from_config_errors(findings)

    def _put_in_force(self, tree: etree._Element, user: str) -> None:
        self._running = tree
        self._version += 1
        self._last = (user, self._core.clock())
        self._core.record(ConfigChanged(f"Configuration was changed by {user}."), "MGMT_CORE")
        self._core.running_changed(copy_of(tree))

    def _await_confirmation(self, session: Session, before: etree._Element, timeout_s: int, persist: str) -> None:
        timer = threading.Timer(timeout_s, self._timed_out)
        timer.daemon = True
        self._pending = Pending(session, before, persist, timer)
        timer.start()

    def _timed_out(self) -> None:
        with self._lock:
            pending = self._pending
            if pending is not None and pending.timer is threading.current_thread():
                self._roll_back(pending)

    def _end_pending(self) -> None:
        if self._pending is not None:
            self._pending.timer.cancel()
            self._pending = None

    def _roll_back(self, pending: Pending) -> None:
        self._end_pending()
        self._discard(pending.session)
        if not same(pending.before, self._running):
            # ASSUMPTION: the roll-back is recorded under the user of the commit that it undoes.
            self._put_in_force(pending.before, pending.session.user)

    def _saves_itself(self, kind: str) -> bool:
        """`auto-config-save` of NETCONF (false by default up to 22.10, true from 23.3), of the MD-CLI, or of gNMI."""
        path = _AUTO_SAVE[kind]
        node = self._core.schema.node("configure", *path)
        value = self._running.findtext("/".join(f"{{*}}{name}" for name in path))
        default = node.default[0] if node is not None and node.default else "false"
        return (value or default) == "true"

    def _fault_changed(self, name: str, is_set: bool) -> None:
        if name == "lock-held":
            self.set_foreign_lock(is_set)
        elif name == "candidate-dirty":
            with self._lock:
                # A change of somebody at the MD-CLI, in global mode: harmless, but it is seen when it is committed.
                self._candidate = None
                self._editors.discard(0)
                if is_set:
                    self._candidate = copy_of(self._running)
                    self._editors.add(0)
                    put(self._candidate, "/configure/system/time/prefer-local-time", "true")


def _lock_denied(holder: int) -> RPCFailed:
    info = (("session-id", str(holder)),)
    return RPCFailed(RPCError(LOCK_REFUSED, tag="lock-denied", type="protocol", info=info))
