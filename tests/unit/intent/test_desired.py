"""What an intent means on a release."""

from __future__ import annotations

import functools
import pathlib

import pytest

from sroscert import schema
from sroscert.intent import RouterIntent, loads
from sroscert.intent.desired import Desired, FilePair, Phase, desired, phase_of
from sroscert.intent.ehs import warning_pattern

ROOT = pathlib.Path(__file__).parents[3]
TUTORIAL = (ROOT / "lab" / "intents" / "tutorial.yaml").read_text()


def router(text: str = TUTORIAL) -> RouterIntent:
    """Return the tutorial's router from a text."""
    return loads(text).routers["sr"]


def wanted(release: str, text: str = TUTORIAL, pairs: dict[str, FilePair] | None = None) -> Desired:
    """Return what a text asks for on a release."""
    return desired(router(text), schema.load(release), pairs or {})


def leaves(result: Desired, *names: str) -> list[str]:
    """Return the values of the leaves whose schema path ends in ``names``."""
    return [str(value) for path, value in result.tree.items() if path.names[-len(names):] == names]


@pytest.mark.parametrize("release", [str(item) for item in schema.known_releases()])
def test_tutorial_is_valid_on_every_release(release: str) -> None:
    """The tutorial's intent gives a configuration that each known release takes."""
    assert schema.load(release).check(wanted(release).tree) == []


def test_renewal_follows_the_release() -> None:
    """21.2 renews by event handling, 25.10 by itself."""
    assert tuple(
        wanted(release).renewal_methods["sr-cert"][0] for release in ("21.2", "25.10")
    ) == ("ehs", "native")


def test_ciphers_follow_the_release() -> None:
    """The class `compatible` is static RSA that gRPC speaks on 21.2, and begins with ECDHE on 25.10."""
    assert leaves(wanted("21.2"), "cipher", "name") == ["tls-rsa-with-aes128-cbc-sha", "tls-rsa-with-aes256-cbc-sha"]
    new = leaves(wanted("25.10"), "tls12-cipher", "name")
    assert new[:2] == ["tls-ecdhe-rsa-aes128-gcm-sha256", "tls-ecdhe-rsa-aes256-gcm-sha384"]
    assert "tls-rsa-with3des-ede-cbc-sha" not in new


def test_tls13_suites_are_added_when_a_profile_speaks_it() -> None:
    """TLS 1.3 suites go to their own list, and only when a profile allows the version."""
    text = TUTORIAL.replace("cipher_list: ciphers}", "cipher_list: ciphers, protocol_version: tls-version-all}")

    assert leaves(wanted("25.10"), "tls13-cipher", "name") == []
    assert "tls-aes128-gcm-sha256" in leaves(wanted("25.10", text), "tls13-cipher", "name")


def test_generation_in_use_is_named_wherever_the_files_are() -> None:
    """The names of the pair in use reach the certificate profile, the renewal, the filter and the script."""
    pairs = {"sr-cert": FilePair("sr-cert-g2", "sr-key-g2")}
    old, new = wanted("21.2", pairs=pairs), wanted("25.10", pairs=pairs)

    assert leaves(old, "entry", "certificate-file") == ["sr-cert-g2"]
    assert leaves(old, "entry", "key-file") == ["sr-key-g2"]
    assert "sr-cert-g2" in leaves(old, "message", "eq")[0]
    assert b"oldkey sr-key-g2 oldcert sr-cert-g2" in old.uploads[0].content
    assert leaves(new, "certificate-auto-update", "key-file-name") == ["sr-key-g2"]


def test_each_commit_has_its_part_of_the_tree() -> None:
    """What ends and what retires is not in the tree: it is what goes."""
    for release in ("21.2", "25.10"):
        assert {phase_of(path) for path in wanted(release).tree} == {Phase.CA, Phase.TLS, Phase.RENEWAL}


def test_roots_cover_all_but_what_is_shared() -> None:
    """The intent owns its objects wholly, and neither gRPC nor the event trigger around its entry."""
    result = wanted("21.2")
    loose = {
        path.names[2] for path in result.tree if not any(path.is_within(root) for root in result.owned)
    }

    assert {"grpc", "event-trigger"} == loose


