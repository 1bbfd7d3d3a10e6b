"""From intent and observation to steps: what is there is not in the plan, and what is left comes in one order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert import schema
from sroscert.commands.replies import FileEntry
from sroscert.intent.desired import FilePair, Phase
from sroscert.plan.cleanup import leftovers
from sroscert.plan.commits import restarts
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.steps import (
    Check,
    CheckAndImport,
    Commit,
    Enrol,
    GenerateKey,
    ImportFile,
    ImportKey,
    RemoveFile,
    Save,
    Step,
    UploadFile,
)
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
    plan,
    request,
    router,
    tutorial,
)

GRPC = Path.of("configure", "system", "grpc")


def words(made: Plan) -> list[str]:
    """Each step in one word; a commit with its phase."""
    return [f"commit {step.phase.value}" if isinstance(step, Commit) else type(step).__name__ for step in made.steps]


def only(made: Plan, kind: type[Step]) -> list[Step]:
    """The steps of one kind."""
    return [step for step in made.steps if isinstance(step, kind)]


def without(observed: Observed, *leaves: str) -> Observed:
    """The router with the gRPC leaves taken out of running."""
    tree = observed.running
    for leaf in leaves:
        assert GRPC / leaf in tree
        tree = tree.without(GRPC / leaf)
    return replace(observed, running=tree)


@pytest.mark.law(3)
def test_a_first_enrolment_on_21_2_has_one_order() -> None:
    """CA file, CA profile confirmed, key, request, check and import, TLS, renewal by event handling, save."""
    assert words(plan(router("21.2"))) == [
        "UploadFile", "ImportFile", "RemoveFile", "commit ca", "GenerateKey", "ImportKey", "Enrol", "CheckAndImport",
        "commit tls", "UploadFile", "commit renewal", "Save", "RemoveFile",
    ]


@pytest.mark.law(3)
def test_a_first_enrolment_on_25_10_has_the_same_order() -> None:
    """As on 21.2, but native renewal needs no script, and a signing request tells the new key."""
    made = plan(router("25.10"))
    assert words(made) == [
        "UploadFile", "ImportFile", "RemoveFile", "commit ca", "GenerateKey", "ImportKey", "Enrol", "CheckAndImport",
        "commit tls", "commit renewal", "Save", "RemoveFile", "RemoveFile",
    ]
    (imported,) = [step for step in made.steps if isinstance(step, ImportKey)]
    assert (imported.subject, made.steps[-1].title) == ("C=NL,ST=ZH,O=Nokia,CN=sr", "remove cf3:/sr-key.csr")


def test_a_signing_request_that_was_left_is_no_reason_to_act_and_is_cleaned() -> None:
    """A run that was killed before its last step leaves one, which holds no secret: `clean` takes it away."""
    left = finished("25.10")
    left = replace(left, flash=(*left.flash, FileEntry("sr-key.csr", 900), FileEntry("theirs.csr", 900)))
    assert words(plan(left)) == []
    assert {item.url for item in leftovers(plan(left), 1)} == {"cf3:/sr-key.csr"}


@pytest.mark.law(5)
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("pair", [None, FilePair("their-cert", "their-key"), FilePair("sr-cert-g3", "sr-key-g3")])
def test_a_finished_router_has_an_empty_plan(release: str, pair: FilePair | None) -> None:
    """Where everything is there, under whatever file names, no step is planned and no difference seen."""
    made = plan(finished(release, pair))

    assert words(made) == []
    assert made.in_sync
    assert [change for change in made.changes if not change.implied] == []
    assert made.stops == ()


@pytest.mark.law(5)
@pytest.mark.parametrize("release", RELEASES)
def test_one_leaf_that_differs_is_one_commit_of_that_leaf(release: str) -> None:
    """A drifted leaf is mended by a commit that holds nothing else, and a save."""
    made = plan(without(finished(release), "admin-state"))

    assert words(made) == ["commit tls", "Save"]
    (commit,) = only(made, Commit)
    assert isinstance(commit, Commit)
    assert [change.path for change in commit.changes] == [GRPC / "admin-state"]


@pytest.mark.law(5, 8)
def test_a_secret_that_is_there_is_in_no_change() -> None:
    """A CMP key that reads back as a hash is not sent again when something beside it changes."""
    leaf = "always_set_sender_for_ir: true"
    secret = (leaf, f"key_list: {{old: {{password: 'env:CODE'}}}}\n      {leaf}")
    intent = tutorial(secret)
    made = plan(finished(intent=intent), intent)
    assert words(made) == []
    seen = finished(intent=intent)
    kept = [item for item in seen.running.items() if item[0].last.name != "always-set-sender-for-ir"]
    made = plan(replace(seen, running=ConfigTree.from_items(kept)), intent)

    assert words(made) == ["commit ca", "Save"]
    assert not any("key-list" in str(change.path) for step in only(made, Commit) for change in step.changes)  # type: ignore[attr-defined]


@pytest.mark.law(2)
@pytest.mark.parametrize("release", RELEASES)
def test_every_commit_is_kept_by_checks_that_it_could_fail(release: str) -> None:
    """CA profiles must come up, TLS must serve the certificate and answer gNMI, renewal must be scheduled."""
    checks = {step.phase: set(step.checks) for step in plan(router(release)).steps if isinstance(step, Commit)}

    assert checks == {
        Phase.CA: {Check.NEW_SESSION, Check.CA_PROFILE_UP, Check.RUNNING},
        Phase.TLS: {Check.NEW_SESSION, Check.TLS_PROFILES_UP, Check.HANDSHAKE, Check.GNMI, Check.RUNNING},
        Phase.RENEWAL: {Check.NEW_SESSION, Check.RENEWAL_UP, Check.RUNNING},
    }


@pytest.mark.law(3)
@pytest.mark.parametrize("release", RELEASES)
def test_each_change_belongs_to_one_commit(release: str) -> None:
    """No leaf is committed twice, and none is left out."""
    made = plan(router(release))
    sent = list(itertools.chain.from_iterable(step.changes for step in made.steps if isinstance(step, Commit)))

    assert len(sent) == len(set(sent)) == len(made.changes)


@pytest.mark.law(1)
@pytest.mark.parametrize("release", RELEASES)
def test_a_flip_names_the_new_pair_in_one_commit(release: str) -> None:
    """A certificate that no longer fits is replaced beside it, and everything that names the file moves together."""
    made = plan(finished(release, info=replace(GOOD, san_ips=frozenset({"192.0.2.9"}))))
    (tls,) = [step for step in made.steps if isinstance(step, Commit) and step.phase is Phase.TLS]

    assert [step.title for step in only(made, GenerateKey)] == ["generate key sr-key-g2: RSA 2048, on the router"]
    values = {change.path.last.name: change.after for change in tls.changes if isinstance(change.after, str)}
    assert values.pop("certificate-file") == "sr-cert-g2"
    assert values.pop("key-file") == "sr-key-g2"
    if release == "21.2":
        assert values == {"eq": "Certificate sr-cert-g2 used by .* will expire.*"}
    else:
        assert values == {"key-file-name": "sr-key-g2", "profile": "sr-cert"}
    assert Check.RENEWAL_UP in tls.checks
    assert not any(isinstance(step, Commit) and step.phase is Phase.RENEWAL for step in made.steps)
    assert not any(isinstance(step, RemoveFile) and "system-pki" in step.url for step in made.steps)


def test_a_ca_certificate_that_is_there_is_not_sent_again() -> None:
    """A name in system-pki is left alone, whatever its case."""
    made = plan(router(pki=["managementca.PEM"], shown={"ManagementCA.pem": CA}))

    assert words(made)[0] == "commit ca"


def test_a_ca_certificate_of_two_profiles_is_brought_once() -> None:
    """Two CA profiles may have one certificate: the second finds the file there."""
    more = "ca_profiles:\n  second: {certificate: ManagementCA.pem, cmpv2: {url: http://172.20.20.6/second}}\n"
    cas = {**LOCAL_CAS, "second": LOCAL_CAS["ejbca-profile"]}
    made = plan(router(), tutorial(("ca_profiles:\n", more)), cas)

    assert words(made)[:4] == ["UploadFile", "ImportFile", "RemoveFile", "commit ca"]


def test_an_answer_that_was_imported_and_left_goes_with_the_flip() -> None:
    """A run that ended before its commit left the CA's answer on cf3:; the one that makes the commit removes it."""
    seen = finished(info=replace(GOOD, san_ips=frozenset({"192.0.2.9"})))
    there = replace(
        seen, system_pki=(*seen.system_pki, *files("sr-cert-g2", "sr-key-g2")),
        displayed={**seen.displayed, "sr-cert-g2": replace(GOOD, serial=GOOD.serial + 1)},
        flash=(*seen.flash, *files("sr-cert-g2.der")),
    )

    assert [step.url for step in only(plan(there), RemoveFile) if isinstance(step, RemoveFile)] == [
        "cf3:/sr-cert-g2.der"
    ]


