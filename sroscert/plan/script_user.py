"""The local user whose rights CLI scripts of event handling have: whether there is one, and what it may not do. Pure.

Owns the reading of a user's profiles for command lines; what is said of it is ``findings_script_user``'s matter.

ASSUMPTION: an entry of a profile matches a line that begins with its text, word by word; entries are gone through by
number, the first that matches decides; where none does the default action decides, and with ``none`` the next of the
user's profiles. A line behind ``//`` is looked at without these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sroscert.values import ConfigTree, Path

_SECURITY = Path.of("configure", "system", "security")
_USERS = _SECURITY / "user-params" / "local-user"
_PROFILES = _SECURITY / "aaa" / "local-profiles"


@dataclass(frozen=True, slots=True)
class CommandProfile:
    """What a profile says of commands: (text that is matched, action) in order, and what holds for all others."""

    entries: tuple[tuple[str, str], ...] = ()
    default: str = "none"


@dataclass(frozen=True, slots=True)
class Account:
    """A local user with its profiles; ``profiles`` is None where one of them is not to be seen."""

    name: str
    exists: bool
    profiles: tuple[CommandProfile, ...] | None = None

    def refused(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Return the lines that the user may not run; none where its rights are not seen."""
        if self.profiles is None:
            return ()
        return tuple(line for line in lines if not _allowed(line.removeprefix("//").split(), self.profiles))


def _allowed(words: list[str], profiles: Iterable[CommandProfile]) -> bool:
    for profile in profiles:
        for text, action in profile.entries:
            if words[: len(text.split())] == text.split() and action != "none":
                return action == "permit"
        if profile.default != "none":
            return profile.default == "permit-all"
    return False


def user_paths(name: str) -> tuple[Path, ...]:
    """Return what to read of the configuration for a user; no secret of anybody is among it."""
    user, profile = _USERS.entry("user", user_name=name), _PROFILES / "profile"
    return (
        user / "access", user / "console" / "member", profile / "user-profile-name", profile / "default-action",
        profile / "entry" / "entry-id", profile / "entry" / "match", profile / "entry" / "action",
    )


def read_account(config: ConfigTree, name: str, asking: str) -> Account | None:
    """Return the user ``name``; None where not even the one that asks, ``asking``, is to be seen."""
    if not any(path.is_within(_USERS.entry("user", user_name=asking)) for path in config):
        return None
    user = _USERS.entry("user", user_name=name)
    if not any(path.is_within(user) for path in config):
        return Account(name, exists=False)
    value = config.get(user / "console" / "member", ())
    members = value if isinstance(value, tuple) else (value,)
    entries = [_PROFILES.entry("profile", user_profile_name=str(member)) for member in members]
    if not entries or not all(any(path.is_within(entry) for path in config) for entry in entries):
        return Account(name, exists=True)
    return Account(name, exists=True, profiles=tuple(_profile(config, entry) for entry in entries))


def _profile(config: ConfigTree, at: Path) -> CommandProfile:
    numbered = sorted(config.entries(at, "entry"), key=lambda entry: int(entry.last.keys[0][1]))
    return CommandProfile(
        tuple((config.text(entry / "match"), config.text(entry / "action")) for entry in numbered),
        config.text(at / "default-action") or "none",
    )
