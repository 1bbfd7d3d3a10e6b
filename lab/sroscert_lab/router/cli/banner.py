"""What a router prints at a login."""

from __future__ import annotations

from ..core import RouterCore
from ..pki.systemcommands import version_lines
from ..tree import text_of


def greeting(core: RouterCore) -> str:
    """The banner of a login and the message of the day."""
    message = text_of(core.running().find("{*}system"), "login-control", "motd", "text")
    return "".join(f"{line}\n" for line in ("", *version_lines(core.release_name), "", *message.splitlines()))
