"""What the CA answers is checked before it is imported, nothing is asked twice, and no private key is left or read."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sroscert_lab.cmp import issuing
from sroscert_lab.router.pki import RouterPKI
from sroscert_lab.router.pki.assumptions import FailureForm

from tests.support.certificates import make_ca, make_certificate
from tests.support.fleet import Fleet, MakeFleet
from tests.support.holding import Holding
from tests.support.safety import FAST, RELEASES, apply, asked, error, has_tls, in_use, pki_files

_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)

# --- law 1: checked before it is imported ---------------------------------------------------------------------------


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("release", "faults", "words"),
    [
        ("21.2", {"wrong_san": "192.0.2.77"}, ("san-ip", "192.0.2.77")),
        ("25.10", {"wrong_subject": True}, ("subject", "CN=")),
    ],
    ids=["another-address", "another-subject"],
)
def test_another_certificate_than_the_one_asked_for_is_not_imported(
    lab_fleet: MakeFleet, release: str, faults: dict[str, object], words: tuple[str, ...]
) -> None:
    """The error names what was wanted and what came; system-pki and TLS are as before, now and in the next run."""
    fleet = lab_fleet(release=release)
    fleet.ca.faults.set(**faults)

    for _ in range(2):
        result = apply(fleet)

        assert (result.code, error(result)["code"]) == (3, "certificate-rejected"), result.text
        assert all(word in error(result)["message"] for word in (*words, "wanted"))
        assert pki_files(fleet) == {"ManagementCA.pem", "sr-key"}
        assert not has_tls(fleet)
    assert asked(fleet) == 1


@pytest.mark.law(1)
@RELEASES
def test_a_certificate_that_the_router_refuses_is_not_imported(lab_fleet: MakeFleet, release: str) -> None:
    """A router that finds another key in the CA's answer keeps nothing of it; its words are in the error."""
    fleet = lab_fleet(release=release)
    fleet.ca.faults.set(wrong_key=True)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "enrolment-failed"), result.text
    assert "another key" in error(result)["message"]
    assert pki_files(fleet) == {"ManagementCA.pem", "sr-key"}
    assert not has_tls(fleet)


@pytest.mark.law(1)
def test_a_certificate_of_another_key_is_not_imported(lab_fleet: MakeFleet) -> None:
    """Where the router can write a signing request of its new key (23.3), the answer is held against that."""
    fleet = lab_fleet(release="25.10")
    Holding(fleet.router()).then(lambda: _exchange_answer(fleet), "initial-registration")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "certificate-rejected"), result.text
    assert "public-key is" in error(result)["message"] and "nothing was imported" in error(result)["state"]
    assert pki_files(fleet) == {"ManagementCA.pem", "sr-key"}
    assert not has_tls(fleet)
    remove = "on the router remove cf3:/system-pki/sr-key, cf3:/sr-key.csr and cf3:/sr-cert.der, "
    assert remove in error(result)["hint"], "the key, or its request, may be the wrong one as well"
    for file in ("cf3:/system-pki/sr-key", "cf3:/sr-key.csr", "cf3:/sr-cert.der"):
        fleet.router().flash.remove(file)
    fleet.issue_code("sr1")
    done = fleet.applied("-o", "json")
    (taken,) = [step for step in done.entry("sr1")["steps"] if step["kind"] == "CheckAndImport"]
    assert taken["title"].startswith("fetch cf3:/sr-cert.der")
    assert not fleet.router().flash.exists("cf3:/sr-key.csr")

    # A key that a killed run left, beside the signing request of one of that name that was given up before.
    fleet.router().behaviour.raw_command("//admin certificate gen-keypair cf3:/sr-key-g2 size 2048 type rsa", "admin")
    given_up = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    stale = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(given_up, hashes.SHA256())
    fleet.router().flash.write("cf3:/sr-key-g2.csr", stale.public_bytes(Encoding.DER))
    renewed = fleet.run("renew", "--force", "--yes", "-o", "json", *FAST)
    assert (renewed.code, in_use(fleet)) == (0, "sr-cert-g2"), renewed.text
    assert "generate" not in renewed.entry("sr1")["steps"][0]["title"]


