"""SYSTEM events of event handling, of scripts and of event control; texts of 2052, 2053 and 2069 are the tutorial's.

The objects are those of TIMETRA-SYSTEM-MIB, whole, with the names of its textual conventions as values.
ASSUMPTION: the form of the values, as of all events; that every run of a script is an `exec` of its own number.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..logevent import Event

APPLICATION = "SYSTEM"
#: What the transcript shows as the account when `cli-user` is not set.
NO_USER = "not-specified"
#: TmnxScriptAuthType, as the state models spell it too.
_AUTHORIZATION = "event-script"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a handler's entry runs: policy and script with their owners, and the account; `script` may be unknown."""

    policy: tuple[str, str]
    script: tuple[str, str] = ("", "")
    user: str = ""

    def objects(self) -> tuple[tuple[str, str], ...]:
        """Policy and script as the MIB names them."""
        return (
            ("tmnxEhsHEntryScriptPlcyOwner", self.policy[1]),
            ("tmnxEhsHEntryScriptPlcyName", self.policy[0]),
            ("smLaunchScriptOwner", self.script[1]),
            ("smLaunchScriptName", self.script[0]),
        )


def _account(user: str) -> tuple[tuple[str, str], ...]:
    return ("tmnxSmRunExtAuthType", _AUTHORIZATION), ("tmnxSmRunExtUserName", user or NO_USER)


def exec_started(location: str, number: int) -> Event:
    """2052, the exec with that number."""
    text = (
        "A CLI user has initiated an 'exec' operation to process the commands in the SROS CLI file "
        f"{location}"
    )
    objects = ("tmnxSysExecScript", location), *_exec(number)
    return Event(2052, "tmnxSysExecStarted", "major", "CLI 'exec'", text, objects)


def exec_finished(location: str, result: str, number: int) -> Event:
    """2053; `result` is success, fail or none."""
    text = (
        "The CLI user initiated 'exec' operation to process the commands in the SROS CLI file "
        f"{location} has completed with the result of {result}"
    )
    objects = ("tmnxSysExecScript", location), ("tmnxSysExecResult", result), *_exec(number)
    return Event(2053, "tmnxSysExecFinished", "major", "CLI 'exec'", text, objects)


def _exec(number: int) -> tuple[tuple[str, str], ...]:
    return ("tmnxLogExecRollbackOpIndex", str(number)), ("tmnxLogExecRollbackOpType", "exec")


def launch_failed(launch: Launch, reason: str) -> Event:
    """2068."""
    # ASSUMPTION: text and severity; the causes are the MIB's.
    text = f'Script policy "{launch.policy[0]}" could not be launched: {reason}'
    objects = (
        *launch.objects(), ("smLaunchError", reason), ("tmnxSmLaunchExtAuthType", _AUTHORIZATION),
        *_account(launch.user),
    )
    return Event(2068, "tmnxSmLaunchStartFailed", "minor", "EHS script", text, objects)


def handler_invoked(name: str, description: str, user: str) -> Event:
    """2069."""
    text = (
        f'Ehs handler :"{name}" with the description : "{description}" was invoked by the cli-user account '
        f'"{user or NO_USER}".'
    )
    objects = ("tmnxEhsHandlerDescription", description), *_account(user)
    return Event(2069, "tmnxEhsHandlerInvoked", "minor", "EHS script", text, objects)


def dropped_by_min_delay(name: str, entry: int, launch: Launch, seconds: int, since: int) -> Event:
    """2070: less than `seconds` after the run before, `since` seconds ago."""
    # ASSUMPTION: text and severity, and that the interval is the time since the run before.
    text = f'Ehs handler :"{name}" entry {entry} was not invoked because of its min-delay.'
    objects = (
        *launch.objects(), ("tmnxEhsHEntryMinDelay", str(seconds)), ("tmnxEhsHEntryMinDelayInterval", str(since)),
        *_account(launch.user),
    )
    return Event(2070, "tmnxEhsDroppedByMinDelay", "minor", "EHS script", text, objects)


def dropped(name: str, count: int) -> Event:
    """2011: so many events of a name were throttled in an interval (guide)."""
    # ASSUMPTION: text, subject and severity; the only reason code is the MIB's. The MIB has object identifiers where
    # the name of the event stands here; the entry of a throttled event is none, as the guide says.
    text = f"{count} {name} events were dropped in the last throttling interval."
    objects = (
        ("tmnxDroppedTrapID", name), ("tmnxTrapDroppedReasonCode", "frequencyExceeded"),
        ("tmnxTrapDroppedEntryID", "0.0"), ("tmnxTrapDroppedCount", str(count)),
    )
    return Event(2011, "tmnxTrapDropped", "major", "System", text, objects)
