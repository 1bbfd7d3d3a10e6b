"""What differs between SR OS releases, as named values computed from a release's schema.

Whoever has to do one thing on one release and another on the next asks here. Nobody compares the numbers of releases:
``tests/unit/test_release_facts.py`` forbids it, and holds the values of every release against a table.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from sroscert.schema.loader import Schema
from sroscert.schema.nodes import Node

_SYSTEM = "/configure/system"
_PKI = f"{_SYSTEM}/security/pki"
_TLS = f"{_SYSTEM}/security/tls"
_MANAGEMENT = f"{_SYSTEM}/management-interface"
_USER = f"{_SYSTEM}/security/user-params/local-user/user"
_PROFILE = f"{_SYSTEM}/security/aaa/local-profiles/profile"
_FILTER = "/configure/log/filter"
_STATE_PKI = "/state/system/security/pki"
_ACTIONS = "/admin/system/security/pki"

RAW_COMMAND = "/global-operations/md-cli-raw-command"
"""The action that runs one line of CLI."""


@dataclass(frozen=True)
class Facts:
    """The differences. Names of suites, groups and signatures are in the order of the YANG, obsolete ones left out."""

    # TLS
    ciphers: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By side (``server``, ``client``) and list (``cipher``, ``tls12-cipher``, ``tls13-cipher``): what it can hold."""
    obsolete_ciphers: frozenset[str]
    """What the list ``cipher`` of a server still reads and nobody should write."""
    tls12_list: Mapping[str, str]
    """By side, the list that takes the suites of TLS 1.2: ``cipher`` where there is no other."""
    cipher_status: str
    """Of the list ``cipher`` of a server: ``current`` or ``obsolete``."""
    tls13_groups: tuple[str, ...]
    tls13_signatures: tuple[str, ...]
    protocol_version_default: str
    """Empty where the leaf is not there, which means TLS 1.2."""
    common_name_list: bool
    status_verify: bool
    # PKI
    est: bool
    native_renewal: bool
    cmp_recipient: bool
    response_signing_use_extracert: bool
    key_list_restarts_profile: bool
    imported_format: bool
    # logging and scripts
    log_filter_key: str
    named_entries: bool
    numbered_entries: bool
    handler_script_policy_presence: bool
    python_scripts: bool
    events: frozenset[str]
    """The security events that a trigger can name, in the spelling of the YANG."""
    # management
    configuration_mode_default: str
    """Empty where the release gives none: what the router shows counts."""
    cli_engine_default: tuple[str, ...]
    grpc_port: bool
    netconf_listen: bool
    auto_config_save_default: bool
    ssh_sessions_default: int
    accesses: frozenset[str]
    """The interfaces that a user may be given access to."""
    operations: frozenset[str]
    """The NETCONF operations that ``base-op-authorization`` of a profile knows."""
    # commands and state
    pki_actions: bool
    raw_command: bool
    raw_status: bool
    """The reply of a raw command says whether it failed."""
    file_actions: bool
    cmp_request_state: bool
    auto_update_state: bool


