"""A node is explained over all releases: since when, what its values and default were, what a change restarts."""

from __future__ import annotations

from sroscert import schema
from sroscert.intent.keys import NAME, SECTIONS, key_of, keys, matching
from sroscert.schema.explain import Span, every_path, history

TLS = ("configure", "system", "security", "tls")
PKI = ("configure", "system", "security", "pki")


def test_a_default_that_changed_is_told_with_its_releases() -> None:
    """auto-config-save was off up to 22.10."""
    found = history(("configure", "system", "management-interface", "netconf", "auto-config-save"))

    assert found is not None
    assert found.properties["default"] == (Span("19.5", "22.10", "false"), Span("23.3", "26.3", "true"))
    assert (found.since, found.obsolete_since, found.gone_since) == ("19.5", "", "")


def test_values_are_told_since_when() -> None:
    """The suites of a list come and go; an obsolete list says since when."""
    found = history((*TLS, "server-cipher-list", "tls12-cipher", "name"))
    old = history((*TLS, "server-cipher-list", "cipher"))

    assert found is not None
    assert old is not None
    since = {value.name: value.since for value in found.values}
    assert since["tls-rsa-with-aes128-gcm-sha256"] == "22.2"
    assert since["tls-ecdhe-rsa-aes128-gcm-sha256"] == "24.3"
    assert since["tls-ecdhe-ecdsa-aes128-gcm-sha256"] == "26.3"
    assert (old.since, old.obsolete_since) == ("19.5", "22.2")
    left = history((*TLS, "server-cipher-list", "cipher", "name"))
    assert left is not None
    obsolete = {value.name: value.obsolete_since for value in left.values if value.obsolete_since}
    assert obsolete == dict.fromkeys(
        ("tls-rsa-with-null-md5", "tls-rsa-with-null-sha", "tls-rsa-with-null-sha256"), "20.2"
    )


def test_a_node_that_went_away_says_since_when() -> None:
    """Whatever an early release had and the latest has not is told so."""
    first, last = schema.load("19.5"), schema.load("26.3")
    gone = [names for names, _ in every_path(first) if last.node(names) is None]
    found = history(gone[0])

    assert found is not None
    assert found.gone_since
    assert history(gone[0], last) is None


def test_marks_and_references_are_told() -> None:
    """What a change restarts, what is referred to, and what is a secret stand among the properties."""
    profile = history((*TLS, "server-tls-profile", "cert-profile"))
    password = history((*PKI, "ca-profile", "cmpv2", "key-list", "key", "password"))

    assert profile is not None
    assert password is not None
    assert profile.properties["reference"][0].value == "/configure/system/security/tls/cert-profile/cert-profile-name"
    assert password.properties["secret"] == (Span("19.5", "26.3", "yes"),)
    assert password.properties["restart"][0].value == "a change restarts its key"


def test_every_section_is_a_node_and_a_key() -> None:
    """The table of where the intent's sections begin names what the models and the intent's schema have."""
    latest = schema.load("26.3")

    assert [names for names in SECTIONS if latest.node(names) is None] == []
    assert [path for path in SECTIONS.values() if path not in keys()] == []


def test_a_node_leads_to_its_key() -> None:
    """The key of a leaf is found below its section; what no intent sets has none."""
    assert str(key_of((*TLS, "server-tls-profile", "protocol-version"))) == "tls.server_profiles.NAME.protocol_version"
    assert str(key_of((*PKI, "ca-profile", "cmpv2", "url", "url-string"))).startswith("ca_profiles.NAME.cmpv2.url")
    assert key_of(("configure", "system", "name")) is None


def test_a_key_is_found_by_its_end() -> None:
    """Names that the user gives may be left out, and hyphens stand for underscores."""
    assert [key.path for key in matching("renewal.before")] == [("certificates", NAME, "renewal", "before")]
    assert [str(key) for key in matching("renewal.min-delay")] == ["certificates.NAME.renewal.min_delay"]
