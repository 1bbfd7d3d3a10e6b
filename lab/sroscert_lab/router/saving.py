r"""The start-up configuration of a router: what is saved, where it lies, and which interface saves by itself.

Owns the saved tree and its two files: the one that the lab reads at its next start, and cf3:\config.cfg. Does not own
when an operator saves; the lock of datastore.py orders every call.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree

from .reading import hide
from .schema import Schema
from .tree import copy_of, read_tree, write_tree

if TYPE_CHECKING:
    from .core import RouterCore

_AUTO_SAVE = {
    "netconf": ("system", "management-interface", "netconf", "auto-config-save"),
    "cli": ("system", "management-interface", "cli", "md-cli", "auto-config-save"),
    "grpc": ("system", "grpc", "gnmi", "auto-config-save"),
}


class SavedConfiguration:
    """What the next boot of one router loads: what an earlier start of the lab saved, else `initial`.

    Attributes:
        tree: the configuration.
        version: the version of running that it is.
        at: when it was saved.
    """

    def __init__(self, core: RouterCore, initial: etree._Element) -> None:
        self._core = core
        self._file = core.folder / "startup.xml"
        self.tree = read_tree(self._file) if self._file.exists() else initial
        self.version = 0
        self.at: datetime | None = None

    def save(self, running: etree._Element, version: int) -> None:
        r"""Keep running, in this version. OSError when cf3:\config.cfg cannot be written."""
        if self._core.faults.take("save-lost"):
            return
        shown = copy_of(running)
        hide(shown, self._core.schema.roots["configure"], self._core.secrets)
        text = etree.tostring(shown, pretty_print=True)
        # ASSUMPTION: the file's content; a real one is MD-CLI text.
        self._core.flash.write("cf3:\\config.cfg", b"# TiMOS saved configuration\n" + text)
        self.tree = copy_of(running)
        self.version = version
        write_tree(self._file, self.tree)
        self.at = self._core.clock()


def saves_itself(running: etree._Element, schema: Schema, kind: str) -> bool:
    """`auto-config-save` of NETCONF (false by default up to 22.10, true from 23.3), of the MD-CLI, or of gNMI."""
    path = _AUTO_SAVE[kind]
    node = schema.node("configure", *path)
    value = running.findtext("/".join(f"{{*}}{name}" for name in path))
    default = node.default[0] if node is not None and node.default else "false"
    return (value or default) == "true"
