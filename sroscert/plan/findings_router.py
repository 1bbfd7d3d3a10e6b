"""What of a router's own health stands in the way of a change: flash, standby CPM, edits of others, stray keys. Pure.

What a router did not show gives no finding here; ``plan.health`` says that it was not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sroscert.intent import RouterIntent
from sroscert.plan import findings_pki
from sroscert.plan.certificate import Decision
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import number_of
from sroscert.plan.observed import Observed
from sroscert.plan.overrides import override_hint
from sroscert.plan.steps import (
    CheckAndImport,
    Commit,
    Enrol,
    GenerateKey,
    ImportFile,
    ImportKey,
    Save,
    Step,
    UploadFile,
)
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path

WORK_ROOM = 64 * 1024
"""Bytes that keys, certificates and the CA's answers may take on cf3: and in system-pki."""

_MAKE_FILES = (GenerateKey, ImportFile, ImportKey, Enrol, CheckAndImport)
_REDUNDANCY = Path.of("state", "redundancy", "synchronization")
_CONFIG_FILE = "config.cfg"
_KEY_NAME = re.compile(r"\.(?:key|pk8|p8|p12|pfx)$", re.IGNORECASE)
_FAILED = frozenset({"config-fail", "boot-env-fail"})
_BUSY = frozenset({"config-in-progress", "boot-env-in-progress"})


def found(
    router: RouterIntent,
    observed: Observed,
    schema: Schema,
    decisions: Sequence[Decision],
    future: ConfigTree,
    steps: Sequence[Step],
    now: datetime,
) -> list[Finding]:
    """Return the findings of this module and of ``findings_pki``; ``future`` is running after the steps."""
    commits = any(isinstance(step, Commit) for step in steps)
    return [
        *(candidate_changed(observed) if commits else []),
        *flash(observed, steps),
        *standby(observed, steps),
        *findings_pki.crls(router, observed, schema, steps, now),
        *key_like(observed, (item.key.file for item in router.certificates.values())),
        *findings_pki.endings(router, observed, decisions, future, steps, now),
    ]


def room_needed(observed: Observed, steps: Iterable[Step]) -> int:
    """Return how many bytes the steps may take on cf3:."""
    steps = tuple(steps)
    needed = sum(len(step.content) for step in steps if isinstance(step, UploadFile))
    if any(isinstance(step, _MAKE_FILES) for step in steps):
        needed += WORK_ROOM
    saved = observed.flash_file(_CONFIG_FILE)
    if any(isinstance(step, Save) for step in steps):
        # ASSUMPTION: the old configuration file stays until the new one, of about its size, is written.
        needed += saved.size if saved is not None else WORK_ROOM
    return needed


def room_for_a_change(observed: Observed) -> int:
    """Return how many bytes a renewal may take on cf3:, with the configuration that is saved after it."""
    saved = observed.flash_file(_CONFIG_FILE)
    return WORK_ROOM + (saved.size if saved is not None else WORK_ROOM)


def flash(observed: Observed, steps: Iterable[Step]) -> list[Finding]:
    """Stop where cf3: has not the room for what the steps write."""
    free, needed = observed.flash_free, room_needed(observed, steps)
    if free is None or free >= needed:
        return []
    return [
        Finding(
            Severity.STOP,
            "flash-full",
            f"cf3: has {kib(free)} free, and the plan may write {kib(needed)}",
            hint=f"remove what nobody needs (file list cf3:/); {override_hint('flash-full')}",
        )
    ]


def kib(size: int) -> str:
    """Return a number of bytes as kilobytes, rounded up."""
    return f"{-(-size // 1024)} KiB"


def standby(observed: Observed, steps: Iterable[Step]) -> list[Finding]:
    """Stop before new files where the standby CPM does not get them: after a switchover they would be missing.

    What only changes configuration is not stopped: the other CPM would have the one before, with its files.
    """
    status, sync, files = standby_words(observed)
    makes_files = any(isinstance(step, (UploadFile, *_MAKE_FILES)) for step in steps)
    if status in {"failed", "syncing"}:
        reason = observed.state.text(_REDUNDANCY / "standby-failure")
        words = f"the standby CPM is {status}" + (f" ({reason})" if reason else "")
        hint = (
            "look at /state redundancy synchronization on the router; a switchover now would lose what the other lacks"
        )
        return [Finding(Severity.WARNING, "standby-not-ready", words, hint=hint)]
    if status != "standby":
        return []
    failed = [name for name, bad in (("configuration", sync in _FAILED), ("certificates", files == "fail")) if bad]
    if failed:
        return [
            Finding(
                Severity.STOP if makes_files else Severity.WARNING,
                "standby-out-of-sync",
                f"the last synchronization of {' and '.join(failed)} to the standby CPM failed: after a switchover the "
                "router would not have what is made now",
                hint="on the router: admin redundancy synchronize certificate"
                + (f"; {override_hint('standby-out-of-sync')}" if makes_files else ""),
            )
        ]
    if sync in _BUSY or files == "in-progress":
        return [
            Finding(Severity.WARNING, "standby-not-ready", "the standby CPM is being synchronized", hint="wait for it")
        ]
    return []


def standby_words(observed: Observed) -> tuple[str, str, str]:
    """Return standby-status, sync-status and cert-file-sync-status as the router shows them, else empty."""
    names = ("standby-status", "sync-status", "cert-file-sync-status")
    status, sync, files = (observed.state.text(_REDUNDANCY / name) for name in names)
    return status, sync, files


def candidate_changed(observed: Observed) -> list[Finding]:
    """Stop where somebody has edits in the global candidate: they are neither committed nor discarded (law 3).

    ASSUMPTION: the candidate's changes-since-last-save counts from the saved configuration, as its description says.
    With a running that is saved, the change must then lie in the candidate; with one that is not, nothing is known.
    """
    if not edits_in_candidate(observed) or observed.datastore("candidate").locked:
        return []
    return [
        Finding(
            Severity.STOP,
            "candidate-changed",
            "the global candidate has changes that nobody has committed",
            hint="whoever made them commits or discards them; on the router, to see them:\n"
            "edit-config global\ncompare",
        )
    ]


def edits_in_candidate(observed: Observed) -> bool | None:
    """Tell whether the global candidate differs from running; None where the router does not show that."""
    changed = observed.datastore("candidate").unsaved
    if not changed:
        return changed
    return True if observed.datastore("running").unsaved is False else None


def key_like(observed: Observed, ours: Iterable[str]) -> list[Finding]:
    """Say which files on cf3: may be private keys by their names; no file that may hold one is read (law 11).

    ``ours`` are the plain names of the intent's keys, which ``findings.clear_keys`` knows.
    """
    plain = tuple(ours)
    names = [
        entry.name for entry in observed.flash
        if not entry.is_folder and _KEY_NAME.search(entry.name)
        and not any(number_of(entry.name, name) is not None for name in plain)
    ]
    return [
        Finding(
            Severity.WARNING,
            "clear-key-suspected",
            f"cf3:/{name} is by its name a private key that is not imported; it was not read",
            hint=f"look at it on the router; if it is one that nobody needs there: file remove cf3:/{name}",
        )
        for name in names
    ]
