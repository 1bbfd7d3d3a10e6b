"""What the login may do on a router and what the router has left for it, read from what was observed. Pure.

None always means "not seen": such a thing is neither taken for granted nor held against the router. What follows from
it is decided in ``plan.findings_access`` and where the way of giving commands is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

from sroscert.commands.backend import Offer
from sroscert.commands.raw import Engine
from sroscert.intent.ehs_scripts import PYTHON, has_python
from sroscert.model.script_control import CLI_SCRIPT_USER, PYTHON_SCRIPT_USER
from sroscert.plan.script_user import Account
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import ConfigTree, Path

_SYSTEM = Path.of("configure", "system")
_SCRIPT_ENGINES = {"classic": "classic-cli", "mixed": "classic-cli", "model-driven": "md-cli"}
_ENGINES = _SYSTEM / "management-interface" / "cli" / "cli-engine"
_LIMIT = _SYSTEM / "login-control" / "ssh" / "inbound-max-sessions"
_USERS = _SYSTEM / "security" / "user-params" / "local-user"
_PROFILES = _SYSTEM / "security" / "aaa" / "local-profiles"
_STATE = Path.of("state", "system", "management-interface")
SESSIONS = _STATE / "active-sessions"
_BY_NAME = {"md-cli": Engine.MD_CLI, "classic-cli": Engine.CLASSIC}
OVER_SSH = frozenset({"netconf", "md-cli", "classic-cli"})
"""Kinds of sessions that count against the limit. SFTP counts too and is not listed; a console cannot be told apart."""


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """One management session as the router lists it; ``locks`` are the datastores that it holds."""

    number: str
    user: str
    kind: str
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What the login may use, and what is left of it.

    ``engines`` are the authorised CLI engines, from the user's own list when ``engines_of_user``. ``granted`` are the
    interfaces of the user, ``operations`` the NETCONF operations of ``profiles`` taken together. ``script_engine`` is
    what event handling can run scripts in (``python``, where it can), ``script_user`` and ``python_user`` the accounts
    whose rights CLI scripts and Python handlers have; empty where the router does not show it, or, for a user, where
    scripts may do everything. ``script_account`` and ``python_account`` are the users that the intent names for them,
    else those accounts; None where there are none, or where the router does not show its users.
    """

    engines: tuple[str, ...] | None = None
    engines_of_user: bool = False
    granted: frozenset[str] | None = None
    profiles: tuple[str, ...] = ()
    operations: frozenset[str] | None = None
    session_limit: int | None = None
    sessions: tuple[ActiveSession, ...] | None = None
    script_engine: str = ""
    script_user: str = ""
    python_user: str = ""
    script_account: Account | None = None
    python_account: Account | None = None

    @property
    def sessions_left(self) -> int | None:
        """How many more SSH sessions the router takes, as far as its list of sessions tells."""
        if self.session_limit is None or self.sessions is None:
            return None
        return self.session_limit - sum(item.kind in OVER_SSH for item in self.sessions)

    @property
    def may_use_cli(self) -> bool | None:
        """Whether the user may give command lines, in a CLI session or by md-cli-raw-command."""
        return None if self.granted is None else bool(self.granted & {"console", "ssh-cli"})

    @property
    def may_use_sftp(self) -> bool | None:
        """Whether the user may move files."""
        return None if self.granted is None else bool(self.granted & {"console", "scp-sftp"})

    def holder(self, datastore: str) -> ActiveSession | None:
        """Return the session that has locked a datastore, where the router lists it."""
        return next((item for item in self.sessions or () if datastore in item.locks), None)


def offer(access: Access, schema: Schema) -> Offer:
    """Return what is known of the ways in which commands could be given."""
    raw = access.may_use_cli
    if access.operations is not None and "action" in facts(schema).operations - access.operations:
        raw = False
    engines = None if access.engines is None else [_BY_NAME[name] for name in access.engines if name in _BY_NAME]
    return Offer(engines, raw, access.may_use_cli, access.sessions_left)