@pytest.mark.law(11)
def test_a_clear_key_beside_its_import_is_removed() -> None:
    """A private key that a killed run left on cf3: goes, even where nothing else is to be done."""
    seen = finished()
    made = plan(replace(seen, flash=(*seen.flash, *files("SR-KEY"))))

    assert [step.url for step in made.steps if isinstance(step, RemoveFile)] == ["cf3:/SR-KEY"]
    assert words(made) == ["RemoveFile"]


@pytest.mark.law(11)
def test_a_generated_key_is_imported_and_not_left() -> None:
    """A key that was generated and not imported gets the step that imports it and removes the copy."""
    made = plan(router(flash=["sr-key"]))

    assert words(made)[4:6] == ["ImportKey", "Enrol"]
    assert only(made, GenerateKey) == []


@pytest.mark.law(4)
def test_a_waiting_request_is_polled() -> None:
    """No key is made and no second request sent while the CA has not answered ours."""
    made = plan(router(pki=["ManagementCA.pem", "sr-key"], shown={"ManagementCA.pem": CA}, requests=[request()]))

    (enrol,) = only(made, Enrol)
    assert isinstance(enrol, Enrol)
    assert enrol.resume
    assert only(made, GenerateKey) + only(made, ImportKey) == []


@pytest.mark.law(6)
def test_an_answer_on_the_flash_is_only_checked_and_imported() -> None:
    """With the CA's answer on cf3: nothing is asked of the CA."""
    made = plan(router(pki=["sr-key"], flash=["sr-cert.der"]))

    assert only(made, Enrol) + only(made, GenerateKey) == []
    assert len(only(made, CheckAndImport)) == 1
    assert [step.url for step in made.steps if isinstance(step, RemoveFile)][-1] == "cf3:/sr-cert.der"