def test_owner_is_written_in_all_four_places() -> None:
    """The generated objects carry their owner as key and as leaf."""
    result = wanted("21.2")
    keys = [dict(path.last.keys).get("owner") for path in result.tree if path.last.name in ("script", "script-policy")]

    assert [key for key in keys if key] == ["TiMOS CLI", "TiMOS CLI"]
    assert leaves(result, "owner") == ["TiMOS CLI", "TiMOS CLI"]


def test_several_certificates_get_names_of_their_own() -> None:
    """With two certificates every object of the renewal carries the certificate's name, within its limit."""
    certificate = TUTORIAL[TUTORIAL.index("    ca_profile: ejbca") : TUTORIAL.index("expiration_warning:")]
    second = "  a-certificate-with-a-rather-long-name.pem:\n" + certificate.replace("sr-key", "other-key")
    text = TUTORIAL.replace("expiration_warning:", f"{second}expiration_warning:")
    result = wanted("21.2", text)
    handlers = [path.last.keys[0][1] for path in result.tree if path.last.name == "handler" and path.last.keys]

    assert 2 == len(set(handlers)) == len(result.uploads)
    assert all(len(handler) <= 32 for handler in handlers)
    assert schema.load("21.2").check(result.tree) == []


def test_warning_is_made_up_when_event_handling_needs_one() -> None:
    """Without a declared warning, renewal by event handling brings its own; native renewal does not."""
    text = TUTORIAL.replace("expiration_warning: {hours: 720, repeat_hours: 24}\n", "")

    assert leaves(wanted("21.2", text), "certificate-expiration-warning", "hours") == ["720"]
    assert leaves(wanted("25.10", text), "certificate-expiration-warning", "hours") == []


@pytest.mark.parametrize("method", ["external", "none"])
def test_nothing_renews_on_the_router(method: str) -> None:
    """External renewal leaves no trace on the router."""
    for release in ("21.2", "25.10"):
        result = wanted(release, TUTORIAL.replace("method: auto", f"method: {method}"))

        assert (Phase.RENEWAL in map(phase_of, result.tree), result.uploads) == (False, ())


def test_pattern_matches_any_time_left() -> None:
    """The filter's expression takes the warning at any hour, and not that of another file."""
    import re

    pattern = re.compile(warning_pattern("sr.cert+1"))
    text = "Certificate {} used by TLS will expire in {} hour(s) and {} minute(s)."

    assert pattern.fullmatch(text.format("sr.cert+1", 719, 58))
    assert not pattern.search(text.format("srxcert+1", 1, 0))


#: Of the new pair; one of the pair in use is made before, to see whether it fits.
_BUNDLE = "export type cert input sr-cert-next"


@pytest.mark.parametrize("engine", ["md-cli", "classic-cli"])
def test_script_is_staged(engine: str) -> None:
    """The script touches the names in use only after the new pair is there, and in the engine's own words."""
    result = desired(router(), schema.load("21.2"), {}, engine)
    lines = result.uploads[0].content.decode().splitlines()
    position = functools.partial(_position, lines)

    steps = (
        "gen-keypair", "key-update", "output sr-cert-next f", _BUNDLE, "output sr-key f", "output sr-cert f", "reload"
    )
    assert sorted(map(position, steps)) == [position(step) for step in steps]
    assert "newkey sr-key-next oldkey sr-key" in lines[position("key-update")]
    assert "hash-alg sha256" in lines[position("key-update")]
    bundle = lines[position(_BUNDLE)].split()[7]
    assert all(bundle in lines[position(step)] for step in ("output sr-key f", "output sr-cert f"))
    assert all(line == line.strip() and line for line in lines)
    assert ("//admin" in result.uploads[0].content.decode()) is (engine == "md-cli")
    assert any("remove" in line for line in lines) is (engine == "md-cli")


def _position(lines: list[str], words: str) -> int:
    return next(number for number, line in enumerate(lines) if words in line)


def test_enrolment_code_is_in_the_key_list_as_a_reference() -> None:
    """The key list follows from the enrolment and holds the reference, never a secret."""
    assert leaves(wanted("21.2"), "password") == ["file:codes/sr"]


def test_declared_key_is_not_doubled() -> None:
    """A key that the CA profile declares with the same secret stays one key."""
    text = TUTORIAL.replace("always_set_sender", 'key_list: {"1": "file:codes/{router}"}\n      always_set_sender')

    assert leaves(wanted("21.2", text), "password") == ["file:codes/sr"]
