"""Intent files: what is wrong is said with its place, all of it at once; scopes are laid over one another."""

from __future__ import annotations

import pathlib
from datetime import timedelta

import pytest

from sroscert.errors import IntentError, Problem
from sroscert.intent import load, loads
from sroscert.values import Release

GOOD = """\
version: 1
defaults:
  login: {username: admin, password: env:P}
ca_profiles:
  ca: {certificate: ca.pem, cmpv2: {url: http://10.0.0.1/cmp}}
certificates:
  cert:
    ca_profile: ca
    subject: {CN: "{router}"}
    san: {ip: ["{address}"]}
    enrolment: {reference: "1", secret: "file:codes/{router}"}
tls:
  cert_profiles: {prof: {1: cert}}
  server_cipher_lists: {ciphers: compatible}
  server_profiles: {server: {cert_profile: prof, cipher_list: ciphers}}
grpc: {tls_server_profile: server}
routers:
  r1: {address: 10.0.0.11}
"""


def problems(text: str) -> list[Problem]:
    """Return what is wrong with a text."""
    with pytest.raises(IntentError) as caught:
        loads(text)
    return list(caught.value.problems)


def places(text: str) -> list[tuple[str, int, int]]:
    """Return code, line and column of what is wrong."""
    return [(problem.code, problem.line, problem.column) for problem in problems(text)]


def test_good_text_loads() -> None:
    """A sound intent becomes routers with placeholders filled in and defaults resolved."""
    router = loads(GOOD).routers["r1"]
    certificate = router.certificates["cert"]

    assert (certificate.subject_dn, certificate.san_ips) == ("CN=r1", ("10.0.0.11",))
    assert (
        certificate.key.file, certificate.key.type, certificate.key.size, certificate.key.curve,
    ) == ("cert-key", "rsa", 2048, "")
    assert ("file:codes/r1", timedelta(days=30)) == (certificate.enrolment.secret, certificate.renewal.before)
    assert (
        router.login.ports.netconf, router.login.ports.ssh, router.login.ports.gnmi,
    ) == (830, 22, 57400)


CASES = {
    "unknown key": (("{certificate: ca.pem,", "{certificte: ca.pem,"), ("unknown-key", 5, 8), "certificate"),
    "hyphen": (("ca_profiles:\n", "ca-profiles:\n"), ("unknown-key", 4, 1), "ca_profiles"),
    "YANG spelling inside": (("reference:", "refe-rence:"), ("unknown-key", 11, 17), "reference"),
    "wrong type": (('reference: "1"', "reference: 1"), ("bad-type", 11, 28), 'in quotes: "1"'),
    "not a truth value": (
        ("cmpv2: {url", "cmpv2: {always_set_sender_for_ir: yes, url"), ("bad-type", 5, 63), "true",
    ),
    "bad value": (("ciphers: compatible", "ciphers: compatble"), ("bad-value", 14, 34), "compatible"),
    "bad number": (("reference:", "protection: passwort, reference:"), ("bad-value", 11, 29), ""),
    "dangling CA": (("ca_profile: ca\n", "ca_profile: cat\n"), ("dangling-reference", 8, 17), "ca?"),
    "dangling certificate": (("prof: {1: cert}", "prof: {1: cret}"), ("dangling-reference", 13, 29), "cert"),
    "dangling profile": (
        ("server_profile: server", "server_profile: sever"), ("dangling-reference", 16, 28), "server",
    ),
    "dangling group": (
        ("{address: 10.0.0.11}", "{address: 10.0.0.11, groups: [g]}"), ("dangling-reference", 18, 37), "",
    ),
    "duplicate key": (("grpc:", "tls: {}\ngrpc:"), ("duplicate-key", 16, 1), "line 12"),
    "syntax": (("defaults:", "defaults: ["), ("yaml-syntax", 4, 1), ""),
    "literal secret": (("env:P", "hunter2-canary"), ("secret-literal", 3, 38), ""),
    "control character": (("username: admin", 'username: "ad\\u0007min"'), ("control-character", 3, 21), ""),
    "comma in the subject": (('CN: "{router}"', 'CN: "a,b"'), ("unsafe-subject", 9, 19), ""),
    "quote in the subject": (('CN: "{router}"', "CN: 'a\"b'"), ("unsafe-subject", 9, 19), ""),
    "backslash in the subject": (('CN: "{router}"', "CN: 'a\\b'"), ("unsafe-subject", 9, 19), ""),
    "equals in the subject": (('CN: "{router}"', "CN: a=b"), ("unsafe-subject", 9, 19), ""),
    "locality in the subject": (('{CN: "{router}"}', '{CN: "{router}", L: X}'), ("unknown-key", 9, 31), ""),
    "long subject": (('CN: "{router}"', f"CN: {'x' * 254}"), ("unsafe-subject", 9, 5), ""),
    "two addresses": (('["{address}"]', '["{address}", 10.0.0.2]'), ("several-ip-addresses", 10, 5), ""),
    "no address": (('["{address}"]', "[here]"), ("bad-value", 10, 16), ""),
    "secure URL": (("http://10.0.0.1/cmp", "https://10.0.0.1/cmp"), ("url-not-http", 5, 42), ""),
    "placeholder": (("{router}\"}", "{rooter}\"}"), ("unknown-placeholder", 9, 19), "{router}"),
    "missing key": (("    ca_profile: ca\n", ""), ("missing-key", 7, 3), ""),
    "missing address": (("{address: 10.0.0.11}", "{}"), ("missing-key", 18, 7), ""),
    "version": (("version: 1", "version: 2"), ("bad-value", 1, 10), ""),
    "float as a release": (
        ("{address: 10.0.0.11}", "{address: 10.0.0.11, release: 21.10}"), ("bad-type", 18, 37), '"21.10"',
    ),
    "no release": (
        ("{address: 10.0.0.11}", "{address: 10.0.0.11, release: next}"), ("bad-value", 18, 37), "",
    ),
    "duration": (("enrolment:", "renewal: {before: 30}\n    enrolment:"), ("bad-value", 11, 23), ""),
    "tag": (("username: admin", "username: !!python/name:os.system admin"), ("yaml-tag", 3, 21), ""),
    "two secrets for one reference": (
        ("cmpv2: {url", 'cmpv2: {key_list: {"1": env:OTHER}, url'), ("name-clash", 11, 41), "",
    ),
    "key over certificate": (
        ("    ca_profile: ca\n", "    ca_profile: ca\n    key: {file: cert}\n"), ("name-clash", 9, 17), "",
    ),
    "certificate over CA": (("{certificate: ca.pem,", "{certificate: ca.pem, file: cert,"), ("name-clash", 7, 3), ""),
    "empty certificate profile": (("prof: {1: cert}", "prof: {1: {}}"), ("bad-value", 13, 26), ""),
}