@pytest.mark.law(1, 2)
def test_a_pair_that_does_not_match_is_taken_back(lab_fleet: MakeFleet) -> None:
    """A certificate of the right names for another key cannot come up: the TLS commit is undone, with the reason."""
    fleet = lab_fleet()
    core = fleet.router()
    holding = Holding(core)
    holding.then(lambda: _exchange_answer(fleet), "initial-registration")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (6, "rolled-back"), result.text
    assert "cert-key" in error(result)["message"]
    assert not has_tls(fleet)
    assert core.datastores.pending is None
    assert core.datastores.startup_copy().find(".//{*}cert-profile") is None


def _exchange_answer(fleet: Fleet, url: str = "cf3:/sr-cert.der", *, signs_only: bool = False) -> None:
    """Put a certificate of the same names and CA in the place of its answer: for another key, or to sign only."""
    core = fleet.router()
    issued = x509.load_der_x509_certificate(core.flash.read(url))
    authority = issuing.load(fleet.folder / "ca")
    assert authority is not None
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True}
    extensions = [item for item in issued.extensions if not (signs_only and item.oid == x509.KeyUsage.oid)]
    extensions += [x509.Extension(x509.KeyUsage.oid, True, x509.KeyUsage(**usage))] if signs_only else []
    builder = (
        x509.CertificateBuilder(extensions=extensions)
        .subject_name(issued.subject)
        .issuer_name(issued.issuer)
        .public_key(issued.public_key() if signs_only else key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issued.not_valid_before_utc)
        .not_valid_after(issued.not_valid_after_utc)
    )
    core.flash.write(url, builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER))


@pytest.mark.law(1)
def test_a_foreign_certificate_keeps_its_name(lab_fleet: MakeFleet) -> None:
    """A certificate sr-cert of somebody else stays as it is, on cf3: too; ours is the next generation."""
    fleet = lab_fleet()
    core = fleet.router()
    theirs = make_certificate(make_ca("Another CA")).der
    core.flash.write("cf3:/theirs", theirs)
    line = "//admin certificate import type cert input cf3:/theirs output sr-cert format der"
    core.behaviour.raw_command(line, "admin")
    core.flash.write("cf3:/sr-cert-g2.der", b"theirs too")
    sealed = core.flash.read("cf3:/system-pki/sr-cert")

    result = apply(fleet)

    assert result.code == 0, result.text
    assert in_use(fleet) == "sr-cert-g3"
    assert core.flash.read("cf3:/system-pki/sr-cert") == sealed
    assert core.flash.read("cf3:/sr-cert-g2.der") == b"theirs too"


@pytest.mark.law(1)
def test_a_file_of_that_name_which_nobody_can_read_stops_the_run(lab_fleet: MakeFleet) -> None:
    """What cannot be displayed is neither taken into use nor passed by: exit code 5, nothing sent."""
    fleet = lab_fleet(release="25.10")
    fleet.router().flash.write("cf3:/system-pki/sr-cert", b"what is this")
    fleet.router().flash.write("cf3:/system-pki/sr-key", b"and this")
    before = fleet.snapshot()

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "certificate-unread"), result.text
    # The router's own log says that it could not read the file; nothing else is new.
    assert dataclasses.replace(fleet.snapshot(), events=()) == before


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("moment", "name"),
    [
        (("import", "ManagementCA.pem"), "cf3:/sr-key"),
        (("keypair", "sr-key"), "cf3:/system-pki/sr-key"),
        (("remove", "sr-key"), "cf3:/sr-cert.der"),
        (("initial-registration",), "cf3:/system-pki/sr-cert"),
    ],
    ids=["key-file", "key", "answer", "certificate"],
)
def test_a_name_that_appears_while_we_work_is_not_written_over(
    lab_fleet: MakeFleet, moment: tuple[str, ...], name: str
) -> None:
    """A file that somebody puts there after the plan was made stops the run with exit code 5, and stays."""
    fleet = lab_fleet()
    core = fleet.router()
    Holding(core).then(lambda: core.flash.write(name, b"theirs"), *moment)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "name-taken"), result.text
    assert core.flash.read(name) == b"theirs"
    assert not has_tls(fleet)


