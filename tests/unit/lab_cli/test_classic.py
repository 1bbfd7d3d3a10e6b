"""The classic engine's configuration: contexts, what is in force at once, what is refused, what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.cli.classic.forms import quoted
from sroscert_lab.router.cli.classic.table import SECTIONS
from sroscert_lab.router.cli.classic.tree import Context, Item, Leaves, items_in, walk
from sroscert_lab.router.cli.words import split_line
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.reading import hide
from sroscert_lab.router.schema import Node, Schema, load_schema
from sroscert_lab.router.validation import add_defaults

from tests.support.lab_shell import Typist, mixed

TUTORIAL = Path(__file__).parent / "tutorial.txt"
NOT_ALLOWED = (
    "MINOR: CLI Modification of the configuration is not allowed - 'model-driven' management interface configuration "
    "mode active\n"
)


def test_contexts_are_entered_made_and_left(at: Typist) -> None:
    """The prompt of each: `*` unsaved, `$` just made, `ca-prof` for short; `exit`, `back`, `exit all`, `pwc`."""
    assert at.prompt == "A:sr# "
    at("configure system security")
    assert at.prompt == "A:sr>config>system>security# "
    assert at("pki ca-profile x") == "MINOR: CLI 'ca-profile' does not exist - 'create' must be specified.\n"
    assert at("pki ca-profile x create") == ""
    assert at.prompt == "*A:sr>config>system>security>pki>ca-prof$ "
    at("cmpv2", "key-list")
    assert at.prompt == "*A:sr>config>system>security>pki>ca-prof>cmpv2>key-list$ "
    at("back")
    assert at.prompt.endswith("ca-prof>cmpv2$ ")
    at("exit", "exit")
    assert at.prompt == "*A:sr>config>system>security# "
    at("pki ca-profile x")
    assert at.prompt == "*A:sr>config>system>security>pki>ca-prof# "
    assert "  ca-profile\n" in at("pwc")
    at("/configure log", "exit all")
    assert at.prompt == "*A:sr# "
    at("/admin save")
    assert at.prompt == "A:sr# "


def test_a_line_is_in_force_at_once_and_netconf_sees_it(at: Typist) -> None:
    """Running and an untouched candidate have it; what went goes, with and without a value behind `no`."""
    def names() -> list[str | None]:
        candidate = at.core.datastores.candidate_copy(at.session)
        assert etree.tostring(candidate) == etree.tostring(at.core.running())
        return [item.text for item in candidate.iter("{*}ca-profile-name")]

    at("configure system security pki", "ca-profile x create cert-file a.pem", "ca-profile y create")
    assert names() == ["foreign-ca", "x", "y"]
    at("description both", "cmpv2 key-list key clear-1 reference 7", "cmpv2 url http://[2001:db8::1]/cmp")
    assert b"<password>clear-1</password>" in etree.tostring(at.core.running())
    assert "clear-1" not in at("info")
    assert '    url "http://[2001:db8::1]/cmp"' in at("info")
    at("cmpv2 no url", "cmpv2 key-list no key reference 7", "no description")
    assert at("info").split()[1:-1] == ["shutdown"]
    at("back", "no ca-profile y")
    assert names() == ["foreign-ca", "x"]
    at("ca-profile x cmpv2", "/configure system security pki no ca-profile x")
    assert at.prompt == "*A:sr>config>system>security>pki# "
    assert not at.core.datastores.is_unsaved
    assert at("no ca-profile y") == "MINOR: CLI 'ca-profile' does not exist.\n"


def test_scripts_have_the_words_of_the_guide(at: Typist) -> None:
    """What a script control is set up with in the classic engine, word by word, is in the models' nodes."""
    lines = (
        "script renew location cf3:/renew.txt", "script renew no shutdown",
        "script-policy renew results cf3:/results.txt", "script-policy renew script renew",
        "script-policy renew max-completed 5",
    )
    said = [at(line) for line in ("configure system script-control", *lines)]

    control = at.core.running().find(".//{*}script-control")
    assert set(said) == {""} and control is not None
    wanted = {
        "script/{*}location": "cf3:/renew.txt",
        "script-policy/{*}results": "cf3:/results.txt",
        "script-policy/{*}script/{*}name": "renew",
        "script-policy/{*}max-completed": "5",
    }
    assert {path: control.findtext("{*}" + path) for path in wanted} == wanted


INFO = """\
----------------------------------------------
                    cert-file "a.pem"
                    cmpv2
                        accept-unprotected-errormsg
                    exit
                    revocation-check crl-optional
                    no shutdown
----------------------------------------------
"""
DETAIL = """\
----------------------------------------------
                    no description
                    cert-file "a.pem"
                    cmpv2
                        accept-unprotected-errormsg
                        no accept-unprotected-pkiconf
                        no always-set-sender-for-ir
                        http-response-timeout 30
                        http-version 1.1
                        no response-signing-cert
                        no same-recipnonce-for-pollreq
                        no url
                    exit
                    no crl-file
                    ocsp
                        no responder-url
                        no service-name
                    exit
                    revocation-check crl-optional
                    no shutdown
----------------------------------------------
"""