def access_paths(username: str) -> tuple[Path, ...]:
    """Return what to read of the configuration; no secret of anybody is among it."""
    user = _USERS.entry("user", user_name=username)
    profile = _PROFILES / "profile"
    return (
        _ENGINES, _LIMIT, CLI_SCRIPT_USER, PYTHON_SCRIPT_USER, user / "access", user / "cli-engine",
        user / "console" / "member",
        profile / "user-profile-name", profile / "netconf" / "base-op-authorization",
    )


def read_access(config: ConfigTree | None, state: ConfigTree, username: str, schema: Schema) -> Access:
    """Return the access of a user. ``config`` is None where the router would not show it."""
    sessions = _sessions(state, username)
    if config is None:
        return Access(sessions=sessions)
    limit = config.text(_LIMIT) or str(facts(schema).ssh_sessions_default)
    user = _USERS.entry("user", user_name=username)
    # ASSUMPTION: the engines of a user, where any are given, count and not those of the node.
    own, common = _list(config, user / "cli-engine"), _list(config, _ENGINES)
    mode = state.text(_STATE / "configuration-oper-mode")
    # Nokia's System Management Guide 22.7, "Executing EHS or CRON CLI scripts": the first engine of the node's list,
    # whatever the mode; without a list that of the mode.
    scripts = common[0] if common else _SCRIPT_ENGINES.get(mode, "")
    if mode == "model-driven" and has_python(schema):
        # The same page: Python applications run in this mode only, and nothing is said of the list of engines.
        scripts = PYTHON
    if mode == "classic":
        # Nokia's System Management Guide 22.7 has MD-CLI unavailable there; what a list of engines changes is not said.
        own, common = (), ("classic-cli",)
    engines = own or common
    if not any(path.is_within(user) for path in config):
        # A user of RADIUS, TACACS+ or LDAP, or one that may not read about itself: its rights are not seen.
        return Access(
            engines=common or None, session_limit=int(limit), sessions=sessions, script_engine=scripts,
            script_user=config.text(CLI_SCRIPT_USER), python_user=config.text(PYTHON_SCRIPT_USER),
        )
    profiles = _list(config, user / "console" / "member")
    return Access(
        engines=engines or None,
        engines_of_user=bool(own),
        granted=frozenset(name for name in facts(schema).accesses if config.text(user / "access" / name) == "true"),
        profiles=profiles,
        operations=_operations(config, profiles, schema),
        session_limit=int(limit),
        sessions=sessions,
        script_engine=scripts,
        script_user=config.text(CLI_SCRIPT_USER),
        python_user=config.text(PYTHON_SCRIPT_USER),
    )


def _operations(config: ConfigTree, profiles: tuple[str, ...], schema: Schema) -> frozenset[str] | None:
    """Return what the profiles allow together; None without profiles, or where one of them is not to be seen."""
    entries = [_PROFILES.entry("profile", user_profile_name=name) for name in profiles]
    if not entries or not all(entry in config for entry in entries):
        return None
    # ASSUMPTION: the rights of all of a user's profiles add up.
    return frozenset(
        name
        for name in facts(schema).operations
        for entry in entries
        if config.text(entry / "netconf" / "base-op-authorization" / name) == "true"
    )


def _sessions(state: ConfigTree, username: str) -> tuple[ActiveSession, ...] | None:
    """Return the sessions; None where the list does not even show the one that asked."""
    found = []
    for entry in state.entries(_STATE, "active-sessions"):
        locks = tuple(
            value
            for path, value in state.items()
            if path.is_within(entry) and path.names[-2:] == ("locked-datastores", "datastore-name")
            and isinstance(value, str)
        )
        keyed = tuple(
            dict(path.last.keys)["datastore-name"]
            for path in state.entries(entry, "locked-datastores")
            if "datastore-name" in dict(path.last.keys)
        )
        found.append(
            ActiveSession(
                entry.last.keys[0][1], state.text(entry / "username"), state.text(entry / "session-type"),
                (*locks, *keyed),
            )
        )
    if not any(item.user == username and item.kind == "netconf" for item in found):
        return None
    return tuple(found)


def _list(config: ConfigTree, path: Path) -> tuple[str, ...]:
    value = config.get(path, ())
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
