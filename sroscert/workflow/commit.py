"""One confirmed commit: lock, edit, validate, commit, check on new sessions, confirm; or roll back and see that.

No ``persist``: the death of our session undoes the change (law 2). Nothing is retried: a session that is lost around
the commit leaves the outcome unknown until the confirm time-out has passed.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sroscert.device.ports import ConfigPort
from sroscert.errors import DeviceError, Outcome, OutcomeUnknownError, RecordError, VerificationError
from sroscert.intent.desired import Phase
from sroscert.plan.flip import flips
from sroscert.plan.plan import Plan
from sroscert.plan.secrets import set_by
from sroscert.plan.service import OTHER_SERVED
from sroscert.plan.steps import Commit
from sroscert.render.xml import edit_payload
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import read_config
from sroscert.workflow.record import RunRecord
from sroscert.workflow.verify import Expected, checks_hold

_LOG = logging.getLogger("sroscert")


def commit_checked(plan: Plan, step: Commit, link: RouterLink, record: RunRecord, expected: Expected) -> str:
    """Carry out ``step``; return only when it is confirmed, with the certificate file that was seen to be served.

    Raises VerificationError when a check failed (rolled back, and seen to be), OutcomeUnknownError when that could not
    be seen, and DeviceError when the router refused the change before anything took effect.
    """
    port = link.config
    with link.journal.asking(f"lock, edit-config of {len(step.changes)} changes, validate") as asked:
        _prepare(port, plan, step, link)
        asked.outcome, asked.text = "done", "\n".join(entry.message for entry in port.warnings)
    try:
        # The router may count from our sending: a fifth of its time-out is kept for the confirmation itself.
        confirm_by = time.monotonic() + link.settings.confirm_timeout_s * 0.8
        until = _commit_unconfirmed(port, link, record)
        with link.journal.asking("checks: " + "; ".join(check.value for check in step.checks)) as asked:
            verdict = checks_hold(plan, step, link, expected, confirm_by)
            asked.outcome, asked.text = "failed" if verdict.failures else "done", "\n".join(verdict.failures)
        if verdict.failures:
            _roll_back(plan, step, link, record, verdict.failures, until)
        with link.journal.asking("commit: confirm") as asked:
            _confirm(port, record, until)
            asked.outcome = "done"
        _remember_secrets(plan, step, link, record)
    except BaseException:
        # Also on an interrupt: closing our session makes the router undo what is not confirmed.
        link.close()
        raise
    port.unlock()
    return verdict.served


def _remember_secrets(plan: Plan, step: Commit, link: RouterLink, record: RunRecord) -> None:
    """Remember what was set, so that a change of it is seen; the commit stands, whatever becomes of that."""
    references = set_by(step, plan.schema)
    try:
        record.secrets.remember({path: link.secret(reference) for path, reference in references.items()})
    except RecordError as error:
        _LOG.warning("%s: %s", plan.router.name, error)


def _prepare(port: ConfigPort, plan: Plan, step: Commit, link: RouterLink) -> None:
    """Put the change into the candidate, validated; leave nothing behind when that fails (law 3)."""
    payload = edit_payload(step.changes, plan.schema, link.secret)
    port.lock()
    try:
        port.edit(payload)
        port.validate()
    except DeviceError:
        _leave_candidate(port, link)
        raise


def _leave_candidate(port: ConfigPort, link: RouterLink) -> None:
    """Discard and unlock; where that fails too, the end of our session does it. The first error is the one to tell."""
    try:
        port.discard()
        port.unlock()
    except DeviceError:
        link.close()


def _commit_unconfirmed(port: ConfigPort, link: RouterLink, record: RunRecord) -> datetime:
    """Send the confirmed commit; return until when the router waits for its confirmation.

    The router's time-out begins at some moment between our sending and its answer: the later end counts.
    """
    record.mark_pending(_time_out(link))
    try:
        with link.journal.asking(f"commit, to be confirmed within {link.settings.confirm_timeout_s} s") as asked:
            port.commit_confirmed(link.settings.confirm_timeout_s)
            asked.outcome = "done"
    except DeviceError as error:
        if error.outcome is Outcome.UNKNOWN:
            until = _time_out(link)
            with contextlib.suppress(RecordError):  # the mark from before the sending stands, and this is the news
                record.mark_pending(until)
            raise _unknown(f"whether the commit was done is not known: {error}", until) from error
        record.clear_pending()
        _leave_candidate(port, link)
        raise
    until = _time_out(link)
    record.mark_pending(until)
    return until


def _time_out(link: RouterLink) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=link.settings.confirm_timeout_s)


def _confirm(port: ConfigPort, record: RunRecord, until: datetime) -> None:
    try:
        port.confirm()
    except DeviceError as error:
        raise _unknown(f"the confirmation was not answered ({error})", until) from error
    record.clear_pending()


def _roll_back(
    plan: Plan, step: Commit, link: RouterLink, record: RunRecord, failures: Sequence[str], until: datetime
) -> None:
    """Undo the commit, see that running is as before, and say why."""
    why = "; ".join(failures)
    try:
        with link.journal.asking("cancel-commit") as asked:
            link.config.cancel_commit()
            asked.outcome = "done"
        link.config.unlock()
    except DeviceError:
        link.close()  # ending the session makes the router undo the commit
    left = _not_restored(plan, step, link)
    if left:
        raise OutcomeUnknownError(
            f"{step.title}: {why}; rolled back, but running still shows {', '.join(left)}",
            state=f"unknown until {until:%H:%M:%S} UTC, when the router undoes the commit by itself",
            hint="sroscert drift shows what it is then",
        )
    record.clear_pending()
    raise VerificationError(
        f"{step.title}: {why}",
        code="rolled-back",
        state="rolled back: running was read again and is as before this commit",
        hint=_remedy(plan, step, failures),
    )


def _remedy(plan: Plan, step: Commit, failures: Sequence[str]) -> str:
    again = "then run apply again; earlier steps are kept and not repeated"
    stale = step.phase is Phase.TLS and any(text.startswith(OTHER_SERVED) for text in failures)
    if stale and plan.target is plan.router and flips(plan.router, plan.decisions, plan.observed):
        return (
            "this router may not take new files into use in a cert-profile that is enabled: sroscert renew "
            f"--new-profile makes the profile anew with them; or mend the cause, {again}"
        )
    return f"mend the cause above, {again}"


def _not_restored(plan: Plan, step: Commit, link: RouterLink) -> list[str]:
    """Return the changed paths whose value is not what it was before the commit, as a new session sees it."""
    try:
        session = link.fresh_session()
    except DeviceError as error:
        return [f"nothing: it could not be read ({error})"]
    try:
        running = read_config(session, plan.schema)
    except DeviceError as error:
        return [f"nothing: it could not be read ({error})"]
    finally:
        session.close()
    return [
        str(change.path)
        for change in step.changes
        if _shown(running, change.path, plan.schema) != _shown(plan.observed.running, change.path, plan.schema)
    ]


def _shown(tree: ConfigTree, path: Path, schema: Schema) -> object:
    """Return what a tree shows at a path; of a secret only whether it is there, since its hash may differ."""
    node = schema.node(path)
    if node is not None and node.secret:
        return path in tree
    return tree.get(path)


def _unknown(what: str, until: datetime) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        what,
        state=f"unknown until {until:%H:%M:%S} UTC: a pending commit looks like running until the router undoes it",
        hint="wait until then, then run sroscert plan; nothing was retried",
    )
