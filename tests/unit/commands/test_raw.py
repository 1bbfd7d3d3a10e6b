from __future__ import annotations

import pytest

from sroscert.commands import operations as op
from sroscert.commands.raw import Engine, describe, to_line
from sroscert.errors import CommandError, Outcome

SECRET = "canary 4711 (x)"
REGISTRATION = op.InitialRegistration(
    ca_profile="ejbca-profile", key="sr-key", reference="1", secret_reference="file:codes/sr",
    subject_dn="C=NL,ST=ZH,O=Nokia,CN=sr", ip_address="172.20.20.5", save_as="cf3:/sr-cert.der",
)


def unresolved(reference: str) -> str:
    """Fail: no secret may be asked for."""
    raise AssertionError(reference)


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        (
            op.GenerateKeypair("cf3:/sr-key", "rsa", 2048, None),
            "//admin certificate gen-keypair cf3:/sr-key size 2048 type rsa",
        ),
        (
            op.ImportFile("cf3:\\sr-key", "sr-key", "key", "der"),
            "//admin certificate import type key input cf3:/sr-key output sr-key format der",
        ),
        (
            op.ImportFile("cf3:ManagementCA.pem", "ManagementCA.pem", "certificate", "pem"),
            "//admin certificate import type cert input cf3:/ManagementCA.pem output ManagementCA.pem format pem",
        ),
        (
            op.DisplayCertificate("cf3:/system-pki/ManagementCA.pem"),
            "//admin certificate display type cert format der cf3:/system-pki/ManagementCA.pem",
        ),
        (op.ShowRequest("ejbca-profile"), "//admin certificate cmpv2 show-request ca ejbca-profile"),
        (op.Poll("a b"), '//admin certificate cmpv2 poll ca "a b"'),
        (op.ClearRequest("p"), "//admin certificate cmpv2 clear-request ca p"),
        (
            op.Reload("sr-cert", "sr-key"),
            "//admin certificate reload type cert-key-pair sr-cert protocol tls key-file sr-key",
        ),
        (op.RemoveFile("cf3:/sr-cert.der"), "file remove cf3:/sr-cert.der force"),
        (op.ListFiles("cf3:\\system-pki\\"), "file list cf3:/system-pki"),
        (op.ListFiles("cf3:"), "file list cf3:/"),
        (op.SaveConfiguration(), "admin save"),
        (
            op.GenerateKeypair("cf3:/k", "ecdsa", 0, "secp384r1"),
            "//admin certificate gen-keypair cf3:/k type ecdsa curve secp384r1",
        ),
    ],
)
def test_each_operation_is_spelled_as_in_the_tutorial(operation: op.Operation, line: str) -> None:
    """An operation becomes the command that an operator would type."""
    assert to_line(operation, unresolved) == line
    assert describe(operation) == line


def test_initial_registration_is_the_tutorials_line() -> None:
    """The enrolment command is the transcript's, word for word."""
    assert to_line(REGISTRATION, {"file:codes/sr": "sr"}.__getitem__) == (
        "//admin certificate cmpv2 initial-registration ca ejbca-profile key-to-certify sr-key protection-alg password "
        "sr reference 1 subject-dn C=NL,ST=ZH,O=Nokia,CN=sr ip-addr 172.20.20.5 save-as cf3:/sr-cert.der"
    )


def test_names_of_both_kinds_and_blanks_are_carried() -> None:
    """DNS names, an IPv6 address and a subject with a blank stand in the line, quoted where needed."""
    operation = op.InitialRegistration(
        "p", "k", "a b", "env:X", "O=Big Corp,CN=sr", "cf3:/x.der", "2001:DB8::1", ("a.example", "b.example")
    )
    line = to_line(operation, lambda reference: SECRET)

    assert f'password "{SECRET}" reference "a b" subject-dn "O=Big Corp,CN=sr"' in line
    assert "domain-name a.example,b.example ip-addr 2001:db8::1 save-as" in line


