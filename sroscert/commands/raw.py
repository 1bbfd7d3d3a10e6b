"""Operations as command lines, for ``md-cli-raw-command`` (YANG /global-operations, since 20.10) or a CLI session.

Owns how words become a line: the prefix that leads to the other engine, quoting, secrets, and the redacted form for
plans and logs. The words themselves are in ``classic`` and ``leaves``; which engine's words are used is decided by
``action.spelling``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

from sroscert.commands import operations as op
from sroscert.commands import texts
from sroscert.commands.classic import classic_words
from sroscert.commands.leaves import action_leaves, action_path
from sroscert.commands.words import Secret, Word, certificate_format, file_url, folder_url, log_name
from sroscert.errors import CommandError, InternalError

HIDDEN = "*****"
_LONGEST_SECRET = 64


class Engine(enum.Enum):
    """One of the router's two command languages."""

    CLASSIC = "classic"
    """``admin certificate …``: every release; needs classic-cli among the authorised CLI engines."""
    MD_CLI = "md-cli"
    """``admin system security pki …``: the words of the YANG actions (display seen on 24.7, import on 26.3)."""

    @property
    def other(self) -> Engine:
        """The engine that ``//`` leads to from this one."""
        return Engine.MD_CLI if self is Engine.CLASSIC else Engine.CLASSIC



def usual_engine(operation: op.Operation) -> Engine:
    """Return the engine whose words an operator of any release up to 22.10 in model-driven mode uses."""
    return Engine.MD_CLI if isinstance(operation, op.FILE_OPERATIONS) else Engine.CLASSIC


def has_md_cli_words(operation: op.Operation) -> bool:
    """Tell whether MD-CLI has words for an operation; it has none for the table of requests and the reload for TLS."""
    displays = (op.DisplayCertificate, op.DisplayCRL, op.DisplayRequest)
    return action_path(operation) is not None or isinstance(operation, (*op.FILE_OPERATIONS, *displays))


def to_line(
    operation: op.Operation, resolve: Callable[[str], str], engine: Engine | None = None, *,
    session: Engine = Engine.MD_CLI, interactive: bool = False,
) -> str:
    """Return the one line for an operation, in the words of ``engine`` (``usual_engine`` where none is given).

    ``session`` is the engine that reads the line: the words of the other one go behind ``//``. In an ``interactive``
    session a question mark asks for help, even inside quotes. ``resolve`` turns a secret reference into the secret;
    it is called here and nowhere earlier. Raises CommandError ``unsafe-text``, before anything is sent, for a text
    that could end a token or the line, and ``no-line`` where the engine has no words for the operation.
    """
    engine = engine or usual_engine(operation)
    tokens = []
    for word in _words(operation, engine):
        written = _token(word, resolve)
        tokens.append(texts.typed(written, getattr(word, "what", "word")) if interactive else written)
    return ("" if engine is session else "//") + " ".join(tokens)


def describe(operation: op.Operation, engine: Engine | None = None) -> str:
    """Return the operation as a person would type it in MD-CLI, with secrets as ``*****``, for plans and logs.

    Raises CommandError ``unsafe-text`` as ``to_line`` does.
    """
    engine = engine or usual_engine(operation)
    words = _words(operation, engine)
    parts = [HIDDEN if isinstance(word, Secret) else _token(word, _never) for word in words]
    return ("" if engine is Engine.MD_CLI else "//") + " ".join(parts)


def _never(reference: str) -> str:
    raise InternalError(f"a description asked for the secret {reference}")


def _token(word: Word, resolve: Callable[[str], str]) -> str:
    if isinstance(word, str):
        return word
    if isinstance(word, Secret):
        secret = texts.printable(resolve(word.reference), word.what, _LONGEST_SECRET, secret=True)
        return texts.token(secret, word.what, secret=True)
    return texts.token(word.text, word.what)


def _words(operation: op.Operation, engine: Engine) -> tuple[Word, ...]:
    if engine is Engine.CLASSIC:
        return classic_words(operation)
    match operation:
        case op.ListFiles():
            return ("file", "list", folder_url(operation.url))
        case op.RemoveFile() | op.CopyFile() | op.Checksum():
            # ASSUMPTION: checksum takes its values without names, as remove and copy do (public code).
            name = {op.RemoveFile: "remove", op.CopyFile: "copy", op.Checksum: "checksum"}[type(operation)]
            return ("file", name, *(leaf if value is None else value for leaf, value in action_leaves(operation)))
        case op.ShowLog():
            return ("show", "log", "log-id", log_name(operation.log))
        case op.SaveConfiguration():
            return ("admin", "save")
        case op.Ping():
            # The tutorial's transcript: ping 172.20.20.6 router-instance "management".
            (_, target), *options = action_leaves(operation)
            return ("ping", *_given([target]), *_given(word for option in options for word in option))
        case op.DisplayCertificate():
            return _file_content(operation.url, "certificate", certificate_format(operation.format))
        case op.DisplayCRL():
            return _file_content(operation.url, "crl", "der")
        case op.DisplayRequest():
            # ASSUMPTION: csr and pkcs10, of the enumerations in nokia-types-security, are what the display takes.
            return _file_content(operation.url, "csr", "pkcs10")
        case _:
            return _action_words(operation)


def _given(words: Iterable[Word | None]) -> tuple[Word, ...]:
    return tuple(word for word in words if word is not None)


def _file_content(url: str, kind: str, form: str) -> tuple[Word, ...]:
    return (
        "admin", "system", "security", "pki", "show", "file-content", file_url(url), "type", kind, "format", form,
    )


def _action_words(operation: op.Operation) -> tuple[Word, ...]:
    """Return the names of an action and its leaves: MD-CLI takes them in any order (import: 26.3 lab)."""
    path = action_path(operation)
    if path is None:
        raise CommandError(
            f"MD-CLI has no words for {type(operation).__name__}", operation=type(operation).__name__, code="no-line",
            state="nothing was sent", hint="it needs the classic CLI engine",
        )
    words: list[Word] = [*path.strip("/").split("/")]
    for leaf, value in action_leaves(operation):
        words.append(leaf)
        if value is not None:
            words.append(value)
    return tuple(words)

