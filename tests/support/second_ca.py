"""Another CA beside the one of a fleet, for roll-overs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from sroscert_lab.cmp.ca import CertificationAuthority
from sroscert_lab.cmp.server import CMPServer
from sroscert_lab.intentfile import write_secret

from tests.support.fleet import CA_NAME, SUBJECT, Fleet
from tests.support.lab import free_address


@contextlib.contextmanager
def another_ca(fleet: Fleet, *, dns: Sequence[str] = ()) -> Iterator[CertificationAuthority]:
    """A second CA of the same name with a key and an address of its own, which has codes for the routers.

    It is declared as `next-ca`, NextCA.pem; no certificate names it yet.
    """
    folder = fleet.folder / "ca2"
    folder.mkdir(mode=0o700)
    ca = CertificationAuthority.create_or_load(folder, CA_NAME, fleet.host.clock)
    cmp = CMPServer(ca, free_address(), 0, "CMP-Server").start()
    (fleet.folder / "NextCA.pem").write_bytes(ca.certificate_pem())
    for router in fleet.names:
        address = fleet.router(router).address
        subject = ",".join(f"{name}={value}" for name, value in {**SUBJECT, "CN": router}.items())
        code = ca.codes.issue(router, subject=subject, san_ips=(address,), san_dns=tuple(dns))
        write_secret(fleet.folder / "codes" / router, code.secret)
    with fleet.editing() as document:
        old = document["ca_profiles"]["lab-ca"]
        new = {**old, "certificate": "NextCA.pem", "cmpv2": {**old["cmpv2"], "url": cmp.url}}
        document["ca_profiles"]["next-ca"] = new
    try:
        yield ca
    finally:
        cmp.stop()
        ca.close()