def test_display_has_md_cli_words_for_releases_that_know_them() -> None:
    """The MD-CLI display of a file in system-pki needs no classic engine."""
    line = to_line(op.DisplayCertificate("cf3:/system-pki/x", "der"), unresolved, Engine.MD_CLI)

    assert line == "admin system security pki show file-content cf3:/system-pki/x type certificate format der"


@pytest.mark.law(8)
def test_description_hides_the_secret_and_does_not_resolve_it() -> None:
    """What is logged has stars for the password and never asks for it."""
    assert "protection-alg password ***** reference 1" in describe(REGISTRATION)


BAD = [
    op.GenerateKeypair("cf3:/k", "dsa", 2048, None),
    op.GenerateKeypair("cf3:/k", "rsa", 100, None),
    op.GenerateKeypair("cf3:/k", "ecdsa", None, "p256"),
    op.GenerateKeypair("ftp://x/k", "rsa", 2048, None),
    op.ImportFile("cf3:/a", "a/b", "key", "der"),
    op.ImportFile("cf3:/a", "a", "private", "der"),
    op.ImportFile("cf3:/a", "a", "key", "der force"),
    op.ImportFile("cf3:/a", "", "key", "der"),
    op.ImportFile("cf3:/a", "x" * 96, "key", "der"),
    op.RemoveFile("cf3:/*"),
    op.RemoveFile("cf3:/"),
    op.RemoveFile("cf3:/.."),
    op.RemoveFile("cf3:/a/../config.cfg"),
    op.RemoveFile("cf3:/a\n//admin reboot now"),
    op.RemoveFile("cf3:/a//b"),
    op.ListFiles("/etc"),
    op.Poll("a\tb"),
    op.Poll('a" poll "'),
    op.Poll("a\\b"),
    op.Poll("ü"),
    op.Poll(" "),
    op.Poll("x" * 33),
    op.ShowRequest("a\r\n//admin reboot now"),
]


@pytest.mark.parametrize("operation", BAD, ids=repr)
def test_a_text_that_could_end_a_token_is_refused(operation: op.Operation) -> None:
    """Nothing that could become another command, or that the router's model forbids, becomes a line."""
    with pytest.raises(CommandError) as caught:
        to_line(operation, unresolved)

    assert caught.value.code == "unsafe-text"
    assert caught.value.outcome is Outcome.NOT_APPLIED


@pytest.mark.parametrize(
    "changes",
    [
        {"subject_dn": "CN=a=b"}, {"subject_dn": "CN=a,b"}, {"subject_dn": "L=x,CN=sr"}, {"subject_dn": ""},
        {"subject_dn": 'CN="a"'}, {"subject_dn": "CN=" + "x" * 254}, {"ip_address": "172.20.20.5 force"},
        {"ip_address": "fe80::1%eth0"}, {"domain_names": ("a b",)}, {"domain_names": ("a,b",)},
        {"domain_names": ("a" * 500, "b" * 20)}, {"key": "a:b"}, {"reference": "x" * 65}, {"reference": ""},
        {"save_as": "cf3:/"},
    ],
)
def test_a_registration_with_a_text_that_cannot_be_carried_is_refused(changes: dict[str, object]) -> None:
    """Each text of an enrolment is checked before its secret can leave."""
    fields = {name: getattr(REGISTRATION, name) for name in REGISTRATION.__slots__} | changes

    with pytest.raises(CommandError) as caught:
        to_line(op.InitialRegistration(**fields), lambda reference: SECRET)

    assert caught.value.code == "unsafe-text"


@pytest.mark.law(8)
@pytest.mark.parametrize("secret", ["canary\n", 'canary"', "canary\\", "canaryü", "", "canary" * 20])
def test_a_secret_that_cannot_be_carried_is_not_in_the_error(secret: str) -> None:
    """A refused secret is named by what it is, never shown."""
    with pytest.raises(CommandError) as caught:
        to_line(REGISTRATION, lambda reference: secret)

    assert caught.value.code == "unsafe-text"
    assert "canary" not in str(caught.value.as_dict())
