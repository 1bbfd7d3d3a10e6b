"""A CLI session of a lab router without SSH: lines in, text out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree
from sroscert_lab.router.cli.shell import Shell
from sroscert_lab.router.core import RouterCore

from tests.support.lab_core import booted
from tests.support.netconf_client import CONF, NETCONF


class Typist:
    """Somebody who types at one session."""

    def __init__(self, core: RouterCore) -> None:
        self.core = core
        self.session = core.sessions.open("admin", "127.0.0.1", "cli", core.clock())
        self.shell = Shell(core, self.session)

    def __call__(self, *typed: str) -> str:
        """What the last of these lines prints."""
        text = ""
        for line in typed:
            text = self.shell.take(line).text
        return text

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        return self.shell.prompt()


@contextmanager
def typist(folder: Path, release: str = "21.2") -> Iterator[Typist]:
    """A booted router that listens nowhere, and a session on it."""
    with booted(folder, release) as core:
        yield Typist(core)


def set_mode(core: RouterCore, mode: str, *, keeps_engines: bool = False) -> None:
    """Put a router in a configuration mode, with the CLI engines that it has by default there."""
    config = etree.Element("config")
    configure = etree.SubElement(config, f"{{{CONF}}}configure")
    above = etree.SubElement(etree.SubElement(configure, f"{{{CONF}}}system"), f"{{{CONF}}}management-interface")
    etree.SubElement(above, f"{{{CONF}}}configuration-mode").text = mode
    if not keeps_engines:
        etree.SubElement(above, f"{{{CONF}}}cli").set(f"{{{NETCONF}}}operation", "remove")
    core.datastores.operator_change(config)


@contextmanager
def mixed(folder: Path, release: str = "19.10", mode: str = "mixed") -> Iterator[Typist]:
    """A session on a router in mixed mode that starts in the classic engine; all of these have the same keys."""
    with booted(folder, release, seed="classic") as core:
        set_mode(core, mode)
        core.datastores.save()
        yield Typist(core)
