"""One CLI session: engines, contexts, configuration modes, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.cli.answers import Answer
from sroscert_lab.router.cli.pipes import filtered, parted
from sroscert_lab.router.cli.words import Word
from sroscert_lab.router.engines import authorised_engines
from sroscert_lab.router.statetree import router_state
from sroscert_lab.router.tree import new_root, put

from tests.support.lab_shell import Typist, typist

MODE = "/configure/system/management-interface/configuration-mode"
TUTORIAL = Path(__file__).parent / "tutorial.txt"
INFO = """    admin-state enable
    entry 1 {
        certificate-file "sr-cert"
        key-file "sr-key"
    }
"""
ENGINES = "/configure/system/management-interface/cli/cli-engine"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Typist]:
    """A session on a router of release 21.2."""
    with typist(tmp_path) as session:
        yield session


@pytest.mark.parametrize(
    ("mode", "configured", "engines"),
    [
        ("classic", (), ("classic-cli",)),
        ("mixed", (), ("classic-cli", "md-cli")),
        ("model-driven", (), ("md-cli", "classic-cli")),
        ("model-driven", ("md-cli",), ("md-cli",)),
        ("mixed", ("md-cli", "classic-cli"), ("md-cli", "classic-cli")),
        ("classic", ("md-cli", "classic-cli"), ("classic-cli",)),
    ],
)
def test_the_mode_says_which_engines_there_are(
    mode: str, configured: tuple[str, ...], engines: tuple[str, ...]
) -> None:
    """Default and order by configuration mode, narrowed by cli-engine."""
    running = new_root("configure")
    put(running, MODE, mode)
    if configured:
        put(running, ENGINES, *configured)

    assert engines == authorised_engines(running)


def test_engines_are_switched_and_keep_their_contexts(at: Typist) -> None:
    """`//` toggles, `/!` names, `//command` comes back."""
    at("edit-config private", "/configure system security")
    assert "#2051: Switching to the classic CLI engine" in at("//")
    assert at.prompt.endswith("A:sr# ")
    assert "INFO: CLI #2052: Switching to the MD-CLI engine" in at("/!md-cli")
    assert "[/configure system security]" in at.prompt
    assert "TiMOS-" in at("//show version")
    assert "[/configure system security]" in at.prompt


def test_an_engine_that_is_not_authorised_is_not_switched_to(tmp_path: Path) -> None:
    """#2053, for the switch and for one command."""
    with typist(tmp_path) as at:
        classic = "/configure system management-interface cli cli-engine classic-cli"
        at("edit-config exclusive", f"delete {classic}", "commit")
        again = Typist(at.core)
        assert again("//show version") == "MINOR: CLI #2053 Switching CLI engine is not authorized\n"
        assert again("/!classic-cli") == "MINOR: CLI #2053 Switching CLI engine is not authorized\n"


def test_contexts_are_walked(at: Typist) -> None:
    """Into, back, exit to the one before, exit all, and a pasted block with braces."""
    at("edit-config exclusive", "configure system security", "pki", 'ca-profile "x" {', "admin-state enable")
    assert '*(ex)[/configure system security pki ca-profile "x"]' in at.prompt
    at("}")
    assert "[/configure system security pki]" in at.prompt
    at("back 2")
    assert "[/configure system]" in at.prompt
    at("exit all")
    assert "*(ex)[/]" in at.prompt
    assert 'ca-profile "x" {' in at("info")


def test_looking_makes_nothing_and_entering_makes_an_entry(at: Typist) -> None:
    """A context that exists leaves the candidate clean; a new entry is a change."""
    at("edit-config private", "/configure system security pki", 'ca-profile "foreign-ca"')
    assert "*" not in at.prompt
    at("back", 'ca-profile "new"')
    assert "*(pr)" in at.prompt


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/configure system bogus", "MINOR: MGMT_CORE #2201: Unknown element - 'bogus'"),
        ("/configure system security pki ca-profile x admin-state maybe", "MINOR: MGMT_CORE #2301: Invalid element"),
        ("/configure system name", "MINOR: CLI #2001: Missing element value - 'name'"),
        ('/configure system name "open', "MINOR: CLI #2004"),
        ("delete /configure system script-control", "MINOR: MGMT_CORE #224"),
        ("edit-config private", "MINOR: CLI #2069"),
    ],
)
def test_what_is_wrong_is_said_in_nokias_words(at: Typist, line: str, said: str) -> None:
    """With the candidate as it was."""
    at("edit-config exclusive")

    assert said in at(line)
    assert "*" not in at.prompt


def test_carets_stand_below_the_word(at: Typist) -> None:
    """The column counts the prompt."""
    carets = at("edit-config exclusive", "/configure system bogus").splitlines()[0]

    assert carets == " " * len("A:admin@sr# /configure system ") + "^^^^^"


