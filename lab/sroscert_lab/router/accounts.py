"""Local users: who may log in, and which NETCONF operations and gNMI calls a user may make.

Reads /configure/system/security/user-params/local-user and aaa/local-profiles of the running configuration.
"""

from __future__ import annotations

import hmac

from lxml import etree

from .namespaces import descend
from .schema import Schema
from .secretbox import SecretBox
from .tree import elements, find_entry, text_of

_PROFILES = ("system", "security", "aaa", "local-profiles")
_AUTHORIZATION = ("netconf", "base-op-authorization")
_RPC_AUTHORIZATION = ("grpc", "rpc-authorization")


def _user(running: etree._Element, username: str) -> etree._Element | None:
    local = descend(running, "system", "security", "user-params", "local-user")
    return None if local is None else find_entry(local, "user", {"user-name": username})


def authenticate(running: etree._Element, box: SecretBox, username: str, password: str, interface: str) -> bool:
    """Whether the password is right and the user has access to `interface`.

    Interfaces are the leaves of `access` (`netconf`, `grpc`, `console`), besides `any` (one of them is enough) and
    `files` (SFTP: console access, or scp-sftp where the models have it).
    """
    user = _user(running, username)
    if user is None:
        return False
    stored = box.hash_password(text_of(user, "password"))
    if not hmac.compare_digest(stored.encode(), box.hash_password(password).encode()):
        return False
    return has_access(running, username, interface)


def has_access(running: etree._Element, username: str, interface: str) -> bool:
    """Whether a user may use `interface`, see `authenticate`."""
    user = _user(running, username)
    if user is None:
        return False
    granted = {name for name in _ACCESS if text_of(user, "access", name) == "true"}
    if interface == "any":
        return bool(granted)
    if interface == "files":
        return bool(granted & {"console", "scp-sftp"})
    if interface == "console":
        return bool(granted & {"console", "ssh-cli"})
    return interface in granted


_ACCESS = ("netconf", "grpc", "console", "scp-sftp", "ssh-cli")


def may_run_scripts(running: etree._Element, username: str) -> bool:
    """Whether a local user may run scripts at all; each command is then held against his profiles.

    ASSUMPTION: one without a profile may not, as he has no rights that could be asked for.
    """
    return bool(profiles_of(running, username))


def may_call(running: etree._Element, schema: Schema, username: str, operation: str) -> bool:
    """Whether base-op-authorization lets a user call an operation; true when the release has no such leaf."""
    leaf = schema.node("configure", *_PROFILES, "profile", *_AUTHORIZATION, operation)
    if leaf is None:
        return True
    # ASSUMPTION: the rights of all of a user's profiles add up.
    return any(
        text_of(profile, *_AUTHORIZATION, operation) == "true" for profile in profiles_of(running, username)
    )


def may_call_grpc(running: etree._Element, schema: Schema, username: str, operation: str) -> bool:
    """Whether rpc-authorization lets a user call `gnmi-get`, `gnoi-cert-mgmt-rotate`, …

    True when the release has no such leaf; otherwise what a profile does not say is as the models' default has it.
    """
    leaf = schema.node("configure", *_PROFILES, "profile", *_RPC_AUTHORIZATION, operation)
    profiles = profiles_of(running, username)
    # ASSUMPTION: the rights add up here too, and a user without a profile may call what the default permits.
    if leaf is None:
        return True
    default = leaf.default[0] if leaf.default else "permit"
    if not profiles:
        return default == "permit"
    return any(text_of(item, *_RPC_AUTHORIZATION, operation, default=default) == "permit" for item in profiles)


def profiles_of(running: etree._Element, username: str) -> list[etree._Element]:
    """The profiles of a local user that are there, in the order of his memberships."""
    user = _user(running, username)
    console = None if user is None else descend(user, "console")
    names = [] if console is None else [item.text or "" for item in elements(console, "member")]
    profiles = descend(running, *_PROFILES)
    if profiles is None:
        return []
    found = (find_entry(profiles, "profile", {"user-profile-name": name}) for name in names)
    return [profile for profile in found if profile is not None]
