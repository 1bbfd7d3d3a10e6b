"""Running, candidate and start-up configuration of a router: what an edit, a commit, a roll-back and a boot do to them.

Owns which configuration is in force. Every method may be called from any thread; the one lock in here orders them, and
what they do with the parts: candidates (candidates.py), exclusive locks (datastorelocks.py), the commit that waits for
its confirmation (confirmation.py), what is saved (saving.py). Does not own how an edit is made (edit.py) or judged
(validation.py, the behaviour).

Sources: System Management Guide (datastores, lock, unlock, commit), RFC 6241 §8.3 and §8.4, MD-CLI User Guide (texts).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree

from .authorization import Rights, denial
from .candidates import NOBODY, Candidates, is_stale
from .commitscript import run_before_commit
from .configchecks import check
from .confirmation import DEFAULT_CONFIRM_TIMEOUT_S, Confirmation, Pending
from .datastorelocks import LOCK_REFUSED, DatastoreLocks, lock_denied
from .edit import apply_edit
from .errors import ConfigError, RPCFailed, as_said, failed, from_config_errors
from .mgmtevents import config_changed
from .saving import SavedConfiguration, saves_itself
from .sessions import Session
from .tree import copy_of, new_root, put, same
from .validation import validate

if TYPE_CHECKING:
    from .core import RouterCore

CONFLICT = "MINOR: MGMT_CORE #2703: Commit canceled - conflicts detected - use update"
# ASSUMPTION: number and text; no public transcript of another session's commit while one waits for its confirmation.
PENDING_ELSEWHERE = "MINOR: MGMT_CORE #2060: Commit not allowed - confirmed commit of another session is pending"
OPERATOR = "operator"


class Datastores:
    """The three datastores of one router."""

    def __init__(self, core: RouterCore, initial: etree._Element) -> None:
        self._core = core
        self._lock = threading.RLock()
        self._saved = SavedConfiguration(core, initial)
        self._running = copy_of(self._saved.tree)
        self._version = 0
        self._candidates = Candidates()
        self._locks = DatastoreLocks()
        self._confirmation = Confirmation(self._timed_out)
        self._last: tuple[str, datetime] | None = None
        core.faults.watch(self._fault_changed)

    # --- reading ------------------------------------------------------------------------------------------------------

    def running_copy(self) -> etree._Element:
        """The configuration in force, which is the new one while a confirmed commit is pending."""
        with self._lock:
            return copy_of(self._running)

    def candidate_copy(self, session: Session) -> etree._Element:
        """The candidate as this session sees it."""
        with self._lock:
            return copy_of(self._candidates.of(session, self._running))

    def startup_copy(self) -> etree._Element:
        """What the next boot loads."""
        with self._lock:
            return copy_of(self._saved.tree)

    @property
    def is_dirty(self) -> bool:
        """Whether the global candidate holds uncommitted changes."""
        with self._lock:
            return self._candidates.is_dirty(self._running)

    @property
    def is_unsaved(self) -> bool:
        """`changes-since-last-save` of running."""
        with self._lock:
            return not same(self._running, self._saved.tree)

    @property
    def was_changed(self) -> bool:
        """Whether running was changed since it was saved, though it may be the same again."""
        with self._lock:
            return self._version != self._saved.version

    def is_changed(self, session: Session) -> bool:
        """Whether the candidate that a session edits holds uncommitted changes."""
        with self._lock:
            return not same(self._candidates.of(session, self._running), self._running)

    def is_stale(self, session: Session) -> bool:
        """Whether a session's private candidate was made before the last change of running."""
        with self._lock:
            return is_stale(session, self._version)

    def is_locked(self, datastore: str) -> bool:
        """`locked` of a datastore."""
        with self._lock:
            return self._locks.is_held(datastore)

    def locks_of(self, session: Session) -> tuple[str, ...]:
        """Names of the datastores that a session has locked."""
        with self._lock:
            return self._locks.of(session)

    @property
    def last_change(self) -> tuple[str, datetime] | None:
        """User and time of the last commit."""
        with self._lock:
            return self._last

    @property
    def saved_at(self) -> datetime | None:
        """When the configuration was last saved."""
        with self._lock:
            return self._saved.at

    @property
    def pending(self) -> Pending | None:
        """The confirmed commit that waits, if there is one."""
        with self._lock:
            return self._confirmation.pending

    # --- locks --------------------------------------------------------------------------------------------------------

    def lock(self, session: Session, datastore: str) -> None:
        """Take the exclusive lock of `candidate` or `running`; RPCFailed (lock-denied) when it cannot be had."""
        with self._lock:
            self._break_locks(session)
            holder = self._locks.holder(datastore)
            if holder is not None:
                raise lock_denied(holder.id)
            others = self._candidates.editors_beside(session)
            if datastore == "candidate" and (self._locks.is_foreign or self.is_dirty or others):
                raise lock_denied(next(iter(others), NOBODY))
            if datastore == "running" and others:
                # An edit holds an implicit lock of running until commit or discard (guide, "edit-config").
                raise lock_denied(next(iter(others)))
            pending = self._confirmation.pending
            if pending is not None and pending.session is not session:
                # ASSUMPTION: no lock while another session's confirmed commit is pending (RFC 6241 §7.5 asks for it).
                raise lock_denied(pending.session.id)
            self._locks.take(session, datastore)

    def unlock(self, session: Session, datastore: str) -> None:
        """Give a lock back; unlocking the candidate discards its changes. RPCFailed when it is not held."""
        with self._lock:
            self._locks.give_back(session, datastore)
            if datastore == "candidate":
                self._candidates.discard(session)

    def set_foreign_lock(self, held: bool) -> None:
        """Somebody at the MD-CLI takes or leaves exclusive mode."""
        with self._lock:
            self._locks.is_foreign = held

    # --- editing ------------------------------------------------------------------------------------------------------

    def edit(self, session: Session, config: etree._Element, default_operation: str) -> None:
        """Apply an edit-config to the session's candidate; RPCFailed with everything that is wrong."""
        with self._lock:
            self._may_write(session)
            denied = Rights(self._running, session.user).refused_edit(config, self._core.schema.roots["configure"])
            if denied is not None:
                raise failed(denial(denied[1]), "access-denied", path=denied[0])
            base = self._candidates.of(session, self._running)
            changed = apply_edit(base, config, self._core.schema, self._core.secrets, default_operation)
            self._candidates.keep(session, changed)

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
            self._candidates.discard(session)

    def validate(self, session: Session, source: str = "candidate") -> None:
        """RPCFailed with every error of the candidate, or of running."""
        with self._lock:
            tree = self._running if source == "running" else self._candidates.of(session, self._running)
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
            pending = self._confirmation.pending
            if pending is not None and not pending.may_be_ended_by(session, persist_id):
                raise failed(PENDING_ELSEWHERE, "in-use")
            if persist_id and (pending is None or pending.persist != persist_id):
                raise failed("MINOR: MGMT_CORE #2301: Invalid element value - persist-id", "invalid-value")
            candidate = self._candidates.of(session, self._running)
            if is_stale(session, self._version):
                # ASSUMPTION: any change of running since the private candidate was made is a conflict.
                raise failed(CONFLICT)
            changed = not same(candidate, self._running)
            if changed:
                self._raise_findings(candidate)
                run_before_commit(self._core, self._running, session)
            before = pending.before if pending is not None else self._running
            self._confirmation.end()
            if changed:
                self._put_in_force(copy_of(candidate), session.user)
            self._candidates.discard(session)
            if confirmed:
                self._confirmation.begin(session, before, timeout_s, persist)
            elif saves_itself(self._running, self._core.schema, session.kind):
                self.save()

    def cancel(self, session: Session, persist_id: str = "") -> None:
        """Roll the pending confirmed commit back; RPCFailed when there is none of this session's."""
        with self._lock:
            pending = self._confirmation.pending
            if pending is None or not pending.may_be_ended_by(session, persist_id):
                # ASSUMPTION: text and number.
                raise failed("MINOR: MGMT_CORE #2061: No confirmed commit of this session is pending")
            self._roll_back(pending)

    def operator_change(self, config: etree._Element, user: str = OPERATOR) -> None:
        """An operator at the CLI changes and commits, in a private candidate; RPCFailed when it is wrong or locked."""
        with self._lock:
            self._locks.check_operator()
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
            if self.is_dirty or self._candidates.editors_beside(session):
                raise failed(LOCK_REFUSED, "lock-denied")
            if timeout_s and self._confirmation.pending is not None:
                raise failed(PENDING_ELSEWHERE, "in-use")
            before = self._running
            changed = made(copy_of(before))
            if not same(changed, before):
                self._raise_findings(changed)
                self._put_in_force(changed, session.user)
            if timeout_s:
                self._confirmation.begin(session, before, timeout_s, persist)

    def confirm(self, persist: str) -> bool:
        """Keep what waits for its confirmation under that name; False when nothing does."""
        with self._lock:
            pending = self._confirmation.pending
            waits = pending is not None and pending.persist == persist
            if waits:
                self._confirmation.end()
            return waits

    def save(self) -> None:
        r"""Running becomes the start-up configuration. OSError when cf3:\config.cfg cannot be written."""
        with self._lock:
            self._saved.save(self._running, self._version)

    # --- life ---------------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start with the start-up configuration; locks, candidates and pending commits are gone."""
        with self._lock:
            self._confirmation.end()
            self._locks.clear()
            self._candidates.clear()
            self._running = copy_of(self._saved.tree)
            self._version += 1
            self._saved.version = self._version
            self._core.running_changed(copy_of(self._running))

    def session_ended(self, session: Session) -> None:
        """A session is gone: a pending commit without persist is rolled back, locks are released."""
        with self._lock:
            pending = self._confirmation.pending
            if pending is not None and pending.session is session and not pending.persist:
                self._roll_back(pending)
            if "candidate" in self._locks.release(session):
                self._candidates.discard(session)
            session.candidate = None

    def close(self) -> None:
        """Stop the timer; nothing is rolled back."""
        with self._lock:
            self._confirmation.end()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _break_locks(self, session: Session) -> None:
        """What a script with `lock-override` does (YANG: it may break an explicit lock).

        ASSUMPTION: what the holder has not committed is gone, and nobody tells him.
        """
        if not session.breaks_locks:
            return
        if "candidate" in self._locks.release_others(session):
            self._candidates.clear()

    def _may_write(self, session: Session) -> None:
        self._break_locks(session)
        self._locks.check_writer(session)
        if session.private and session.candidate is None:
            session.candidate_base = self._version

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
        self._core.record(config_changed(user), "MGMT_CORE")
        self._core.running_changed(copy_of(tree))

    def _timed_out(self) -> None:
        with self._lock:
            pending = self._confirmation.overdue
            if pending is not None:
                self._roll_back(pending)

    def _roll_back(self, pending: Pending) -> None:
        self._confirmation.end()
        self._candidates.discard(pending.session)
        if not same(pending.before, self._running):
            # ASSUMPTION: the roll-back is recorded under the user of the commit that it undoes.
            self._put_in_force(pending.before, pending.session.user)

    def _fault_changed(self, name: str, is_set: bool) -> None:
        if name == "lock-held":
            self.set_foreign_lock(is_set)
        elif name == "candidate-dirty":
            with self._lock:
                # A change of somebody at the MD-CLI, in global mode: harmless, but it is seen when it is committed.
                changed = copy_of(self._running) if is_set else None
                if changed is not None:
                    put(changed, "/configure/system/time/prefer-local-time", "true")
                self._candidates.replace_by_nobody(changed)
