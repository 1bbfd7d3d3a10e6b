"""Rights, engines and sessions are read from what the router shows; what it does not show is unknown, never assumed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sroscert import schema
from sroscert.commands.raw import Engine
from sroscert.plan import findings_access
from sroscert.plan.access import Access, ActiveSession, offer, read_access
from sroscert.values import PRESENT, ConfigTree, Path, Value
from tests.support import planning

SYSTEM = Path.of("configure", "system")
USER = (SYSTEM / "security" / "user-params" / "local-user").entry("user", user_name="admin")
PROFILE = (SYSTEM / "security" / "aaa" / "local-profiles").entry("profile", user_profile_name="team")
RIGHTS = PROFILE / "netconf" / "base-op-authorization"


def seen(*items: tuple[Path, Value], state: ConfigTree | None = None, release: str = "25.10") -> Access:
    """The access that a configuration means."""
    return read_access(ConfigTree.from_items(items), state or ConfigTree(), "admin", schema.load(release))


def sessions(*rows: tuple[str, str, str]) -> ConfigTree:
    """A list of sessions as the state shows it."""
    found: list[tuple[Path, Value]] = []
    for number, user, kind in rows:
        entry = Path.of("state", "system", "management-interface").entry("active-sessions", session_id=number)
        found += [(entry, PRESENT), (entry / "username", user), (entry / "session-type", kind)]
    return ConfigTree.from_items(found)


def test_what_a_router_refuses_to_show_is_unknown() -> None:
    """Neither rights nor limits are made up, and no finding follows."""
    access = read_access(None, ConfigTree(), "admin", schema.load("25.10"))

    assert access == Access()
    assert (access.sessions_left, access.may_use_cli, access.may_use_sftp) == (None, None, None)
    assert offer(access, schema.load("25.10")).raw_command is None


def test_a_user_that_is_not_local_is_unknown() -> None:
    """Somebody else's entry says nothing of ours; the node's engines do count."""
    access = seen((SYSTEM / "management-interface" / "cli" / "cli-engine", ("md-cli",)), (PROFILE, PRESENT))

    assert (access.granted, access.operations, access.engines) == (None, None, ("md-cli",))
    assert access.session_limit == 5
    robots = (SYSTEM / "security" / "cli-script" / "authorization" / "event-handler" / "cli-user", "robot")
    assert seen((PROFILE, PRESENT), robots).script_user == "robot"


@pytest.mark.parametrize(
    ("interface", "cli", "sftp"),
    [("console", True, True), ("ssh-cli", True, False), ("scp-sftp", False, True), ("netconf", False, False)],
)
def test_an_interface_lets_in_to_the_cli_or_to_files(interface: str, cli: bool, sftp: bool) -> None:
    """The console stands for both; each of the others for one of them, or none."""
    access = seen((USER, PRESENT), (USER / "access" / interface, "true"), release="26.3")
    assert (access.may_use_cli, access.may_use_sftp) == (cli, sftp)


def test_engines_that_nobody_configured_are_unknown() -> None:
    """The default of the models is not what a router does in model-driven mode: it is not taken for granted."""
    assert seen((USER, PRESENT), release="21.2").engines is None


def test_scripts_run_in_the_first_engine_of_the_node_or_that_of_the_mode() -> None:
    """A list of engines counts before the mode; a user's own list does not, and what is not shown is unknown."""
    engines = SYSTEM / "management-interface" / "cli" / "cli-engine"
    shown = Path.of("state", "system", "management-interface", "configuration-oper-mode")
    modes = {mode: ConfigTree.from_items([(shown, mode)]) for mode in ("classic", "mixed", "model-driven")}

    assert [seen((USER, PRESENT), state=modes[mode], release="22.10").script_engine for mode in modes] == [
        "classic-cli", "classic-cli", "md-cli"
    ]
    both = (engines, ("classic-cli", "md-cli"))
    assert seen((USER, PRESENT), both, state=modes["model-driven"], release="22.10").script_engine == "classic-cli"
    own = (USER / "cli-engine", ("classic-cli",))
    assert seen((USER, PRESENT), own, state=modes["model-driven"], release="22.10").script_engine == "md-cli"
    assert seen((USER, PRESENT)).script_engine == ""


def test_a_python_handler_is_run_where_the_mode_and_the_release_allow_it() -> None:
    """Model-driven mode and modelled operations (23.3): whatever the list of engines is. It has a user of its own."""
    shown = Path.of("state", "system", "management-interface", "configuration-oper-mode")
    modes = {mode: ConfigTree.from_items([(shown, mode)]) for mode in ("classic", "mixed", "model-driven")}
    engines = (SYSTEM / "management-interface" / "cli" / "cli-engine", ("classic-cli",))
    user = (SYSTEM / "security" / "python-script" / "authorization" / "event-handler" / "cli-user", "robot")

    assert [seen((USER, PRESENT), engines, state=modes[mode], release="23.3").script_engine for mode in modes] == [
        "classic-cli", "classic-cli", "python"
    ]
    access = seen((USER, PRESENT), user, state=modes["model-driven"])
    assert (access.script_engine, access.python_user, access.script_user) == ("python", "robot", "")


def test_rights_of_profiles_add_up_and_one_that_is_hidden_makes_them_unknown() -> None:
    """What is not allowed by any profile is not allowed; without all profiles nothing is said."""
    other = PROFILE.parent.entry("profile", user_profile_name="more")
    members = (USER / "console" / "member", ("team", "more"))
    one = (PROFILE, PRESENT), (RIGHTS / "lock", "true"), (RIGHTS / "commit", "false")
    two = (other, PRESENT), (other / "netconf" / "base-op-authorization" / "commit", "true")

    assert seen((USER, PRESENT), members, *one, *two).operations == frozenset({"lock", "commit"})
    assert seen((USER, PRESENT), members, *one).operations is None


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([("1", "admin", "netconf")], 4),
        ([("1", "admin", "netconf"), ("2", "x", "md-cli"), ("3", "y", "classic-cli"), ("4", "z", "grpc")], 2),
        ([("2", "x", "md-cli")], None),
        ([], None),
    ],
)
def test_sessions_left_are_counted_only_in_a_list_that_shows_ours(
    rows: list[tuple[str, str, str]], left: int | None
) -> None:
    """gNMI is no SSH session; a list without the session that asked is not the whole list."""
    assert seen((USER, PRESENT), state=sessions(*rows)).sessions_left == left


def test_the_offer_names_engines_and_rights() -> None:
    """The choice of the backend is given what is known."""
    access = seen(
        (USER, PRESENT), (USER / "access" / "console", "true"), (USER / "cli-engine", ("classic-cli",)),
        (USER / "console" / "member", ("team",)), (PROFILE, PRESENT),
    )
    found = offer(access, schema.load("25.10"))

    assert found.engines == [Engine.CLASSIC]
    assert (found.cli_login, found.raw_command) == (True, False)


def test_a_cli_session_needs_one_more() -> None:
    """With commands typed in a session of their own three more must fit."""
    access = Access(session_limit=5, sessions=tuple(ActiveSession(str(n), "x", "netconf") for n in range(3)))
    observed = replace(planning.router("25.10"), access=access)
    steps = planning.plan(observed).steps

    assert steps
    assert findings_access.sessions(observed, steps) == []
    (found,) = findings_access.sessions(replace(observed, backend="cli"), steps)
    assert "inbound-max-sessions 6" in found.hint
    assert findings_access.sessions(replace(observed, backend="cli"), ()) == []
