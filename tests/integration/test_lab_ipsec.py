"""IPsec in the lab as somebody else's user of our certificate and our CA profile (law 12), on a whole lab."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sroscert_lab import ike, ikecommand

from tests.support.fleet import Fleet, MakeFleet

XML = (
    '<configure xmlns="urn:nokia.com:sros:ns:yang:sr:conf"><ipsec>'
    "<cert-profile><name>vpn</name><admin-state>enable</admin-state><entry><id>1</id><cert>sr-cert</cert>"
    "<key>sr-key</key></entry></cert-profile>"
    "<trust-anchor-profile><name>vpn</name><trust-anchor><ca-profile>lab-ca</ca-profile></trust-anchor>"
    "</trust-anchor-profile>"
    "<ipsec-transport-mode-profile><name>t</name><key-exchange><dynamic><cert><cert-profile>vpn</cert-profile>"
    "<trust-anchor-profile>vpn</trust-anchor-profile><status-verify><default-result>good</default-result>"
    "</status-verify></cert></dynamic></key-exchange></ipsec-transport-mode-profile></ipsec></configure>"
)
ANCHOR = "/configure/ipsec/trust-anchor-profile[name=vpn]"
FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")


def authenticated(fleet: Fleet) -> str:
    """What `lab ike` says of a peer that shows the router's own certificate."""
    certificate = fleet.ca.certificates.all()[0].certificate
    pem = certificate.public_bytes(Encoding.PEM).decode()
    result = ikecommand.authenticate(fleet.router(), "t", pem, [fleet.ca.certificate_pem().decode()])
    return ike.text(result)


def served(fleet: Fleet) -> str:
    """The certificate file of TLS."""
    return fleet.router().running().findtext(".//{*}tls//{*}certificate-file") or ""


@pytest.mark.law(12)
def test_a_vpn_keeps_its_files_and_stops_what_would_break_it(lab_fleet: MakeFleet) -> None:
    """IPsec uses pair and CA profile: a restart of that stops, a renewal goes past it, clean-up leaves the files."""
    fleet = lab_fleet(release="25.10")
    fleet.applied(*FAST)
    fleet.operator(XML)
    fleet.saved()
    assert authenticated(fleet) == "The peer is accepted.\nThe router shows entry 1, sr-cert."

    with fleet.editing() as document:
        document["ca_profiles"]["lab-ca"]["cmpv2"]["http"] = {"response_timeout": 31}
    stopped = fleet.run("plan", "-o", "json")
    assert stopped.code == 5, stopped.text
    told = [item for item in stopped.entry("sr1")["findings"] if item["code"] == "shared-profile"]
    assert [item["message"].partition(",")[0] for item in told] == [
        f"ca-profile lab-ca also serves {ANCHOR}/trust-anchor[ca-profile=lab-ca]/ca-profile"
    ]

    fleet.issue_code("sr1", dns=("one.example.net",))
    with fleet.editing() as document:
        del document["ca_profiles"]["lab-ca"]["cmpv2"]["http"]
        document["certificates"]["sr-cert"]["san"]["dns"] = ["one.example.net"]
    fleet.applied(*FAST)
    fleet.saved()
    assert served(fleet) == "sr-cert-g2"
    cleaned = fleet.run("clean", "--yes", "--keep", "0", "-o", "json")
    assert cleaned.code == 0, cleaned.text
    kept = {entry.name for entry in fleet.router().flash.entries("cf3:/system-pki")}
    assert {"sr-cert", "sr-key", "sr-cert-g2", "sr-key-g2"} <= kept
    said = [item["message"] for item in cleaned.entry("sr1")["findings"] if item["code"] == "file-mentioned"]
    assert len(said) == 2, cleaned.text
    assert all("configure/ipsec/cert-profile=vpn" in message for message in said), said
