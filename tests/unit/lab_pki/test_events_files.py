"""SECURITY events of files, by number: read, written, removed, moved, copied; and what they must not tell."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki.assumptions import FailureForm
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import Kind

from tests.support.lab_bench import FILE, Bench, Tree, ca_profile, configuration, to_xml
from tests.support.pki_events import only


def test_2043_when_a_profile_is_enabled_without_its_file(bench: Bench) -> None:
    """A file that cannot be read is named with the reason, once for all users of the cache."""
    bench.apply(configuration({"ca-profile": [ca_profile(), ca_profile("second")]}))
    assert only(bench, 2043) == ("tmnxPkiFileReadFailed", 'File "ca.pem" could not be read: File not found - "ca.pem".')


def test_2043_of_a_damaged_file(bench: Bench) -> None:
    """A file that the router did not seal is damaged, also for a command."""
    bench.host.flash.write("cf3:/system-pki/sr-cert", b"something")
    with pytest.raises(PKIRefusal):
        bench.pki.operations.store.load(Kind.CERT, "sr-cert")
    assert only(bench, 2043)[1] == 'File "sr-cert" could not be read: not a sealed file.'


def test_2109_of_a_file_that_does_not_fit(bench: Bench) -> None:
    """A write that fails is told with name and size, and the operation counts as failed."""
    bench.put("k", b"x")
    bench.host.faults.set("flash-full")
    with pytest.raises(PKIRefusal, match="write file"):
        bench.pki.operations.store.generate_keypair("cf3:/k2")
    assert only(bench, 2109)[0] == "tmnxPkiFileWriteFailed"
    assert "cf3:\\k2" in only(bench, 2109)[1]
    assert "outcome fail" in only(bench, 2231)[1]


@pytest.mark.parametrize(
    ("line", "number", "name", "text"),
    [
        ("file remove cf3:/system-pki/a force", 2234, "tmnxFileDeleted", 'url "cf3:/system-pki/a"'),
        ("file remove cf3:/none force", 2234, "tmnxFileDeleted", "outcome fail"),
        ("file move cf3:/system-pki/a cf3:/b", 2235, "tmnxFileMoved", 'new url "cf3:/b"'),
        ("file copy cf3:/system-pki/a cf3:/b", 2236, "tmnxFileCopied", 'new url "cf3:/b", outcome success'),
    ],
)
def test_2234_to_2236_of_file_commands(bench: Bench, line: str, number: int, name: str, text: str) -> None:
    """What a user does to files by `file` is told with the URLs and the outcome."""
    bench.host.flash.write("cf3:/system-pki/a", b"x")
    with contextlib.suppress(CommandFailed):
        bench.run(line)
    assert bench.host.numbers() == [number]
    assert only(bench, number)[0] == name
    assert text in only(bench, number)[1]


@pytest.mark.parametrize("form", list(FailureForm))
@pytest.mark.parametrize(
    "line",
    [
        "file remove ftp://u:open:{0}@h/a force", "file copy http://u:{0}@[2001:db8::1]:80/a cf3:/b",
        "file make-directory sftp://:{0}@h/a", "file show ftp://u:{0}@h/a", "file list ftp://u:{0}@h/a more",
        "//file delete ftp://u:{0}@h/a force", "//admin certificate gen-keypair ftp://u:{0}@h/k",
    ],
)
def test_a_password_in_a_url_is_printed_as_xxxx(bench: Bench, line: str, form: FailureForm) -> None:
    """In what is refused, in each of its forms, and in events."""
    bench.pki.assumptions = replace(bench.pki.assumptions, failure_form=form)
    try:
        said = bench.run(line.format("S3cret"))
    except CommandFailed as failure:
        said = failure.output + failure.text
    told = [f"{entry.event.text} {entry.event.parameters}" for entry in bench.host.events]
    assert "MINOR: " in said
    assert "S3cret" not in said + " ".join(told)
    assert ":xxxx@" in said + " ".join(told) or "more" in line


def test_2234_to_2236_of_file_actions(new_bench: Bench) -> None:
    """The modelled operations are `file` commands too."""
    new_bench.put("a", b"x")
    for name, leaves in (
        ("copy", {"source-url": "cf3:\\a", "destination-url": "cf3:\\b"}),
        ("move", {"source-url": "cf3:\\b", "destination-url": "cf3:\\c"}),
        ("remove", {"url": "cf3:\\c", "force": None}),
    ):
        tree: Tree = {name: dict(leaves)}
        new_bench.pki.action(to_xml("file", tree, FILE), "admin")
    assert new_bench.host.numbers() == [2236, 2235, 2234]


def test_what_19_10_has_no_event_for(tmp_path: Path) -> None:
    """Keys, imports and files are told from 20.5 on; failed reads always were."""
    old = Bench(tmp_path, "19.10")
    try:
        old.pki.operations.store.generate_keypair("cf3:/k")
        old.run("file remove cf3:/k force")
        old.apply(configuration({"ca-profile": [ca_profile()]}))
        assert old.host.numbers() == [2043]
    finally:
        old.close()
