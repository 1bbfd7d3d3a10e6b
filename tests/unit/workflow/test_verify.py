"""What keeps a confirmed commit, read from state: each check says what does not hold, and nothing when all does."""

from __future__ import annotations

import pytest

from sroscert.render.diff import Change
from sroscert.values import PRESENT, ConfigTree, Path, Value
from sroscert.workflow.verify import ca_profiles_up, renewal_gone, renewal_up, tls_profiles_up, was_healthy
from tests.support.planning import tutorial

pytestmark = pytest.mark.law(2)

PKI = Path.of("state", "system", "security", "pki")
TLS = Path.of("state", "system", "security", "tls")
CA = PKI.entry("ca-profile", ca_profile_name="ejbca-profile")
CERT = TLS.entry("cert-profile", cert_profile_name="sr-cert-prof")
SERVER = TLS.entry("server-tls-profile", server_profile_name="sr-server-tls-prof")


def tree(*items: tuple[Path, Value]) -> ConfigTree:
    """Return a tree of these members."""
    return ConfigTree.from_items(items)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ((("oper-state", "up"),), ()),
        ((("oper-state", "up"), ("oper-flags", "none")), ()),
        ((("oper-state", "down"), ("oper-flags", "cert-file-invalid")), ("is down", "cert-file-invalid")),
        ((("oper-state", "up"), ("oper-flags", "crl-expired")), ("is up", "crl-expired")),
        ((), ("not shown",)),
    ],
    ids=["up", "no-flags", "down", "up-with-flags", "not-shown"],
)
def test_a_ca_profile_must_be_up_without_flags(shown: tuple[tuple[str, str], ...], words: tuple[str, ...]) -> None:
    """Down, flagged and not shown are three ways not to hold, told with the router's own words."""
    state = tree((CA, PRESENT), *((CA / name, value) for name, value in shown))

    failures = ca_profiles_up(tutorial(), state)

    assert len(failures) == bool(words)
    assert all(word in failures[0] for word in ("ejbca-profile", *words) if words)


def test_tls_profiles_must_be_up() -> None:
    """A profile that is down is named with the router's reason, and one that is not shown is not up."""
    up = tree((CERT / "oper-state", "up"), (SERVER / "oper-state", "up"))
    down = tree((CERT / "oper-state", "down"), (CERT / "down-reasons", "invalid-cert-key-combo"))

    assert tls_profiles_up(tutorial(), up) == []
    assert tls_profiles_up(tutorial(), down) == [
        "cert-profile sr-cert-prof is down (invalid-cert-key-combo)",
        "server-tls-profile sr-server-tls-prof is not shown",
    ]


@pytest.mark.parametrize(
    ("found", "failures"),
    [
        ("scheduled", []),
        ("in-progress", []),
        ("wait-for-retry", []),
        ("failed", ["native renewal of sr-cert is failed"]),
        ("", ["native renewal of sr-cert is not shown"]),
    ],
)
def test_native_renewal_must_be_scheduled(found: str, failures: list[str]) -> None:
    """A renewal that the router does not show as scheduled or under way does not hold."""
    configured = Path.of("configure", "system", "security", "pki")
    wanted = configured.entry("certificate-auto-update", cert_file_name="sr-cert")
    shown = PKI.entry("certificate-auto-update", cert_file_name="sr-cert")
    running = tree((wanted, PRESENT))
    state = tree((shown / "update-state", found)) if found else tree()

    assert renewal_up(running, state, running) == failures
    assert renewal_up(running, state, tree()) == [], "what is not configured yet is not looked for"


@pytest.mark.parametrize(
    ("found", "failures"),
    [
        ("up", []),
        ("down", ["event handler renew-cert is down"]),
        ("", ["event handler renew-cert is not shown"]),
    ],
)
def test_an_event_handler_must_be_up(found: str, failures: list[str]) -> None:
    """A handler that is configured and not up renews nothing."""
    wanted = Path.of("configure", "log", "event-handling").entry("handler", name="renew-cert")
    shown = Path.of("state", "log", "event-handling").entry("handler", name="renew-cert")
    running = tree((wanted, PRESENT))
    state = tree((shown / "oper-state", found)) if found else tree()

    assert renewal_up(running, state, running) == failures


@pytest.mark.parametrize(
    ("above", "entry"),
    [
        (("log", "event-handling"), {"name": "handler", "key": "renew-cert"}),
        (("system", "security", "pki"), {"name": "certificate-auto-update", "key": "sr-cert"}),
    ],
)
def test_a_renewal_that_was_taken_away_must_be_gone(above: tuple[str, ...], entry: dict[str, str]) -> None:
    """What state still shows would renew once more; other renewals are no matter of the commit."""
    gone = Path.of("configure", *above).entry(entry["name"], key=entry["key"])
    shown, other = (Path.of("state", *above).entry(entry["name"], key=key) for key in (entry["key"], "other"))
    change = Change("remove", gone, PRESENT, None)

    assert renewal_gone([change], tree((other / "x", "y"))) == []
    assert renewal_gone([change], tree((other / "x", "y"), (shown / "x", "y"))) == [
        f"{entry['name']} {entry['key']} was taken away and is still shown"
    ]
    assert renewal_gone([Change("add", gone, None, PRESENT)], tree((shown / "x", "y"))) == []


@pytest.mark.parametrize(
    ("before", "after", "configured", "failures"),
    [
        ("up", "up", True, []),
        ("up", "down", True, ["cert-profile theirs was up and is down"]),
        ("up", "", True, ["cert-profile theirs was up and is not shown"]),
        ("up", "", False, []),
        ("down", "down", True, []),
    ],
    ids=["stays-up", "went-down", "gone", "no-longer-configured", "was-down-before"],
)
def test_what_was_healthy_stays_healthy(before: str, after: str, configured: bool, failures: list[str]) -> None:
    """A profile of others that was up must be up after our commit, as long as it is configured."""
    profile = TLS.entry("cert-profile", cert_profile_name="theirs")
    entry = Path.of("configure", "system", "security", "tls").entry("cert-profile", cert_profile_name="theirs")
    running = tree((entry, PRESENT)) if configured else tree()
    later = tree((profile / "oper-state", after)) if after else tree()

    assert was_healthy(tree((profile / "oper-state", before)), later, running) == failures
