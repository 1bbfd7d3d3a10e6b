"""The EST operations as commands: `/admin/system/security/pki/est/*` (YANG, 23.3), and `admin certificate est`.

Owns both grammars and what becomes of the files. ASSUMPTION: of the classic commands (21.10) all but `est`, which is
recalled and unconfirmed; their words are those of the other `admin certificate` commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import ActionResult
from . import csr
from .actionspec import ActionSpec, Values
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .orders import HASHES
from .store import url_of
from .tokens import SyntaxFault, read_arguments

if TYPE_CHECKING:
    from .operations import Operations

_NAMES = ("subject-dn", "domain-name", "ip-address")
_FLAGS = ("force", "validate-certificate-chain")
_FIRST_CLASSIC = (21, 10)
_CLASSIC_WORDS = {
    "est-profile": "est-profile",
    "output": "output-file",
    "key": "key",
    "cert": "certificate",
    "hash-alg": "hash-algorithm",
    "subject-dn": "subject-dn",
    "domain-name": "domain-name",
    "ip-addr": "ip-address",
}


def specs(operations: Operations) -> dict[tuple[str, ...], ActionSpec]:
    """The modelled operations."""
    return {
        ("est", "ca-certificates"): ActionSpec(
            _action(operations, _ca_certificates), ("est-profile", "output-url"), ("force",)
        ),
        ("est", "enroll"): ActionSpec(
            _action(operations, _enroll), ("est-profile", "key", "output-file"), ("hash-algorithm", *_NAMES, *_FLAGS)
        ),
        ("est", "renew"): ActionSpec(
            _action(operations, _renew),
            ("est-profile", "certificate", "key", "output-file"),
            ("hash-algorithm", *_FLAGS),
        ),
    }


def classic(operations: Operations) -> dict[tuple[str, ...], Callable[[list[str]], str]]:
    """The classic commands, on releases that know EST."""
    if operations.train < _FIRST_CLASSIC:
        return {}
    commands = {
        "cacerts": (_ca_certificates, ("est-profile", "output")),
        "enroll": (_enroll, ("est-profile", "key", "output")),
        "renew": (_renew, ("est-profile", "cert", "key", "output")),
    }
    return {
        ("admin", "certificate", "est", word): _command(operations, run, needed)
        for word, (run, needed) in commands.items()
    }


def _action(operations: Operations, run: Callable[[Operations, Values], None]) -> Callable[[Values], ActionResult]:
    def act(values: Values) -> ActionResult:
        run(operations, values)
        return ActionResult()

    return act


def _command(
    operations: Operations, run: Callable[[Operations, Values], None], needed: tuple[str, ...]
) -> Callable[[list[str]], str]:
    def command(words: list[str]) -> str:
        arguments = read_arguments(words, _CLASSIC_WORDS, _FLAGS)
        for word in needed:
            arguments.need(word)
        values = {_CLASSIC_WORDS[word]: value for word, value in arguments.values.items()}
        values |= dict.fromkeys(arguments.flags, "")
        if values.get("hash-algorithm", "sha256") not in HASHES:
            raise SyntaxFault(values["hash-algorithm"])
        run(operations, values)
        return ""

    return command


def _ca_certificates(operations: Operations, values: Values) -> None:
    # ASSUMPTION: the result file is what the server sent, PKCS #7 in DER, which an import takes.
    url = values.get("output-url") or values["output-file"]
    if "force" not in values:
        operations.store.refuse_existing(url)
    operations.store.save(url, operations.est.ca_certificates(values["est-profile"]))


def _enroll(operations: Operations, values: Values) -> None:
    _check_target(operations, values)
    key = operations.store.show(Kind.KEY, values["key"], "der")
    request = csr.request(key, values)
    _take(operations, values, operations.est.enroll(values["est-profile"], key, request))


def _renew(operations: Operations, values: Values) -> None:
    _check_target(operations, values)
    key = operations.store.show(Kind.KEY, values["key"], "der")
    certificate = operations.store.show(Kind.CERT, values["certificate"], "der")
    # ASSUMPTION: the hash when none is given.
    hash_name = values.get("hash-algorithm", "sha256")
    _take(operations, values, operations.est.renew(values["est-profile"], certificate, key, hash_name))


def _check_target(operations: Operations, values: Mapping[str, str]) -> None:
    """An existing file is refused without `force`, before anything is asked of the server. PKIRefusal."""
    name = values["output-file"]
    if any(char in "\\/:" for char in name):
        raise PKIRefusal(f"Invalid file name - '{name}'")
    if "force" not in values:
        operations.store.refuse_existing(url_of(name))


def _take(operations: Operations, values: Mapping[str, str], certificate: PKIObject) -> None:
    if "validate-certificate-chain" in values:
        operations.check_chain(certificate)
    operations.put(certificate, values["output-file"])
