"""`init`: what it asks, which answers it takes, and that what it writes is a sound intent."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sroscert.cli.init import interview, next_steps
from sroscert.cli.init_questions import questions
from sroscert.cli.init_text import intent_text, quoted
from sroscert.cli.main import main
from sroscert.errors import UsageError
from sroscert.intent import Intent, loads
from sroscert.intent.jsonschema import intent_json_schema
from tests.support.certificates import make_ca
from tests.support.saved import run

LEAST = ["--router", "pe1=192.0.2.1", "--cmp-url", "http://ca.example.net/cmp"]
URL = "http://ca.example.net/ejbca/publicweb/cmp/sr"
SECRET = "hunter2hunter2"


def answering(*lines: str) -> Callable[[str], str]:
    """Somebody who types these lines, and then ENTER for ever."""
    left: Iterator[str] = iter(lines)
    return lambda prompt: next(left, "") + "\n"


def meant(folder: Path, *routers: str, ask: Callable[[str], str] | None = None, **texts: str) -> Intent:
    """The intent of answers."""
    return loads(intent_text(interview(folder, routers, {"cmp_url": URL, **texts}, ask)))


def test_options_alone_write_an_intent_that_lints_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two options and the defaults: the schema line first, no error and no warning on any release."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").write_bytes(make_ca().pem)

    done = run("init", *LEAST, "--yes")
    linted = run("lint", "-f", "intent.yaml", "--strict")

    assert (done.code, linted.code) == (0, 0), done.err + linted.out
    assert (tmp_path / "intent.yaml").read_text().startswith("# yaml-language-server: $schema=intent.schema.json\n")
    assert (tmp_path / "intent.schema.json").read_text() == intent_json_schema()
    assert "0 errors, 0 warnings" in linted.out
    assert "codes/pe1" in done.out


@pytest.mark.parametrize(
    "texts",
    [
        {"crl_url": "http://ca.example.net/ca.crl"},
        {"unprotected": "yes", "key": "rsa-3072", "before": "2w"},
        {"key": "rsa-4096", "subject": "C=NL, O=Example: Net #1, OU=a'b", "certificate": "gnmi 1", "reference": "007"},
    ],
    ids=["a CRL", "unprotected messages", "odd texts"],
)
def test_every_answer_lints_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: dict[str, str]) -> None:
    """Whatever is answered, nothing is warned of that the answer did not accept."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").write_bytes(make_ca().pem)
    options = [word for name, text in texts.items() for word in ("--" + name.replace("_", "-"), text)]

    done = run("init", *LEAST, "--yes", *options)
    linted = run("lint", "-f", "intent.yaml", "--strict", "--release", "21.2")

    assert (done.code, linted.code) == (0, 0), done.err + linted.out


@pytest.mark.parametrize(
    ("before", "hours", "repeat"),
    [("30d", 720, 24), ("4d", 96, 16), ("90m", 2, 1), ("53w", 8760, 24)],
)
def test_the_warning_fits_the_window(tmp_path: Path, before: str, hours: int, repeat: int) -> None:
    """It comes no later than the window opens, and leaves several tries, of which a router has one each warning."""
    warning = meant(tmp_path, "pe1=192.0.2.1", before=before).routers["pe1"].expiration_warning

    assert warning is not None
    assert (warning.hours, warning.repeat_hours) == (hours, repeat)


def test_answers_become_the_intent(tmp_path: Path) -> None:
    """Routers, names and numbers are what was typed; ENTER takes what stands in brackets."""
    ask = answering("pe1", "192.0.2.1", "pe2", "pe2.example.net", "", "nokia", "file:pw", "", "ejbca")
    intent = meant(tmp_path, ask=ask, subject="C=NL,O=Example")

    one, two = intent.routers.values()
    (certificate,) = one.certificates.values()
    assert (one.name, one.address, two.name, two.address) == ("pe1", "192.0.2.1", "pe2", "pe2.example.net")
    assert (one.login.username, one.login.password.partition(":")[0]) == ("nokia", "file")
    assert list(one.ca_profiles) == ["ejbca"]
    assert certificate.subject == (("C", "NL"), ("O", "Example"), ("CN", "pe1"))
    assert (certificate.san_ips, certificate.san_dns) == (("192.0.2.1",), ())
    assert [(item.san_ips, item.san_dns) for item in two.certificates.values()] == [((), ("pe2.example.net",))]
    assert (certificate.key.type, certificate.key.size, certificate.enrolment.secret) == ("rsa", 2048, "file:codes/pe1")


def test_each_router_has_a_code_of_its_own(tmp_path: Path) -> None:
    """With the usual answers no two routers share a reference, and every file to be filled is named."""
    answers = interview(tmp_path, ["pe1=192.0.2.1", "pe2=192.0.2.2"], {"cmp_url": URL}, None)
    routers = loads(intent_text(answers)).routers.values()
    steps = next_steps(tmp_path / "intent.yaml", tmp_path, answers)

    certificates = [certificate for router in routers for certificate in router.certificates.values()]
    assert [certificate.enrolment.reference for certificate in certificates] == ["pe1", "pe2"]
    assert all(any(f"codes/{name}" in step for step in steps) for name in ("pe1", "pe2"))


