"""What the standby CPM has of the certificates when it takes over: by itself, by hand, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.namespaces import CONF, OPER_ADMIN

from tests.support.lab_shell import Typist, typist

FILE = "cf3:/system-pki/sr-cert"


def act(node: Typist, what: str) -> None:
    """The modelled operation."""
    action = etree.Element(f"{{{OPER_ADMIN}}}admin")
    above = etree.SubElement(etree.SubElement(action, f"{{{OPER_ADMIN}}}redundancy"), f"{{{OPER_ADMIN}}}synchronize")
    etree.SubElement(above, f"{{{OPER_ADMIN}}}{what}")
    node.core.behaviour.action(action, "admin")


def set_cert_sync(node: Typist, value: str) -> None:
    """`redundancy cert-sync`, as an operator sets it."""
    config = etree.Element("config")
    above = etree.SubElement(etree.SubElement(config, f"{{{CONF}}}configure"), f"{{{CONF}}}redundancy")
    etree.SubElement(above, f"{{{CONF}}}cert-sync").text = value
    node.core.datastores.operator_change(config)


@pytest.mark.parametrize("by", ["models", "MD-CLI", "classic CLI"])
def test_without_cert_sync_the_standby_has_what_was_copied_by_hand(tmp_path: Path, by: str) -> None:
    """What was there when synchronization ended, until an operator copies again, and no later file."""
    with typist(tmp_path, "26.3") as node:
        flash = node.core.flash
        flash.write(FILE, b"first")
        set_cert_sync(node, "false")
        flash.write(FILE, b"second")
        assert flash.read("cf3-b:/system-pki/sr-cert") == b"first"
        if by == "models":
            act(node, "certificate")
        else:
            command = "admin redundancy synchronize"
            node(f"{command} certificate" if by == "MD-CLI" else f"//{command} cert")
        flash.write(FILE, b"third")
        node.core.switch_over()
        assert flash.read(FILE) == b"second"


def test_with_cert_sync_it_has_all(tmp_path: Path) -> None:
    """The default."""
    with typist(tmp_path, "26.3") as node:
        node.core.flash.write(FILE, b"first")
        node.core.switch_over()
        node.core.flash.write(FILE, b"second")
        node.core.switch_over()
        assert node.core.flash.read(FILE) == b"second"


def test_what_cannot_be_synchronized(tmp_path: Path) -> None:
    """No standby CPM; nothing or something unknown named; a release whose models have no certificates there."""
    with typist(tmp_path, "22.10") as node:
        node.core.faults.set("standby-lost")
        assert "cannot be synchronized" in node("admin redundancy synchronize configuration")
        assert "Missing element value" in node("admin redundancy synchronize")
        assert "Unknown element - 'certificate'" in node("admin redundancy synchronize certificate")
        for what in ("certificate", "nonsense"):
            with pytest.raises(CommandFailed, match="Unknown element"):
                act(node, what)
