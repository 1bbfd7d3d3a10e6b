"""MD-CLI commands that `md-cli-raw-command` runs in operational mode.

Owns `admin save`, `show certificate …`, `environment …`, and from 23.3 on
`admin system security pki …`: `show file-content` and the modelled operations spelled as commands.
"""

from __future__ import annotations

from collections.abc import Callable

from . import csr, display, redundancy
from .actions import ActionInterpreter
from .classic import ClassicCommands
from .filecommands import FileCommands
from .operations import Operations
from .pkifilecommands import kind_of
from .systemcommands import SystemCommands
from .tokens import SyntaxFault, read_arguments

_FIRST_PKI = (23, 3)
#: The guide of that release types it in MD-CLI.
FIRST_UPDATE = (22, 10)


class MDCommands:
    """The table of MD-CLI commands of one router."""

    def __init__(self, operations: Operations, actions: ActionInterpreter) -> None:
        self._operations = operations
        self._actions = actions
        classic = ClassicCommands(operations)
        self.table: dict[tuple[str, ...], Callable[[list[str]], str]] = {
            ("admin", "save"): self._save,
            ("show", "certificate", "ca-profile"): classic.show_ca_profile,
            ("show", "certificate", "ocsp-cache"): classic.show_ocsp_cache,
            ("environment",): lambda words: "",
            **SystemCommands(operations.host).md(),
            **FileCommands(operations).md(),
            **redundancy.md(operations),
        }
        if FIRST_UPDATE <= operations.train < _FIRST_PKI:
            self.table["admin", "system", "security", "pki", "update-certificate"] = self._update
        # ASSUMPTION: the MD-CLI form of the rest came with the actions; 22.7 or 22.10 is possible too.
        if operations.train >= _FIRST_PKI:
            self.table["admin", "system", "security", "pki", "show", "file-content"] = self._file_content
            self.table["admin", "system", "security", "pki"] = self._pki

    def _save(self, words: list[str]) -> str:
        if words:
            raise SyntaxFault(words[0])
        self._operations.host.save_configuration()
        return ""

    def _file_content(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("type", "format", "password"), bare=True)
        if arguments.need("type") == "csr":
            return csr.shown(self._operations.store, arguments.bare, arguments.need("format"))
        kind = kind_of(arguments.need("type"))
        item = self._operations.store.show(kind, arguments.bare, arguments.need("format"), arguments.get("password"))
        return display.render(item) + "\n"

    def _update(self, words: list[str]) -> str:
        self._operations.updater.run_now(read_arguments(words, ("certificate",)).need("certificate"))
        return ""

    def _pki(self, words: list[str]) -> str:
        return self._actions.run_words(words)