@pytest.mark.parametrize("case", CASES)
def test_problem_is_said_with_its_place(case: str) -> None:
    """Each fault is one problem with its code, line and column, and a suggestion where there is one."""
    (old, new), expected, suggestion = CASES[case]
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))

    assert expected in [(problem.code, problem.line, problem.column) for problem in found]
    assert suggestion in " ".join(problem.suggestion for problem in found)


@pytest.mark.parametrize(
    ("first", "second", "router", "line"),
    [
        ("script_user: a", "", "{cli: b}", 11),
        ("script_user: a", "", "{python: b}", 11),
        ("script_user: a", "", "{cli: a, python: a}", 0),
        ("script_user: a, engine: md-cli", "", "{python: b}", 0),
        ("script_user: a, engine: python", "", "{python: b}", 11),
        ("script_user: a", "script_user: b", "{}", 17),
        ("script_user: a", "script_user: a", "{}", 0),
        ("script_user: a, engine: python", "script_user: b, engine: classic-cli", "{}", 0),
        ("script_user: a, engine: md-cli", "script_user: b, engine: classic-cli", "{}", 17),
    ],
)
def test_scripts_of_one_kind_have_one_user(first: str, second: str, router: str, line: int) -> None:
    """It is one setting of a router, wherever it is said; what is not known before is taken for both kinds."""
    start, end = GOOD.index("  cert:\n"), GOOD.index("tls:\n")
    certificate = GOOD[start:end].replace("    enrolment:", "    renewal: {RENEWAL}\n    enrolment:")
    another = certificate.replace("  cert:", "  other:").replace("RENEWAL", second)
    text = f"{GOOD[:start]}{certificate.replace('RENEWAL', first)}{another}{GOOD[end:]}"
    text = text.replace("tls:\n", f"script_users: {router}\ntls:\n", 1)

    if not line:
        assert "other" in loads(text).routers["r1"].certificates
        return
    (problem,) = problems(text)
    assert (problem.code, problem.line, problem.column) == ("name-clash", line, 28)
    assert "run as one user, and " in problem.message and problem.path.endswith(".renewal.script_user")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\nrouters:\n\tsr1: {}\n", "a tab cannot stand here"),
        ("version: 1\nrouters: [\n", "a bracket or brace before this is not closed"),
        ("grpc: {a: 1\nrouters: {}\n", "a bracket or brace before this is not closed"),
    ],
    ids=["tab", "open bracket", "open brace"],
)
def test_what_is_no_yaml_is_said_in_plain_words(text: str, words: str) -> None:
    """A tab, and a bracket that nobody closed, are called so, not by the parser's words for its tokens."""
    [problem] = problems(text)

    assert problem.message.startswith(words)


