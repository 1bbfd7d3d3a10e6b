"""`ping` of both engines and as a modelled action: whether a host answers, and how that is told.

No packet is sent. A limit of the lab: its network is 127.0.0.0/8, every host of it answers, and there is no way to any
other; the fault `host-unreachable` takes the way to all of them, from one routing instance or from all.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass

from lxml import etree

from .. import namespaces
from ..faults import Faults
from ..tree import text_of
from .failure import PKIRefusal

FAULT = "host-unreachable"
INSTANCES = ("management", "Base")
_NETWORK = ipaddress.ip_network("127.0.0.0/8")
_TIME_US = 500
_SIZE = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of pings came to; `address` is empty where the name is not known."""

    host: str
    address: str
    instance: str
    sent: int
    received: int
    has_route: bool = True


def cut_off(faults: Faults, instances: Collection[str] = INSTANCES) -> bool:
    """Whether no host is reached from any of the routing instances."""
    return faults.is_set(FAULT) and (not faults.argument(FAULT) or set(instances) <= {faults.argument(FAULT)})


def ping(host: str, instance: str, count: int, faults: Faults, services: Collection[str]) -> Outcome:
    """Ping a host from a routing instance; PKIRefusal for an instance that is not there."""
    if instance not in INSTANCES and instance not in services:
        # ASSUMPTION: the text.
        raise PKIRefusal(f'router-instance "{instance}" does not exist')
    address = _address(host)
    if not address or ipaddress.ip_address(address) not in _NETWORK:
        return Outcome(host, address, instance, 0 if address else count, 0, has_route=not address)
    return Outcome(host, address, instance, count, 0 if cut_off(faults, (instance,)) else count)


def services_of(running: etree._Element) -> tuple[str, ...]:
    """The names of the VPRN services that are configured."""
    return tuple(text_of(entry, "service-name") for entry in running.iterfind("{*}service/{*}vprn"))


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError:
        return ""


def as_text(outcome: Outcome) -> str:
    """What a CLI prints (public transcripts of both engines: answered, timed out, no route)."""
    lines = [f"PING {outcome.host} 56 data bytes"]
    if not outcome.has_route:
        lines.append(f"No route to destination. Address: {outcome.address}, Router: {outcome.instance}")
        return "\n".join([*lines, ""])
    if not outcome.address:
        # ASSUMPTION: the text for a name that no server knows.
        return f'Error: Could not resolve "{outcome.host}".\n'
    for number in range(1, outcome.sent + 1):
        answer = f"{_SIZE} bytes from {outcome.address}: icmp_seq={number} ttl=64 time=0.500ms."
        lines.append(answer if number <= outcome.received else f"Request timed out. icmp_seq={number}.")
    loss = 100 * (outcome.sent - outcome.received) // outcome.sent
    sent, received = _packets(outcome.sent), _packets(outcome.received)
    share = f"{loss}.00%" if loss < 100 else "100%"
    lines += ["", f"---- {outcome.host} PING Statistics ----"]
    lines.append(f"{sent} transmitted, {received} received, {share} packet loss")
    if outcome.received:
        lines.append("round-trip min = 0.500ms, avg = 0.500ms, max = 0.500ms, stddev = 0.000ms")
    return "\n".join([*lines, ""])


def _packets(count: int) -> str:
    return f"{count} packet{'' if count == 1 else 's'}"


def as_results(outcome: Outcome) -> list[etree._Element]:
    """The results of the action (nokia-oper-global); ASSUMPTION: without a route every probe is told as timed out."""
    if not outcome.address:
        raise PKIRefusal(f"unable to resolve {outcome.host}")
    sent = max(outcome.sent, 1)
    parameters = _leaf("test-parameters")
    for name, text in (
        ("destination", outcome.host), ("router-instance", outcome.instance), ("count", str(sent)),
        ("output-format", "detail"),
    ):
        parameters.append(_leaf(name, text))
    made = [parameters]
    for number in range(1, sent + 1):
        probe = _leaf("probe")
        answered = number <= outcome.received
        probe.append(_leaf("probe-index", str(number)))
        probe.append(_leaf("status", "response-received" if answered else "request-timed-out"))
        if answered:
            probe.append(_leaf("round-trip-time", str(_TIME_US)))
        made.append(probe)
    packets = _leaf("packets")
    loss = f"{100 * (sent - outcome.received) / sent:.2f}"
    for name, text in (("sent", str(sent)), ("received", str(outcome.received)), ("loss", loss)):
        packets.append(_leaf(name, text))
    statistics, summary = _leaf("statistics"), _leaf("summary")
    statistics.append(packets)
    summary.append(statistics)
    return [*made, summary]


def _leaf(name: str, text: str | None = None) -> etree._Element:
    element = namespaces.new_element(namespaces.OPER_GLOBAL, name, {"nokiaoper": namespaces.OPER_GLOBAL})
    element.text = text
    return element
