"""What a configuration makes the gNMI port serve, and how a commit is checked by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sroscert.intent.desired import Phase
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed, Served
from sroscert.plan.service import (
    VERIFIED,
    Service,
    after,
    by_static_rsa,
    look_at,
    served_file,
    service_of,
    wrong_certificate,
)
from sroscert.plan.steps import Check, Commit
from sroscert.render.diff import Change
from sroscert.values import ConfigTree, Path
from tests.support.planning import GOOD, finished, plan, router, tutorial

GRPC = Path.of("configure", "system", "grpc")
TLS = Path.of("configure", "system", "security", "tls")
RSA, ECDSA, OLD = (replace(GOOD, serial=serial) for serial in (1, 2, 3))
TWO = Service("tls", "prof", ("rsa", "ecdsa"))


@pytest.mark.law(2)
def test_the_running_service_is_read_from_its_configuration() -> None:
    """The files of the profile that gRPC names, as long as gRPC is enabled."""
    running = finished().running

    assert service_of(running) == Service("sr-server-tls-prof", "sr-cert-prof", ("sr-cert",))
    disabled = after(running, [Change("change", GRPC / "admin-state", "enable", "disable")])
    assert service_of(disabled) is None
    assert service_of(after(running, [Change("remove", GRPC / "tls-server-profile", "x", None)])) is None
    assert service_of(ConfigTree()) is None


CASES = [
    ("the first", RSA, {"rsa": RSA, "ecdsa": ECDSA}, "rsa", ""),
    ("the second", ECDSA, {"rsa": RSA, "ecdsa": ECDSA}, "ecdsa", ""),
    ("none of both", OLD, {"rsa": RSA, "ecdsa": ECDSA}, "", "serves serial 3, not the expected 1 (rsa) or 2 (ecdsa)"),
    ("one of which nothing is known", OLD, {"rsa": RSA}, "", ""),
    ("another file's", OLD, {"rsa": RSA, "old": OLD}, "", "serves serial 3 (old), not the expected 1 (rsa)"),
    ("another file's, with none known", OLD, {"old": OLD}, "", "which its cert-profile does not name"),
]


@pytest.mark.law(2)
@pytest.mark.parametrize(
    ("served", "known", "name", "wrong"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_any_certificate_of_the_profile_may_be_served(
    served: object, known: dict[str, object], name: str, wrong: str
) -> None:
    """The served one is named; what is known to be another file's is wrong."""
    assert served_file(TWO, served, known) == name  # type: ignore[arg-type]
    found = wrong_certificate(TWO, served, known)  # type: ignore[arg-type]
    assert wrong in found
    assert bool(found) == bool(wrong)


@pytest.mark.law(2)
def test_what_verified_before_must_verify_after_every_commit() -> None:
    """A commit of the CA profile is checked by a handshake where the service held before, and not on a new router."""
    seen = finished()
    kept = [item for item in seen.running.items() if item[0].last.name != "always-set-sender-for-ir"]
    held = replace(seen, running=ConfigTree.from_items(kept), served=Served("ok", certificate=GOOD))

    (commit,) = [step for step in plan(held).steps if isinstance(step, Commit)]
    assert (commit.phase, Check.HANDSHAKE in commit.checks) == (Phase.CA, True)
    (first, *_) = [step for step in plan(router()).steps if isinstance(step, Commit)]
    assert (first.phase, Check.HANDSHAKE in first.checks) == (Phase.CA, False)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("served", "words"),
    [
        (Served("ok", certificate=GOOD), ""),
        (Served("refused"), "refused"),
        (Served("expired", certificate=GOOD), "expired"),
        (Served("ok", certificate=OLD), "serves serial 3, not the expected 64 (sr-cert)"),
    ],
    ids=["holds", "nothing", "expired", "another"],
)
def test_an_empty_plan_is_in_sync_only_if_the_service_holds(served: Served, words: str) -> None:
    """With nothing to do a service that does not verify, or serves another certificate, is a finding of its own."""
    made = plan(replace(finished(), served=served))

    assert made.idle
    assert made.in_sync == (not words)
    assert [(item.code, item.severity) for item in made.unverified] == (
        [("service-unverified", Severity.UNVERIFIED)] if words else []
    )
    assert all(words in item.message and item.hint for item in made.unverified)


THEIRS = ConfigTree.from_items([
    (GRPC / "admin-state", "enable"),
    (GRPC / "tls-server-profile", "theirs"),
    (TLS.entry("server-tls-profile", server_profile_name="theirs") / "cert-profile", "their-prof"),
    (TLS.entry("cert-profile", cert_profile_name="their-prof").entry("entry", entry_id="1") / "certificate-file",
     "their-cert"),
])


@pytest.mark.law(2, 12)
@pytest.mark.parametrize(
    ("served", "checks"),
    [
        (Served("ok", certificate=OLD), VERIFIED),
        (Served("unknown-ca", certificate=OLD), (Check.SHOWN,)),
        (Served("refused"), ()),
        (None, ()),
    ],
    ids=["verified", "another CA's", "nothing", "not looked at"],
)
def test_a_service_of_others_is_left_as_good_as_it_was(served: Served | None, checks: tuple[Check, ...]) -> None:
    """What verified before our commit must verify after it, whoever's it is; no more is asked of the rest."""
    seen = replace(router(), running=THEIRS, served=served, displayed={"their-cert": OLD})

    assert look_at(seen, THEIRS, ConfigTree(), ()).checks == checks


def test_a_service_of_others_is_no_fault_of_ours() -> None:
    """Where the intent has nothing to do with what is served, a certificate that does not verify is not reported."""
    intent = tutorial(("grpc: {tls_server_profile: sr-server-tls-prof, admin_state: enable}\n", ""))
    seen: Observed = finished(intent=intent)
    running = ConfigTree.from_items([*seen.running.items(), *THEIRS.items()])

    made = plan(replace(seen, running=running, served=Served("unknown-ca", certificate=OLD)), intent)

    assert (made.idle, made.in_sync) == (True, True)


@pytest.mark.parametrize(
    ("release", "file", "version", "alone"),
    [
        ("21.2", "sr-cert", "", True),
        ("21.2", "sr-cert", "tls-version-12", True),
        ("21.2", "sr-cert", "tls-version-all", False),
        ("21.2", "another", "", False),
        ("25.10", "sr-cert", "", False),
    ],
)
def test_a_list_without_another_exchange_of_keys_is_seen(release: str, file: str, version: str, alone: bool) -> None:
    """Every suite of TLS 1.2 counts, and TLS 1.3 has no such exchange."""
    profile = TLS.entry("server-tls-profile", server_profile_name="sr-server-tls-prof")
    said = [(profile / "protocol-version", version)] if version else []
    tree = ConfigTree.from_items([*finished(release).running.items(), *said])

    assert by_static_rsa(tree, file) is alone