def test_problems_come_all_at_once() -> None:
    """Faults in different sections are reported together, in the order of the file."""
    text = GOOD.replace("cmpv2: {url: http", "cmpv2: {url: ftp").replace("env:P", "secret").replace("1: cert}", "1: x}")

    assert [problem.code for problem in problems(text)] == ["secret-literal", "url-not-http", "dangling-reference"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cmpv2: {url: http", "cmpv2: {url: ftp"),
        ("env:P", "secret"),
        ('reference: "1"', "reference: 1"),
        ("server_profile: server", "server_profil: server"),
    ],
    ids=["CA profiles", "login", "certificates", "gRPC"],
)
def test_names_are_followed_past_a_section_that_is_wrong(old: str, new: str) -> None:
    """A name that nothing declares is said beside faults elsewhere; a name in a section with a fault is there."""
    found = problems(GOOD.replace(old, new, 1).replace("1: cert}", "1: x}"))
    sound = problems(GOOD.replace(old, new, 1))

    assert "dangling-reference" in [problem.code for problem in found]
    assert "dangling-reference" not in [problem.code for problem in sound]


def test_shared_fault_is_said_once() -> None:
    """A fault in a section that many routers share is one problem."""
    text = GOOD.replace("ciphers: compatible", "ciphers: compatble")
    text += "".join(f"  x{number}: {{address: 10.0.1.{number}}}\n" for number in range(1, 50))

    assert len(problems(text)) == 1


def test_literal_secret_is_not_repeated() -> None:
    """A secret that was written out does not come back in any message."""
    text = GOOD.replace("env:P", "hunter2-canary").replace("secret: ", "secrte: ")

    assert "canary" not in str(IntentError(problems(text)))


def test_fault_in_an_unused_group_is_found() -> None:
    """A group that no router uses is checked all the same."""
    assert places(GOOD + "groups: {g: {grpc: {admn_state: enable}}}\n") == [("unknown-key", 19, 21)]


def test_country_no_is_a_text() -> None:
    """Norway is not false."""
    router = loads(GOOD.replace('{CN: "{router}"}', "{C: NO, CN: x}")).routers["r1"]

    assert router.certificates["cert"].subject_dn == "C=NO,CN=x"


def test_deep_text_is_refused() -> None:
    """A text nested a hundred thousand deep is a problem, not the end of the process."""
    assert places("- " * 100_000)[0][0] == "yaml-syntax"


def test_alias_bomb_is_refused() -> None:
    """Aliases that multiply are refused before they fill the memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    assert "yaml-syntax" in [code for code, _, _ in places("\n".join(lines))]


def test_alias_of_itself_is_refused() -> None:
    """An alias inside its own anchor is a problem."""
    assert places("version: &a [*a]")[0][0] == "yaml-syntax"


def test_router_overrides_group_and_defaults(tmp_path: pathlib.Path) -> None:
    """The router wins over its groups, the last group over the first, and null takes away."""
    text = GOOD + (
        "  r2: {address: 10.0.0.12, groups: [a, b], grpc: null, login: {ports: {ssh: 24}}}\n"
        "groups:\n"
        "  a: {expiration_warning: {hours: 1}, login: {ports: {netconf: 1830, ssh: 1022}}}\n"
        '  b: {expiration_warning: {hours: 2}, release: "22.10"}\n'
    )
    router = loads(text, base=tmp_path).routers["r2"]

    assert router.expiration_warning is not None
    assert (None, 2, Release(22, 10)) == (router.grpc, router.expiration_warning.hours, router.release)
    assert (router.login.ports.netconf, router.login.ports.ssh, router.login.username) == (1830, 24, "admin")


def test_files_are_put_together(tmp_path: pathlib.Path) -> None:
    """Several files make one intent; local files count from the folder of the file that names them."""
    (tmp_path / "sites").mkdir()
    first, second = tmp_path / "base.yaml", tmp_path / "sites" / "more.yaml"
    first.write_text(GOOD)
    second.write_text(
        "version: 1\nrouters:\n  r2:\n    address: 10.0.0.12\n"
        "    certificates: {cert: {enrolment: {secret: file:r2.code}}}\n"
        "    ca_profiles: {ca: {certificate: other.pem}}\n"
    )
    intent = load([first, second])

    assert list(intent.routers) == ["r1", "r2"]
    assert tmp_path == intent.base
    assert intent.routers["r2"].certificates["cert"].enrolment.secret == "file:sites/r2.code"
    assert tmp_path / "sites" / "other.pem" == intent.routers["r2"].ca_profiles["ca"].certificate
    assert tmp_path / "ca.pem" == intent.routers["r1"].ca_profiles["ca"].certificate


def test_two_files_with_one_router_collide(tmp_path: pathlib.Path) -> None:
    """A value that two files give is reported with both places."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(GOOD)
    second.write_text("version: 1\nrouters: {r1: {address: 10.9.9.9}}\n")
    with pytest.raises(IntentError) as caught:
        load([first, second])

    (problem,) = caught.value.problems
    assert ("duplicate-key", str(second), 2) == (problem.code, problem.file, problem.line)
    assert f"{first}:18" in problem.suggestion


def test_missing_file_is_a_problem(tmp_path: pathlib.Path) -> None:
    """A file that is not there is reported like any other problem."""
    with pytest.raises(IntentError) as caught:
        load([tmp_path / "no.yaml"])

    assert caught.value.problems[0].code == "file-missing"
