"""SYSTEM events of event handling and of scripts; texts of 2052, 2053 and 2069 are the tutorial transcript's."""

from __future__ import annotations

from dataclasses import dataclass

APPLICATION = "SYSTEM"
#: What the transcript shows as the account when `cli-user` is not set.
NO_USER = "not-specified"


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """One event of application SYSTEM, ready for the router's log."""

    number: int
    name: str
    severity: str
    subject: str
    text: str
    #: A limit of the lab: the objects of these events are not filled in.
    parameters: tuple[tuple[str, str], ...] = ()


def exec_started(location: str) -> SystemEvent:
    """2052."""
    text = (
        "A CLI user has initiated an 'exec' operation to process the commands in the SROS CLI file "
        f"{location}"
    )
    return SystemEvent(2052, "tmnxSysExecStarted", "major", "CLI 'exec'", text)


def exec_finished(location: str, result: str) -> SystemEvent:
    """2053; `result` is success, fail or none."""
    text = (
        "The CLI user initiated 'exec' operation to process the commands in the SROS CLI file "
        f"{location} has completed with the result of {result}"
    )
    return SystemEvent(2053, "tmnxSysExecFinished", "major", "CLI 'exec'", text)


def launch_failed(policy: str, reason: str) -> SystemEvent:
    """2068."""
    # ASSUMPTION: text and severity; the causes are the MIB's.
    text = f'Script policy "{policy}" could not be launched: {reason}'
    return SystemEvent(2068, "tmnxSmLaunchStartFailed", "minor", "EHS script", text)


def handler_invoked(name: str, description: str, user: str) -> SystemEvent:
    """2069."""
    text = (
        f'Ehs handler :"{name}" with the description : "{description}" was invoked by the cli-user account '
        f'"{user or NO_USER}".'
    )
    return SystemEvent(2069, "tmnxEhsHandlerInvoked", "minor", "EHS script", text)


def dropped_by_min_delay(name: str, entry: int) -> SystemEvent:
    """2070."""
    # ASSUMPTION: text and severity.
    text = f'Ehs handler :"{name}" entry {entry} was not invoked because of its min-delay.'
    return SystemEvent(2070, "tmnxEhsDroppedByMinDelay", "minor", "EHS script", text)
