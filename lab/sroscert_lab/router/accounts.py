"""Local users: who may log in, and which NETCONF operations a user may call.

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


def may_call(running: etree._Element, schema: Schema, username: str, operation: str) -> bool:
    """Whether base-op-authorization lets a user call an operation; true when the release has no such leaf."""
    leaf = schema.node("configure", *_PROFILES, "profile", *_AUTHORIZATION, operation)
    if leaf is None:
        return True
    user = _user(running, username)
    console = None if user is None else descend(user, "console")
    members = [] if console is None else [item.text or "" for item in elements(console, "member")]
    profiles = descend(running, *_PROFILES)
    for name in members:
        profile = None if profiles is None else find_entry(profiles, "profile", {"user-profile-name": name})
        # ASSUMPTION: the rights of all of a user's profiles add up.
        if profile is not None and text_of(profile, *_AUTHORIZATION, operation) == "true":
            return True
    return False