def test_a_commit_that_is_refused_names_every_error(at: Typist) -> None:
    """A reference to nothing is found at commit, as over NETCONF."""
    at("edit-config exclusive", '/configure system grpc tls-server-profile "nowhere"')

    assert "MINOR: MGMT_CORE #224: configure system grpc tls-server-profile - Entry does not exist" in at("commit")
    assert "*(ex)" in at.prompt


def test_a_confirmed_commit_is_canceled_and_accepted(at: Typist) -> None:
    """#2090, #2096, #2092; what is canceled is not in force."""
    at("edit-config exclusive", '/configure system name "one"')
    said = "INFO: CLI #2090: Commit confirmed - automatic rollback in {} seconds\n"
    assert at("commit confirmed 5") == said.format("4 minutes 59")
    assert "A:admin@one#" in at.prompt
    assert "#2096: Commit confirmed - canceled - automatic rollback of changes" in at("commit confirmed cancel")
    assert "A:admin@sr#" in at.prompt
    assert at('/configure system name "two"', "commit confirmed") == said.format("9 minutes 59")
    assert "#2092: Commit confirmed - accepted - automatic rollback canceled" in at("commit confirmed accept")
    assert "A:admin@two#" in at.prompt
    assert at.core.datastores.pending is None


COMPARED = """\
    configure {
        system {
-           name "sr"
+           name "new"
            security {
                pki {
+                   ca-profile "x" {
+                       admin-state enable
+                   }
                }
            }
        }
    }
"""


def test_compare_shows_what_differs_and_where(at: Typist) -> None:
    """Signs in the first column, a changed leaf in one place, and containers only around what differs."""
    at("edit-config private", '/configure system name "new"')
    at('/configure system security pki ca-profile "x" admin-state enable')
    assert at("compare") == COMPARED
    at("commit")
    assert at("compare") == ""


PRIVATE_ENTERED = (
    "INFO: CLI #2070: Entering private configuration mode\n"
    "INFO: CLI #2061: Uncommitted changes are discarded on configuration mode exit\n"
)


@pytest.mark.parametrize(
    ("mode", "other", "said"),
    [
        ("global", "", "INFO: CLI #2054: Entering global configuration mode\n"),
        ("read-only", "", "INFO: CLI #2066: Entering read-only configuration mode\n"),
        ("private", "", PRIVATE_ENTERED),
        ("exclusive", "", PRIVATE_ENTERED.replace("#2070: Entering private", "#2060: Entering exclusive")),
        ("global", "global", "INFO: CLI #2054: Entering global configuration mode\n"
                             "INFO: CLI #2075: Other global configuration sessions are active\n"),
        ("global", "private", "INFO: CLI #2054: Entering global configuration mode\n"),
        ("private", "global", f"{PRIVATE_ENTERED}INFO: CLI #2079: Other configuration sessions are active\n"),
    ],
)
def test_entering_a_mode_says_what_routers_say(at: Typist, mode: str, other: str, said: str) -> None:
    """The lines of transcripts, whole, also of others who are configuring; nothing of those who have left."""
    second = Typist(at.core)
    if other:
        second(f"edit-config {other}")
    assert at(f"edit-config {mode}") == said
    assert [item.findtext("{*}session-mode") for item in router_state(at.core).iter("{*}active-sessions")] == [
        mode, other or None
    ]
    at("quit-config")
    if other:
        second("quit-config")
        assert "Other" not in at(f"edit-config {mode}")


def test_leaving_with_changes_asks(at: Typist) -> None:
    """`n` stays, `y` leaves without them."""
    at("edit-config private", '/configure system name "x"')
    assert "INFO: CLI #2071: Uncommitted changes are present" in at("quit-config")
    assert at.prompt == "Discard uncommitted changes? [y,n] "
    at("n")
    assert "*(pr)" in at.prompt
    assert "WARNING: CLI #2073" in at("quit-config", "y")
    assert at.prompt == "\n[/]\nA:admin@sr# "
    assert at.core.datastores.is_changed(at.session) is False


def test_leaving_exclusive_mode_frees_the_lock(at: Typist) -> None:
    """Another session enters it then, and finds nothing of the first one's."""
    other = Typist(at.core)
    at("edit-config exclusive", '/configure system name "x"')
    assert "#2052" in other("edit-config exclusive")
    at("quit-config", "y")
    assert "#2060: Entering exclusive configuration mode" in other("edit-config exclusive")
    assert other.prompt.startswith("\n(ex)[/]")


