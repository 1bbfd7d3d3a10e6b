"""Transactions of the classic engine: edit-cfg mode, what the candidate holds, commit, files, who is kept out."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.cli.classic.rollback import PENDING
from sroscert_lab.router.cli.classic.rules import NOT_ALLOWED
from sroscert_lab.router.cli.classic.transaction import (
    CHOOSE,
    FAILED,
    IN_USE,
    NOT_EDITING,
    NOT_EMPTY,
    NOTHING_WAITS,
    PERSIST,
    WAITING,
)
from sroscert_lab.router.cli.shell import Shell
from sroscert_lab.router.sessions import Session

from tests.support.lab_shell import Typist, mixed

PROFILE = (
    "configure system security pki", "ca-profile x create", "cmpv2 url http://172.20.20.6/cmp", "cmpv2",
    "key-list key clear-1 reference 7", "exit", "revocation-check crl-optional", "/configure system name \"new one\"",
)
VIEW = """\
   1: configure
   2:     system
   3:         security
   4:             pki
   5:                 ca-profile x create
   6:                     cmpv2 url http://172.20.20.6/cmp
   7:                     cmpv2
   8:                         key-list key {secret} reference 7
   9:                     exit
  10:                     revocation-check crl-optional
  11:                 exit
  12:             exit
  13:         exit
  14:     exit
  15:     system name "new one"
  16: exit
