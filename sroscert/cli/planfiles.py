"""Saved plans on disk: written by ``plan --save``, and read back by ``apply FILE``, which does exactly that.

What a file holds, and what is wrong with one, is ``plan.planfile``'s.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sroscert import __version__
from sroscert.cli.options import Output
from sroscert.errors import GuardError, PlanFileError, UsageError
from sroscert.fleet.recorded import digest_of
from sroscert.homes import expanded
from sroscert.plan.document import plan_document
from sroscert.plan.moved import difference
from sroscert.plan.plan import Plan, fingerprint_of
from sroscert.plan.planfile import Asked, PlanFile, SavedPlan, dump, is_plan_file, parse
from sroscert.plan.steps import Commit, Enrol, RemoveFile, Step
from sroscert.workflow.job import Job

_ENDINGS = (".json", ".plan")


def output_or_file(said: str, save: Path | None) -> tuple[Output, Path | None]:
    """Read ``-o``, which for a plan is a form of output or, as ``--save``, the file to write.

    A file is told by its ending or by a slash, so that a misspelled form makes no file. Raises UsageError.
    """
    if said in list(Output):
        return Output(said), save
    if not said.endswith(_ENDINGS) and os.sep not in said:
        raise UsageError(
            f"{said!r} is no form of output, and no file for a plan",
            hint="-o text, -o json, or a file whose name ends in .plan or .json",
        )
    if save is not None and save != Path(said):
        raise UsageError(f"the plan cannot be saved both in {said} and in {save}", hint="say one of them")
    return Output.TEXT, Path(said)


def save_plans(
    target: Path, plans: Sequence[Plan], jobs: Sequence[Job], files: Sequence[Path], asked: Asked | None = None
) -> None:
    """Write the plans; those of routers that could not be planned are left out, and that is said.

    ``asked`` is the command that they are of, where it is another than ``apply``, or has options that count.
    Raises UsageError.
    """
    left_out = [job.router.name for job in jobs if job.router.name not in {plan.router.name for plan in plans}]
    if not plans:
        sys.stderr.write(f"{target} was not written: no router could be planned\n")
        return
    digests = {job.router.name: digest_of(job) for job in jobs}
    folder = expanded(target).absolute().parent
    intent = [os.path.relpath(expanded(file).absolute(), folder) for file in files]
    text = dump([(plan, digests[plan.router.name]) for plan in plans], intent, asked)
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        if target.exists() and not is_plan_file(target.read_text(encoding="utf-8", errors="replace")):
            raise UsageError(f"{target} is there and is no saved plan", hint="choose a name that is free")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}", hint="choose another place") from error
    missing = f"; not in it, since they could not be planned: {', '.join(left_out)}" if left_out else ""
    sys.stderr.write(f"saved in {target}; to do exactly this: sroscert apply {target}{missing}\n")


@dataclass(frozen=True)
class Saved:
    """The plans of a file as what is agreed to. ``rest`` also takes what a run that was broken off left of them."""

    path: Path
    file: PlanFile
    rest: bool

    @classmethod
    def read(cls, path: Path, *, rest: bool) -> Saved:
        """Read a file. Raises PlanFileError."""
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise PlanFileError(f"{path}: byte {error.start} is no UTF-8", hint="make the plan again") from error
        except OSError as error:
            raise PlanFileError(f"{path} cannot be read: {error.strerror}", hint="sroscert plan --save FILE") from error
        return cls(path, parse(text, str(path)), rest)

    @property
    def intent_files(self) -> list[Path]:
        """The intent files that the plans were made of."""
        folder = expanded(self.path).absolute().parent
        return [Path(os.path.normpath(folder / name)) for name in self.file.intent]

    def chosen(self, jobs: Sequence[Job], *, limited: bool) -> list[Job]:
        """Return the jobs of routers in the file. Raises GuardError when the intent of one is another now, or gone.

        ``limited`` says that ``jobs`` are not all routers of the intent.
        """
        mine = [job for job in jobs if job.router.name in self.file.plans]
        other = [job.router.name for job in mine if digest_of(job) != self._plan(job.router.name).intent]
        gone = [name for name in self.file.plans if name not in {job.router.name for job in jobs}]
        other += [] if limited else gone
        if other:
            raise GuardError(
                f"the intent of {', '.join(other)} is not the one that {self.path} was made of",
                code="intent-changed",
                state="untouched: nothing was sent",
                hint="make the plan again, or bring back the intent",
            )
        if not mine:
            raise UsageError(
                f"none of the routers chosen is in {self.path}", hint=f"it has: {', '.join(gone) or 'no router at all'}"
            )
        return mine

    def require(self, plan: Plan) -> None:
        """Raise GuardError when the plan, made again now, is not the one that was saved."""
        saved = self._plan(plan.router.name)
        if saved.fingerprint == plan.fingerprint or (self.rest and _is_rest(saved, plan)):
            return
        words = difference(saved.document, plan_document(plan))
        other = f"; it was made by sroscert {self.file.made_by}" if self.file.made_by != __version__ else ""
        raise GuardError(
            f"{plan.router.name} has moved since {self.path} was made ({words}{other})",
            code="plan-changed",
            state="untouched: nothing was sent",
            hint="make the plan again and look at it",
        )

    def _plan(self, router: str) -> SavedPlan:
        plans: Mapping[str, SavedPlan] = self.file.plans
        return plans[router]


def _is_rest(saved: SavedPlan, plan: Plan) -> bool:
    """Tell whether everything that is planned now was planned then, in the same order.

    The answer to a request that was sent meanwhile is polled for in its place, and the clear copy of a key that was
    imported is removed in the place of that import, of which it is a part. A commit may have more checks than then:
    once the service verifies, every further commit is held to that.
    """
    left = iter(zip(saved.steps, saved.document["steps"], strict=True))
    return all(any(_is(step, *other) for other in left) for step in plan.steps)


def _is(step: Step, fingerprint: str, shown: Mapping[str, Any]) -> bool:
    if isinstance(step, Enrol) and step.resume:
        target = f" {step.generation.certificate} at CA profile {step.ca_profile}"
        return shown["kind"] == "Enrol" and target in shown["title"]
    if isinstance(step, RemoveFile) and shown["kind"] == "ImportKey":
        return bool(shown["title"].startswith(f"import key {step.url.removeprefix('cf3:/')},"))
    if isinstance(step, Commit) and shown["kind"] == "Commit":
        then = tuple(check for check in step.checks if check.value in shown["checks"])
        step = replace(step, checks=then)
    return fingerprint_of(step) == fingerprint
