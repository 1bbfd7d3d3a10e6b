"""What applications demand of a configuration beyond the models, as far as the lab holds what they look at.

Owns the checks that need no PKI. Their texts are those of public transcripts; beyond.json has the nodes of routers,
services, ports and policies that they are about (a small part of what a router has there, so that these errors arise by
themselves). A limit of the lab: nothing comes of those nodes but these checks.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from .engines import configuration_mode
from .errors import ConfigError
from .namespaces import descend
from .tree import elements, text_of

_MD = "/configure/system/management-interface/cli/md-cli/environment/command-alias"


def check(tree: etree._Element) -> Iterator[ConfigError]:
    """Everything that applications find wrong with a configuration."""
    yield from _addresses(tree)
    yield from _services(tree)
    yield from _ports(tree)
    yield from _aliases(tree)
    yield from _as_paths(tree)


def _addresses(tree: etree._Element) -> Iterator[ConfigError]:
    for router in elements(tree, "router"):
        seen: dict[str, str] = {}
        for interface in elements(router, "interface"):
            address, name = text_of(interface, "ipv4", "primary", "address"), text_of(interface, "interface-name")
            if address and address in seen:
                path = (
                    f"/configure/router[router-name='{text_of(router, 'router-name')}']"
                    f"/interface[interface-name='{name}']/ipv4/primary"
                )
                # ASSUMPTION: the end of the text, which is cut in the transcript, and that it is so on all releases.
                text = f'Configuration change failed validation - Duplicate address on interface "{seen[address]}"'
                yield ConfigError(path, "COMMON #238", text)
            elif address:
                seen[address] = name


def _services(tree: etree._Element) -> Iterator[ConfigError]:
    seen: dict[str, str] = {}
    for service in tree.iterfind("{*}service/{*}vprn"):
        number, name = text_of(service, "service-id"), text_of(service, "service-name")
        if number and number in seen:
            text = f'vprn service {seen[number]} also has id {number} - configure service vprn "{seen[number]}"'
            yield ConfigError(f"/configure/service/vprn[service-name='{name}']", "MGMT_CORE #5001", text)
        elif number:
            seen[number] = name


def _ports(tree: etree._Element) -> Iterator[ConfigError]:
    for port in elements(tree, "port"):
        # A limit of the lab: its routers hold no cards, and so no MDA that a port could be on.
        path = f"/configure/port[port-id='{text_of(port, 'port-id')}']"
        yield ConfigError(path, "MGMT_CORE #4001", "MDA must exist")


def _aliases(tree: etree._Element) -> Iterator[ConfigError]:
    aliases = descend(tree, *_MD.split("/")[2:])
    is_used = aliases is not None and next(elements(aliases, "alias"), None) is not None
    if is_used and configuration_mode(tree) != "model-driven":
        text = "Command alias is only supported in model-driven configuration mode"
        yield ConfigError("", "MGMT_CORE #4001", text)


def _as_paths(tree: etree._Element) -> Iterator[ConfigError]:
    """The models have a name where the router wants one that is there."""
    known = {text_of(item, "name") for item in tree.iterfind("{*}policy-options/{*}as-path")}
    for policy in tree.iterfind("{*}policy-options/{*}policy-statement"):
        for entry in elements(policy, "named-entry"):
            wanted = text_of(entry, "action", "as-path", "replace")
            if wanted and wanted not in known:
                path = (
                    f"/configure/policy-options/policy-statement[name='{text_of(policy, 'name')}']"
                    f"/named-entry[entry-name='{text_of(entry, 'entry-name')}']/action/as-path/replace"
                )
                text = f'Entry does not exist - configure policy-options as-path "{wanted}"'
                yield ConfigError(path, "MGMT_CORE #224", text, "data-missing")