"""


def running(at: Typist) -> str:
    """What is in force."""
    return etree.tostring(at.core.running(), encoding="unicode")


def test_nothing_is_in_force_before_the_commit(at: Typist) -> None:
    """The prompt has `edit-cfg` at its root; the commit makes all of it hold, leaves the mode, and is not saved."""
    assert at("candidate edit") == ""
    assert at.prompt == "A:sr>edit-cfg# "
    assert at(*PROFILE[:2]) == ""
    assert at.prompt == "A:sr>edit-cfg>config>system>security>pki>ca-prof$ "
    at(*PROFILE[2:])
    assert "crl-optional" in at("info")
    assert "crl-optional" not in at("info operational")
    secret = at.core.secrets.hide("clear-1").removesuffix(" hash2")
    assert at("candidate view") == VIEW.format(secret=f'"{secret}" hash2')
    assert at("candidate view 15").splitlines() == ['  15:     system name "new one"', "  16: exit"]
    assert "new one" not in running(at)
    assert at("candidate commit no-checkpoint") == ""
    assert at.prompt == "*A:new one# "
    assert "<password>clear-1</password>" in running(at)
    assert at("candidate view") == f"{NOT_EDITING}\n"
    at("candidate edit")
    assert at("candidate view") == ""


@pytest.mark.parametrize("line", ["no such-word", "name", "security pki no ca-profile nobody"])
def test_what_is_not_understood_does_not_enter_the_candidate(at: Typist, line: str) -> None:
    """Words and what is not there are refused when they are typed."""
    at("candidate edit", "configure system")
    assert "Error" in at(line) or "MINOR" in at(line)
    assert at("candidate view") == ""


def test_a_commit_is_all_or_nothing(at: Typist) -> None:
    """What must be shut down first is told at the commit; nothing is in force then, and the candidate is kept."""
    at("configure system security pki ca-profile x create", "cert-file a.pem", "no shutdown", "exit all")
    before = running(at)
    at("candidate edit", "configure system name other", "configure system security pki ca-profile x cert-file b.pem")
    said = at("candidate commit").splitlines()
    assert said[0] == FAILED
    assert "'cert-file' can not be changed" in said[1]
    assert said[1].endswith("(configure system security pki ca-profile x cert-file b.pem)")
    assert running(at) == before
    assert "cert-file b.pem" in at("candidate view")
    assert at.prompt.startswith("*A:sr>edit-cfg")
    assert at("candidate discard now") == ""
    assert at.prompt == "*A:sr# "


def test_discarding_asks(at: Typist) -> None:
    """`discard` without `now` is a question; the mode is left with yes only."""
    at("candidate edit", "configure system name other", "configure", "candidate discard")
    assert at.prompt.endswith("[y,n] ")
    at("n")
    assert at.prompt == "A:sr>edit-cfg>config# "
    at("candidate discard", "y")
    assert at.prompt == "A:sr# "
    at("candidate edit")
    assert at("candidate view") == ""


def test_one_candidate_for_all_and_one_for_one_alone(at: Typist) -> None:
    """Changes of two go in together; exclusive mode needs an empty candidate nobody edits, and keeps others out."""
    other = Typist(at.core)
    at("candidate edit", "configure system name other")
    assert other("candidate edit exclusive") == f"{IN_USE}\n"
    at("candidate quit")
    assert other("candidate edit exclusive") == f"{IN_USE}\n"
    at("candidate edit")
    assert other("candidate edit", "configure system security pki ca-profile y create", "candidate commit") == ""
    assert at.prompt.startswith("*A:other>edit-cfg")
    at("candidate quit")
    assert at("candidate edit exclusive") == ""
    assert other("candidate edit") == f"{IN_USE}\n"
    assert at("exit all", "configure system name third", "candidate quit") == f"{NOT_EMPTY}\n"
    at.shell.close()
    assert other("candidate edit exclusive") == ""
    assert other("candidate view") == ""
    # Lines that are in force at once are not kept out.
    at("configure system name fourth")
    assert other.prompt.startswith("*A:fourth>edit-cfg")


def test_scripts_exclude_each_other_too(at: Typist) -> None:
    """Their sessions have no number of their own."""
    core = at.core
    one, other = (Shell(core, Session(0, "admin", "", "cli", core.clock())) for _ in range(2))
    one.take("candidate edit exclusive")
    assert other.take("candidate edit").text == f"{IN_USE}\n"
    assert other.prompt() == "A:sr# "
    one.close()
    assert other.take("candidate edit").text == ""


def test_a_commit_that_must_be_confirmed(at: Typist) -> None:
    """Blocked meanwhile and confirmed by another session; undone, the candidate is as it was."""
    other = Typist(at.core)
    stores = at.core.datastores
    at("candidate edit exclusive", "configure system name other", "candidate commit confirmed 1")
    assert at.prompt.startswith("*A:other>edit-cfg")
    for line in ("configure system name third", "candidate commit", "candidate discard now"):
        assert at("exit all", line) == f"{WAITING}\n"
    assert "name other" in at("candidate view")
    other("candidate edit", "/configure system security pki no ca-profile foreign-ca")
    stores.cancel(at.session, PERSIST)
    assert "<name>sr</name>" in running(at)
    assert at("candidate confirm") == f"{NOTHING_WAITS}\n"
    assert at("candidate commit confirmed 1 comment again") == ""
    assert other("candidate confirm") == ""
    assert other.prompt == "*A:other# "
    assert stores.pending is None
    assert "Error" in at("candidate commit confirmed 169")


def test_a_candidate_is_saved_and_loaded(at: Typist, tmp_path: Path) -> None:
    """What was saved has no secret in clear text and does the same; a bad file leaves the candidate alone."""
    at("candidate edit", *PROFILE)
    view = at("candidate view")
    at("candidate save cf3:/change.cfg")
    assert b"clear-1" not in at.core.flash.read("cf3:/change.cfg")
    assert at("candidate load cf3:/change.cfg") == f"{CHOOSE}\n"
    assert at("candidate load cf3:/change.cfg overwrite") == ""
    assert at("candidate view") == view
    at.core.flash.write("cf3:/bad.cfg", b"configure\n    system\n        name third\n        nonsense\n")
    assert "Error: Bad command." in at("candidate load cf3:/bad.cfg append")
    assert at("candidate view") == view
    assert "cf3:/none" in at("candidate load cf3:/none overwrite")
    at("candidate commit")
    assert "<password>clear-1</password>" in running(at)


def test_checkpoints_show_what_differs_and_lead_back(at: Typist) -> None:
    """A commit makes one unless it is told not to; `compare` shows no secret; `revert` asks unless told `now`."""
    assert "does not exist" in at("admin rollback compare")
    at("candidate edit", "configure system name one", "candidate commit")
    assert at("admin rollback compare").split("\n")[1:2] == [at("admin rollback compare").split("\n")[0]]
    at("candidate edit", "configure system name two", "candidate commit no-checkpoint")
    at("configure system security pki ca-profile foreign-ca cmpv2 key-list key clear-1 reference 7", "exit all")
    compared = at("admin rollback compare latest-rb to active-cfg").splitlines()[1:-1]
    assert compared[:4] == ["  configure", "      system", '-         name "one"', '+         name "two"']
    assert any(line.startswith("+ ") and "key-list" in line for line in compared)
    assert not any("clear-1" in line for line in compared)
    at("admin rollback revert latest-rb")
    assert at.prompt.endswith("[y,n] ")
    at("n")
    assert at.prompt == "*A:two# "
    assert at("admin rollback revert latest-rb now") == ""
    assert at.prompt == "*A:one# "
    assert "clear-1" not in running(at)
    at("candidate edit", "configure system name three", "candidate commit no-checkpoint confirmed 1")
    assert at("admin rollback revert latest-rb now") == f"{PENDING}\n"
    at("candidate confirm")
    at("admin rollback save comment before", "admin rollback delete 1", "admin rollback delete latest-rb")
    assert "does not exist" in at("admin rollback delete latest-rb")
    at(*["admin rollback save"] * 12)
    assert len(at.core.checkpoints) == 10


def test_in_model_driven_mode_there_is_no_editing(tmp_path: Path) -> None:
    """The words of a line that changes something."""
    with mixed(tmp_path, mode="model-driven") as session:
        assert session("//candidate edit") == f"{NOT_ALLOWED}\n"
