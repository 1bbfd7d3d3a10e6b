"""Findings of lint: what a release cannot do, and what is doubtful, each at its place."""

from __future__ import annotations

import pathlib

import pytest

from sroscert.errors import Problem
from sroscert.intent import lint
from sroscert.values import Release

ROOT = pathlib.Path(__file__).parents[3]
INTENTS = ROOT / "lab" / "intents"
TUTORIAL = (INTENTS / "tutorial.yaml").read_text()


def findings(folder: pathlib.Path, text: str, release: str | None = None) -> list[Problem]:
    """Write a text and lint it."""
    file = folder / "intent.yaml"
    file.write_text(text)
    (folder / "ManagementCA.pem").write_text("")
    return lint([file], release=Release.parse(release) if release else None)


def codes(problems: list[Problem], severity: str) -> set[str]:
    """Return the codes of one severity."""
    return {problem.code for problem in problems if problem.severity == severity}


def test_tutorial_as_typed_is_graded() -> None:
    """The tutorial's own configuration gets its marks: ciphers and the owner as errors, the rest as warnings."""
    problems = lint([INTENTS / "tutorial-verbatim.yaml"])

    assert {"cipher-unreachable", "dangling-reference"} == codes(problems, "error")
    assert {
        "crl-optional", "accept-unprotected-message", "cipher-weak", "cipher-aging", "exact-minute", "owner-missing",
        "warning-window-short", "renewal-late", "ca-file-missing", "script-same-key", "script-overwrites-key",
        "script-sleeps",
    } == codes(problems, "warning")
    assert {
        "script-cert-request", "script-default-hash", "script-unchecked-import", "script-no-poll",
    } == codes(problems, "note")


def test_recommended_intent_has_no_error_and_no_warning_on_any_release(tmp_path: pathlib.Path) -> None:
    """tutorial.yaml is sound on every known release; what it accepts it says, with a reason."""
    problems = findings(tmp_path, TUTORIAL)

    assert set() == codes([item for item in problems if not item.accepted], "error")
    assert set() == codes([item for item in problems if not item.accepted], "warning")
    assert {"crl-optional", "accept-unprotected-message"} == {item.code for item in problems if item.accepted}


def test_unreachable_ciphers_point_at_the_list(tmp_path: pathlib.Path) -> None:
    """Suites that the verifier cannot speak are an error at the list that holds them."""
    text = TUTORIAL.replace("compatible}", "[tls-rsa-with-aes256-cbc-sha256]}")
    (problem,) = [item for item in findings(tmp_path, text, "21.2") if item.severity == "error"]
    line = next(number for number, item in enumerate(text.splitlines(), 1) if "server_cipher_lists" in item)

    assert ("cipher-unreachable", line) == (problem.code, problem.line)


def test_modern_is_refused_where_nothing_is(tmp_path: pathlib.Path) -> None:
    """The class `modern` is an error on 21.2, which has no forward secrecy, and none on 25.10."""
    text = TUTORIAL.replace("compatible}", "modern}")

    assert {"cipher-class-empty"} == codes(findings(tmp_path, text, "21.2"), "error")
    assert set() == codes(findings(tmp_path, text, "25.10"), "error")


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("url: http", "signing_cert_subject: CN=x\n      url: http", "unknown-node", "signing_cert_subject"),
        ("method: auto", "method: native", "unknown-node", "certificates.sr-cert.renewal"),
        ("compatible}", "[tls-rsa-with-aes128-gcm-sha256]}", "invalid-value", "tls.server_cipher_lists.ciphers.0"),
        ("admin_state: enable}", "listening_port: 50000}", "unknown-node", "grpc.listening_port"),
    ],
)
def test_release_limit_is_said_at_its_place(
    tmp_path: pathlib.Path, old: str, new: str, code: str, path: str
) -> None:
    """What 21.2 does not have is an error at the key of the intent that asks for it, and the release is named."""
    problems = findings(tmp_path, TUTORIAL.replace(old, new), "21.2")
    found = [problem for problem in problems if problem.code == code]

    assert found
    assert found[0].path.endswith(path)
    assert found[0].line > 1
    assert "21.2" in found[0].message


def test_shared_code_is_found(tmp_path: pathlib.Path) -> None:
    """Two routers with one enrolment code are a warning."""
    text = TUTORIAL.replace("codes/{router}", "codes/all") + "  sr2: {address: 172.20.20.7}\n"

    assert "secret-shared" in codes(findings(tmp_path, text), "warning")


def test_missing_renewal_is_found(tmp_path: pathlib.Path) -> None:
    """A certificate that nothing renews is a warning."""
    assert "renewal-none" in codes(findings(tmp_path, TUTORIAL.replace("method: auto", "method: none")), "warning")


def test_unused_certificate_is_found(tmp_path: pathlib.Path) -> None:
    """A certificate that no certificate profile shows is a warning."""
    text = TUTORIAL.replace("{1: sr-cert}", "{1: {certificate_file: a, key_file: b}}")

    assert "certificate-unused" in codes(findings(tmp_path, text, "21.2"), "warning")


def test_load_problems_are_among_the_findings(tmp_path: pathlib.Path) -> None:
    """A router with a fault does not hide what is wrong with the others."""
    text = TUTORIAL + "  sr2: {adress: 172.20.20.7}\n"

    assert {"unknown-key", "missing-key"} == codes(findings(tmp_path, text), "error")


def test_unknown_release_is_a_problem(tmp_path: pathlib.Path) -> None:
    """A release before everything we know is said at the router, not raised."""
    text = TUTORIAL.replace("{address: 172.20.20.5}", "{address: 172.20.20.5, release: 12.0.R1}")

    assert {"schema"} == codes(findings(tmp_path, text), "error")
