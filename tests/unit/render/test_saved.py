"""A saved configuration of either form: what is asked for is kept in place, the rest is passed over by its braces."""

from __future__ import annotations

import time

import pytest

from sroscert.render.mdcli import from_text, to_braces, to_lines
from sroscert.render.mdcli_read import from_saved
from sroscert.render.mdcli_tokens import MdCliSyntaxError
from sroscert.render.saved import pick
from sroscert.schema import known_releases, load
from sroscert.values import PRESENT, ConfigTree, Path

TLS = Path.of("configure", "system", "security", "tls")
PKI = Path.of("configure", "system", "security", "pki")
PROFILE = TLS.entry("cert-profile", cert_profile_name="p")
TREE = ConfigTree.from_items([
    (PROFILE, PRESENT),
    (PROFILE.entry("entry", entry_id="1"), PRESENT),
    (PROFILE.entry("entry", entry_id="1") / "certificate-file", 'a "b" \\ # {c'),
    (PROFILE / "admin-state", "enable"),
])
HEADER = """\
# TiMOS-B-{release}.R1 both/x86_64 Nokia 7750 SR Copyright (c) 2000-2021 Nokia.
# All rights reserved. All use subject to applicable license agreements.
# Built on Wed Mar 3 14:44:20 PST 2021 by builder in /builds/c/212B/R1/panos/main/sros
# Configuration format version {release} revision 0

# Generated FRI MAR 26 12:00:00 2021 UTC

"""
FOOTER = "\n# Finished FRI MAR 26 12:00:01 2021 UTC\n"
FOREIGN = """\
    router "Base" {
        description "} { [ ] \\" # no comment"
        # a comment with } and "
        tags [
            "a ]"
            b
        ]
        interface "x" { ipv4 { primary { address 10.0.0.1 } } }
    }
"""
FOREIGN_LINES = """\
/configure router "Base" description "} { [ ] \\" # no comment"
/configure router "Base" tags [a "b ]"]
/configure router "Base" tags [
    a
    b
]
/configure card 1 mda 1 admin-state enable

/configure system login-control idle-timeout none
"""
REGIONS = 'persistent-indices {\n    vrtr-id "x" {\n        id 1\n    }\n}\n'


def braces(release: str) -> str:
    """The tree as a router writes it, among what is others'."""
    first, rest = to_braces(TREE, load(release)).split("\n", 1)
    lines = rest.split("\n")
    middle = "\n".join(lines[:1]) + '\n        name "sr1"\n' + "\n".join(lines[1:])
    return f"{HEADER.format(release=release)}{first}\n{FOREIGN}{middle}\n{REGIONS}{FOOTER}"


def flat(release: str) -> str:
    """The tree as lines, among what is others'."""
    lines = "\n".join(to_lines(TREE, load(release)))
    return f"{HEADER.format(release=release)}{FOREIGN_LINES}{lines}\n{FOREIGN_LINES}{FOOTER}"


FORMS = {"braces": braces, "flat": flat}


@pytest.mark.parametrize("release", [str(release) for release in known_releases()])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_both_forms_of_every_release_read_back(form: str, release: str, ending: str) -> None:
    """What is wanted is the same tree, the header tells the release, and nothing is left unsaid."""
    picked = pick(FORMS[form](release).replace("\n", ending), [TLS, PKI])

    tree, skipped = from_saved(picked.text, load(release))

    assert tree == TREE
    assert skipped == ()
    assert (picked.form, str(picked.release)) == (form, f"{release}.R1")
    assert "Base" not in picked.text


def test_places_stay_true() -> None:
    """An error behind what was passed over has the line and column of the file."""
    lines = braces("21.2").split("\n")
    line = max(number for number, words in enumerate(lines, 1) if words.strip() == "admin-state enable")
    text = "\n".join(["admin-state".rjust(20) if number == line else words for number, words in enumerate(lines, 1)])

    with pytest.raises(MdCliSyntaxError) as caught:
        from_saved(pick(text, [TLS]).text, load("21.2"))

    assert (caught.value.line, caught.value.column) == (line, 21)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_cut_off_anywhere_is_an_error(form: str) -> None:
    """No beginning of a file is taken for the whole: braces by their balance, lines by the last line of the file."""
    whole = FORMS[form]("21.2")
    begin = whole.index("configure")
    end = whole.index("persistent-indices") - 2 if form == "braces" else whole.index("# Finished")

    for place in range(begin, end, 7):
        with pytest.raises(MdCliSyntaxError):
            from_saved(pick(whole[:place], [TLS]).text, load("21.2"))


