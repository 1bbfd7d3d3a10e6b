"""From options to jobs: load the intent, choose routers, set timings. Shared by the commands that meet routers."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import typer

from sroscert.cli.choosing import choose
from sroscert.errors import IntentError, UsageError
from sroscert.homes import expanded
from sroscert.intent.linting import standing_errors
from sroscert.intent.loading import load_all
from sroscert.plan.overrides import OVERRIDABLE
from sroscert.plan.preflight import command_texts
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.values import Release
from sroscert.workflow.job import Job
from sroscert.workflow.journal import Request
from sroscert.workflow.settings import Settings, default_state_folder


def settings(**changes: Any) -> Settings:
    """Return the timings of a run with the given ones in place of the defaults."""
    return Settings(state_folder=default_state_folder(), **changes)


def requested(context: typer.Context) -> Request:
    """Return what was asked for, for the record of the run: every option as settled, files by their full path."""
    options = {name: _plain(value) for name, value in context.params.items()}
    return Request(context.info_name or "", options, context.obj.resumes if isinstance(context.obj, Resumed) else "")


@dataclass(frozen=True)
class Resumed:
    """The object of a command's context when it takes up a run: its name, and the pairs that a rollback was to."""

    resumes: str
    pairs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def resumed_pairs(context: typer.Context) -> Mapping[str, Mapping[str, int]]:
    """Return the generation that each certificate of each router goes back to, where a run had planned that."""
    return context.obj.pairs if isinstance(context.obj, Resumed) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(expanded(value).absolute())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, enum.Enum) else value


def overrides(codes: Sequence[str] | None) -> frozenset[str]:
    """Return the guards to put aside. Raises UsageError for a code that names no guard that gives way."""
    unknown = sorted(set(codes or ()) - OVERRIDABLE)
    if unknown:
        raise UsageError(
            f"no guard that can be put aside is called {', '.join(unknown)}",
            hint=f"there are {', '.join(sorted(OVERRIDABLE))}; every other guard stands",
        )
    return frozenset(codes or ())


def load_jobs(
    files: Sequence[Path], limit: Sequence[str] | None, timing: Settings, release: Release | None = None,
    *, changing: bool = False, renewing: Renewing = AS_DUE, set_secrets: bool = False,
) -> list[Job]:
    """Load the intent and return one job a chosen router. Raises IntentError, UsageError.

    ``release`` counts for routers that name none. With ``changing`` the errors of lint about a chosen router that need
    no release are refused as well; whoever only reads goes on. ``renewing`` is what of renewal was asked for;
    ``set_secrets`` sets secrets also where they are.
    """
    loaded = load_all(files)
    intent = loaded.intent()
    chosen = choose(intent, limit)
    if changing and (errors := standing_errors(loaded, [router.name for router in chosen], (command_texts,))):
        raise IntentError(errors, hint="sroscert lint shows them all, and the warnings too")
    if release is not None:
        chosen = [replace(router, release=router.release or release) for router in chosen]
    return [Job(router, timing, intent.base, renewing=renewing, set_secrets=set_secrets) for router in chosen]