@functools.cache
def facts(schema: Schema) -> Facts:
    """Return the facts of a release; computed once a schema."""
    raw = schema.action(RAW_COMMAND)
    ciphers = {
        side: {
            name: _values(schema, f"{_TLS}/{side}-cipher-list/{name}/name")
            for name in ("cipher", "tls12-cipher", "tls13-cipher")
        }
        for side in ("server", "client")
    }
    old = schema.node(f"{_TLS}/server-cipher-list/cipher")
    key = schema.node(f"{_PKI}/ca-profile/cmpv2/key-list/key")
    script_policy = schema.node("/configure/log/event-handling/handler/entry/script-policy")
    return Facts(
        ciphers=ciphers,
        obsolete_ciphers=_obsolete(schema, f"{_TLS}/server-cipher-list/cipher/name"),
        tls12_list={side: "tls12-cipher" if lists["tls12-cipher"] else "cipher" for side, lists in ciphers.items()},
        cipher_status="absent" if old is None else old.status,
        tls13_groups=_values(schema, f"{_TLS}/server-group-list/tls13-group/name"),
        tls13_signatures=_values(schema, f"{_TLS}/server-signature-list/tls13-signature/name"),
        protocol_version_default=_default(schema, f"{_TLS}/server-tls-profile/protocol-version"),
        common_name_list=schema.has(f"{_TLS}/server-tls-profile/authenticate-client/common-name-list"),
        status_verify=schema.has(f"{_TLS}/server-tls-profile/status-verify"),
        est=schema.has(f"{_PKI}/est-profile"),
        native_renewal=schema.has(f"{_PKI}/certificate-auto-update"),
        cmp_recipient=schema.has(f"{_PKI}/ca-profile/cmpv2/recipient-subject"),
        response_signing_use_extracert=schema.has(f"{_PKI}/ca-profile/cmpv2/response-signing-use-extracert"),
        key_list_restarts_profile=key is not None and key.restart,
        imported_format=schema.has(f"{_PKI}/imported-format"),
        log_filter_key=_keys(schema, _FILTER)[0],
        named_entries=schema.has(f"{_FILTER}/named-entry"),
        numbered_entries=schema.has(f"{_FILTER}/entry"),
        handler_script_policy_presence=script_policy is not None and script_policy.presence,
        python_scripts=schema.has(f"{_SYSTEM}/script-control/script-policy/python-script"),
        events=frozenset(_values(schema, "/configure/log/event-trigger/security/event")),
        configuration_mode_default=_default(schema, f"{_MANAGEMENT}/configuration-mode"),
        cli_engine_default=_defaults(schema, f"{_MANAGEMENT}/cli/cli-engine"),
        grpc_port=schema.has(f"{_SYSTEM}/grpc/listening-port"),
        netconf_listen=schema.has(f"{_MANAGEMENT}/netconf/listen"),
        auto_config_save_default=_default(schema, f"{_MANAGEMENT}/netconf/auto-config-save") == "true",
        ssh_sessions_default=int(_default(schema, f"{_SYSTEM}/login-control/ssh/inbound-max-sessions") or "5"),
        accesses=_leaves(schema.node(f"{_USER}/access")),
        operations=_leaves(schema.node(f"{_PROFILE}/netconf/base-op-authorization")),
        pki_actions=schema.action(f"{_ACTIONS}/import") is not None,
        raw_command=raw is not None,
        raw_status=raw is not None and "status" in raw.output.children,
        file_actions=schema.action("/file/remove") is not None,
        cmp_request_state=schema.has(f"{_STATE_PKI}/ca-profile/cmpv2/request"),
        auto_update_state=schema.has(f"{_STATE_PKI}/certificate-auto-update"),
    )


def _values(schema: Schema, path: str) -> tuple[str, ...]:
    node = schema.node(path)
    return node.type.values() if node is not None and node.type is not None else ()


def _obsolete(schema: Schema, path: str) -> frozenset[str]:
    node = schema.node(path)
    names = node.type.enum if node is not None and node.type is not None else {}
    return frozenset(name for name, status in names.items() if status == "obsolete")


def _default(schema: Schema, path: str) -> str:
    node = schema.node(path)
    return node.default if node is not None and isinstance(node.default, str) else ""


def _defaults(schema: Schema, path: str) -> tuple[str, ...]:
    node = schema.node(path)
    return node.default if node is not None and isinstance(node.default, tuple) else ()


def _keys(schema: Schema, path: str) -> tuple[str, ...]:
    node = schema.node(path)
    return node.keys if node is not None and node.keys else ("",)


def _leaves(node: Node | None) -> frozenset[str]:
    if node is None:
        return frozenset()
    return frozenset(name for name, child in node.children.items() if child.kind == "leaf")
