"""An intent with an EST profile, applied to a lab router by sroscert, which then renews over EST by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import yaml
from sroscert_lab.est.server import ESTServer

from tests.support.fleet import MakeFleet
from tests.support.lab import free_address
from tests.support.served import served

EST = """
certificate_update_profiles: {est: {before_expiry: 864000, est: {est_profile: lab}}}
certificate_auto_update: {sr-cert: {key_file_name: sr-key, profile: est}}
est_profiles:
  lab:
    client_tls_profile: est
    http_authentication: {username: nobody, password: "file:password"}
"""
TLS = """
client_cipher_lists: {est: compatible}
trust_anchor_profiles: {est: [lab-ca]}
client_profiles:
  est: {admin_state: enable, cert_profile: sr-cert-prof, cipher_list: est, trust_anchor_profile: est,
    status_verify: {default_result: good}}
"""


def test_a_router_renews_over_est_as_an_intent_says(lab_fleet: MakeFleet) -> None:
    """Enrolled over CMPv2, it shows that certificate to the EST server in time, and serves the new one."""
    fleet = lab_fleet(release="25.10")
    with ESTServer(fleet.ca, free_address(), folder=fleet.folder) as server:
        with fleet.editing() as document:
            certificates: dict[str, Any] = document["certificates"]
            certificates["sr-cert"]["renewal"] = {"method": "none"}
            document |= yaml.safe_load(EST)
            host, port = server.url.removeprefix("https://").partition("/")[0].split(":")
            document["est_profiles"]["lab"]["server"] = {"ipv4": host, "port": int(port)}
            document["tls"] |= yaml.safe_load(TLS)
        fleet.applied()
        assert fleet.run("plan").code == 0
        first = served(fleet.router())

        fleet.host.clock.advance(timedelta(days=355, hours=1))

        last = fleet.ca.journal.entries()[-1]
        assert (last.kind, last.result, last.credential) == ("simplereenroll", "issued", f"tls:{first}")
        assert served(fleet.router()) == last.serial != first
