"""Events by number, where the models have their names: `event-trigger event "security" 2095`.

Owns the numbers of the events that renewal is about (YANG and MIB). ASSUMPTION: an event is printed by its number, as
`event-control` is in the guides; one whose number stands here nowhere is printed by its name, and read by it only.
"""

from __future__ import annotations

from ...schema import Node

_NAMES = {
    "security": {
        "2043": "tmnxPkiFileReadFailed",
        "2044": "tmnxPkiCertVerificationFailed",
        "2045": "tmnxCAProfileStateChange",
        "2083": "tmnxPkiCAProfActnStatusChg",
        "2088": "tmnxSecComputeCertChainFailure",
        "2093": "tmnxPkiCAProfRevokeChkWarning",
        "2094": "tmnxCAProfUpDueToRevokeChkCrlOpt",
        "2095": "tmnxPkiCertBeforeExpWarning",
        "2096": "tmnxPkiCertAfterExpWarning",
        "2097": "tmnxPkiCertExpWarningCleared",
        "2101": "tmnxSecNotifFileReloaded",
    },
    "system": {
        "2011": "tmnxTrapDropped",
        "2052": "tmnxSysExecStarted",
        "2053": "tmnxSysExecFinished",
        "2068": "tmnxSmLaunchStartFailed",
        "2069": "tmnxEhsHandlerInvoked",
        "2070": "tmnxEhsDroppedByMinDelay",
    },
    "mgmt-core": {"2001": "mdConfigChange"},
    "tls": {"2001": "tmnxTlsInitiateSession", "2002": "tmnxTlsTermination", "2003": "tmnxTlsFailure"},
}
_PLACES = ("/configure/log/event-trigger/", "/configure/log/log-events/")


def name_of(node: Node, text: str) -> str:
    """The name behind a number of an event; any other text as it is."""
    return _of(node).get(text, text)


def number_of(node: Node, text: str) -> str:
    """The number of an event; any other text as it is."""
    return next((number for number, name in _of(node).items() if name == text), text)


def _of(node: Node) -> dict[str, str]:
    if node.name != "event" or not node.path.startswith(_PLACES):
        return {}
    return _NAMES.get(node.path.split("/")[-2], {})
