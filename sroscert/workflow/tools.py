"""Commands to one router that know what they did: each is looked at afterwards, by the listing of its files.

What more than one kind of step needs; which steps there are is ``execute``'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sroscert.commands import operations as op
from sroscert.commands.replies import Reply
from sroscert.errors import CommandError, GuardError
from sroscert.schema import Schema
from sroscert.workflow.journal import sent
from sroscert.workflow.observe import FLASH, PKI_FOLDER, list_folder, list_pki

if TYPE_CHECKING:
    from sroscert.workflow.link import RouterLink


@dataclass(frozen=True)
class Tools:
    """The PKI and file commands of one router."""

    link: RouterLink
    schema: Schema

    def run(self, operation: op.Operation, timeout_s: float | None = None) -> Reply:
        """Give one command and return what became of it."""
        with self.link.journal.asking(sent(operation)) as asked:
            reply = self.link.executor(self.schema).run(operation, timeout_s or self.link.settings.rpc_timeout_s)
            asked.outcome, asked.text = reply.outcome, reply.text
        return reply

    def names(self, folder: str) -> set[str]:
        """Return what lies in a folder, in small letters: FAT names do not know case."""
        if folder.rstrip("/") == PKI_FOLDER.rstrip("/"):
            found = list_pki(self.link, self.schema, list_folder(self.link, self.schema, FLASH))
        else:
            found = list_folder(self.link, self.schema, folder)
        return {entry.name.lower() for entry in found}

    def import_file(self, url: str, name: str, kind: str, form: str) -> str:
        """Import a file into system-pki under a name that is free, and see it there.

        Raises CommandError, GuardError.
        """
        if name.lower() in self.names(PKI_FOLDER):
            raise GuardError(
                f"{name} appeared in system-pki while we worked; it is not imported over",
                code="name-taken",
                state="as the steps before left it",
                hint="run plan again",
            )
        reply = self.run(op.ImportFile(url, name, kind, form))
        there = name.lower() in self.names(PKI_FOLDER)
        if reply.outcome == "failed" or not there:
            raise CommandError(
                f"import of {url} as {name} {'failed' if reply.outcome == 'failed' else 'is not seen'}: "
                f"{reply.text.strip() or 'the router gave no reason'}",
                operation="import",
                state=f"{name} is {'there' if there else 'not'} in system-pki",
                hint="the format must be that of the file; see the router's log 99",
            )
        return "seen in system-pki"

    def remove(self, url: str) -> str:
        """Remove a file, and see that it is gone. Raises CommandError."""
        folder, name = url.rsplit("/", 1)
        if name.lower() not in self.names(folder + "/"):
            return "was not there"
        reply = self.run(op.RemoveFile(url))
        if name.lower() in self.names(folder + "/"):
            raise CommandError(
                f"{url} could not be removed: {reply.text.strip() or 'no reason given'}",
                operation="file remove",
                hint="remove it on the router",
            )
        return ""
