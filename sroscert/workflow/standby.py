"""The card of the standby CPM: looking at the scripts there, and having the router copy one.

Everything goes by the router's own file commands, which take a card with its slot (``cf3-b:``, typedef cflash-url);
whether SFTP reaches the other CPM is not known. What should be there is ``plan.standby``'s to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sroscert.commands import operations as op
from sroscert.commands.replies import FileEntry, Reply
from sroscert.errors import CommandError
from sroscert.plan.observed import Observed, StandbyFiles
from sroscert.plan.scripts import uploads_of
from sroscert.plan.standby import on_slot, other_slot, size_word, stands_by, wanted_there
from sroscert.plan.steps import CopyToStandby
from sroscert.schema import Schema

if TYPE_CHECKING:
    from sroscert.workflow.link import RouterLink

if TYPE_CHECKING:
    from sroscert.workflow.tools import Tools


def look(seen: Observed, link: RouterLink, schema: Schema) -> StandbyFiles | None:
    """Return what the standby CPM has of the intent's scripts, and of those of ours on cf3: that nothing runs any more.

    None where there is no such CPM, or no script.
    """
    if not stands_by(seen):
        return None
    targets = [upload.target for upload in wanted_there(uploads_of(link.router, seen, schema))]
    targets += [url for url in seen.scripts if url not in targets and on_slot(url, other_slot(seen.slot))]
    if not targets:
        return None
    slot = other_slot(seen.slot)
    if not slot:
        return StandbyFiles(unread="the listing of cf3: does not say which CPM is active")
    try:
        return StandbyFiles(slot, _scripts(targets, slot, link, schema))
    except CommandError as error:
        return StandbyFiles(slot, unread=str(error))


def _scripts(targets: list[str], slot: str, link: RouterLink, schema: Schema) -> dict[str, str]:
    folders: dict[str, tuple[FileEntry, ...]] = {}
    found = {}
    for target in targets:
        url = on_slot(target, slot)
        folder, name = url.rsplit("/", 1)
        if folder not in folders:
            folders[folder] = _listed(_run(link, schema, op.ListFiles(f"{folder}/")), folder)
        entry = next((item for item in folders[folder] if item.name.lower() == name.lower()), None)
        if entry is None or entry.is_folder:
            continue
        found[target] = _checksum(_run(link, schema, op.Checksum(url))) or size_word(entry.size)
    return found


def _run(link: RouterLink, schema: Schema, operation: op.Operation) -> Reply:
    return link.executor(schema).run(operation, link.settings.rpc_timeout_s)


def _listed(reply: Reply, folder: str) -> tuple[FileEntry, ...]:
    if reply.outcome != "done":
        words = reply.text.strip() or "no answer that can be read"
        raise CommandError(f"{folder}/ could not be listed: {words}", operation="file list")
    return reply.files


def _checksum(reply: Reply) -> str:
    return reply.checksum if reply.outcome == "done" else ""


def copy(tools: Tools, step: CopyToStandby) -> str:
    """Have the router copy the file, and see it there: its name, its size, and its digest where the router tells it.

    Raises CommandError ``standby-copy``.
    """
    folder, name = step.target.rsplit("/", 1)
    reply = tools.run(op.CopyFile(step.source, step.target, replace=True))
    entries = _listed(_run(tools.link, tools.schema, op.ListFiles(f"{folder}/")), folder)
    size = next((entry.size for entry in entries if entry.name.lower() == name.lower()), None)
    shown = _checksum(_run(tools.link, tools.schema, op.Checksum(step.target))) if size == step.size else ""
    if size == step.size and shown in {"", step.sha256}:
        return "seen there" + (", with the same SHA-256" if shown else ", with the same size")
    what = "it is not there" if size is None else "what is there is another text"
    folder_first = f" (file make-directory {folder}), ".replace("/", "\\") if "/" in folder and not entries else ", "
    raise CommandError(
        f"{step.source} could not be copied to the standby CPM: {what}; {reply.text.strip() or 'no reason given'}",
        operation="file copy", code="standby-copy",
        state="everything else of the plan is done; the active CPM has the script and renews",
        hint=f"see that the standby CPM stands by, that the folder is there{folder_first}and that its card has room; "
        "then run apply again: it copies that file only",
    )
