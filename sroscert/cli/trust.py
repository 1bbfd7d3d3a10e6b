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
from sroscert.device.hostkeys import HostKey, KnownHosts, fetch_host_key
from sroscert.errors import HostKeyError, UsageError
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.workflow.job import Job


@dataclass(frozen=True)
class ShownKey:
    """One host key: where it was shown, its type, SHA-256 fingerprint, known_hosts line, and whether it is known."""

    address: str
    port: int
    type: str
    fingerprint: str
    line: str
    known: bool


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
    added = {shown.known_hosts: 0 for shown in results} if write else {}
    for shown in results if write else ():
        added[shown.known_hosts] += _add(shown)
    if output is Output.JSON:
        print_document("trust", outcomes, code, _document)
        return code
    for outcome in outcomes:
        if outcome.result is not None:
            for key in outcome.result.keys:
                note = "  known" if key.known else ""
                sys.stdout.write(f"{outcome.router}  {key.address}:{key.port}  {key.type}  {key.fingerprint}{note}\n")
    print_errors(outcomes)
    for path, count in added.items():
        said = f"{count} written to {path}" if count else f"nothing to write: {path} has them all"
        sys.stdout.write(f"{said}\n")
    if not write and any(not key.known for shown in results for key in shown.keys):
        sys.stdout.write("Compare with the router's console, then run again with --write.\n")
    return code


def _fetch(job: Job) -> Shown:
    login = job.router.login
    path = Path(login.known_hosts)
    trusted = KnownHosts.load(path) if path.exists() else KnownHosts()
    ports = dict.fromkeys((login.ports.netconf, login.ports.ssh))
    limit = job.settings.connect_timeout_s
    return Shown(tuple(_fetch_key(job.router.address, port, trusted, path, limit) for port in ports), path)


def _fetch_key(address: str, port: int, trusted: KnownHosts, path: Path, timeout_s: float) -> ShownKey:
    """Fetch one key. Raises HostKeyError when another is known: it is never trusted beside the one that is there."""
    known = trusted.keys(address, port)
    kind, fingerprint, line = fetch_host_key(address, port, timeout_s, known)
    if known and fingerprint not in {key.fingerprint for key in known}:
        raise HostKeyError(
            f"{address}:{port} shows the host key {fingerprint} ({kind}); known in {path}: {_words(known)}",
            operation="connect",
            hint="it may be another machine; if the key was changed on purpose, remove its old line from that file",
        )
    return ShownKey(address, port, kind, fingerprint, line, bool(known))


def _words(keys: Sequence[HostKey]) -> str:
    return ", ".join(f"{key.fingerprint} ({key.type})" for key in keys)


def _add(shown: Shown) -> int:
    """Add lines behind what is there, which is never written anew: others read and write it, too. Return how many."""
    path = shown.known_hosts
    new = [key.line for key in shown.keys if not key.known]
    if not new:
        return 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        open_ended = path.exists() and path.read_bytes()[-1:] not in {b"", b"\n"}
        with path.open("a", encoding="utf-8") as file:
            file.write(("\n" if open_ended else "") + "\n".join(new) + "\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="login.known_hosts names it") from error
    return len(new)


def _document(shown: Shown) -> dict[str, Any]:
    return {
        "keys": [
            {
                "port": key.port,
                "type": key.type,
                "fingerprint": key.fingerprint,
                "line": key.line,
                "known": key.known,
            }
            for key in shown.keys
        ]
    }