@pytest.mark.parametrize(("user", "saves"), [("admin", True), ("somebody", False)])
def test_only_our_own_unsaved_changes_are_saved(user: str, saves: bool) -> None:
    """A running configuration that somebody else left unsaved is no business of ours while nothing is committed."""
    seen = replace(finished(), state=datastore_state("running", unsaved="true", user=user))

    assert words(plan(seen)) == (["Save"] if saves else [])


@pytest.mark.parametrize(
    ("digest", "reason"), [("0" * 64, "other content"), (None, "not there"), ("", "")], ids=["other", "gone", "unread"]
)
def test_a_script_that_differs_or_is_gone_is_uploaded(digest: str | None, reason: str) -> None:
    """A difference is claimed from the content; one that could not be read is a warning."""
    seen = finished("21.2")
    (location,) = seen.scripts

    made = plan(replace(seen, scripts={} if digest is None else {location: digest}))

    assert words(made) == (["UploadFile"] if reason else [])
    assert all(reason in upload.reason for upload in only(made, UploadFile))
    assert [item.code for item in made.findings] == ([] if reason else ["script-unread"])


def test_open_sessions_that_a_commit_would_end_are_told() -> None:
    """gRPC connections of others stand in the TLS commit's list of what it interrupts."""
    seen = without(finished(), "admin-state")
    connection = Path.of("state", "system", "grpc").entry("connection", address="192.0.2.1", port="5", vrid="1")
    state = seen.state.merge(ConfigTree.from_items([(connection / "user", "gnmi")]))

    (commit,) = [step for step in plan(replace(seen, state=state)).steps if isinstance(step, Commit)]

    assert commit.interrupts == ("1 open gRPC connection may end",)
    assert [step.interrupts for step in plan(seen).steps if isinstance(step, Commit)] == [()]


def test_a_changed_ca_profile_is_said_to_restart() -> None:
    """A leaf of a CA profile that changes restarts it; a new profile restarts nothing."""
    seen = finished()
    url = next(path for path in seen.running if path.last.name == "url-string")
    changed = replace(seen, running=seen.running.merge(ConfigTree.from_items([(url, "http://192.0.2.1/old")])))

    interrupts = {
        name: [step.interrupts for step in plan(item).steps if isinstance(step, Commit) and step.phase is Phase.CA]
        for name, item in (("changed", changed), ("new", router()))
    }

    assert interrupts == {"changed": [("CA profile ejbca-profile restarts",)], "new": [()]}


@pytest.mark.parametrize(
    ("release", "leaf", "expected"),
    [
        ("22.10", "password", True),
        ("23.3", "password", False),
        ("23.3", "url-string", True),
        ("26.3", "password", False),
    ],
)
def test_what_restarts_a_ca_profile_is_the_models_word(release: str, leaf: str, expected: bool) -> None:
    """Up to 22.10 an enrolment code in the key list restarts the profile, from 23.3 it does not."""
    cmpv2 = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name="x") / "cmpv2"
    entry = cmpv2 / "url" if leaf == "url-string" else (cmpv2 / "key-list").entry("key", reference_number="1")

    assert restarts(entry / leaf, schema.load(release)) is expected


def test_the_digest_follows_the_steps() -> None:
    """Two observations with the same steps have one digest, others another."""
    first, again = plan(router()), plan(replace(router(), at=NOW + timedelta(days=1)))

    assert first.digest == again.digest != plan(router(flash=["sr-key"])).digest
    assert len(first.digest) == 6


@pytest.mark.law(8)
def test_a_plan_holds_references_only() -> None:
    """The desired tree, and so every change, has the intent's reference in the place of the enrolment code."""
    made = plan(router("21.2"))

    assert {str(value) for value in made.desired.tree.values() if "codes/" in str(value)} == {"file:codes/sr"}


@pytest.mark.parametrize("release", RELEASES)
def test_every_step_says_what_why_and_how_it_is_undone(release: str) -> None:
    """Titles, reasons and undo are sentences for the operator: none is empty."""
    for step in plan(router(release)).steps:
        assert step.title, step
        assert step.reason, step
        assert step.undo, step
    assert isinstance(plan(router(release)).steps[1], ImportFile)
    assert isinstance(plan(router(release)).steps[-2 if release < "23" else -3], Save)
    assert schema.load(plan(router(release)).observed.release) == plan(router(release)).schema
