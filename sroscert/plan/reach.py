"""Whether a router reaches the hosts of its CAs: from where it would ask them, when that is tried, what it tells. Pure.

A request that a CA answered counts more than a ping: ICMP may be filtered where CMP is not. So a change is preceded by
a ping only where no such request is known, and silence is a warning at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sroscert.intent import RouterIntent
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed

_FIRST_TRIED = ("management", "Base")
"""Where SR OS looks for its CA when no service is named: the management router, then Base (MIB)."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a router asks the CA of a profile: its host, and its routing instances in the order of trying."""

    host: str
    instances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What pings along a way came to. ``answered`` is None where none could be sent, and ``words`` say why.

    ``instance`` is the routing instance that was answered to; empty without an answer.
    """

    way: Way
    answered: bool | None
    instance: str = ""
    words: str = ""

    @property
    def told(self) -> str:
        """The outcome in words."""
        if self.answered:
            return f"its host {self.way.host} answers a ping of this router (router-instance {self.instance})"
        if self.answered is None:
            return f"no ping could be sent to its host {self.way.host}: {self.words or 'no reason given'}"
        instances = " and ".join(self.way.instances)
        return f"its host {self.way.host} answers no ping of this router (router-instance {instances})"


def way_to(router: RouterIntent, profile: str) -> Way | None:
    """Return the way to the CA of a profile; None where the intent has no CMP URL for it."""
    known = router.ca_profiles.get(profile)
    url = known.cmpv2.url if known is not None and known.cmpv2 is not None else None
    if url is None or not url.url_string:
        return None
    try:
        host = urlsplit(url.url_string if "://" in url.url_string else f"http://{url.url_string}").hostname
    except ValueError:
        return None
    if not host:
        return None
    if url.service_name:
        return Way(host, (url.service_name,))
    if url.transmission_profile:
        by = router.transmission_profiles.get(url.transmission_profile)
        return Way(host, ((by.router_instance if by is not None else None) or "Base",))
    return Way(host, _FIRST_TRIED)


def has_answered(observed: Observed, profile: str) -> bool:
    """Tell whether the router's last request shows an answer of the CA, whatever it was."""
    request = observed.requests.get(profile)
    return request is not None and (request.replied is not None or request.code not in {"", "none"})


def not_reached(profile: str, reach: Reach) -> list[Finding]:
    """Say before a change that a CA is not known to be reachable: what follows may end in a time-out."""
    if reach.answered is not False:
        return []
    return [
        Finding(
            Severity.WARNING,
            "ca-not-reached",
            f"CA profile {profile}: {reach.told}: not known to be reachable from there",
            hint="is there a route and no filter on the way? Where ICMP is filtered and HTTP is not, go on",
        )
    ]