def test_global_changes_stay_for_others(at: Typist) -> None:
    """Who leaves global mode leaves the changes in the shared candidate."""
    other = Typist(at.core)
    at("edit-config global", '/configure system name "x"')
    assert at("quit-config") == "INFO: CLI #2056: Exiting global configuration mode\n"
    assert other("edit-config exclusive").startswith("MINOR: MGMT_CORE #2052")
    other("edit-config global")
    assert other.prompt.startswith("\n*(gl)[/]")


def test_private_candidates_are_private_and_conflicts_are_seen(at: Typist) -> None:
    """Another session's commit makes `!`, and the commit is refused."""
    other = Typist(at.core)
    at("edit-config private", '/configure system name "mine"')
    other("edit-config private", '/configure system name "theirs"', "commit")

    assert "!*(pr)" in at.prompt
    assert "conflicts detected" in at("commit")


def test_read_only_mode_changes_nothing(at: Typist) -> None:
    """It walks and looks; an edit is refused."""
    at("edit-config read-only", "/configure system")
    assert 'name "sr"' in at("info")
    assert "MINOR: CLI #2069" in at('name "x"')
    assert "MINOR: CLI #2069" in at("commit")
    assert '"x"' not in at("info")


def test_the_implicit_modes_have_their_prompt_and_end_with_their_context(at: Typist) -> None:
    """`configure private` … `exit`."""
    at("configure private", "system")
    assert "\n[pr:/configure system]\n" in at.prompt
    assert "#2074" in at("exit all")
    assert at.prompt == "\n[/]\nA:admin@sr# "


def test_nothing_is_edited_in_operational_mode(at: Typist) -> None:
    """#2069 for everything that needs a configuration mode."""
    for line in ("configure system name x", "info", "compare", "commit", "discard", "delete x", "quit-config"):
        assert "MINOR: CLI #2069: Operation not allowed - currently in operational mode" in at(line), line


def test_info_shows_no_secret(at: Typist) -> None:
    """What was typed in clear is shown hidden, and can be typed back."""
    at("edit-config exclusive", '/configure system security pki ca-profile "x" cmpv2 key-list key 1 password "clear-1"')
    flat = at("info flat")
    assert "clear-1" not in flat + at("compare")
    (line,) = [line.strip() for line in flat.splitlines() if "key-list" in line]
    at("commit", f"/{line}")
    assert "*" not in at.prompt
    assert b"<password>clear-1</password>" in etree.tostring(at.core.running())


def test_files_are_copied_moved_asked_for_and_removed(at: Typist) -> None:
    """The `file` commands of both engines on one flash."""
    at.core.flash.write("cf3:/a", b"text")
    at("file copy cf3:/a cf3:/b", "file make-directory cf3:/d", "file move cf3:/b cf3:/d")
    assert "text" in at("file show cf3:/d/b")
    assert "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1" in at("file checksum sha256 cf3:/a")
    assert "File Not Found" in at("file list cf3:/nothing")
    at("file remove cf3:/a", "n")
    assert at.core.flash.exists("cf3:/a")
    at("file remove cf3:/a", "y")
    assert not at.core.flash.exists("cf3:/a")
    at("//file delete cf3:/d/b force", "//file rd cf3:/d")
    assert not at.core.flash.exists("cf3:/d")


def test_no_failure_names_a_place_on_the_disk(at: Typist) -> None:
    """What cannot be opened is named as it was typed."""
    for line in ("checksum md5 cf3:/none", "copy cf3:/x cf3:/y", "make-directory cf3:/x/y", "show x"):
        said = at(f"file {line}")
        assert "MINOR: MGMT_AGENT #2007" in said
        assert str(at.core.folder) not in said


def test_output_is_filtered(at: Typist) -> None:
    """`| match`, also inverted, `| count`, and what is not known."""
    assert at("show version | match timos ignore-case").startswith("TiMOS")
    assert "TiMOS" not in at("show version | match TiMOS invert-match")
    assert at("show version | count") == "Count: 2 lines\n"
    assert "Unknown element - 'bogus'" in at("show version | bogus")


@pytest.mark.parametrize("bar", ["match Dir", "match bytes invert-match", "count"])
def test_an_error_goes_past_a_bar(at: Typist, bar: str) -> None:
    """Of the file system, of a mode, of a word that is not known, with its carets: in both engines."""
    for engine in ("", "//"):
        for line in ("file copy cf3:/none cf3:/b", "bogus"):
            assert at(f"{engine}{line} | {bar}") == at(f"{engine}{line}") != ""
    for line in ("info", "commit", "configure system name x"):
        assert at(f"{line} | {bar}") == at(line) != ""


