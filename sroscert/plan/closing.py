"""What ends a plan: saving what was committed, and removing the work files of its certificates. Pure.

What earlier generations left is ``plan/cleanup``, by a command of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from sroscert.plan.certificate import Decision, Need
from sroscert.plan.observed import Observed
from sroscert.plan.steps import CheckAndImport, Commit, RemoveFile, Save, Step


def closing_steps(steps: list[Step], decisions: Iterable[Decision], observed: Observed, username: str) -> list[Step]:
    """Return the steps that end a plan of ``steps``; ``username`` is whom the router names for our own changes."""
    closing: list[Step] = []
    if any(isinstance(step, Commit) for step in steps):
        closing.append(Save(reason="what was committed must survive a reboot"))
    elif ours_unsaved(observed, username):
        closing.append(Save(reason=f"running was changed by {username} and is not saved"))
    known = [step for step in steps if isinstance(step, CheckAndImport) and step.by_request]
    for decision in decisions:
        saved = observed.flash_file(decision.generation.save_as) is not None
        began_here = decision.need is not Need.NOTHING
        if began_here or (saved and not decision.in_use):
            closing.append(RemoveFile(reason="it is a work file", url=f"cf3:/{decision.generation.save_as}"))
        made = any(step.generation == decision.generation for step in known)
        if made or (observed.flash_file(decision.generation.request) is not None and not decision.in_use):
            closing.append(RemoveFile(reason="it is a work file", url=f"cf3:/{decision.generation.request}"))
    return closing


def ours_unsaved(observed: Observed, username: str) -> bool:
    """Tell whether running has changes that ``username`` made last and nobody saved."""
    running = observed.datastore("running")
    return bool(running.unsaved) and running.modified_by == username