@pytest.mark.law(1)
def test_another_ca_certificate_under_the_name_stops_the_run(lab_fleet: MakeFleet) -> None:
    """The router's CA certificate is not replaced: exit code 5, and nothing at all is sent."""
    fleet = lab_fleet()
    fleet.applied()
    before = fleet.snapshot()
    (fleet.folder / "ManagementCA.pem").write_bytes(make_ca("Another CA").pem)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "ca-certificate-differs"), result.text
    assert fleet.snapshot() == before


@pytest.mark.law(1, 5)
def test_a_router_that_serves_a_good_pair_of_other_names_is_adopted(lab_fleet: MakeFleet) -> None:
    """An intent that calls the files otherwise finds the served certificate good, and asks the CA for nothing."""
    fleet = lab_fleet(release="25.10")
    with fleet.editing() as document:
        document["certificates"]["old-cert"] = document["certificates"].pop("sr-cert")
        document["certificates"]["old-cert"]["key"]["file"] = "old-key"
        document["tls"]["cert_profiles"] = {"sr-cert-prof": {1: "old-cert"}}
    fleet.applied()
    files = pki_files(fleet)
    with fleet.editing() as document:
        document["certificates"]["sr-cert"] = document["certificates"].pop("old-cert")
        document["certificates"]["sr-cert"]["key"]["file"] = "sr-key"
        document["tls"]["cert_profiles"] = {"sr-cert-prof": {1: "sr-cert"}}

    result = apply(fleet)

    assert result.code == 0, result.text
    assert (pki_files(fleet), in_use(fleet), asked(fleet)) == (files, "old-cert", 1)


@pytest.mark.law(1)
@RELEASES
def test_a_changed_name_is_enrolled_beside_the_pair_in_use(lab_fleet: MakeFleet, release: str) -> None:
    """A new SAN makes a second generation and a flip; the first pair's files are not touched."""
    fleet = lab_fleet(release=release)
    fleet.applied()
    first = {name: fleet.router().flash.read(f"cf3:/system-pki/{name}") for name in ("sr-cert", "sr-key")}
    fleet.issue_code("sr1", dns=("sr1.example.net",))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["sr1.example.net"]

    result = apply(fleet)

    assert result.code == 0, result.text
    assert in_use(fleet) == "sr-cert-g2"
    assert {name: fleet.router().flash.read(f"cf3:/system-pki/{name}") for name in first} == first


# --- law 4: nothing is asked twice ----------------------------------------------------------------------------------


@pytest.mark.law(4)
@RELEASES
def test_a_ca_that_has_not_decided_is_polled_by_the_next_run(lab_fleet: MakeFleet, release: str) -> None:
    """The first run ends with exit code 3, the next one takes up the same request; the router is asked for one ir."""
    fleet = lab_fleet(release=release)
    fleet.ca.faults.set(pending=-1)
    seen = Holding(fleet.router())

    waiting = apply(fleet)

    assert (waiting.code, error(waiting)["code"]) == (3, "enrolment-pending"), waiting.text
    assert not has_tls(fleet)
    key = fleet.router().flash.read("cf3:/system-pki/sr-key")
    again = apply(fleet)
    assert (again.code, error(again)["code"]) == (3, "enrolment-pending"), again.text
    fleet.ca.approve()
    done = apply(fleet)
    assert done.code == 0, done.text
    assert asked(fleet) == len([line for line in seen.commands if "initial-registration" in line]) == 1
    assert [line for line in seen.commands if "poll" in line]
    assert fleet.router().flash.read("cf3:/system-pki/sr-key") == key


@pytest.mark.law(4)
def test_a_key_that_the_ca_never_saw_is_kept_for_the_next_run(lab_fleet: MakeFleet) -> None:
    """With the CA down the run ends with exit code 69; the next one enrols the same key."""
    fleet = lab_fleet()
    fleet.ca.faults.set(down=True)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (69, "ca-unavailable"), result.text
    assert not has_tls(fleet)
    key = fleet.router().flash.read("cf3:/system-pki/sr-key")
    fleet.ca.faults.clear()
    assert apply(fleet).code == 0
    assert fleet.router().flash.read("cf3:/system-pki/sr-key") == key
    assert asked(fleet) == 1


