"""What would take a plan back: its configuration changes reversed, its files removed, and what nothing can undo. Pure.

Nobody carries this out: it is shown, so that whoever agrees to a plan knows the way back. While a plan is at work its
confirmed commits are undone by the router itself.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from sroscert.plan.plan import Plan
from sroscert.plan.service import after
from sroscert.plan.standby import on_slot
from sroscert.plan.steps import (
    CheckAndImport,
    Commit,
    CopyToStandby,
    Enrol,
    GenerateKey,
    ImportFile,
    ImportKey,
    RemoveFile,
    Save,
    Step,
)
from sroscert.plan.steps import UploadFile as Upload
from sroscert.render.diff import Change, Ownership, diff
from sroscert.values import ConfigTree, Path

_ALL = Ownership((Path.of("configure"),))


class Way(enum.StrEnum):
    """How a step is taken back."""

    COMMIT = "commit"
    REMOVE = "remove"
    SAVE = "save"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Reversal:
    """What undoes one step. ``of`` is the step's title; ``changes`` are those of a commit that goes back."""

    of: str
    way: Way
    text: str
    changes: tuple[Change, ...] = ()


def reverse(plan: Plan) -> tuple[Reversal, ...]:
    """Return what would undo ``plan`` once it is done, in the order in which it would have to be done.

    Configuration goes first where it came last, so that no file is removed that is still named.
    """
    back: list[Reversal] = []
    trees = list(_trees(plan))
    for step in reversed(plan.steps):
        if isinstance(step, Commit):
            earlier, later = trees.pop()
            back += _commit(step, earlier, later, plan)
        elif not isinstance(step, Save):
            back += _files(step, plan)
    if any(item.way is Way.COMMIT for item in back):
        back.append(Reversal("", Way.SAVE, "save the running configuration"))
    return tuple(back)


def _trees(plan: Plan) -> Iterator[tuple[ConfigTree, ConfigTree]]:
    """Yield running before and after each commit of the plan."""
    running = plan.observed.running
    for step in plan.steps:
        if isinstance(step, Commit):
            later = after(running, step.changes)
            yield running, later
            running = later


def _commit(step: Commit, earlier: ConfigTree, later: ConfigTree, plan: Plan) -> Iterator[Reversal]:
    changes = diff(earlier, later, plan.schema, owned=_ALL)
    lost = {change.path for change in step.changes if _was_secret(change, plan)}
    # Of a secret the router shows a hash only: it can be taken away, and never be put back.
    changes = tuple(change for change in changes if change.path not in lost)
    if changes:
        yield Reversal(step.title, Way.COMMIT, step.title.replace("commit", "take back", 1), changes)
    for path in lost:
        text = f"the secret that was at {path} before: the router shows its hash only"
        yield Reversal(step.title, Way.IMPOSSIBLE, text)


def _was_secret(change: Change, plan: Plan) -> bool:
    node = plan.schema.node(change.path)
    return node is not None and node.secret and change.before is not None


def _files(step: Step, plan: Plan) -> Iterator[Reversal]:
    match step:
        case Upload():
            stays = not any(isinstance(other, RemoveFile) and other.url == step.target for other in plan.steps)
            if _was_there(step, plan) or stays:
                yield _put(step, _was_there(step, plan))
        case CopyToStandby():
            yield _put(step, _was_on_standby(step, plan))
        case ImportFile():
            yield Reversal(step.title, Way.REMOVE, f"remove {step.name} from system-pki")
        case CheckAndImport():
            yield Reversal(step.title, Way.REMOVE, f"remove {step.generation.certificate} from system-pki")
        case ImportKey():
            yield Reversal(step.title, Way.REMOVE, f"remove {step.generation.key} from system-pki")
        case GenerateKey():
            return  # its clear copy is gone with the import, and what was imported goes with that
        case Enrol():
            text = f"what the CA issues as {step.generation.certificate}: only the CA can revoke it; a code is spent"
            yield Reversal(step.title, Way.IMPOSSIBLE, text)
        case RemoveFile():
            if not any(step.url == _made_by(other) for other in plan.steps):
                yield Reversal(step.title, Way.IMPOSSIBLE, f"the removal of {step.url}: no copy is kept")
        case _:
            yield Reversal(step.title, Way.IMPOSSIBLE, f"{step.title}: {step.undo}")


def _put(step: Upload | CopyToStandby, was_there: bool) -> Reversal:
    if was_there:
        return Reversal(step.title, Way.IMPOSSIBLE, f"what was in {step.target} before: no copy is kept")
    return Reversal(step.title, Way.REMOVE, f"remove {step.target}")


def _made_by(step: Step) -> str:
    """Return the work file that a step puts on cf3: itself; empty for one that does not."""
    match step:
        case Upload():
            return step.target
        case Enrol():
            return f"cf3:/{step.generation.save_as}"
        case ImportKey() if step.subject:
            return f"cf3:/{step.generation.request}"
        case _:
            return ""


def _was_on_standby(step: CopyToStandby, plan: Plan) -> bool:
    seen = plan.observed.standby
    return seen is not None and any(on_slot(location, seen.slot) == step.target for location in seen.scripts)


def _was_there(step: Upload, plan: Plan) -> bool:
    name = step.target.split(":", 1)[-1].lstrip("\\/")
    return step.target in plan.observed.scripts or plan.observed.flash_file(name) is not None
