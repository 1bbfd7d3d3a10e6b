"""A running lab of one router and its CA, with ways to set faults and to see them act."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from ncclient.operations import RPCError
from sroscert_lab.asking import ask
from sroscert_lab.cmp import CMPEndpoint, initial_registration
from sroscert_lab.cmp.client import Outcome
from sroscert_lab.intentfile import subject
from sroscert_lab.lab import Lab
from sroscert_lab.router.core import RouterCore

from tests.support.netconf_client import NS, STATE, connect, data_of


@dataclass
class Bench:
    """A running lab, one router of it, and ways to use both."""

    lab: Lab
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def core(self) -> RouterCore:
        """The router."""
        return self.lab.routers["sr"].core

    def set(self, fault: str, argument: str = "", **how: Any) -> None:
        """Set a fault, as `lab fault` does."""
        ask(self.lab.folder, "inject", fault=fault, argument=argument, **how)

    def clear(self, fault: str = "") -> None:
        """Clear one or all."""
        ask(self.lab.folder, "clear", fault=fault)

    @property
    def name(self) -> str:
        """The router's configured name."""
        return self.core.running().findtext("c:system/c:name", "", NS)

    def state(self, path: str) -> str:
        """A leaf below /state, over NETCONF."""
        top = path.split("/")[0]
        with connect(self.core) as client:
            found = data_of(client.get(("subtree", f'<state xmlns="{STATE}"><{top}/></state>')))
        steps = "/".join(f"{{{STATE}}}{name}" for name in path.split("/"))
        return found.findtext(f"{{{STATE}}}state/{steps}") or ""

    def change(self) -> None:
        """A change that is not saved."""
        words = ["/configure", "system", "name", f"name-{next(self._numbers)}"]
        ask(self.lab.folder, "change", words=words)

    def refused(self, call: Callable[[Any], object]) -> str:
        """What NETCONF answers when it refuses `call(client)`."""
        with connect(self.core) as client, pytest.raises(RPCError) as caught:
            call(client)
        return str(caught.value)

    def enrol(self, timeout_s: float = 5.0) -> Outcome:
        """Ask the CA for a certificate, with a fresh code."""
        reference = f"ref-{next(self._numbers)}"
        code = self.lab.ca.codes.issue(reference, subject=subject("sr"), san_ips=(self.core.address,))
        key = ec.generate_private_key(ec.SECP256R1())
        place = CMPEndpoint(
            self.lab.cmp_url, self.lab.ca.certificate_pem(), timeout_s, verify_issued_key=False,
            accept_unprotected_error=True,
        )
        return initial_registration(place, key, subject("sr"), (self.core.address,), (), reference, code.secret)


def issued(outcome: Outcome) -> x509.Certificate:
    """The certificate that came."""
    assert outcome.certificate is not None, outcome
    return x509.load_der_x509_certificate(outcome.certificate)