def test_what_is_there_need_not_be_put_there(tmp_path: Path) -> None:
    """The steps that follow name only the codes that are missing."""
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "pe1").write_text("code")
    answers = interview(tmp_path, ["pe1=192.0.2.1", "pe2=192.0.2.2"], {"cmp_url": URL}, None)

    assert [step for step in next_steps(tmp_path / "intent.yaml", tmp_path, answers) if "codes/" in step] == [
        "put the enrolment code into codes/pe2 (mode 600)"
    ]


def test_a_wrong_answer_is_asked_for_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each answer is checked at once, with the reason; a secret typed by mistake is not repeated."""
    ask = answering("", "a/b", "pe1", "300.1.1.1", "192.0.2.1", "pe1", "", "admin", SECRET, "env:PW")
    intent = meant(tmp_path, ask=ask)
    said = capsys.readouterr().err

    assert [(router.name, router.address) for router in intent.routers.values()] == [("pe1", "192.0.2.1")]
    assert next(iter(intent.routers.values())).login.password == "env:PW"
    for words in ("at least one router", "no /", "not an IP address", "pe1 is there already", "env:NAME"):
        assert words in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("password_ref", SECRET), ("cmp_url", "https://ca.example.net/cmp"), ("crl_url", "ftp://x/y"),
        ("ca_profile", "x" * 33), ("certificate", "a/b"), ("subject", "CN=me"), ("subject", "Z=1"), ("subject", "O"),
        ("subject", "C=nl"), ("key", "rsa-1024"), ("key", "ecdsa-secp256r1"), ("before", "a month"),
        ("code_ref", SECRET), ("unprotected", "perhaps"), ("username", ""), ("reference", "1" * 65),
    ],
)
def test_a_wrong_option_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """What an intent could not hold is refused with the option's name, and nothing of a secret is said."""
    with pytest.raises(UsageError) as caught:
        interview(tmp_path, ["pe1=192.0.2.1"], {"cmp_url": URL, name: text}, None)

    assert caught.value.message.startswith("--" + name.replace("_", "-"))
    assert SECRET not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize("text", ["=192.0.2.1", " =192.0.2.1"])
def test_a_router_needs_a_name(tmp_path: Path, text: str) -> None:
    """An empty one is refused in words of what it is for."""
    with pytest.raises(UsageError, match="a name is needed, it becomes the CN"):
        interview(tmp_path, [text], {"cmp_url": URL}, None)


def test_a_file_that_is_no_ca_certificate_is_refused(tmp_path: Path) -> None:
    """A local file is looked at; one that is not there yet is a step to be done."""
    (tmp_path / "ca.pem").write_text("nothing\n")

    with pytest.raises(UsageError, match="--ca-certificate"):
        interview(tmp_path, ["pe1=192.0.2.1"], {"cmp_url": URL, "ca_certificate": "ca.pem"}, None)


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    """What has no default is named, all of it; nothing is written."""
    with pytest.raises(UsageError) as caught:
        interview(tmp_path, [], {}, None)

    assert "--router" in caught.value.message
    assert "--cmp-url" in caught.value.message
    asked = {question.option for question in questions(tmp_path) if question.usual is None}
    assert asked == {"--cmp-url"}


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """Neither the intent nor a schema beside it is written over."""
    target, schema = tmp_path / "intent.yaml", tmp_path / "intent.schema.json"
    schema.write_text("mine")
    first = main(["init", *LEAST, "--yes", "--out", str(target)])
    kept = target.read_text()

    again = run("init", *LEAST, "--yes", "--out", str(target))

    assert (first, again.code) == (0, 64)
    assert "not written over" in again.err
    assert (target.read_text(), schema.read_text()) == (kept, "mine")


@given(st.text(min_size=1, max_size=40))
def test_any_text_is_read_back_as_itself(text: str) -> None:
    """A scalar in the file means the text that was answered, in a list, a mapping and a flow mapping alike."""
    if not text.isprintable():
        return
    word = quoted(text)

    assert yaml.safe_load(f"a: {word}    # remark\nb: {{c: {word}, d: 1}}\n{word}: 2\n") == {
        "a": text, "b": {"c": text, "d": 1}, text: 2,
    } or text in {"a", "b"}


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    """On a terminal questions are asked, and what is typed counts."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sroscert.cli.main", "init", "--cmp-url", URL, "-o", "json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, env=environment) as process:
        os.close(theirs)
        os.write(ours, b"pe7\n192.0.2.7\n" + b"\n" * 20)
        out, _ = process.communicate(timeout=30)
    os.close(ours)

    assert process.returncode == 0, out
    assert '"pe7"' not in out.decode()
    assert 'pe7: {address: "192.0.2.7"}' in (tmp_path / "intent.yaml").read_text()