@pytest.mark.law(1, 4)
def test_a_key_of_a_size_that_the_intent_wants_no_more_is_named_as_the_cause(lab_fleet: MakeFleet) -> None:
    """It was made before the intent changed, and the CA is not to blame; who does as the hint says gets a new one."""
    fleet = lab_fleet()
    fleet.ca.faults.set(down=True)
    assert apply(fleet).code == 69
    fleet.ca.faults.clear()
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["key"]["size"] = 3072

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "certificate-rejected"), result.text
    assert "on the router remove cf3:/system-pki/sr-key and cf3:/sr-cert.der, " in error(result)["hint"]
    for file in ("cf3:/system-pki/sr-key", "cf3:/sr-cert.der"):
        fleet.router().flash.remove(file)
    fleet.issue_code("sr1")
    done = apply(fleet)
    assert done.code == 0, done.text

    # 21.2 serves by RSA key exchange alone: a certificate whose key may only sign is none for it.
    Holding(fleet.router()).then(lambda: _exchange_answer(fleet, "cf3:/sr-cert-g2.der", signs_only=True), "key-update")
    unfit = fleet.run("renew", "--force", "--yes", "-o", "json", *FAST)
    assert (unfit.code, error(unfit)["code"]) == (3, "certificate-rejected"), unfit.text
    assert "key-usage-static-rsa is digitalSignature, wanted keyEncipherment" in error(unfit)["message"]
    assert in_use(fleet) == "sr-cert" and "sr-cert-g2" not in pki_files(fleet)


@pytest.mark.law(4)
@RELEASES
def test_a_refusal_is_told_and_not_repeated(lab_fleet: MakeFleet, release: str) -> None:
    """A code that the CA does not know ends the run with the CA's refusal; one request was sent."""
    fleet = lab_fleet(release=release)
    (fleet.folder / "codes" / "sr1").write_text("not-the-code\n")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "cmp-rejected"), result.text
    assert "secret is wrong" in error(result)["message"], "the CA's own words"
    assert asked(fleet) == 1
    assert pki_files(fleet) == {"ManagementCA.pem", "sr-key"}


@pytest.mark.law(4)
def test_somebody_elses_request_is_reported_and_left(lab_fleet: MakeFleet) -> None:
    """A request that waits for another key at our CA profile stops the run before anything is sent."""
    fleet = lab_fleet()
    fleet.ca.faults.set(pending=-1)
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["key"]["file"] = "their-key"
    assert apply(fleet).code == 3
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["key"]["file"] = "our-key"
    before = fleet.snapshot()

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "request-pending"), result.text
    assert "their-key" in error(result)["message"]
    assert fleet.snapshot() == before


@pytest.mark.law(4)
@pytest.mark.parametrize("form", ["in-output", "rpc-error", "terminated-incomplete"])
def test_a_failure_is_seen_in_whatever_form_it_is_told(lab_fleet: MakeFleet, form: str) -> None:
    """A CA that is down is told in one of three forms; none is taken for success."""
    fleet = lab_fleet(release="21.2" if form == "in-output" else "25.10")
    behaviour = fleet.router().behaviour
    assert isinstance(behaviour, RouterPKI)
    behaviour.assumptions = dataclasses.replace(behaviour.assumptions, failure_form=FailureForm(form))
    fleet.ca.faults.set(down=True)

    result = apply(fleet)

    assert result.code in {3, 69}, result.text
    assert "the CMP server cannot be reached" in error(result)["message"], "the router's own words"
    assert pki_files(fleet) == {"ManagementCA.pem", "sr-key"}
    assert not has_tls(fleet)


@pytest.mark.law(4, 10)
def test_an_unknown_text_is_no_success(lab_fleet: MakeFleet) -> None:
    """A router that answers an enrolment with words nobody knows is looked at: the CA's answer counts, not the text."""
    fleet = lab_fleet()
    fleet.ca.faults.set(down=True)
    holding = Holding(fleet.router())
    holding.rewrite("Your call is important to us", "initial-registration")

    result = apply(fleet)

    assert result.code in {3, 69}, result.text
    assert not has_tls(fleet)
    fleet.ca.faults.clear()
    holding.rewrite("Your call is important to us", "initial-registration")
    assert apply(fleet).code == 0
