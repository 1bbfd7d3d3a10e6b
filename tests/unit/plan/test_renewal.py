"""When sroscert renews, by which request, and what it leaves to the router: one decision, from what is observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert import schema
from sroscert.errors import InternalError
from sroscert.intent.desired import FilePair, Phase
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.certificate import Need, Request
from sroscert.plan.document import plan_document
from sroscert.plan.generation import Generation
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import AS_DUE, NEVER, Renewing
from sroscert.plan.secrets import needed
from sroscert.plan.steps import Check, Commit, Enrol, GenerateKey, RemoveFile
from sroscert.values import ConfigTree, Path
from tests.support.planning import (
    CA,
    GOOD,
    LOCAL_CAS,
    NOW,
    RELEASES,
    datastore_state,
    files,
    finished,
    request,
    tutorial,
)

EXTERNAL = (("method: auto", "method: external"),)
RENEW = Renewing(only=True)
FORCE = Renewing(only=True, force=True)
DUE = replace(GOOD, not_after=NOW + timedelta(days=20), not_before=NOW - timedelta(days=340))
EXPIRED = replace(DUE, not_after=NOW - timedelta(hours=1))
SHORT = replace(GOOD, not_before=NOW - timedelta(days=1), not_after=NOW + timedelta(days=6))
NEW = replace(GOOD, serial=200)
OTHER_SAN = replace(DUE, san_dns=frozenset({"old.example.net"}))
OTHER_NAME = replace(DUE, subject=(("CN", "old"),))
OTHER_CA = replace(DUE, issuer=(("CN", "OldCA"),))
SMALL_KEY = replace(DUE, key_bits=1024)


def seen(info: CertificateInfo, release: str = "21.2", more: Mapping[str, CertificateInfo] | None = None) -> Observed:
    """A finished router of external renewal that has ``info`` in use, and further files in system-pki."""
    found = finished(release, info=info, intent=tutorial(*EXTERNAL))
    shown = {**found.displayed, **(more or {})}
    names = [entry.name for entry in found.system_pki]
    for name in more or {}:
        names += [name, name.replace("cert", "key")]
    return replace(found, displayed=shown, system_pki=files(*names))


def made(observed: Observed, renewing: Renewing = AS_DUE, *changes: tuple[str, str]) -> Plan:
    """The plan of the tutorial's router, renewed by sroscert unless the changes say otherwise."""
    intent = tutorial(*(changes or EXTERNAL))
    return build(intent, observed, schema.load(observed.release), LOCAL_CAS, NOW, renewing)


def asked(plan: Plan) -> Enrol:
    """The one request of a plan."""
    (step,) = [step for step in plan.steps if isinstance(step, Enrol)]
    return step


def kinds(plan: Plan) -> list[str]:
    """Each step in one word; a commit with its phase."""
    return [f"commit {step.phase.value}" if isinstance(step, Commit) else type(step).__name__ for step in plan.steps]


def codes(plan: Plan) -> set[str]:
    """The codes of a plan's findings."""
    return {item.code for item in plan.findings}


