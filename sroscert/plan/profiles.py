"""Which cert-profile of a router stands for one of the intent, and which a flip puts in its place. Pure.

Whether new files in an entry of an enabled cert-profile are served at once is not known of SR OS (law 1). Where a
router goes on serving the old ones, a flip names another cert-profile instead: made anew, with a name of its own, put
into the TLS profiles in the place of the old one, which goes away in the same commit. Which name is in use is seen on
the router, never kept in the intent; a router that has such a name gets every further pair in that way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from sroscert.intent import RouterIntent
from sroscert.model.base import with_names
from sroscert.model.tls import ClientTLSProfile, ServerTLSProfile
from sroscert.plan.certificate import Decision
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.flip import flips
from sroscert.plan.observed import Observed
from sroscert.values import ConfigTree, Path

_TLS = Path.of("configure", "system", "security", "tls")
_SUFFIX = re.compile(r"-g([2-9]|[1-9][0-9]+)$")
User = TypeVar("User", ServerTLSProfile, ClientTLSProfile)
_LONGEST = 32
"""Characters of a profile's name (nokia-conf)."""


def placed(router: RouterIntent, running: ConfigTree) -> RouterIntent:
    """Return the intent with its cert-profiles under the names that its TLS profiles use on the router."""
    names: dict[str, str] = {}
    for plain in router.tls.cert_profiles:
        used = [name for name in _in_use(router, plain, running) if _stands_for(name, plain, router)]
        if used:
            names[plain] = max(used, key=_number)
    return _renamed(router, names)


def moved(router: RouterIntent, decisions: Iterable[Decision], observed: Observed, asked: bool) -> RouterIntent:
    """Return the intent with another name for each cert-profile that a flip concerns and that must be made anew.

    That is every such one when it is ``asked`` for, else those that were made anew before. ``router`` is ``placed``.
    """
    flipping = {flip.decision.certificate.name for flip in flips(router, decisions, observed)}
    names = {}
    for name, profile in router.tls.cert_profiles.items():
        concerned = any(entry.certificate in flipping for entry in profile.entries.values())
        if concerned and (asked or _number(name) > 1) and _users(router, name):
            there = [entry.last.keys[0][1] for entry in observed.running.entries(_TLS, "cert-profile")]
            numbers = [_number(other) for other in (*there, name) if _base(other) == _base(name)]
            names[name] = _numbered(_base(name), max(numbers) + 1)
    return _renamed(router, names)


def given_up(router: RouterIntent, target: RouterIntent, running: ConfigTree) -> tuple[Path, ...]:
    """Return the cert-profiles of the router that have gone out of use between two namings of an intent."""
    gone = (name for name in router.tls.cert_profiles if name not in target.tls.cert_profiles)
    paths = (_TLS.entry("cert-profile", cert_profile_name=name) for name in gone)
    return tuple(path for path in paths if path in running)


def shared_entries(router: RouterIntent, target: RouterIntent, running: ConfigTree) -> list[Finding]:
    """Stop where a cert-profile that would go away has entries of others (law 12)."""
    found = []
    for path in given_up(router, target, running):
        name = path.last.keys[0][1]
        ours = {str(number) for number in router.tls.cert_profiles[name].entries}
        theirs = [entry.last.keys[0][1] for entry in running.entries(path, "entry")]
        if others := [number for number in theirs if number not in ours]:
            found.append(
                Finding(
                    Severity.STOP,
                    "shared-profile",
                    f"cert-profile {name} also has entry {', '.join(others)}, which is not in the intent: it cannot "
                    "give way to another one",
                    hint="declare the entry in the intent, or remove it on the router",
                )
            )
    return found


def _in_use(router: RouterIntent, plain: str, running: ConfigTree) -> list[str]:
    """Return what the TLS profiles that shall use a cert-profile name on the router."""
    return [
        name
        for kind, user in _users(router, plain)
        if (name := running.text(_TLS.entry(f"{kind}-tls-profile", **{f"{kind}-profile-name": user}) / "cert-profile"))
    ]


def _users(router: RouterIntent, plain: str) -> list[tuple[str, str]]:
    servers = [("server", name) for name, item in router.tls.server_profiles.items() if item.cert_profile == plain]
    return servers + [
        ("client", name) for name, item in router.tls.client_profiles.items() if item.cert_profile == plain
    ]


def _stands_for(name: str, plain: str, router: RouterIntent) -> bool:
    return (
        name not in router.tls.cert_profiles
        and _number(name) > _number(plain)
        and name == _numbered(_base(plain), _number(name))
    )


def _base(name: str) -> str:
    return _SUFFIX.sub("", name)


def _number(name: str) -> int:
    match = _SUFFIX.search(name)
    return int(match[1]) if match else 1


def _numbered(base: str, number: int) -> str:
    suffix = f"-g{number}"
    return base[: _LONGEST - len(suffix)] + suffix


def _renamed(router: RouterIntent, names: Mapping[str, str]) -> RouterIntent:
    if not names:
        return router
    tls = router.tls

    def using(user: User) -> User:
        named = user.cert_profile in names
        return user.model_copy(update={"cert_profile": names[user.cert_profile or ""]}) if named else user

    changed = {
        "cert_profiles": with_names({names.get(name, name): item for name, item in tls.cert_profiles.items()}),
        "server_profiles": {name: using(item) for name, item in tls.server_profiles.items()},
        "client_profiles": {name: using(item) for name, item in tls.client_profiles.items()},
    }
    return replace(router, tls=tls.model_copy(update=changed))
