"""The events of application MGMT_CORE: a change of the configuration. Number and name are the models'."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    """2001, once for each commit.

    ASSUMPTION: severity, subject and text, and that it is one for each commit and not one for each line.
    """

    text: str
    number: int = 2001
    name: str = "mdConfigChange"
    severity: str = "minor"
    subject: str = "Configuration"
    #: No MIB has this event.
    parameters: tuple[tuple[str, str], ...] = ()
