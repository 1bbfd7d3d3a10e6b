"""Every release: intents of all kinds render and hold in Nokia's models, or are refused and said why.

The intents are ``tests/yang/intents`` and the tutorial. The first lines of each say since which release there is all
of it, and the nodes that came last; so the expectation is not taken from our own schema.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from sroscert import schema
from sroscert.cli.main import main
from sroscert.intent import lint, load
from sroscert.intent.desired import Desired, desired
from sroscert.render.diff import Ownership, diff
from sroscert.render.mdcli import from_text, to_braces, to_lines
from sroscert.render.xml import from_xml, to_xml
from sroscert.values import Path as Node
from sroscert.values import Release
from tests.yang import counter
from tests.yang.yanglint import Yanglint

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "lab" / "intents" / "tutorial.yaml"
INTENTS = (TUTORIAL, *sorted((ROOT / "tests" / "yang" / "intents").glob("*.yaml")))
RELEASES = schema.known_releases()
NEWEST = RELEASES[-1]
WHOLE = Ownership((Node.of("configure"),))
_SINCE = re.compile(r"^# since (\d+\.\d+)(?: (\S+))?$", re.MULTILINE)

of_each = pytest.mark.parametrize("path", INTENTS, ids=lambda path: path.stem)
on_each = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.train)


@dataclass(frozen=True)
class Since:
    """A release, and the node of an intent that came with it."""

    release: Release
    node: str


@functools.cache
def steps(path: Path) -> tuple[Since, ...]:
    """Return what an intent's first lines say, earliest release first; every release takes the tutorial."""
    found = _SINCE.findall(path.read_text(encoding="utf-8"))
    assert found or path == TUTORIAL
    return tuple(Since(Release.parse(train), node) for train, node in found) or (Since(RELEASES[0], ""),)


def since(path: Path) -> Since:
    """Return the first release that has all of an intent."""
    return steps(path)[-1]


def pairs(*, taken: bool) -> list[object]:
    """Return the intents with the releases that take them, or do not."""
    return [
        pytest.param(path, release, id=f"{path.stem} in {release.train}")
        for release in RELEASES for path in INTENTS if (release >= since(path).release) == taken
    ]


def wanted_on(path: Path, release: Release) -> Desired:
    """Return the configuration that an intent means on a release."""
    return desired(load([path]).routers["sr"], schema.load(release))


def secret(reference: str) -> str:
    """Return a secret that has everything that XML or a careless renderer would stumble over."""
    return f'<{reference}> & "quoted" #é \\'[:64]


def rendered(*words: str) -> tuple[int, str, str]:
    """Run ``sroscert render`` and return its exit code and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["render", *words])
    return int(code), out.getvalue(), err.getvalue()


@pytest.mark.parametrize(("path", "release"), pairs(taken=True))
def test_a_release_takes_what_it_has(path: Path, release: Release, yanglint: Yanglint) -> None:
    """The payload holds in the release's own models, with no obsolete node; text and payload read back to the tree."""
    one = schema.load(release)
    tree = wanted_on(path, release).tree
    sent = to_xml(tree, one, resolve=secret)

    assert one.check(tree, elsewhere=()) == []
    assert yanglint.validate_config(release.train, etree.tostring(sent)) == []
    assert [node for node in tree if not one.has(node)] == []
    read = [from_text("\n".join(to_lines(tree, one)), one), from_text(to_braces(tree, one), one)]
    for again in (from_xml(to_xml(tree, one, resolve=str), one), *read):
        assert dict(tree).items() <= dict(again).items()  # a presence container that its children imply is read too
        assert diff(tree, again, one, owned=WHOLE) == ()
    counter.prove("payloads", release.train)


@pytest.mark.parametrize(("path", "release"), pairs(taken=False))
def test_a_release_refuses_what_it_has_not(path: Path, release: Release, yanglint: Yanglint) -> None:
    """Lint names the leaf, the release and since when; render prints nothing; Nokia's models refuse it as well."""
    first = next(step for step in steps(path) if release < step.release)
    problems = [problem for problem in lint([path], release=release) if problem.severity == "error"]
    newest = schema.load(NEWEST)
    unchecked = etree.tostring(to_xml(wanted_on(path, since(path).release).tree, newest, resolve=secret))
    leaf = first.node.rpartition("/")[2]

    said = [problem for problem in problems if leaf in problem.message]
    assert said, problems
    assert any(release.train in problem.message for problem in said)
    assert any(f"from SR OS {first.release.train} on" in problem.message for problem in said), said
    assert all(problem.line > 1 for problem in said)
    code, out, err = rendered("-f", str(path), "--release", release.train)
    assert (code, out) == (65, "")
    assert leaf in err
    assert yanglint.validate_config(release.train, unchecked) != []
    counter.prove("refusals", release.train)


@of_each
def test_the_first_release_of_an_intent_is_the_first_one(path: Path) -> None:
    """Lint finds nothing wrong with an intent from the release on that it names."""
    for release in RELEASES:
        if release >= since(path).release:
            wrong = [problem for problem in lint([path], release=release) if problem.severity == "error"]
            assert wrong == [], release


@on_each
def test_a_silent_judge_is_noticed(release: Release, yanglint: Yanglint) -> None:
    """The control: on every release yanglint refuses each payload that was bent, and takes the straight one."""
    one = schema.load(release)
    straight = etree.tostring(to_xml(wanted_on(TUTORIAL, release).tree, one, redact=True))
    bends = ((b">enable<", b">enabled<"), (b"cert-file>", b"certificates-file>"), (b"<hours>720", b"<hours>-1"))
    for old, new in bends:
        assert old in straight
        assert yanglint.validate_config(release.train, straight.replace(old, new)) != []
    assert yanglint.validate_config(release.train, straight) == []


def test_nothing_is_left_out() -> None:
    """There are models of every release whose schema we ship, and intents for all kinds that are to be shown."""
    kinds = {"tutorial", "tls13", "mutual", "revocation", "est", "renewal-native", "renewal-ehs", "names"}

    assert len(RELEASES) >= 25
    assert kinds <= {path.stem for path in INTENTS}
