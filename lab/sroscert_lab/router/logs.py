"""Which events stand in which of a router's logs: 99, 100 and 101, those of the configuration, and NETCONF streams.

Owns the sources and filters of logs. How they look is systemcommands.py's and notifications.py's.
"""

from __future__ import annotations

from .core import LoggedEvent
from .ehs.conf import EHSConf
from .ehs.filters import passes

#: The logs that a router has by itself, with their descriptions (transcripts).
NAMES = {
    "99": "Default System Log",
    "100": "Default Serious Errors Log",
    "101": "Default NETCONF event stream",
}
#: RFC 5277; the log behind it is 101 (its description).
DEFAULT_STREAM, _DEFAULT_LOG = "NETCONF", "101"


def source_of(entry: LoggedEvent) -> str:
    """The source stream of an event (guide: attempts to breach security, changes of the configuration, the rest)."""
    return {"SECURITY": "security", "MGMT_CORE": "change"}.get(entry.application, "main")


def is_known(conf: EHSConf, number: str) -> bool:
    """Whether there is such a log."""
    return number in NAMES or number in conf.logs


def is_in(conf: EHSConf, number: str, entry: LoggedEvent) -> bool:
    """Whether an event is in a log: its source, and what the log's filter lets through.

    The transcripts show SYSTEM events in 99 and SECURITY events in 101. ASSUMPTION: 100 has those of 99 that are major
    or worse; every log counts its events by the router's number.
    """
    source = source_of(entry)
    if number not in conf.logs:
        serious = entry.event.severity in ("critical", "major")
        return number == _DEFAULT_LOG or (source == "main" and (number == "99" or serious))
    log = conf.logs[number]
    if source not in log.sources:
        return False
    return log.filter not in conf.filters or passes(conf.filters[log.filter], entry)


def streams(conf: EHSConf) -> dict[str, tuple[str, ...]]:
    """Names of the NETCONF event streams, and the logs that feed each."""
    found: dict[str, tuple[str, ...]] = {DEFAULT_STREAM: (_DEFAULT_LOG,)}
    for number, log in conf.logs.items():
        if log.netconf_stream:
            found[log.netconf_stream] = (*found.get(log.netconf_stream, ()), number)
    return found


def is_in_stream(conf: EHSConf, stream: str, entry: LoggedEvent) -> bool:
    """Whether an event is in a NETCONF event stream."""
    return any(is_in(conf, number, entry) for number in streams(conf).get(stream, ()))
