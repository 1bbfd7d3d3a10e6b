"""The scripts on the card of the standby CPM: which of them are to be copied there. Pure.

After a switchover cf3: is the other CPM's card, and nothing that SR OS synchronizes by itself (configuration, boot
environment, certificates) has a script among it: Nokia's guide wants it on both. One file is copied by one command;
synchronizing the boot environment would carry images and boot options along.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from sroscert.intent.desired import Upload
from sroscert.plan.findings_router import standby_words
from sroscert.plan.observed import Observed
from sroscert.plan.steps import CopyToStandby, Step, UploadFile

_ON_ACTIVE = re.compile(r"(cf[1-3]):[\\/]*(.+)", re.IGNORECASE | re.DOTALL)


def stands_by(observed: Observed) -> bool:
    """Tell whether there is a standby CPM that files can be copied to now."""
    return standby_words(observed)[0] == "standby"


def other_slot(slot: str) -> str:
    """Return the slot of the CPM that is not in ``slot``; empty where that one is not known."""
    return {"A": "B", "B": "A"}.get(slot, "")


def on_slot(location: str, slot: str) -> str:
    """Return where a file of the active CPM lies on the card of ``slot``: ``cf3-b:/x`` for ``cf3:\\x``.

    Empty for a location that is the same after a switchover: one that names a slot, or is on no card.
    """
    match = _ON_ACTIVE.fullmatch(location)
    return f"{match[1].lower()}-{slot.lower()}:/{match[2]}".replace("\\", "/") if match and slot else ""


def wanted_there(uploads: Iterable[Upload]) -> tuple[Upload, ...]:
    """Return the files that must be on both CPMs."""
    return tuple(upload for upload in uploads if _ON_ACTIVE.fullmatch(upload.target))


def lacking(upload: Upload, observed: Observed) -> str:
    """Say what the standby CPM has instead of the file; empty where it has it, or where that cannot be told."""
    seen = observed.standby
    if seen is None or seen.unread:
        return ""
    if upload.target not in seen.scripts:
        return "the standby CPM does not have it"
    if seen.scripts[upload.target] in {digest(upload), size_word(len(upload.content))}:
        return ""
    return "what the standby CPM has is another text"


def size_word(size: int) -> str:
    """Return what stands for a file of which no more than the size could be read."""
    return f"{size} bytes"


def digest(upload: Upload) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(upload.content).hexdigest()


def copies(uploads: Iterable[Upload], observed: Observed, steps: Sequence[Step]) -> list[Step]:
    """Return the steps that bring the scripts to the standby CPM; of one that it has, none."""
    seen = observed.standby
    if seen is None or not seen.slot or not stands_by(observed):
        return []
    brought = {step.target for step in steps if isinstance(step, UploadFile)}
    made: list[Step] = []
    for upload in wanted_there(uploads):
        has_it = seen.scripts.get(upload.target) == digest(upload)
        anew = upload.target in brought and not has_it
        why = lacking(upload, observed) or ("it is put on the active CPM anew" if anew else "")
        if why:
            made.append(
                CopyToStandby(
                    reason=f"after a switchover the handler needs it there; {why}",
                    source=upload.target.replace("\\", "/"), target=on_slot(upload.target, seen.slot),
                    size=len(upload.content), sha256=digest(upload),
                )
            )
    return made
