"""``sroscert explain`` as a person meets it: paths, keys, words, mistakes, JSON."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest

from sroscert.cli.main import main


def explain(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["explain", *words])
    return code, out.getvalue(), err.getvalue()


def test_a_path_is_explained() -> None:
    """Type, values, default, since when, and the key of an intent that sets it; keys of list entries may be given."""
    code, out, _ = explain("/configure/system/security/tls/server-tls-profile[server-profile-name=x]/protocol-version")

    assert code == 0
    assert "default     tls-version-12" in out
    assert "since       SR OS 22.7" in out
    assert "tls-version-13" in out
    assert "tls.server_profiles.NAME.protocol_version" in out


def test_a_key_of_an_intent_is_explained() -> None:
    """What it takes and what it is for."""
    code, out, _ = explain("renewal.before")

    assert code == 0
    assert "certificates.NAME.renewal.before" in out
    assert "30d" in out


def test_a_word_finds_nodes_and_values() -> None:
    """A name leads to its paths, a cipher suite to the lists that can hold it."""
    _, names, _ = explain("listening-port")
    _, values, _ = explain("ecdhe-rsa-aes128-gcm")

    assert "/configure/system/grpc/listening-port" in names
    assert "grpc.listening_port" in names
    assert "/configure/system/security/tls/server-cipher-list/tls12-cipher/name" in values


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("/configure/system/security/pki/ca-profile/cmpv2/urll", "pki/ca-profile/cmpv2/url?"),
        ("renewal.befor", "renewal.before"), ("certificate-auto-upadte", "certificate-auto-update"),
        ("/nowhere", "below it are"),
    ],
)
def test_a_mistake_is_answered_with_what_was_meant(word: str, hint: str) -> None:
    """Exit 64 and the nearest spelling."""
    code, out, err = explain(word)

    assert (code, out) == (64, "")
    assert hint in err


def test_one_release_is_asked_alone() -> None:
    """What a release has not is an error that says since when; a release in between says what it is treated as."""
    code, _, err = explain("/configure/system/grpc/listening-port", "--release", "21.2")
    assert code == 64
    assert "from SR OS 23.7 on" in err

    code, out, err = explain("/configure/system/management-interface/netconf/auto-config-save", "--release", "21.3")
    assert code == 0
    assert "default     false\n" in out
    assert "21.3 is treated as 21.2" in err


def test_json_has_all_of_it() -> None:
    """The same facts as data."""
    _, out, _ = explain("/configure/system/management-interface/netconf/auto-config-save", "-o", "json")
    (node,) = json.loads(out)["nodes"]

    assert node["properties"]["default"][1] == {"first": "23.3", "last": "26.3", "value": "true"}
    assert node["intent"] is None
