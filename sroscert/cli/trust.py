"""``sroscert trust``: SSH host keys, shown for comparison with the console. The only place that accepts a new key."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs, settings
from sroscert.cli.options import Output
from sroscert.cli.results import print_document, print_errors
from sroscert.device.hostkeys import fetch_host_key
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.workflow.router import Job


@dataclass(frozen=True)
class ShownKey:
    """One host key: where it was shown, its type, SHA-256 fingerprint and known_hosts line."""

    address: str
    port: int
    type: str
    fingerprint: str
    line: str


@dataclass(frozen=True)
class Shown:
    """The host keys of one router: one for each SSH port we use."""

    keys: tuple[ShownKey, ...]
    known_hosts: Path


def run(files: Sequence[Path], limit: Sequence[str] | None, output: Output, write: bool) -> int:
    """Print fingerprints; with ``write`` add the lines to the intent's known_hosts. Return the exit code."""
    outcomes = run_fleet(load_jobs(files, limit, settings()), _fetch, workers=10)
    code = exit_code(outcomes)
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    if write:
        for shown in results:
            _add(shown)
    if output is Output.JSON:
        print_document("trust", outcomes, code, _document)
        return code
    for outcome in outcomes:
        if outcome.result is not None:
            for key in outcome.result.keys:
                sys.stdout.write(f"{outcome.router}  {key.address}:{key.port}  {key.type}  {key.fingerprint}\n")
    print_errors(outcomes)
    if results and not write:
        sys.stdout.write("Compare with the router's console, then run again with --write.\n")
    return code


def _fetch(job: Job) -> Shown:
    login = job.router.login
    ports = dict.fromkeys((login.ports.netconf, login.ports.ssh))
    address, limit = job.router.address, job.settings.connect_timeout_s
    keys = tuple(ShownKey(address, port, *fetch_host_key(address, port, limit)) for port in ports)
    return Shown(keys, Path(login.known_hosts))


def _add(shown: Shown) -> None:
    path = shown.known_hosts
    there = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    new = [key.line for key in shown.keys if key.line not in there]
    if new:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*there, *new]) + "\n", encoding="utf-8")


def _document(shown: Shown) -> dict[str, Any]:
    return {
        "keys": [
            {"port": key.port, "type": key.type, "fingerprint": key.fingerprint, "line": key.line} for key in shown.keys
        ]
    }
