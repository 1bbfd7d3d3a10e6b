"""What lint finds in CA certificate files: what SR OS would refuse, what is weak, what ends soon."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sroscert.errors import Problem
from sroscert.intent import lint
from sroscert.plan.preflight import authority_rule
from sroscert.values import Release
from tests.support.minting import CA, dn, key_usage

ROOT = pathlib.Path(__file__).parents[3]
TUTORIAL = (ROOT / "lab" / "intents" / "tutorial.yaml").read_text()
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def short() -> rsa.RSAPrivateKey:
    """Make a key that is too short."""
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is short is the point


CASES: dict[str, tuple[Callable[[], CA], str, str]] = {
    "A certificate of no CA": (lambda: CA.make(is_ca=False), "ca-certificate-unfit", "basic-constraints"),
    "A certificate that does not say what it is": (
        lambda: CA.make(is_ca=None), "ca-certificate-unfit", "basic-constraints"
    ),
    "A CA that may not sign CRLs": (
        lambda: CA.make(usage=key_usage("key_cert_sign")), "ca-certificate-unfit", "cRLSign"
    ),
    "A CA that may not sign certificates": (
        lambda: CA.make(usage=key_usage("crl_sign")), "ca-certificate-unfit", "keyCertSign"
    ),
    "An expired CA": (
        lambda: CA.make(not_before=NOW - 9 * DAY, not_after=NOW - DAY), "ca-certificate-unfit", "not-after"
    ),
    "A CA of tomorrow": (lambda: CA.make(not_before=NOW + DAY), "ca-certificate-unfit", "not-before"),
    "A CA with a short key": (lambda: CA.make(key=short()), "ca-certificate-weak", "1024"),
    "A CA that ends before the next renewal": (
        lambda: CA.make(not_after=NOW + 20 * DAY), "ca-certificate-ends", "20 days"
    ),
}


def linted(folder: pathlib.Path, pem: bytes) -> list[Problem]:
    """Lint the recommended intent beside this CA certificate."""
    (folder / "ManagementCA.pem").write_bytes(pem)
    (folder / "intent.yaml").write_text(TUTORIAL)
    return lint([folder / "intent.yaml"], release=Release.parse("25.10"), checks=(authority_rule(NOW),))


@pytest.mark.parametrize("sentence", CASES)
def test_the_certificate_is_found(tmp_path: pathlib.Path, sentence: str) -> None:
    """The finding stands at the file's name in the intent and says what is wrong with it."""
    make, code, word = CASES[sentence]
    found = [problem for problem in linted(tmp_path, make().pem) if problem.code == code]

    assert found
    assert word in found[0].message
    assert found[0].path == "ca_profiles.ejbca-profile.certificate"
    assert found[0].line == 7


def test_a_sound_certificate_is_silent(tmp_path: pathlib.Path) -> None:
    """A CA certificate as SR OS wants it leads to no finding at all."""
    assert not [problem for problem in linted(tmp_path, CA.make().pem) if problem.code.startswith("ca-")]


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        pytest.param("", True, id="left behind"),
        pytest.param("retired: true, ", False, id="retired"),
        pytest.param("anchor", False, id="a trust anchor"),
        pytest.param("issuer", False, id="it certified the other"),
    ],
)
def test_a_ca_that_nothing_needs_is_a_note(tmp_path: pathlib.Path, edit: str, found: bool) -> None:
    """After a roll-over the old CA stays trusted until somebody says that it is retired."""
    old = CA.make()
    new = CA.make(name=dn(("CN", "Next")))
    below = old.issue(subject=dn(("CN", "Next")), ips=(), is_ca=True)
    (tmp_path / "OldCA.pem").write_bytes(old.pem)
    (tmp_path / "ManagementCA.pem").write_bytes(below if edit == "issuer" else new.pem)
    more = edit if edit.startswith("retired") else ""
    text = TUTORIAL.replace("ca_profiles:\n", f"ca_profiles:\n  old: {{{more}certificate: OldCA.pem}}\n")
    anchors = "tls:\n  trust_anchor_profiles: {them: [old]}\n"
    (tmp_path / "intent.yaml").write_text(text.replace("tls:\n", anchors) if edit == "anchor" else text)

    problems = lint([tmp_path / "intent.yaml"], release=Release.parse("25.10"), checks=(authority_rule(NOW),))

    assert [item.path for item in problems if item.code == "ca-unused"] == ["ca_profiles.old"] * found


def test_a_file_that_is_no_certificate_is_an_error(tmp_path: pathlib.Path) -> None:
    """A key, or anything else, under the name of the CA certificate is unreadable."""
    assert "certificate-unreadable" in {problem.code for problem in linted(tmp_path, b"not a certificate")}
