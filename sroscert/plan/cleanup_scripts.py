"""Clean-up of renewal scripts: the files on cf3: of a renewal that is over, if they are what we write. Pure.

A script does nothing once nothing runs it, and what was taken off the configuration can be put back while its script is
there: so it goes by a clean-up and not with the configuration. Its copy on the standby CPM goes first: as long as the
script itself is there, the next clean-up finds both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sroscert.intent import CertificateIntent, ehs, ehs_scripts
from sroscert.intent.ehs import Renewing
from sroscert.model.python import PYTHON
from sroscert.model.script_control import SCRIPT_CONTROL
from sroscert.plan.certificate import pair_in_use
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import generation, number_of
from sroscert.plan.plan import Plan
from sroscert.plan.standby import on_slot, size_word
from sroscert.values import file_name

_ENGINES = ("md-cli", "classic-cli", ehs_scripts.PYTHON)


def old_scripts(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the URLs of renewal scripts of ours that nothing runs any more, each with why it goes."""
    known: set[str] | None = None
    for name in _idle(plan):
        known = known if known is not None else {*_digests(plan)}
        digest = _of_file(name, plan.observed.scripts)
        if digest in known:
            yield from _copy(name, digest, plan)
            yield f"cf3:/{name}", "the script of a renewal that is over; nothing runs it"


def _copy(name: str, digest: str, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the copy of a script of ours on the standby CPM, if it is the same text, or as long if no more is told."""
    seen = plan.observed.standby
    size = next(entry.size for entry in plan.observed.flash if entry.name == name)
    if seen is not None and _of_file(name, seen.scripts) in {digest, size_word(size)}:
        yield on_slot(f"cf3:/{name}", seen.slot), "its copy on the standby CPM"


def scripts_left(plan: Plan) -> Iterator[Finding]:
    """Tell of scripts that are called as ours are, that nothing runs, and that are not as we would write them now."""
    going = {url for url, _ in old_scripts(plan)}
    for name in _idle(plan):
        if f"cf3:/{name}" not in going:
            yield Finding(
                Severity.NOTE,
                "script-of-others",
                f"cf3:/{name} is called as a renewal script of ours, nothing runs it, and its content is another: left",
                hint="remove it on the router when nobody needs it",
            )


def is_script_name(name: str) -> bool:
    """Tell whether a file in the root of cf3: is called as our renewal scripts are."""
    return (
        ehs_scripts.is_python_file(name)
        or re.fullmatch(rf"{ehs.NAME}(-.+)?\.txt", name, re.IGNORECASE) is not None
    )


def _idle(plan: Plan) -> list[str]:
    running = plan.observed.running
    run = {running.text(path / "location") for path in running.entries(SCRIPT_CONTROL, "script")}
    for path in running.entries(PYTHON, "python-script"):
        urls = running.get(path / "urls")
        run |= {*urls} if isinstance(urls, tuple) else set()
    run |= {upload.target for upload in plan.desired.uploads}
    taken = {location.replace("\\", "/").lower() for location in run}
    return [
        entry.name
        for entry in plan.observed.flash
        if is_script_name(entry.name) and not entry.is_folder and f"cf3:/{entry.name}".lower() not in taken
    ]


def _of_file(name: str, scripts: Mapping[str, str]) -> str:
    """Return the digest of the file of that name among scripts by location; empty for none."""
    found = (digest for url, digest in scripts.items() if file_name(url).lower() == name.lower())
    return next(found, "")


def _digests(plan: Plan) -> Iterator[str]:
    """Yield the digests of every script that we may have written for what the intent has and the router shows."""
    for item in plan.router.certificates.values():
        for pair in _pairs(item, plan):
            for ca in plan.router.ca_profiles:
                for engine in _ENGINES:
                    for name in _idle(plan):
                        asked = replace(item, ca_profile=ca)
                        text = ehs_scripts.script_text(asked, pair, engine, f"cf3:/{name}")
                        yield hashlib.sha256(text).hexdigest()


def _pairs(item: CertificateIntent, plan: Plan) -> Iterator[Renewing]:
    numbers = {number_of(entry.name, item.name) for entry in plan.observed.system_pki} | {1}
    for number in sorted(number for number in numbers if number is not None):
        made = generation(item.name, item.key.file, number)
        yield Renewing(made.certificate, made.key)
    used = pair_in_use(plan.router, item, plan.observed)
    if used is not None:
        yield Renewing(used.certificate, used.key)