BROKEN = {
    "no-beginning": ("        tls {\n        }\n    }\n}\n", 1, "not expected"),
    "closes-nothing": ("configure {\n}\n}\n", 3, "closes nothing"),
    "open-string": ('configure {\n    card "1 {\n    }\n}\n', 2, "no closing quote"),
    "open-string-in-foreign": ('configure {\n    card 1 {\n        x "y\n    }\n}\n', 3, "no closing quote"),
    "open-bracket": ("configure {\n    card 1 {\n        x [ a\n    }\n}\n", 3, "closing bracket is missing"),
    "no-configuration": ("# TiMOS-B-21.2.R1\n\n", 1, "no configuration"),
    "something-else": ("hostname router1\ninterface x\n", 1, "not expected"),
    "binary": ("configure {\n\x00}\n", 2, "U+0000"),
    "classic": ('# TiMOS-C-20.10.R1\n# Generated X\n\nexit all\nconfigure\n#---\necho "System"\n', 5, "classic CLI"),
    "classic-without-head": ('echo "System Configuration"\n    system\n        name "x"\n', 1, "classic CLI"),
    "xml": ('<?xml version="1.0"?>\n<configure/>\n', 1, "this is XML"),
    "json": ('\n{"nokia-conf:configure": {}}\n', 2, "this is JSON"),
    "brace-alone": ("configure\n{\n}\n", 2, "line of its own"),
    "relative-lines": ("system security tls cert-profile x\n", 1, "not expected"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_whole_is_an_error_with_its_place(name: str) -> None:
    """The message says what and where; nothing is read."""
    text, line, words = BROKEN[name]

    with pytest.raises(MdCliSyntaxError) as caught:
        pick(text, [TLS])

    assert words in caught.value.message
    assert caught.value.line == line


def test_what_the_schema_does_not_know_is_named_and_passed_over() -> None:
    """An unknown node inside a wanted part does not hide its neighbours; a value of another release stays as it is."""
    text = (
        'configure {\n system {\n  security {\n   tls {\n    new-thing "x" {\n     a [\n      b\n     ]\n    }\n'
        '    cert-profile "p" {\n     admin-state odd\n     newer 5\n    }\n   }\n  }\n }\n}\n'
    )

    tree, skipped = from_saved(pick(text, [TLS]).text, load("21.2"))

    assert tree.text(PROFILE / "admin-state") == "odd"
    assert [(str(item.path), item.line) for item in skipped] == [
        (str(TLS / "new-thing"), 5), (str(PROFILE / "newer"), 12),
    ]


@pytest.mark.parametrize("password", ['"abcd hash2"', "abcd hash2", "abcd"])
def test_a_secret_is_not_kept(password: str) -> None:
    """What a router shows of a secret can be undone, so it becomes stars when read."""
    line = f'/configure system security pki ca-profile "x" cmpv2 key-list key "1" password {password}\n'

    tree, skipped = from_saved(pick(line, [PKI]).text, load("21.2"))

    assert skipped == ()
    assert "abcd" not in repr(tree)
    assert "*****" in tree.values()


def test_a_prompt_and_the_command_may_stand_before_it() -> None:
    """A capture of a terminal is taken, too."""
    text = f"\n[/]\nA:admin@sr1# admin show configuration\n{braces('21.2')}\n[/]\nA:admin@sr1# \n"

    assert from_saved(pick(text, [TLS]).text, load("21.2"))[0] == TREE


def test_the_strict_reader_is_as_it_was() -> None:
    """Text that people write is still held to the schema."""
    with pytest.raises(MdCliSyntaxError):
        from_text("/configure system security tls new-thing x", load("21.2"))


@pytest.mark.parametrize("form", FORMS)
def test_a_large_file_takes_a_second_or_so(form: str) -> None:
    """5 MB of others' configuration are passed over; the bound is generous, for a machine that does much else."""
    text = FORMS[form]("21.2")
    foreign = FOREIGN if form == "braces" else FOREIGN_LINES
    large = text.replace(foreign, foreign * (5_000_000 // len(foreign)), 1)
    began = time.process_time()

    tree, _ = from_saved(pick(large, [TLS, PKI]).text, load("21.2"))

    assert len(large) > 4_900_000
    assert tree == TREE
    assert time.process_time() - began < 5
