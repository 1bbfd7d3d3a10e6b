"""The events of application MGMT_CORE: a change of the configuration. Number and name are the models'."""

from __future__ import annotations

from .logevent import Event


def config_changed(user: str) -> Event:
    """2001, once for each commit; no MIB has it, and so no objects.

    ASSUMPTION: severity, subject and text, and that it is one for each commit and not one for each line.
    """
    return Event(2001, "mdConfigChange", "minor", "Configuration", f"Configuration was changed by {user}.")
