"""A lab router whose datastores are watched: what it put in force, and edits and refusals by a plain client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from lxml import etree
from ncclient.operations import RPCError
from sroscert_lab.router.behaviour import PlainBehaviour
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.errors import ConfigError
from sroscert_lab.router.tree import text_of

from tests.support.netconf_client import configuration

NAME = "<system><name>{}</name></system>"


class Recorder(PlainBehaviour):
    """Remembers the names of the configurations put in force; refuses the name `refused`."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def check(self, candidate: etree._Element) -> Sequence[ConfigError]:
        """The name `refused` is refused, twice."""
        if text_of(candidate, "system", "name") != "refused":
            return ()
        return [ConfigError("/configure/system/name", "MGMT_CORE #4001", f"reason {number}") for number in (1, 2)]

    def running_changed(self, running: etree._Element) -> None:
        """Remember the name."""
        self.names.append(text_of(running, "system", "name"))


def edit(client: Any, text: str, **options: str) -> None:
    """Edit the candidate."""
    client.edit_config(configuration(text), target="candidate", **options)


def name_of(core: RouterCore) -> str:
    """The system name in force."""
    return text_of(core.running(), "system", "name")


def errors_of(call: Any) -> list[Any]:
    """The errors with which an operation is refused."""
    with pytest.raises(RPCError) as caught:
        call()
    return list(caught.value.errors) if getattr(caught.value, "errors", None) else [caught.value]