def test_info_has_the_classic_form(at: Typist) -> None:
    """Ruler, indentation from `configure` on, `exit`, no defaults; `detail` with them and with `no`."""
    at("configure system security pki ca-profile x create", "cert-file a.pem", "cmpv2 accept-unprotected-errormsg")
    at("revocation-check crl-optional", "no shutdown")
    assert at("info") == INFO
    assert at("info detail") == DETAIL
    at("exit all")
    assert at("configure system security pki ca-profile x info") == INFO
    assert at("/configure system security pki ca-profile x info detail") == DETAIL
    assert "Bad command" in at("configure system security pki ca-profile x info nonsense")
    assert at("configure system security pki ca-profile x description info") == ""
    assert "does not exist" in at("configure system security pki ca-profile y info")
    assert (at.prompt, "description" in at("configure system security pki info")) == ("*A:sr# ", True)


def test_what_is_up_is_shut_down_first(at: Typist) -> None:
    """A leaf that restarts its object, and a deletion; what restarts nothing is changed while it is up."""
    at("configure system security pki ca-profile x create", "cert-file a.pem", "no shutdown")
    assert at("cert-file b.pem") == "MINOR: CLI 'cert-file' can not be changed while 'ca-profile' is not shutdown.\n"
    assert at("cert-file a.pem", "description new") == ""
    assert at("exit", "configure system security pki no ca-profile x") == (
        "MINOR: CLI 'ca-profile' can not be deleted while it is not shutdown.\n"
    )
    at("configure system security pki ca-profile x shutdown", "configure system security pki ca-profile x")
    assert at("cert-file b.pem") == ""
    assert at("/configure system security pki no ca-profile x") == ""


WRONG = {
    "bogus": "Error: Bad command.",
    "system bogus": "Error: Bad command.",
    "no system": "Error: Bad command.",
    "system s": "Error: Bad command.",
    "no": "Error: Bad command.",
    "system login-control ssh inbound-max-sessions many": "Error: Invalid parameter.",
    "system name": "Error: Missing parameter",
    'system name "open': "MINOR: CLI #2004",
    "log log-id 11 from": "Error: Missing parameter",
    "system grpc tls-server-profile nowhere": "MINOR: MGMT_CORE #224",
}


def test_what_is_wrong_is_said_and_changes_nothing(at: Typist) -> None:
    """With a caret below the word where there is one."""
    at("configure")
    for line, said in WRONG.items():
        printed = at(line)
        assert said in printed
        assert at.prompt == "A:sr>config# "
        if "Bad command" in said and line != "no":
            carets = " " * (len(at.prompt) + line.rfind(" ") + 1) + "^" * len(line.split()[-1])
            assert printed.splitlines()[0] == carets


def test_words_may_be_short_while_they_are_the_only_ones(at: Typist) -> None:
    """`config`, `shut`; also `no` in the middle of a line, and another case of a choice taking the first away."""
    at("config sys sec tls cert-prof p create", "no shut")
    assert "no shutdown" in at("info")
    at("exit all", "configure log filter 10 entry 10", "match severity gte major", "match message eq pattern a regexp")
    assert [line.strip() for line in at("info").splitlines()[2:-2]] == [
        "match", "severity gte major", 'message eq pattern "a" regexp'
    ]
    at("match no message", "match no severity")
    assert "match" not in at("info")


LOG = """\
----------------------------------------------
#--------------------------------------------------
echo "Log Configuration"
#--------------------------------------------------
        throttle-rate 500 interval 10
        event-control "security" 2095 generate major throttle
        event-control "system" 2069 suppress
        event-trigger
            event "security" 2095
                trigger-entry 1
                    debounce 2 within 60
                    no shutdown
                exit
                shutdown
            exit
        exit
----------------------------------------------
"""


def test_events_go_by_number_and_the_log_has_its_title(at: Typist) -> None:
    """Typed by name or number, shown by number; a `#` begins a comment unless it is in quotes."""
    at("configure log", "no filter 10", "no log-id 11", "no filter 10", "throttle-rate 500 interval 10 # of an example")
    at("event-control security tmnxPkiCertBeforeExpWarning generate major throttle")
    at("event-control system 2069 generate repeat", "event-control system 2069 suppress")
    at("event-trigger event security 2095 trigger-entry 1 debounce 2 within 60")
    assert at("info") == LOG
    assert b"<event>tmnxPkiCertBeforeExpWarning<" in etree.tostring(at.core.running())
    at("no event-control security 2095", "no event-control system 2069", 'filter 5 description "a # b"')
    assert "event-control" not in at("info")
    assert '            description "a # b"' in at("info")


