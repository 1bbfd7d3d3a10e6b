"""What a router prints at a login."""

from __future__ import annotations

from ..core import RouterCore
from ..tree import text_of


def version_lines(core: RouterCore) -> tuple[str, ...]:
    """The first lines of `show version`, which head the banner as well; the lab says that it is none of Nokia's."""
    return (
        f"TiMOS-{core.release_name} both/x86_64 Nokia 7750 SR",
        "Simulated by sroscert's lab; not a Nokia product.",
    )


def greeting(core: RouterCore) -> str:
    """The banner of a login and the message of the day."""
    message = text_of(core.running().find("{*}system"), "login-control", "motd", "text")
    return "".join(f"{line}\n" for line in ("", *version_lines(core), "", *message.splitlines()))