REQUESTS: list[tuple[str, CertificateInfo, Request, str]] = [
    ("due", DUE, Request.UPDATE, "subject, SAN and CA are unchanged"),
    ("due, and another size of key is wanted", SMALL_KEY, Request.UPDATE, "subject, SAN and CA are unchanged"),
    ("another SAN", OTHER_SAN, Request.CERTIFICATE, "SAN changed"),
    ("another subject", OTHER_NAME, Request.CERTIFICATE, "subject changed"),
    ("another CA", OTHER_CA, Request.CERTIFICATE, "CA changed"),
    ("another SAN and CA", replace(OTHER_SAN, issuer=(("CN", "OldCA"),)), Request.CERTIFICATE, "SAN and CA changed"),
    ("expired", EXPIRED, Request.INITIAL, "sr-cert has expired and signs nothing"),
    ("expired, and another SAN", replace(OTHER_SAN, not_after=EXPIRED.not_after), Request.INITIAL, "has expired"),
    ("not valid yet", replace(GOOD, not_before=NOW + timedelta(hours=1)), Request.INITIAL, "is not valid yet"),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("renewing", [AS_DUE, RENEW, FORCE], ids=["apply", "renew", "force"])
@pytest.mark.parametrize(("info", "kind", "why"), [row[1:] for row in REQUESTS], ids=[row[0] for row in REQUESTS])
def test_the_state_of_the_pair_decides_how_the_ca_is_asked(
    info: CertificateInfo, kind: Request, why: str, renewing: Renewing, release: str
) -> None:
    """The pair in use signs while it can; it is never its own successor, and only a code has a precondition."""
    plan = made(seen(info, release), renewing)
    step = asked(plan)

    assert (step.request, step.generation) == (kind, Generation(2, "sr-cert-g2", "sr-key-g2"))
    assert why in step.reason
    assert step.signer == (None if kind is Request.INITIAL else Generation(1, "sr-cert", "sr-key"))
    assert ("one-time code of reference 1" in step.precondition) is (kind is Request.INITIAL)
    assert bool(needed(plan)) is (kind is Request.INITIAL)
    assert kinds(plan)[:4] == ["GenerateKey", "ImportKey", "Enrol", "CheckAndImport"]


@pytest.mark.law(4)
def test_a_request_of_somebody_else_is_reported_and_stops() -> None:
    """While another key's request is pending at the CA profile none of ours is sent, and theirs is not cleared."""
    theirs = request("their-key")
    plan = made(replace(seen(DUE), requests={theirs.ca_profile: theirs}), RENEW)

    assert [item.code for item in plan.stops] == ["request-pending"]
    assert "their-key" in plan.stops[0].message


def test_a_pair_that_is_not_whole_signs_nothing() -> None:
    """Where the key of the certificate in use is gone the code is asked for."""
    observed = seen(DUE)
    lost = replace(observed, system_pki=files("ManagementCA.pem", "sr-cert"))

    assert asked(made(lost)).request is Request.INITIAL
    assert "not whole" in asked(made(lost)).reason


@pytest.mark.law(1)
@pytest.mark.parametrize("release", RELEASES)
def test_a_certificate_that_is_not_of_its_key_gives_way_and_signs_nothing(release: str) -> None:
    """Once the router shows that it cannot load the pair, another generation is enrolled by the code."""
    observed = finished(release)
    at = Path.of("state", "system", "security", "tls").entry("cert-profile", cert_profile_name="sr-cert-prof")
    torn = ConfigTree.from_items([(at.entry("entry", entry_id="1") / "down-reasons", "invalid-cert-key-combo")])
    known = schema.load(release)
    assert build(tutorial(), observed, known, LOCAL_CAS, NOW).decisions[0].need is Need.NOTHING

    broken = replace(observed, state=observed.state.merge(torn))
    found = build(tutorial(), broken, known, LOCAL_CAS, NOW).decisions[0]

    assert (found.need, found.request, found.generation.key) == (Need.KEY, Request.INITIAL, "sr-key-g2")
    assert found.asked_so == "sr-cert is not of its key and signs nothing"


def test_the_code_can_be_asked_for() -> None:
    """With by_code a CA that takes no signature of the old pair is asked by the code."""
    step = asked(made(seen(DUE), replace(RENEW, by_code=True)))

    assert (step.request, step.signer) == (Request.INITIAL, None)


@pytest.mark.parametrize("key", ["sr-key", "SR-KEY"])
def test_a_request_whose_key_signs_itself_cannot_be_made(key: str) -> None:
    """Names of FAT do not know case: the new key is another one, or there is no step."""
    with pytest.raises(InternalError, match="own successor"):
        Enrol(
            reason="", certificate="sr-cert", generation=Generation(2, "sr-cert-g2", key), ca_profile="ca",
            request=Request.UPDATE, signer=Generation(1, "sr-cert", "sr-key"),
        )


WHO: list[tuple[str, CertificateInfo, tuple[tuple[str, str], ...], Renewing, bool, str]] = [
    ("external and due, apply", DUE, EXTERNAL, AS_DUE, True, ""),
    ("external and due, renew", DUE, EXTERNAL, RENEW, True, ""),
    ("external and due, drift", DUE, EXTERNAL, NEVER, False, "sroscert renews it"),
    ("external, not due", GOOD, EXTERNAL, RENEW, False, ""),
    ("external, not due, forced", GOOD, EXTERNAL, FORCE, True, ""),
    ("external, due from its first day", SHORT, EXTERNAL, AS_DUE, False, "from its first day"),
    ("external, due from its first day, forced", SHORT, EXTERNAL, FORCE, True, ""),
    ("by its router and due, apply", DUE, (("method: auto", "method: ehs"),), AS_DUE, False, "its router renews it"),
    ("by its router and due, renew", DUE, (("method: auto", "method: ehs"),), RENEW, False, "its router renews it"),
    ("by its router and due, forced", DUE, (("method: auto", "method: ehs"),), FORCE, True, ""),
    ("by its router and due from its first day", SHORT, (("method: auto", "method: ehs"),), AS_DUE, False,
     "renews it again and again"),
    ("by nobody and due", DUE, (("method: auto", "method: none"),), RENEW, False, "nobody renews it"),
    ("by nobody and due, forced", DUE, (("method: auto", "method: none"),), FORCE, True, ""),
    ("by its router and expired, apply", EXPIRED, (("method: auto", "method: ehs"),), AS_DUE, True, ""),
    ("another one is meant", DUE, EXTERNAL, replace(RENEW, names=("other",)), False, ""),
    ("another one is meant, and it expired", EXPIRED, EXTERNAL, replace(RENEW, names=("other",)), False, ""),
    ("it is meant", DUE, EXTERNAL, replace(RENEW, names=("sr-cert",)), True, ""),
]


@pytest.mark.law(1, 5)
@pytest.mark.parametrize(
    ("info", "changes", "renewing", "renews", "said"), [row[1:] for row in WHO], ids=[row[0] for row in WHO]
)
def test_what_is_not_due_or_not_ours_is_left_alone(
    info: CertificateInfo, changes: tuple[tuple[str, str], ...], renewing: Renewing, renews: bool, said: str
) -> None:
    """A certificate is renewed by whom the intent says, when it is due; what is due and stays is told, with why."""
    plan = made(seen(info), renewing, *changes)
    told = [item.message for item in plan.findings if item.code == "renewal-due"]

    assert any(isinstance(step, GenerateKey) for step in plan.steps) is renews
    assert bool(told) is bool(said)
    assert all(said in message for message in told)
    if renewing.only and not renews:
        assert plan.idle


TAKEN_UP: list[tuple[str, dict[str, object], Need, list[str]]] = [
    ("the key is generated", {"flash": ["sr-key-g2"]}, Need.IMPORT_KEY,
     ["ImportKey", "Enrol", "CheckAndImport", "commit tls", "Save", "RemoveFile"]),
    ("the key is imported", {"pki": ["sr-key-g2"]}, Need.ENROLMENT,
     ["Enrol", "CheckAndImport", "commit tls", "Save", "RemoveFile"]),
    ("the request waits", {"pki": ["sr-key-g2"], "requests": {"ejbca-profile": request("sr-key-g2")}}, Need.POLL,
     ["Enrol", "CheckAndImport", "commit tls", "Save", "RemoveFile"]),
    ("the answer is there", {"pki": ["sr-key-g2"], "flash": ["sr-cert-g2.der"]}, Need.IMPORT,
     ["CheckAndImport", "commit tls", "Save", "RemoveFile"]),
    ("the answer is imported", {"pki": ["sr-key-g2", "sr-cert-g2"], "shown": {"sr-cert-g2": NEW}}, Need.NOTHING,
     ["commit tls", "Save"]),
]


@pytest.mark.law(4, 6)
@pytest.mark.parametrize("renewing", [AS_DUE, RENEW, FORCE], ids=["apply", "renew", "force"])
@pytest.mark.parametrize(("left", "need", "steps"), [row[1:] for row in TAKEN_UP], ids=[row[0] for row in TAKEN_UP])
def test_a_renewal_that_was_broken_off_is_taken_up(
    left: dict[str, object], need: Need, steps: list[str], renewing: Renewing
) -> None:
    """After each step of a renewal the router tells what is left, under the same names: nothing is asked twice."""
    observed = seen(DUE)
    observed = replace(
        observed,
        system_pki=files(*(entry.name for entry in observed.system_pki), *left.get("pki", ())),  # type: ignore[misc]
        flash=(*observed.flash, *files(*left.get("flash", ()))),  # type: ignore[misc]
        displayed={**observed.displayed, **left.get("shown", {})},  # type: ignore[dict-item]
        requests=left.get("requests", {}),  # type: ignore[arg-type]
    )
    plan = made(observed, renewing)

    assert (plan.decisions[0].need, plan.decisions[0].generation.number) == (need, 2)
    assert kinds(plan) == steps
    assert [step.resume for step in plan.steps if isinstance(step, Enrol)] == [need is Need.POLL] * (len(steps) > 4)


@pytest.mark.law(10)
def test_a_newer_pair_is_not_taken_while_the_one_in_use_is_good() -> None:
    """An operator may have gone back to it: without being due or forced nothing moves, and it is said."""
    observed = seen(GOOD, more={"sr-cert-g2": NEW})

    plain, renewed, forced = (made(observed, mode) for mode in (AS_DUE, RENEW, FORCE))

    assert plain.idle and renewed.idle
    assert "generation-unused" in codes(plain) & codes(renewed)
    assert kinds(forced) == ["commit tls", "Save"]


def test_a_newer_pair_that_is_due_itself_is_not_taken() -> None:
    """What was made long ago and never used gives way to a third generation."""
    step = asked(made(seen(DUE, more={"sr-cert-g2": replace(DUE, serial=200)})))

    assert (step.generation.number, step.signer) == (3, Generation(1, "sr-cert", "sr-key"))


@pytest.mark.law(1, 12)
@pytest.mark.parametrize("release", RELEASES)
def test_renew_changes_nothing_but_what_names_the_files(release: str) -> None:
    """Drift is left to apply: the commit of renew has the flip and no other line, apply has both."""
    observed = seen(DUE, release)
    drifted = Path.of("configure", "system", "grpc") / "admin-state"
    running = {**dict(observed.running.items()), drifted: "disable"}
    observed = replace(observed, running=ConfigTree.from_items(running.items()))

    renew, apply = (made(observed, mode) for mode in (RENEW, AS_DUE))
    flip = {"certificate-file", "key-file"}

    assert {change.path.last.name for change in renew.changes} == flip
    assert {change.path.last.name for change in apply.changes} == {*flip, "admin-state"}
    assert made(replace(observed, displayed=seen(GOOD, release).displayed), RENEW).idle


@pytest.mark.law(1)
@pytest.mark.parametrize(("release", "method"), [("25.10", "native"), ("21.2", "ehs")])
def test_forced_on_a_router_that_renews_by_itself_its_renewal_moves_along(release: str, method: str) -> None:
    """Native renewal and the warning's filter name the file: they move in the commit of the flip, drift stays."""
    changes = (("method: auto", f"method: {method}"),)
    observed = finished(release, intent=tutorial(*changes))

    plan = made(observed, FORCE, *changes)
    (commit,) = [step for step in plan.steps if isinstance(step, Commit)]

    assert commit.phase is Phase.TLS
    assert Check.RENEWAL_UP in commit.checks
    assert "sr-cert-g2" in str([change for change in commit.changes if "tls" not in change.path.names])
    assert ("UploadFile" in kinds(plan)) is (method == "ehs")


def test_what_was_not_asked_for_keeps_its_work_files() -> None:
    """The CA's answer for another certificate, and a clear key of it, are not this run's to remove."""
    two = tutorial(
        *EXTERNAL,
        ("expiration_warning:", "  other:\n"
         "    ca_profile: ejbca-profile\n    key: {file: other-key, type: rsa, size: 2048}\n    subject: {CN: other}\n"
         "    enrolment: {protection: password, reference: \"2\", secret: \"file:codes/other\"}\n"
         "    renewal: {before: 30d, method: external}\nexpiration_warning:"),
    )
    observed = seen(DUE)
    names = [entry.name for entry in observed.system_pki]
    observed = replace(
        observed,
        flash=(*observed.flash, *files("other.der", "other-key")), system_pki=files(*names, "other-key"),
    )
    plan = build(two, observed, schema.load(observed.release), LOCAL_CAS, NOW, replace(RENEW, names=("sr-cert",)))

    assert [step.url for step in plan.steps if isinstance(step, RemoveFile)] == ["cf3:/sr-cert-g2.der"]


def test_renew_claims_nothing_of_what_it_does_not_look_at() -> None:
    """Where nothing is due a router is at rest for renew, and only apply calls it in sync; lost renewal is apply's."""
    assert (made(seen(GOOD), RENEW).at_rest, made(seen(GOOD), RENEW).in_sync) == (True, False)
    assert made(seen(GOOD)).in_sync
    lost = made(seen(GOOD, "25.10"), RENEW, ("method: auto", "method: native"))
    assert lost.at_rest
    assert [plan_document(made(seen(GOOD), asked))["in_sync"] for asked in (RENEW, AS_DUE)] == [None, True]


def test_renew_leaves_a_changed_secret_to_apply_where_no_code_is_asked_with() -> None:
    """Only the code that a request goes with must be the one of the intent."""
    observed = seen(GOOD)
    (password,) = [path for path in observed.running if path.last.name == "password"]
    observed = replace(observed, rewritten={password: "it changed"})

    assert kinds(made(observed)) == ["commit ca", "Save"]
    assert made(observed, RENEW).idle


def test_a_request_that_is_taken_up_needs_no_code() -> None:
    """The CA has it already: the code may be gone by now."""
    observed = seen(DUE)
    names = [entry.name for entry in observed.system_pki]
    observed = replace(
        observed, system_pki=files(*names, "sr-key-g2"), requests={"ejbca-profile": request("sr-key-g2")}
    )

    assert asked(made(observed)).resume
    assert needed(made(observed)) == ()


def test_renew_leaves_unsaved_changes_to_apply() -> None:
    """Where nothing is due nothing is saved either; apply does."""
    state = datastore_state("running", unsaved="true", user="admin", modified="2026-05-01T11:00:00Z")
    observed = replace(seen(GOOD), state=state)

    assert kinds(made(observed)) == ["Save"]
    assert made(observed, RENEW).idle


def test_renew_saves_a_renewed_pair_that_is_not_saved() -> None:
    """A run that took up another generation and could not save it left a reboot to undo it."""
    state = datastore_state("running", unsaved="true", user="admin", modified="2026-05-01T11:00:00Z")
    observed = replace(finished(pair=FilePair("sr-cert-g2", "sr-key-g2"), intent=tutorial(*EXTERNAL)), state=state)

    assert kinds(made(observed, RENEW)) == ["Save"]


def test_there_is_nothing_to_renew_before_the_first_enrolment() -> None:
    """Without a pair in use renew does nothing and says who does."""
    observed = replace(finished(intent=tutorial(*EXTERNAL)), running=ConfigTree(), system_pki=(), displayed={})

    plan = made(observed, FORCE)

    assert plan.idle
    assert "not-enrolled" in codes(plan)


def test_an_adopted_pair_is_followed_by_names_of_ours() -> None:
    """A pair of other names is renewed too: its successor has our plain names, and the reason is told."""
    pair = FilePair("their-cert", "their-key")
    observed = finished(pair=pair, info=DUE, intent=tutorial(*EXTERNAL))

    step = asked(made(observed))

    assert (step.generation, step.signer) == (Generation(1, "sr-cert", "sr-key"), Generation(1, *_names(pair)))
    assert "due" in step.reason


def _names(pair: FilePair) -> tuple[str, str]:
    return pair.certificate, pair.key


def test_the_ca_of_the_tutorial_is_the_issuer() -> None:
    """The certificates of these tests are of the CA that the intent names: what is unchanged is so for that reason."""
    assert GOOD.issuer == CA.subject


@pytest.mark.law(6)
@pytest.mark.parametrize(
    ("made_before", "idle"),
    [(("CN=ManagementCA", "64"), True), (("CN=ManagementCA", "65"), False), (("CN=OtherCA", "64"), False)],
    ids=["this one", "another serial", "another CA's"],
)
def test_what_a_run_had_forced_is_not_forced_again_when_it_is_taken_up(
    made_before: tuple[str, str], idle: bool
) -> None:
    """The certificate in use is the one that the run had made: asked for once, done once."""
    assert made(seen(GOOD), replace(FORCE, made=frozenset({made_before}))).idle is idle


def test_a_certificate_of_that_run_that_is_due_is_renewed() -> None:
    """That it was made by the run is no reason to leave it when its time has come."""
    assert not made(seen(DUE), replace(RENEW, made=frozenset({("CN=ManagementCA", f"{DUE.serial:x}")}))).idle
