"""Whatever text an intent holds, a command line keeps it as one token or is never made.

The tokeniser here is a reader of its own for the rules that the MD-CLI and the classic engine share: blanks separate,
double quotes hold a token together, and outside of them nothing but a plain word is accepted.
"""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from sroscert.commands import operations as op
from sroscert.commands.raw import describe, to_line
from sroscert.errors import CommandError

_BARE = set(string.ascii_letters + string.digits + "._:/=,-")
_AWKWARD = st.text(alphabet=st.sampled_from(list("ab \t\r\n\"'\\?#;|!$*[]{}()<>&^%~/\x00\x7fü,=")), max_size=12)
TEXTS = st.one_of(st.text(max_size=40), _AWKWARD, st.from_regex(r"[A-Za-z0-9 ._?-]{1,20}", fullmatch=True))


def tokens(line: str) -> list[str]:
    """Cut a line as a router would, refusing what has another meaning outside quotes."""
    assert all(0x20 <= ord(char) < 0x7F for char in line), "control character or non-ASCII in a line"
    found: list[str] = []
    rest = line
    while rest:
        if rest[0] == '"':
            body, quote, rest = rest[1:].partition('"')
            assert quote, "open quotation"
            assert "\\" not in body, "an escape, whose meaning differs between engines"
            found.append(body)
            assert rest[:1] in {"", " "}, "a token goes on behind its quotation"
        else:
            body, _, after = rest.partition(" ")
            assert body, "an empty token"
            assert set(body) <= _BARE, f"{body!r} has a meaning outside quotes"
            found.append(body)
            rest = " " + after if after else ""
        if rest:
            assert rest[0] == " "
            rest = rest[1:]
    return found


def line_of(operation: op.Operation, code: str = "x") -> str | None:
    """Return the line, or None when the operation is refused for its text."""
    try:
        return to_line(operation, lambda reference: code)
    except CommandError as error:
        assert error.code == "unsafe-text"
        return None


@given(TEXTS)
def test_a_profile_name_is_one_token(text: str) -> None:
    """A CA profile name is refused or is exactly the last token of the line."""
    line = line_of(op.Poll(text))

    if line is not None:
        assert tokens(line) == ["//admin", "certificate", "cmpv2", "poll", "ca", text]


@given(TEXTS)
def test_a_plain_profile_name_is_never_refused(text: str) -> None:
    """Only texts with something to object to are refused."""
    fine = 1 <= len(text) <= 32 and text.strip() and all(0x20 <= ord(char) < 0x7F for char in text)
    if fine and not set(text) & {'"', "\\"}:
        assert line_of(op.Poll(text)) is not None


@given(TEXTS, TEXTS, TEXTS)
def test_secret_reference_and_key_are_one_token_each(secret: str, reference: str, key: str) -> None:
    """The enrolment line has the secret, the reference and the key at their places, whole."""
    operation = op.InitialRegistration("p", key, reference, "env:X", "CN=sr", "cf3:/x.der", "192.0.2.1")
    line = line_of(operation, secret)

    if line is not None:
        assert tokens(line) == [
            "//admin", "certificate", "cmpv2", "initial-registration", "ca", "p", "key-to-certify", key,
            "protection-alg", "password", secret, "reference", reference, "subject-dn", "CN=sr", "ip-addr",
            "192.0.2.1", "save-as", "cf3:/x.der",
        ]
        assert describe(operation).count("*****") >= 1


@given(TEXTS, TEXTS)
def test_subject_and_names_are_one_token_each(value: str, domain: str) -> None:
    """A subject value and a DNS name cannot leave their token or become another part of the subject."""
    subject = f"C=NL,CN={value}"
    line = line_of(op.InitialRegistration("p", "k", "1", "env:X", subject, "cf3:/x.der", "", (domain,)))

    if line is not None:
        found = tokens(line)
        assert found[found.index("subject-dn") + 1] == subject
        assert found[found.index("domain-name") + 1] == domain


@given(TEXTS)
def test_a_file_name_stays_one_file(text: str) -> None:
    """What is removed is the one file that was named: no wildcard, no other folder, no other command."""
    line = line_of(op.RemoveFile(f"cf3:/{text}"))

    if line is not None:
        assert tokens(line) == ["file", "remove", "cf3:/" + text.replace("\\", "/").lstrip("/"), "force"]
        assert not set(text) & {"*", "?", "\n", "\r", "\t"}
        assert ".." not in text.replace("\\", "/").split("/")


@given(TEXTS, TEXTS)
def test_an_import_names_one_file_and_one_output(url: str, output: str) -> None:
    """Input and output of an import stay at their places."""
    line = line_of(op.ImportFile(f"cf3:/{url}", output, "certificate", "der"))

    if line is not None:
        found = tokens(line)
        assert found[:5] == ["//admin", "certificate", "import", "type", "cert"]
        assert found[7:] == ["output", output, "format", "der"]
