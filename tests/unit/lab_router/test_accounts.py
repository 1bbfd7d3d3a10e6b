"""Who may log in to a router of the lab, and where."""

from __future__ import annotations

import pytest
from sroscert_lab.router.accounts import has_access
from sroscert_lab.router.tree import new_root, put

USER = "/configure/system/security/user-params/local-user/user[user-name='ann']"
WAYS = ("netconf", "grpc", "console", "files", "any")


@pytest.mark.parametrize(
    ("granted", "ways"),
    [
        ("netconf", {"netconf", "any"}),
        ("grpc", {"grpc", "any"}),
        ("console", {"console", "files", "any"}),
        ("ssh-cli", {"console", "any"}),
        ("scp-sftp", {"files", "any"}),
        ("", set()),
    ],
)
def test_a_user_has_the_access_that_is_granted(granted: str, ways: set[str]) -> None:
    """Each leaf of `access` opens its own ways in; a user whom nobody made has none."""
    running = new_root("configure")
    put(running, f"{USER}/user-name", "ann")
    if granted:
        put(running, f"{USER}/access/{granted}", "true")

    assert {way for way in WAYS if has_access(running, "ann", way)} == ways
    assert not any(has_access(running, "bob", way) for way in WAYS)
