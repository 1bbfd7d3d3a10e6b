"""`admin redundancy synchronize`: what an operator has copied to the standby CPM.

Owns the operation in its three forms. What the CPMs synchronize by themselves is core.py's.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ActionResult, CommandFailed
from ..flash import CERTIFICATES, CONFIGURATION
from .actionspec import ActionSpec, Values, unknown
from .failure import PKIRefusal
from .operations import Operations
from .tokens import SyntaxFault

_WHAT = {"certificate": CERTIFICATES, "configuration": CONFIGURATION, "boot-environment": CONFIGURATION}
#: `config` and `boot-env` stand in public scripts. ASSUMPTION: `cert`.
_CLASSIC = {"cert": "certificate", "config": "configuration", "boot-env": "boot-environment"}
_FIRST, _FIRST_CERTIFICATE = (21, 5), (23, 3)


def specs(operations: Operations) -> dict[tuple[str, ...], ActionSpec]:
    """The operation as the models have it, by its path."""

    def act(values: Values) -> ActionResult:
        if len(values) != 1:
            raise CommandFailed("MINOR: MGMT_CORE #236: synchronize - Missing mandatory fields - synchronize")
        (what,) = values
        if what == "certificate" and operations.train < _FIRST_CERTIFICATE:
            raise unknown(what)
        _synchronize(operations, what)
        return ActionResult()

    return {("admin", "redundancy", "synchronize"): ActionSpec(act, (), tuple(_WHAT))}


def md(operations: Operations) -> dict[tuple[str, ...], Callable[[list[str]], str]]:
    """The same typed in the MD-CLI. ASSUMPTION: from the release that has the operation, and it prints nothing."""
    words = [word for word in _WHAT if word != "certificate" or operations.train >= _FIRST_CERTIFICATE]
    return _commands(operations, {word: word for word in words}) if operations.train >= _FIRST else {}


def classic(operations: Operations) -> dict[tuple[str, ...], Callable[[list[str]], str]]:
    """The command of the classic CLI. ASSUMPTION: that it prints nothing."""
    return _commands(operations, _CLASSIC)


def _commands(operations: Operations, words: dict[str, str]) -> dict[tuple[str, ...], Callable[[list[str]], str]]:
    def command(typed: list[str]) -> str:
        if not typed:
            raise SyntaxFault("synchronize", missing=True)
        if len(typed) > 1 or typed[0] not in words:
            raise SyntaxFault(typed[-1])
        _synchronize(operations, words[typed[0]])
        return ""

    return {("admin", "redundancy", "synchronize"): command}


def _synchronize(operations: Operations, what: str) -> None:
    faults = operations.host.faults
    if faults.is_set("standby-lost") or faults.is_set("standby-out-of-sync"):
        # ASSUMPTION: the text, and that what does not work by itself does not work by hand either.
        raise PKIRefusal("Standby CPM cannot be synchronized")
    operations.host.flash.synchronize(_WHAT[what])
