"""Operations as command lines for ``md-cli-raw-command`` (YANG /global-operations, since 20.10) or a CLI session.

PKI commands are classic ones behind ``//`` (tutorial transcript); files and saving have MD-CLI words. The same words
give the redacted form for plans and logs. Choosing between a line and a YANG action is ``action.spelling``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from sroscert.commands import operations as op
from sroscert.commands import texts
from sroscert.errors import InternalError

_KINDS = {"certificate": "cert", "key": "key", "crl": "crl"}
_FORMATS = ("der", "pem", "pkcs7-der", "pkcs7-pem")
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
HIDDEN = "*****"


class Engine(enum.Enum):
    """Which of the router's two command languages displays a certificate; all else has one spelling."""

    CLASSIC = "classic"
    """``//admin certificate display``: every release, needs classic-cli among the authorised CLI engines."""
    MD_CLI = "md-cli"
    """``admin system security pki show file-content``: seen on 24.7."""


@dataclass(frozen=True, slots=True)
class Text:
    """A checked text of the intent at its place in a line."""

    text: str
    what: str


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a secret in a line, by its reference."""

    reference: str
    what: str


Word = str | Text | Secret


def to_line(operation: op.Operation, resolve: Callable[[str], str], engine: Engine = Engine.CLASSIC) -> str:
    """Return the one line for an operation.

    ``resolve`` turns a secret reference into the secret; it is called here and nowhere earlier. Raises CommandError
    ``unsafe-text``, before anything is sent, for a text that could end a token or the line.
    """
    return " ".join(_token(word, resolve) for word in _words(operation, engine))


def describe(operation: op.Operation) -> str:
    """Return the operation as a person would type it, with secrets as ``*****``, for plans and logs.

    Raises CommandError ``unsafe-text`` as ``to_line`` does.
    """
    parts = [HIDDEN if isinstance(word, Secret) else _token(word, _never) for word in _words(operation, Engine.CLASSIC)]
    return " ".join(parts)


def _never(reference: str) -> str:
    raise InternalError(f"a description asked for the secret {reference}")


def _token(word: Word, resolve: Callable[[str], str]) -> str:
    if isinstance(word, Text):
        return texts.token(word.text, word.what)
    if isinstance(word, Secret):
        secret = texts.printable(resolve(word.reference), word.what, 64, secret=True)
        return texts.token(secret, word.what, secret=True)
    return word


def _words(operation: op.Operation, engine: Engine) -> tuple[Word, ...]:
    match operation:
        case op.GenerateKeypair():
            return _generate(operation)
        case op.ImportFile():
            kind = _KINDS[texts.one_of(operation.kind, tuple(_KINDS), "kind of file")]
            return (
                "//admin", "certificate", "import", "type", kind, "input", Text(texts.line_url(operation.url), "file"),
                "output", _name(operation.output), "format", texts.one_of(operation.format, _FORMATS, "format"),
            )
        case op.InitialRegistration():
            return _initial_registration(operation)
        case op.Poll() | op.ClearRequest() | op.ShowRequest():
            # ASSUMPTION: poll and clear-request take "ca <profile>" as show-request, alone in the transcript, does.
            verb = {op.Poll: "poll", op.ClearRequest: "clear-request", op.ShowRequest: "show-request"}[type(operation)]
            return ("//admin", "certificate", "cmpv2", verb, "ca", _ca_profile(operation.ca_profile))
        case op.DisplayCertificate():
            return _display(operation, engine)
        case op.RemoveFile():
            return ("file", "remove", Text(texts.line_url(operation.url), "file"), "force")
        case op.ListFiles():
            return ("file", "list", Text(texts.folder_url(operation.url), "folder"))
        case op.Reload():
            return (
                "//admin", "certificate", "reload", "type", "cert-key-pair", _name(operation.certificate), "protocol",
                "tls", "key-file", _name(operation.key),
            )
        case op.SaveConfiguration():
            return ("admin", "save")


def _name(text: str) -> Text:
    return Text(texts.file_name(text, "file name"), "file name")


def _ca_profile(text: str) -> Text:
    return Text(texts.printable(text, "CA profile name", 32), "CA profile name")


def key_parameters(operation: op.GenerateKeypair) -> tuple[str, str]:
    """Return (``rsa``, bits) or (``ecdsa``, curve), checked against the router's limits (512..8192 bits)."""
    if texts.one_of(operation.key_type, ("rsa", "ecdsa"), "key type") == "ecdsa":
        return "ecdsa", texts.one_of(operation.curve or "secp256r1", _CURVES, "curve")
    size = operation.size or 2048
    if not 512 <= size <= 8192:
        raise texts.refuse("key size", "it must be 512 to 8192", shown=str(size))
    return "rsa", str(size)


def _generate(operation: op.GenerateKeypair) -> tuple[Word, ...]:
    kind, parameter = key_parameters(operation)
    url = Text(texts.line_url(operation.url), "file")
    if kind == "rsa":
        return ("//admin", "certificate", "gen-keypair", url, "size", parameter, "type", "rsa")
    # ASSUMPTION: the classic spelling for elliptic curves is in no public source that could be read.
    return ("//admin", "certificate", "gen-keypair", url, "type", "ecdsa", "curve", parameter)


def _initial_registration(operation: op.InitialRegistration) -> tuple[Word, ...]:
    words: list[Word] = [
        "//admin", "certificate", "cmpv2", "initial-registration", "ca", _ca_profile(operation.ca_profile),
        "key-to-certify", _name(operation.key), "protection-alg", "password",
        Secret(operation.secret_reference, "enrolment password"), "reference",
        Text(texts.printable(operation.reference, "reference", 64), "reference"),
        "subject-dn", Text(texts.subject_dn(operation.subject_dn), "subject"),
    ]
    if operation.domain_names:
        # ASSUMPTION: domain-name stands between subject-dn and ip-addr; the transcript has no DNS name.
        words += ["domain-name", Text(texts.domain_names(operation.domain_names), "DNS names")]
    if operation.ip_address:
        words += ["ip-addr", Text(texts.ip_address(operation.ip_address), "IP address")]
    return (*words, "save-as", Text(texts.line_url(operation.save_as), "file"))


def _display(operation: op.DisplayCertificate, engine: Engine) -> tuple[Word, ...]:
    form = texts.one_of(operation.format, _FORMATS, "format")
    url = Text(texts.line_url(operation.url), "file")
    if engine is Engine.MD_CLI:
        return (
            "admin", "system", "security", "pki", "show", "file-content", url, "type", "certificate", "format", form
        )
    return ("//admin", "certificate", "display", "type", "cert", "format", form, url)
