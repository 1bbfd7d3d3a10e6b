"""`admin certificate …` of the classic CLI on files: making keys, import, export, conversion, display, and SeND's key.

Grammar: of import and display the tutorial's transcript, of gen-keypair and secure-nd-import the guides. The rest is
recalled from the Classic CLI Command Reference and unconfirmed, so these are ASSUMPTIONs: `curve`, `cert-request`, all
of export, and all words of convert-file but its name.
"""

from __future__ import annotations

from collections.abc import Callable

from . import csr, display
from .formats import KIND_BY_WORD, Kind
from .operations import Operations
from .tokens import Arguments, SyntaxFault, read_arguments
from .vault import FORMS

_SEND_FORMATS = ("der", "pem", "pkcs12")


def kind_of(word: str) -> Kind:
    """The kind behind a `type` keyword."""
    if word not in KIND_BY_WORD:
        raise SyntaxFault(word)
    return KIND_BY_WORD[word]


def bare(arguments: Arguments) -> str:
    """The word without a keyword, which the command needs."""
    if not arguments.bare:
        raise SyntaxFault("url", missing=True)
    return arguments.bare


class PKIFileCommands:
    """These commands of one router."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        commands: dict[str, Callable[[list[str]], str]] = {
            "gen-keypair": self._gen_keypair,
            "import": self._import,
            "export": self._export,
            "convert-file": self._convert,
            "display": self._display,
            "secure-nd-import": self._secure_nd_import,
            "secure-nd-export": self._secure_nd_export,
        }
        self.table: dict[tuple[str, ...], Callable[[list[str]], str]] = {
            ("admin", "certificate", name): command for name, command in commands.items()
        }

    def _gen_keypair(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("size", "type", "curve"), bare=True)
        algorithm = arguments.get("type") or "rsa"
        if algorithm not in ("rsa", "dsa", "ecdsa"):
            raise SyntaxFault(algorithm)
        size = arguments.get("size") or "2048"
        if not size.isdigit():
            raise SyntaxFault(size)
        curve = arguments.get("curve") or "secp256r1"
        self._operations.store.generate_keypair(bare(arguments), algorithm, int(size), curve)
        return ""

    def _import(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("type", "input", "output", "format", "password"))
        self._operations.import_file(
            kind_of(arguments.need("type")),
            arguments.need("input"),
            arguments.need("output"),
            arguments.need("format"),
            arguments.get("password"),
        )
        return ""

    def _export(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("type", "input", "output", "format", "password", "pkey"))
        kind = kind_of(arguments.need("type"))
        name, url = arguments.need("input"), arguments.need("output")
        password, key = arguments.get("password") or "", arguments.get("pkey") or ""
        self._operations.store.export_file(kind, name, url, arguments.need("format"), password, key)
        return ""

    def _convert(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("input", "output", "format"), ("force",))
        form = arguments.need("format")
        if form not in FORMS:
            raise SyntaxFault(form)
        source, target = arguments.need("input"), arguments.need("output")
        self._operations.store.convert(source, target, form, force="force" in arguments.flags)
        return ""

    def _display(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("type", "format", "password"), bare=True)
        encoding = arguments.get("format") or "der"
        if arguments.need("type") == "cert-request":
            return csr.shown(self._operations.store, bare(arguments), encoding)
        kind = kind_of(arguments.need("type"))
        item = self._operations.store.show(kind, bare(arguments), encoding, arguments.get("password"))
        return display.render(item) + "\n"

    def _secure_nd_import(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("format", "password"), ("key-rollover",), bare=True)
        encoding = arguments.need("format")
        if encoding not in _SEND_FORMATS:
            raise SyntaxFault(encoding)
        self._operations.secure_nd.import_key(bare(arguments), encoding, arguments.get("password"))
        return ""

    def _secure_nd_export(self, words: list[str]) -> str:
        if words:
            raise SyntaxFault(words[0])
        self._operations.secure_nd.export_key()
        return ""