def test_what_goes_past_a_bar_stands_at_the_end() -> None:
    """A line of output that looks like a message is output; of a failure half-way both parts are there."""
    lines = ["MINOR: CLI #1: in a file", "one", "  ^^", "MINOR: MGMT_AGENT #2007: failed", "INFO: CLI #1: more"]
    assert parted("\n".join(lines)) == (lines[:2], lines[2:])
    assert parted("^\none") == (["^", "one"], [])
    said = "two\nthree\nMAJOR: CLI #2009: Configuration save failed\n"
    kept = filtered(Answer(said), [Word("match", 0, 5), Word("three", 6, 5)])
    assert kept.text == said.removeprefix("two\n")


def test_classic_changes_nothing_in_model_driven_mode(at: Typist) -> None:
    """The engine walks into `configure` and refuses a line of it."""
    at("//", "configure")
    assert at.prompt.endswith(">config# ")
    assert "'model-driven' management interface configuration mode active" in at("exit all", "configure system name x")
    assert "Error: Bad command." in at("bogus")


@pytest.mark.parametrize("release", ["19.5", "20.2", "20.7", "22.10", "26.3"])
def test_every_train_edits_and_commits(tmp_path: Path, release: str) -> None:
    """The prompts of the train, a change, a commit; contexts have a slash from 21.x on."""
    with typist(tmp_path, release) as at:
        slash = "" if release < "21" else "/"
        assert at.prompt == f"\n[{slash}]\nA:admin@sr# "
        at("edit-config exclusive", "/configure system security pki", 'ca-profile "x" admin-state enable')
        assert at.prompt == f"\n*(ex)[{slash}configure system security pki]\nA:admin@sr# "
        assert at("commit") == ""
        assert "MINOR" not in at("//admin certificate gen-keypair cf3:/k size 2048 type rsa")
        assert at.core.flash.exists("cf3:/k")


def test_the_tutorial_is_accepted_as_it_was_typed(at: Typist) -> None:
    """Every configuration line of the tutorial, then its `show`, `info` and `show log` outputs."""
    at("edit-config private")
    for line in TUTORIAL.read_text().splitlines():
        assert at(line) == "", line
    assert at("commit") == ""
    shown = at('/show certificate ca-profile "ejbca-profile"').splitlines()
    assert "CA Profile     : ejbca-profile                  Admin State    : up" in shown
    assert "Unprot Err Msg : enabled                        Unprot Pki Conf: enabled" in shown
    assert "Set Sndr for IR: True" in shown
    at("/configure system security tls cert-profile sr-cert-prof")
    assert at("info") == INFO
    assert "    security event tmnxPkiCertBeforeExpWarning {\n" in at("/configure log event-trigger", "info")
    at("exit all", "quit-config")
    table = at('show log event-handling handler "auto-cert-update"').splitlines()
    for line in (
        "Handler          : auto-cert-update",
        "Admin State      : up                                Oper State : up",
        "Entry-id         : 1",
        "  Policy Name    : auto-cert-update",
        "  Policy Owner   : TiMOS CLI",
        "  Err Min Delay  : 0",
        "Total            : 0",
    ):
        assert line in table


SCRAPLI_OPENS = (
    "environment command-completion space false",
    "environment console width 512",
    "environment more false",
    "//environment no more",
)
ANSIBLE_OPENS = (
    "environment delete prompt",
    "environment progress-indicator admin-state disable",
    "environment more false",
    "/!classic-cli",
    "environment no more",
    "/!md-cli",
)


@pytest.mark.parametrize("lines", [SCRAPLI_OPENS, ANSIBLE_OPENS, ("/environment more false",)])
@pytest.mark.parametrize("release", ["19.10", "21.2", "25.10"])
def test_what_clients_send_on_opening_is_no_error(tmp_path: Path, release: str, lines: tuple[str, ...]) -> None:
    """scrapli_community, ansible's nokia.sros and napalm-sros; afterwards neither engine pages."""
    with typist(tmp_path, release) as at:
        for line in lines:
            assert "MINOR" not in at(line), line
            assert "Error" not in at(line), line
        assert at.shell.pager_prompt == ""
        assert at.prompt.endswith("A:admin@sr# ")


def test_ansible_finds_what_it_looks_for(at: Typist) -> None:
    """`show system information`, in both engines."""
    for prefix in ("", "//"):
        shown = at(f"{prefix}show system information")
        for name in ("System Version", "System Type", "System Name", "Configuration Mode Oper"):
            assert f"{name:<23}: " in shown
        assert "Configuration Mode Oper: model-driven" in shown


def test_the_prompt_can_do_without_its_empty_line(at: Typist) -> None:
    """`environment prompt newline`, and back."""
    at("environment prompt newline false")
    assert at.prompt == "[/]\nA:admin@sr# "
    at("environment delete prompt")
    assert at.prompt == "\n[/]\nA:admin@sr# "
