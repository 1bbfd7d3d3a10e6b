"""The configuration that a router is delivered with: a fresh model-driven node, and a few things of somebody else.

What is foreign is there so that a tool which touches it is found out: user `operator`, log filter `10`, log `11` and CA
profile `foreign-ca`.
"""

from __future__ import annotations

from lxml import etree

from .schema import Node, Schema
from .tree import new_root, put

_USER = "/configure/system/security/user-params/local-user/user[user-name='{}']"
_PROFILE = "/configure/system/security/aaa/local-profiles/profile[user-profile-name='administrative']"
#: What no tool may touch.
FOREIGN_USER = "operator"


def initial_configuration(schema: Schema, name: str, username: str, password: str) -> etree._Element:
    """The start-up configuration of a router that was never configured by sroscert; secrets in clear text."""
    root = new_root("configure")
    _log(root, schema)
    _management(root, schema, name)
    _login(root)
    _profiles(root, schema)
    put(root, "/configure/system/security/pki/ca-profile[ca-profile-name='foreign-ca']/description", "of another team")
    _user(root, schema, username, password, administrative=True)
    _user(root, schema, FOREIGN_USER, "not-" + password, administrative=False)
    return root


def _log(root: etree._Element, schema: Schema) -> None:
    logs = schema.node("configure", "log", "filter")
    by_name = logs is not None and "filter-name" in logs.children
    filter_ = f"/configure/log/filter[{'filter-name' if by_name else 'filter-id'}='10']"
    entry = f"{filter_}/{'named-entry[entry-name' if by_name else 'entry[entry-id'}='10']"
    put(root, f"{filter_}/default-action", "forward")
    put(root, f"{filter_}/description", "of another team")
    put(root, f"{entry}/action", "drop")
    put(root, f"{entry}/match/severity/lt", "minor")
    log_id = schema.node("configure", "log", "log-id")
    if log_id is not None:
        log = f"/configure/log/log-id[{log_id.keys[0]}='11']"
        put(root, f"{log}/filter", "10")
        put(root, f"{log}/source/main", "true")
        put(root, f"{log}/destination/memory/max-entries", "200")


def _management(root: etree._Element, schema: Schema, name: str) -> None:
    base = "/configure/system/management-interface"
    put(root, f"{base}/configuration-mode", "model-driven")
    put(root, f"{base}/cli/cli-engine", "md-cli", "classic-cli")
    listen = schema.node("configure", "system", "management-interface", "netconf", "listen")
    put(root, f"{base}/netconf/{'listen/' if listen is not None else ''}admin-state", "enable")
    put(root, "/configure/system/name", name)


def _login(root: etree._Element) -> None:
    put(root, "/configure/system/login-control/ssh/inbound-max-sessions", "5")


def _profiles(root: etree._Element, schema: Schema) -> None:
    put(root, f"{_PROFILE}/default-action", "permit-all")
    operations = schema.node(
        *_PROFILE.replace("[user-profile-name='administrative']", "").strip("/").split("/"),
        "netconf",
        "base-op-authorization",
    )
    for name in sorted(_leaves(operations)):
        put(root, f"{_PROFILE}/netconf/base-op-authorization/{name}", "true")


def _leaves(node: Node | None) -> list[str]:
    return [] if node is None else [name for name, item in node.children.items() if item.kind == "leaf"]


def _user(root: etree._Element, schema: Schema, name: str, password: str, *, administrative: bool) -> None:
    base = _USER.format(name)
    put(root, f"{base}/password", password)
    access = schema.node("configure", "system", "security", "user-params", "local-user", "user", "access")
    granted = ("console", "netconf", "grpc", "scp-sftp", "ssh-cli") if administrative else ("console",)
    for interface in granted:
        if access is not None and interface in access.children:
            put(root, f"{base}/access/{interface}", "true")
    if administrative:
        put(root, f"{base}/console/member", "administrative")
    if "restricted-to-home" in _leaves(
        schema.node("configure", "system", "security", "user-params", "local-user", "user")
    ):
        put(root, f"{base}/restricted-to-home", "false")
