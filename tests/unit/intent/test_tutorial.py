"""The tutorial's configuration, line by line, against what the two tutorial intents ask for on 21.2."""

from __future__ import annotations

import pathlib
import shlex

from sroscert import schema
from sroscert.intent import Intent, load
from sroscert.intent.desired import Desired, desired
from sroscert.intent.secrets import resolve
from sroscert.values import PRESENT, ConfigTree, Path, Segment, Value

ROOT = pathlib.Path(__file__).parents[3]
LINES = (ROOT / "tests" / "golden" / "tutorial" / "configure.txt").read_text().splitlines()

# What a parser has to know about the lines: which words are list entries (and their keys), and which leaves are flags.
LISTS = {
    "system/security/pki/ca-profile": "ca-profile-name",
    "system/security/pki/ca-profile/cmpv2/key-list/key": "reference-number",
    "system/security/tls/cert-profile": "cert-profile-name",
    "system/security/tls/cert-profile/entry": "entry-id",
    "system/security/tls/server-cipher-list": "server-cipher-list-name",
    "system/security/tls/server-cipher-list/cipher": "index",
    "system/security/tls/server-tls-profile": "server-profile-name",
    "system/script-control/script": "script-name",
    "system/script-control/script-policy": "policy-name",
    "log/filter": "filter-name",
    "log/filter/named-entry": "entry-name",
    "log/event-handling/handler": "name",
    "log/event-handling/handler/entry": "id",
    "log/event-trigger/security": "event",
    "log/event-trigger/security/entry": "id",
}
OWNED = {"system/script-control/script", "system/script-control/script-policy"}
FLAGS = {"error-message", "pkiconf-message", "always-set-sender-for-ir"}
CONTAINERS = {
    "system", "security", "pki", "tls", "cmpv2", "accept-unprotected-message", "url", "key-list", "grpc", "log",
    "match", "message", "event-handling", "event-trigger", "script-control", "certificate-expiration-warning",
}
NESTED = {"system/script-control/script-policy/script", "log/event-handling/handler/entry/script-policy"}


def members(line: str) -> dict[Path, Value]:
    """Return what one ``/configure`` line of the tutorial sets."""
    words = shlex.split(line.removeprefix("/configure"))
    at, names = Path.of("configure"), ""
    found: dict[Path, Value] = {}
    while words:
        word = words.pop(0)
        here = f"{names}/{word}".lstrip("/")
        if here in LISTS:
            key = words.pop(0)
            # `security event X`: the list is called security and its key is written with its name.
            key = words.pop(0) if key == "event" else key
            keys = ((LISTS[here], key), ("owner", "TiMOS CLI")) if here in OWNED else ((LISTS[here], key),)
            at, names = Path((*at.segments, Segment(word, keys))), here
            found[at] = PRESENT
        elif word in CONTAINERS or here in NESTED:
            at, names = at / word, here
        elif word in FLAGS:
            found[at / word] = "true"
        else:
            found[at / word] = words.pop(0)
    return found


def tutorial() -> dict[Path, Value]:
    """Return everything that the tutorial's lines set."""
    return {path: value for line in LINES for path, value in members(line).items()}


def wanted(name: str) -> tuple[Intent, Desired]:
    """Load an example intent and return what it wants on 21.2."""
    intent = load([ROOT / "lab" / "intents" / name])
    return intent, desired(intent.routers["sr"], schema.load("21.2"), {})


def with_code(tree: ConfigTree, code: str) -> dict[Path, Value]:
    """Return the members of a tree with the enrolment code in the place of its reference."""
    return {path: code if path.last.name == "password" else value for path, value in tree.items()}


def test_verbatim_intent_is_the_tutorial() -> None:
    """The verbatim intent asks for exactly what the tutorial's lines set, no leaf more and no leaf less."""
    _, result = wanted("tutorial-verbatim.yaml")

    assert tutorial() == with_code(result.tree, "sr")


def test_tutorial_has_the_expected_number_of_members() -> None:
    """The parser of this test takes every line into account: 28 lines set 33 leaves in 16 entries."""
    found = tutorial()

    assert (len(LINES), len(found), sum(value is PRESENT for value in found.values())) == (28, 49, 16)


def test_code_is_a_reference_that_resolves(tmp_path: pathlib.Path) -> None:
    """The password of the key list is a reference, and resolves to the tutorial's code."""
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "sr").write_text("sr\n")
    _, result = wanted("tutorial-verbatim.yaml")
    reference = next(value for path, value in result.tree.items() if path.last.name == "password")

    assert isinstance(reference, str)
    assert (reference, resolve(reference, tmp_path)) == ("file:codes/sr", "sr")


REASONS = {
    "certificate-expiration-warning/hours": "thirty days instead of six hours",
    "certificate-expiration-warning/repeat-hours": "a failed renewal is tried again each day",
    "server-cipher-list/cipher/name": "suites that clients of today speak",
    "grpc/admin-state": "the tutorial's image has gRPC enabled already",
    "script/location": "backslashes, as YANG's cflash-url has them",
    "script-policy/results": "backslashes, as YANG's cflash-url has them",
    "script-policy/expire-time": "runs are read back later than an hour after",
    "script-policy/max-completed": "several runs are read back",
    "script-policy/script/owner": "without it the reference dangles",
    "handler/entry/script-policy/owner": "without it the reference dangles",
    "handler/entry/min-delay": "warnings in a row start one run",
    "named-entry/match/message/regexp": "any warning of this file, not one minute",
    "named-entry/match/message/eq": "any warning of this file, not one minute",
}


def test_recommended_intent_differs_for_named_reasons_only() -> None:
    """tutorial.yaml asks for the tutorial's configuration but for these leaves, each for a reason."""
    _, result = wanted("tutorial.yaml")
    ours, theirs = with_code(result.tree, "sr"), tutorial()
    different = {path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path)}

    unexplained = {
        str(path) for path in different if not any("/".join(path.names).endswith(reason) for reason in REASONS)
    }
    unused = {
        reason for reason in REASONS if not any("/".join(path.names).endswith(reason) for path in different)
    }

    assert (set(), set()) == (unexplained, unused)


def test_recommended_intent_is_valid() -> None:
    """tutorial.yaml is valid 21.2 configuration."""
    _, result = wanted("tutorial.yaml")

    assert schema.load("21.2").check(result.tree) == []


def test_verbatim_intent_dangles_without_an_owner() -> None:
    """By Nokia's 21.2 YANG one thing is wrong with the tutorial: the handler's policy reference lacks its owner."""
    _, result = wanted("tutorial-verbatim.yaml")
    (violation,) = schema.load("21.2").check(result.tree)

    assert (violation.code, violation.path.names[-2:]) == ("dangling-reference", ("script-policy", "name"))


def test_recommended_intent_is_short() -> None:
    """The recommended file stays about forty lines."""
    assert len((ROOT / "lab" / "intents" / "tutorial.yaml").read_text().splitlines()) <= 40
