"""MD-CLI commands that `md-cli-raw-command` runs in operational mode.

Owns `file …`, `admin save`, `show certificate …`, `show log …`, `environment …`, and from 23.3 on
`admin system security pki …`: `show file-content` and the modelled operations spelled as commands.
"""

from __future__ import annotations

from collections.abc import Callable

from . import display
from .actions import ActionInterpreter
from .classic import ClassicCommands, kind_of
from .failure import PKIRefusal
from .operations import Operations
from .tables import DOUBLE, SINGLE
from .tokens import SyntaxFault, read_arguments

_FIRST_PKI = (23, 3)


class MDCommands:
    """The table of MD-CLI commands of one router."""

    def __init__(self, operations: Operations, actions: ActionInterpreter) -> None:
        self._operations = operations
        self._actions = actions
        self.table: dict[tuple[str, ...], Callable[[list[str]], str]] = {
            ("admin", "save"): self._save,
            ("show", "certificate", "ca-profile"): ClassicCommands(operations).show_ca_profile,
            ("show", "version"): self._version,
            ("show", "log", "log-id"): self._log,
            ("environment",): lambda words: "",
            ("file", "list"): self._file_list,
            ("file", "show"): self._file_show,
            ("file", "remove"): self._file_remove,
        }
        # ASSUMPTION: the MD-CLI form came with the actions; 22.7 or 22.10 is possible too.
        if operations.train >= _FIRST_PKI:
            self.table["admin", "system", "security", "pki", "show", "file-content"] = self._file_content
            self.table["admin", "system", "security", "pki"] = self._pki

    def _save(self, words: list[str]) -> str:
        if words:
            raise SyntaxFault(words[0])
        self._operations.host.save_configuration()
        return ""

    def _version(self, words: list[str]) -> str:
        return f"TiMOS-{self._operations.host.release_name} both/x86_64 Nokia 7750 SR\n"

    def _log(self, words: list[str]) -> str:
        number = words[0].strip('"') if words else ""
        if not number:
            raise SyntaxFault("log-id", missing=True)
        events = self._operations.host.log()
        lines = ["", DOUBLE, f"Event Log {number} log-name {number}", DOUBLE]
        lines.append(f"Log contents  [size=500   next event={len(events) + 1}  (not wrapped)]")
        for entry in reversed(events):
            stamp = f"{entry.time:%Y/%m/%d %H:%M:%S}.{entry.time.microsecond // 1000:03d} UTC"
            event = entry.event
            head = f"{entry.sequence} {stamp} {event.severity.upper()}: {entry.application} #{event.number}"
            lines += ["", f"{head} Base {event.subject}", f'"{event.text}"']
        return "\n".join([*lines, ""])

    def _file_list(self, words: list[str]) -> str:
        url = words[0] if words else "cf3:\\"
        if not self._operations.host.flash.exists(url):
            # ASSUMPTION: the text; it is the one of `file show`.
            raise PKIRefusal(f'open file "{url}"')
        return self._operations.host.flash.listing(url)

    def _file_show(self, words: list[str]) -> str:
        url = words[0] if words else ""
        text = self._operations.store.read_clear(url).decode("utf-8", "replace")
        name = url.replace("\\", "/").rpartition("/")[2]
        return "\n".join([f"File: {name}", SINGLE, text, "", DOUBLE, ""])

    def _file_remove(self, words: list[str]) -> str:
        return self._operations.remove_file(read_arguments(words, (), ("force",), bare=True))

    def _file_content(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("type", "format", "password"), bare=True)
        kind = kind_of(arguments.need("type"))
        item = self._operations.store.show(kind, arguments.bare, arguments.need("format"), arguments.get("password"))
        return display.render(item) + "\n"

    def _pki(self, words: list[str]) -> str:
        return self._actions.run_words(words)
