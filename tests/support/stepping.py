"""A router as it may be observed after each step of a plan: what a killed run leaves. Pure values, no socket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from sroscert.intent.desired import Phase
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.observed import Observed, Served
from sroscert.plan.plan import Plan
from sroscert.plan.service import after
from sroscert.plan.steps import (
    CheckAndImport,
    Commit,
    Enrol,
    GenerateKey,
    ImportFile,
    ImportKey,
    RemoveFile,
    Save,
    Step,
    UploadFile,
)
from sroscert.values import ConfigTree
from tests.support.planning import CA, datastore_state, files


def left_by(plan: Plan, issued: CertificateInfo) -> Iterator[tuple[str, Observed]]:
    """Yield what is seen of a router before each step of `plan`, in the middle of some, and after the last one.

    `issued` is what the CA answers with, and what is served after a commit of TLS.
    """
    seen = plan.observed
    yield "before all", seen
    for step in plan.steps:
        if isinstance(step, UploadFile):
            half = replace(step, content=step.content[:9])
            yield f"middle of: {step.title}", done(seen, half, plan, issued)
        if isinstance(step, ImportKey):
            if step.subject:
                yield f"request of: {step.title}", _with(seen, flash=(step.generation.request,))
                seen = _with(seen, flash=(step.generation.request,))
            yield f"import of: {step.title}", _with(seen, pki=(step.generation.key,))
        seen = done(seen, step, plan, issued)
        yield step.title, seen


def done(seen: Observed, step: Step, plan: Plan, issued: CertificateInfo) -> Observed:
    """What is seen of a router after one step."""
    match step:
        case UploadFile():
            name = step.target.split(":", 1)[-1].lstrip("\\/")
            digest = hashlib.sha256(step.content).hexdigest()
            return _with(replace(seen, scripts={**seen.scripts, step.target: digest}), flash=(name,))
        case ImportFile():
            return replace(_with(seen, pki=(step.name,)), displayed={**seen.displayed, step.name: CA})
        case RemoveFile():
            return _without(seen, step.url)
        case GenerateKey():
            return _with(seen, flash=(step.generation.key,))
        case ImportKey():
            return _without(_with(seen, pki=(step.generation.key,)), f"cf3:/{step.generation.key}")
        case Enrol():
            return _with(seen, flash=(step.generation.save_as,))
        case CheckAndImport():
            name = step.generation.certificate
            return replace(_with(seen, pki=(name,)), displayed={**seen.displayed, name: issued})
        case Commit():
            hidden = [
                (path, "x hash2" if str(value).startswith("file:") else value)
                for path, value in after(seen.running, step.changes).items()
            ]
            served = Served("ok", certificate=issued) if step.phase is Phase.TLS else seen.served
            seen = replace(seen, running=ConfigTree.from_items(hidden), served=served)
            return _saved(seen, plan, "true")
        case Save():
            return _saved(seen, plan, "false")
        case _:
            raise AssertionError(step)


def _with(seen: Observed, *, flash: tuple[str, ...] = (), pki: tuple[str, ...] = ()) -> Observed:
    return replace(seen, flash=(*seen.flash, *files(*flash)), system_pki=(*seen.system_pki, *files(*pki)))


def _without(seen: Observed, url: str) -> Observed:
    name = url.rsplit("/", 1)[-1]
    return replace(seen, flash=tuple(entry for entry in seen.flash if entry.name != name))


def _saved(seen: Observed, plan: Plan, unsaved: str) -> Observed:
    user = plan.router.login.username
    state = datastore_state("running", unsaved=unsaved, user=user, modified="2026-05-01T11:00:00Z")
    return replace(seen, state=state)
