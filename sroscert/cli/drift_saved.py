"""``sroscert drift --config``: saved configurations against the intent, without a network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.results import print_outcomes
from sroscert.errors import ExitCode, UsageError
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.document import change_documents
from sroscert.render.diff import change_texts
from sroscert.values import Release
from sroscert.workflow.job import Job
from sroscert.workflow.observe import LOGS
from sroscert.workflow.saved import SavedDrift, drift_saved, read_saved
from sroscert.workflow.settings import Settings

ENDING = ".cfg"


def run(
    files: Sequence[Path], config: Path, limit: Sequence[str] | None, release: str | None, workers: int, output: Output
) -> int:
    """Print the differences and return 0 when there are none, 2 when there are, else the gravest failure."""
    jobs = load_jobs(files, limit, Settings())
    given = read_release(release)
    sources = _sources(jobs, config)

    def work(job: Job) -> SavedDrift:
        return drift_saved(job.router, read_saved(sources[job.router.name], given or job.router.release, (LOGS,)))

    chosen = [job for job in jobs if job.router.name in sources]
    outcomes = run_fleet(chosen, work, workers=workers)
    code = exit_code(outcomes, changes=any(item.result is not None and item.result.changes for item in outcomes))
    if code is ExitCode.OK and any(item.result is not None and item.result.stops for item in outcomes):
        code = ExitCode.GUARD
    print_outcomes("drift", outcomes, code, output, lines=_lines, document=_document)
    return code


def read_release(text: str | None) -> Release | None:
    """Read the option ``--release``. Raises UsageError."""
    try:
        return Release.parse(text) if text else None
    except ValueError as error:
        raise UsageError(str(error), hint="for example --release 21.2") from error


def _sources(jobs: Sequence[Job], config: Path) -> dict[str, Path]:
    """Return the file of each router: one for the one router, or ``<router>.cfg`` in a folder."""
    names = [job.router.name for job in jobs]
    if config.is_dir():
        strangers = sorted(file.name for file in config.glob(f"*{ENDING}") if file.stem not in names)
        for name in strangers:
            sys.stderr.write(f"{config / name}: no chosen router of the intent is called so; passed over\n")
        return {name: config / f"{name}{ENDING}" for name in names}
    if len(names) > 1:
        names = [name for name in names if name == config.stem]
    if not names:
        raise UsageError(
            f"{config} is one configuration, and the intent has several routers",
            hint=f"say which router it is with -l NAME, or give a folder with <router>{ENDING} files",
        )
    return {names[0]: config}


def _lines(router: str, address: str, drift: SavedDrift) -> list[str]:
    head = f"{router}  {address}  SR OS {drift.saved.release}  from {drift.saved.source}"
    if drift.changes:
        count = len(drift.changes)
        lines = [f"{head}  {count} difference{'' if count == 1 else 's'} in configuration"]
    else:
        lines = [f"{head}  no difference in configuration"]
    lines += [f"  {text}" for text in change_texts(drift.changes, drift.saved.schema)]
    lines += [f"  x {item.message}" for item in drift.stops]
    lines += [f"  ? {item}" for item in drift.unknown]
    lines += [f"  i {text}" for text in drift.notes]
    return lines + [f"  i line {item.line}: {item.path} is passed over" for item in drift.saved.skipped]


def _document(drift: SavedDrift) -> dict[str, Any]:
    return {
        "release": str(drift.saved.release),
        "in_sync": drift.in_sync,
        "changes": change_documents(drift.changes, drift.saved.schema),
        "other": [],
        "notes": list(drift.notes),
        "source": drift.saved.source,
        "stops": [item.message for item in drift.stops],
        "unknown": list(drift.unknown),
        "not_understood": [{"path": str(item.path), "line": item.line} for item in drift.saved.skipped],
    }

