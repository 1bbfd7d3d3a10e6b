"""Through which routing instance a URL is asked: pure decision, by its service or its transmission profile.

Source: TIMETRA-SECURITY-MIB on the CMPv2 URL: without a service the system tries `management` first, and then Base.
ASSUMPTION: so it does for the URL of a CRL, whose service is that of its transmission profile. A limit of the lab: all
instances lead over the router's one address, and a service need not be configured; what one lacks is the fault
`host-unreachable`.
"""

from __future__ import annotations

from .conf import TransmissionConf
from .pinging import INSTANCES


def instances(service_name: str, transmission: TransmissionConf | None) -> tuple[str, ...]:
    """The instances that are tried, in their order."""
    if service_name:
        return (service_name,)
    return INSTANCES if transmission is None else (transmission.router_instance,)
