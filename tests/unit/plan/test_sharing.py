"""Law 12: who else depends on a profile is said before the profile is restarted or re-pointed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from sroscert.plan.findings import Severity
from sroscert.plan.sharing import disturbed, shared
from sroscert.render.referrers import Profile, referrers
from sroscert.values import ConfigTree, Path
from tests.support.planning import finished, plan, router

SECURITY = Path.of("configure", "system", "security")
CA = SECURITY / "pki"
CA_ENTRY = CA.entry("ca-profile", ca_profile_name="ejbca-profile")
CIPHERS = (SECURITY / "tls").entry("server-cipher-list", server_cipher_list_name="ciphers")
RUNNING = b"""
<configure xmlns="urn:nokia.com:sros:ns:yang:sr:conf">
  <ipsec><cert-profile><name>tunnel</name><entry><id>1</id></entry></cert-profile>
    <trust-anchor-profile><name>peers</name>
      <trust-anchor><ca-profile>ejbca-profile</ca-profile></trust-anchor></trust-anchor-profile></ipsec>
  <system><security>
    <aaa><remote-servers><ldap><server><server-index>1</server-index>
      <tls-profile>x</tls-profile></server></ldap></remote-servers></aaa>
    <pki><ca-profile><ca-profile-name>ejbca-profile</ca-profile-name><description>ejbca-profile</description>
      </ca-profile></pki>
    <tls><server-tls-profile><server-profile-name>other</server-profile-name>
      <cipher-list>ciphers</cipher-list></server-tls-profile>
      <server-tls-profile><server-profile-name>sr-server-tls-prof</server-profile-name>
      <cipher-list>ciphers</cipher-list></server-tls-profile></tls>
  </security></system>
</configure>"""


def changed(path: Path, value: str) -> ConfigTree:
    """The finished router's running configuration with one leaf that an operator changed."""
    return ConfigTree.from_items([*finished().running.items(), (path, value)])


@pytest.mark.law(12)
def test_a_first_enrolment_disturbs_nobody() -> None:
    """What does not exist yet has no users."""
    assert disturbed(plan(router())) == frozenset()


@pytest.mark.law(12)
@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (CA_ENTRY / "revocation-check", "crl", {Profile("ca-profile", "ejbca-profile")}),
        (CA_ENTRY / "description", "by hand", set()),
        (CIPHERS.entry("cipher", index="1") / "name", "tls-rsa-with-null-md5",
         {Profile("server-cipher-list", "ciphers")}),
    ],
)
def test_what_restarts_is_disturbed(path: Path, value: str, found: set[Profile]) -> None:
    """A CA profile is disturbed by its restart leaves only, a TLS object by any change."""
    seen = replace(finished(), running=changed(path, value))

    assert disturbed(plan(seen)) == found


@pytest.mark.law(12)
def test_users_outside_the_intent_stop_the_plan() -> None:
    """IPsec and a foreign TLS profile are named; the intent's own and the profile's own key are not."""
    profiles = {Profile("ca-profile", "ejbca-profile"), Profile("server-cipher-list", "ciphers")}
    made = plan(replace(finished(), running=changed(CA_ENTRY / "revocation-check", "crl")))
    found = shared(made, referrers(etree.fromstring(RUNNING), profiles, made.schema), allowed=False)

    assert [item.severity for item in found] == [Severity.STOP, Severity.STOP]
    assert "ipsec/trust-anchor-profile[name=peers]" in found[0].message
    assert "server-tls-profile[server-profile-name=other]" in found[1].message


@pytest.mark.law(12)
def test_an_explicit_yes_turns_them_into_warnings() -> None:
    """With --allow-interrupt the users are still named."""
    made = plan(replace(finished(), running=changed(CA_ENTRY / "revocation-check", "crl")))
    who = referrers(etree.fromstring(RUNNING), {Profile("ca-profile", "ejbca-profile")}, made.schema)

    assert [item.severity for item in shared(made, who, allowed=True)] == [Severity.WARNING]
