"""What a router does besides moving configuration about: the seam between the management plane and the PKI side.

The management plane (core, netconf, datastore) calls a `Behaviour`; it knows nothing of certificates. The PKI side is
made by a `BehaviourFactory` out of the router's core: `sroscert_lab.router.pki.make_behaviour(core)`.

Every call comes from a worker thread, never from the event loop, so that it may block (CMP over HTTP). `check` and
`running_changed` are made one at a time, under the lock of the datastores; `raw_command`, `action` and `state` may run
at the same time as each other and as those two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from lxml import etree

from . import namespaces
from .errors import ActionResult, CommandFailed, ConfigError

if TYPE_CHECKING:
    from .core import RouterCore


class Behaviour(Protocol):
    """The PKI, TLS, gRPC, log and script side of one router."""

    def check(self, candidate: etree._Element) -> Sequence[ConfigError]:
        """What is wrong with `candidate`, a whole `configure` element with secrets in clear; at validate and commit."""

    def running_changed(self, running: etree._Element) -> None:
        """The configuration in force is now `running` (as for `check`): after boot, commit and roll-back.

        The element is the callee's own copy. Must not raise: what is wrong with it shows in the state.
        """

    def state(self) -> etree._Element:
        """A `state` element (nokia-state) with what this side has; it is merged into what the core has."""

    def raw_command(self, line: str, user: str) -> str:
        """The output of one MD-CLI line of `md-cli-raw-command`; CommandFailed when it is refused as a whole."""

    def command(self, line: str, user: str, *, classic: bool) -> str:
        """The output of one operational command of an interactive session in one of the two engines; CommandFailed."""

    def action(self, action: etree._Element, user: str) -> ActionResult:
        """Run the modelled action `action`, the element right below `<action>` (`admin`, `file`, …); CommandFailed."""

    def close(self) -> None:
        """The router is switched off: stop servers and threads."""


BehaviourFactory = Callable[["RouterCore"], Behaviour]


class PlainBehaviour:
    """A router without PKI: accepts every configuration, has no state, knows no command."""

    def check(self, candidate: etree._Element) -> Sequence[ConfigError]:
        """Nothing is ever wrong."""
        return ()

    def running_changed(self, running: etree._Element) -> None:
        """Nothing depends on the configuration."""

    def state(self) -> etree._Element:
        """An empty state tree."""
        return namespaces.new_element(namespaces.STATE, "state")

    def raw_command(self, line: str, user: str) -> str:
        """Every command is unknown."""
        word = line.split()[0] if line.split() else ""
        raise CommandFailed(f"MINOR: MGMT_CORE #2201: Unknown element - '{word}'")

    def command(self, line: str, user: str, *, classic: bool) -> str:
        """Every command is unknown."""
        return self.raw_command(line, user)

    def action(self, action: etree._Element, user: str) -> ActionResult:
        """Every action is unknown."""
        raise CommandFailed(f"MINOR: MGMT_CORE #2201: Unknown element - '{namespaces.local_name(action)}'")

    def close(self) -> None:
        """Nothing to stop."""
