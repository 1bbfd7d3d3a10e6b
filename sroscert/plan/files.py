"""Files that a plan brings to a router: CA certificates, which are imported, and scripts. Pure.

Keys and certificates that the router makes or gets are ``plan/enrolment``; copies on the standby CPM ``plan/standby``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Upload
from sroscert.pki.cafile import LocalCA
from sroscert.plan.observed import Observed
from sroscert.plan.steps import ImportFile, RemoveFile, Step, UploadFile

WORK_PREFIX = "sroscert-"
"""Work files of ours on cf3: that are no key and no certificate of a generation begin with this."""


def ca_steps(router: RouterIntent, observed: Observed, cas: Mapping[str, LocalCA]) -> list[Step]:
    """Return the steps that import each CA certificate that system-pki lacks; each file once."""
    steps: list[Step] = []
    done: set[str] = set()
    for profile in router.ca_profiles.values():
        local = cas.get(profile.name)
        url = f"cf3:/{WORK_PREFIX}{profile.file}"
        if local is None or profile.retired or profile.file in done:
            continue
        done.add(profile.file)
        if observed.has_pki_file(profile.file):
            if observed.flash_file(f"{WORK_PREFIX}{profile.file}") is not None:
                steps.append(RemoveFile(reason="work file of a run that was broken off", url=url))
            continue
        why = f"CA profile {profile.name} needs it; system-pki does not have it"
        steps += [
            UploadFile(reason=why, target=url, content=local.data, origin=str(profile.file)),
            ImportFile(reason=why, url=url, name=profile.file, kind="certificate", format=local.format),
            RemoveFile(reason="it is a work file", url=url),
        ]
    return steps


def script_steps(uploads: Iterable[Upload], observed: Observed) -> list[Step]:
    """Upload scripts that are absent or have other content: a difference is claimed only where it can be read."""
    steps: list[Step] = []
    known = {_plain(target): digest for target, digest in observed.scripts.items()}
    for upload in uploads:
        name = upload.target.split(":", 1)[-1].lstrip("\\/")
        there = known.get(_plain(upload.target))
        if there is None or there not in {"", hashlib.sha256(upload.content).hexdigest()}:
            reason = f"{upload.why}; " + ("it is not there" if there is None else "what is there has other content")
            steps.append(UploadFile(reason=reason, target=upload.target, content=upload.content, origin=name))
    return steps


def _plain(location: str) -> str:
    """Return a location in the one spelling of all: SR OS takes either slash, and any case on cf3:."""
    drive, _, name = location.rpartition(":")
    return f"{drive}:{name.replace(chr(92), '/').lstrip('/')}".lower()