def test_model_driven_mode_is_read_and_not_changed(tmp_path: Path) -> None:
    """Contexts and `info` work; a value, a new entry and a deletion are refused with Nokia's words."""
    with mixed(tmp_path, "24.10", "model-driven") as at:
        assert "#2050" in at("//")
        at("configure system security pki ca-profile foreign-ca")
        assert 'description "of another team"' in at("info")
        for line in ("description x", "no shutdown", "/configure system name x", "exit all", "configure log filter 77",
                     "configure system security pki ca-profile x create", "configure log no filter 10"):
            assert at(line) == ("" if line == "exit all" else NOT_ALLOWED), line
        assert b"<filter-name>77<" not in etree.tostring(at.core.running())


def test_both_engines_keep_their_contexts_and_share_one_configuration(at: Typist) -> None:
    """`//` there and back, `//line` in the other; what one sets the other shows, and the mode is changed at once."""
    at("configure system security pki ca-profile x create", "//", "edit-config private")
    assert at("/configure system", "//") == "INFO: CLI #2051: Switching to the classic CLI engine\n"
    assert at.prompt == "*A:sr>config>system>security>pki>ca-prof$ "
    at("cert-file a.pem", "//")
    assert at.prompt.startswith("\n(pr)[configure system]\n")
    assert 'cert-file "a.pem"' in at("info")
    assert at("//configure log filter 5 default-action drop") == ""
    assert at("/configure system name new", "commit") == ""
    at("//")
    assert at.prompt == "*A:new>config>system>security>pki>ca-prof$ "
    at("/configure system management-interface configuration-mode model-driven")
    assert at("description x") == NOT_ALLOWED
    assert Typist(at.core).prompt == "\n[]\nA:admin@new# "


def test_a_line_waits_for_those_who_configure(at: Typist) -> None:
    """The MD-CLI in exclusive mode, and changes in the global candidate, keep the classic engine out."""
    other = Typist(at.core)
    other("//", "edit-config exclusive")
    assert at("configure system name x").startswith("MINOR: MGMT_CORE #2051: Global datastore access unavailable")
    other("quit-config", "edit-config global", "/configure log filter 5 default-action drop")
    assert "#2052: Exclusive datastore access unavailable" in at("configure system name x")
    other("commit")
    assert at("configure system name x") == ""


def test_profiles_are_held_against_classic_words(at: Typist) -> None:
    """An entry of the user's profile that denies `configure system netconf` denies that, in short too, and no more."""
    at("configure system security profile administrative entry 5", 'match "configure system netconf"', "action deny")
    assert at("/conf sys netc shutdown") == (
        "MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of 'netconf'\n"
    )
    assert at("/configure system name new") == ""


def hidden(core: RouterCore) -> bytes:
    """The running configuration as it is read, with defaults."""
    tree = core.running()
    hide(tree, core.schema.roots["configure"], core.secrets)
    add_defaults(tree, core.schema.roots["configure"])
    return etree.tostring(tree, method="c14n")


@pytest.mark.parametrize("release", ["19.10", "25.10"])
def test_a_printed_configuration_is_typed_into_another_router(tmp_path: Path, release: str) -> None:
    """`admin display-config` of the tutorial's router, line by line: the other one prints and has the same then."""
    with mixed(tmp_path / "one", release) as one, mixed(tmp_path / "two", release) as two:
        one("//", "edit-config private")
        for line in TUTORIAL.read_text().splitlines():
            typed = line if release != "19.10" else line.replace("named-entry cert-update", "entry 1")
            assert one(typed if release < "22" else typed.replace(" cipher ", " tls12-cipher ")) is not None
        assert one("commit") == ""
        one("//")
        shown = one("admin display-config").splitlines()
        for line in shown:
            said = two(line)
            assert said == "" or line.startswith("echo "), line
        assert two("admin display-config").splitlines()[2:-1] == shown[2:-1]
        assert [line for line in shown if "key " in line and "hash2" in line]
        assert sum('owner "TiMOS CLI"' in line for line in shown) == 4
        assert sorted(hidden(two.core).split(b"<")) == sorted(hidden(one.core).split(b"<"))


def test_every_word_of_the_table_is_of_some_release() -> None:
    """No item of the table is one that no release has; a slip of the pen would be."""
    schemas = [load_schema(release) for release in ("19.10", "22.10", "25.10")]
    for section in SECTIONS:
        for item in section.items:
            check(item, [(schema, schema.roots["configure"]) for schema in schemas])


def check(item: Item, places: list[tuple[Schema, Node]]) -> None:
    """Fail for an item that is nowhere to be found, and go on below a context."""
    if isinstance(item, Leaves):
        assert any(walk(node, item.at) for _, node in places), item
        return
    found = [(schema, there) for schema, node in places for there in items_in(schema, node, (item,))]
    assert found, item
    if isinstance(item, Context):
        for below in item.items:
            check(below, [(schema, there.node) for schema, there in found])


@pytest.mark.parametrize("text", ["", "a b", 'say "x"', "cf3:\\", "cf2:\\EHS\\x", 'a\\"b', "\\\\server\\", "# no"])
def test_what_is_quoted_is_read_back(text: str) -> None:
    """A single backslash of a path stands as it is."""
    assert [word.text for word in split_line(quoted(text), frozenset())] == [text]
