"""What sroscert set up on a router to renew by itself, and that the intent wants no more: it goes, and others' stays.

A certificate whose ``renewal.method`` changed would else be renewed by two parties, and one that left the intent by
somebody whom nobody knows of. Ours is what has our names *and* is as we write it (law 12); what others use as well is
kept. Owns what goes; what is said of it is ``findings_renewal``'s. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sroscert.intent import RouterIntent, ehs, ehs_scripts
from sroscert.intent.desired import Desired
from sroscert.model.log import LOG
from sroscert.model.pki import PKI
from sroscert.model.python import PYTHON
from sroscert.model.scalars import OWNER
from sroscert.model.script_control import SCRIPT_CONTROL
from sroscert.plan.certificate import Decision, Need, pair_in_use
from sroscert.plan.generation import number_of
from sroscert.plan.observed import Observed
from sroscert.plan.renewers import TRIGGER, policies, script_of
from sroscert.render.diff import Change
from sroscert.values import ConfigTree, Path, Segment, file_name

_PATTERN = re.compile(r"Certificate (.+) used by \.\* will expire\.\*")
_UPDATE = frozenset({"ca-profile", "before-expiry"})
_RENEWALS = (LOG / "event-handling", PKI)
_TRIGGERS = (*LOG.names, "event-trigger")


@dataclass(frozen=True)
class Leftover:
    """A renewal of ours that is over, by ``native`` or ``ehs``.

    ``certificate`` is the intent's name of what it renews, empty for what left the intent, ``file`` the file, empty
    where nothing tells it. ``going`` are the roots that are taken away, ``kept`` says of each other object why it
    stays. ``used_by`` is a place outside the intent that goes on naming the file: then all stays, since nobody else
    would renew it there.
    """

    method: str
    certificate: str
    file: str
    going: tuple[Path, ...]
    kept: Mapping[Path, str]
    used_by: str = ""


@dataclass(frozen=True)
class _Uses:
    """Who names certificate files: see ``leftovers``."""

    wanted: Desired
    running: ConfigTree
    current: Mapping[str, str]
    elsewhere: Mapping[str, str] | None

    def certificate(self, file: str) -> str:
        """Return the certificate of the intent that a file is, or is a generation of; empty for none."""
        methods = self.wanted.renewal_methods
        if file in self.current or file in methods:
            return self.current.get(file, file)
        return next((name for name in methods if number_of(file, name) is not None), "")

    def place(self, file: str) -> str:
        """Return a place that is not of the intent's own certificates and goes on naming a file; empty for none."""
        for path, value in self.running.items():
            if path.last.name == "certificate-file" and value == file and self._stays(path, file):
                return _place(path.parent)
        if self.elsewhere is None:
            return "" if self.certificate(file) else "what was not looked at perhaps"
        return self.elsewhere.get(file.lower(), "")

    def _stays(self, path: Path, file: str) -> bool:
        if path in self.wanted.tree:
            return file not in self.current and self.wanted.tree.text(path) == file
        return not any(path.is_within(root) for root in self.wanted.owned)


def leftovers(
    wanted: Desired, running: ConfigTree, current: Mapping[str, str], elsewhere: Mapping[str, str] | None
) -> tuple[Leftover, ...]:
    """Return the renewals of ours in ``running`` that ``wanted`` does not have.

    ``current`` maps the files in use, now or after the plan, to the intent's certificates that they are. ``elsewhere``
    tells where the rest of the configuration names files (in small letters); None where that was not looked at.
    """
    uses = _Uses(wanted, running, current, elsewhere)
    handled = (*_handled(wanted, running, uses), *_scripts_of_before(wanted, running, uses))
    found = [*_native(wanted, running, uses), *handled]
    return tuple(_with_empty_trigger(found, wanted, running))


def of_router(
    wanted: Desired, router: RouterIntent, decisions: Iterable[Decision], observed: Observed
) -> tuple[Leftover, ...]:
    """Return the renewals of ours that a router has and ``wanted`` does not."""
    return leftovers(wanted, observed.running, _in_use(router, decisions, observed), observed.named_elsewhere)


def _in_use(router: RouterIntent, decisions: Iterable[Decision], observed: Observed) -> dict[str, str]:
    """Return the files in use, before and after the plan, of the intent's certificates."""
    found = {}
    for decision in decisions:
        pair = pair_in_use(router, decision.certificate, observed)
        for generation in (decision.generation, *([pair] if pair is not None else [])):
            found[generation.certificate] = decision.certificate.name
    return found


def ended(changes: Iterable[Change]) -> list[Segment]:
    """Return the handlers and native renewals that changes take away: their entries, as state lists them too."""
    return [
        change.path.last
        for change in changes
        if change.after is None and change.path.last.keys and change.path.parent in _RENEWALS
        and change.path.last.name in {"handler", "certificate-auto-update"}
    ]


def before_asking(
    wanted: Desired, router: RouterIntent, decisions: Sequence[Decision], observed: Observed
) -> frozenset[Path]:
    """Return the roots that must go before the CA is asked: else their handler may ask for the same certificate then.

    Where the router is to renew by itself as before, by another method, the old one stays until the new one is set up:
    a request that fails would leave the pair in use without any.
    """
    enrolling = {item.certificate.name for item in decisions if item.asks or item.need is Need.POLL}
    found = of_router(wanted, router, decisions, observed)
    first = [item for item in found if not _stays_on_the_box(item.certificate, wanted)]
    if not any(item.certificate in enrolling for item in first):
        return frozenset()
    roots = frozenset(root for item in first for root in item.going)
    later = frozenset(root for item in found if item not in first for root in item.going)
    if _cuts_a_trigger(roots, later, observed.running):
        return frozenset(root for item in first if item.method == "native" for root in item.going)
    return roots


def _cuts_a_trigger(roots: frozenset[Path], later: frozenset[Path], running: ConfigTree) -> bool:
    """Tell whether taking ``roots`` away before ``later`` would end what stays until then, or leave a dangling name."""
    if TRIGGER in roots | later:
        return any(root.is_within(TRIGGER) for root in later)  # it is taken away as a whole, with its entries
    gone = {key for root in roots if root.last.name in {"handler", "filter"} for _, key in root.last.keys}
    left = [entry for entry in running.entries(TRIGGER, "entry") if entry not in roots]
    return any(running.text(entry / leaf) in gone for entry in left for leaf in ("handler", "filter"))


def _stays_on_the_box(certificate: str, wanted: Desired) -> bool:
    return bool(certificate) and wanted.renewal_methods[certificate][0] in {"native", "ehs"}


def without(wanted: Desired, found: Iterable[Leftover]) -> Desired:
    """Return what is desired, without what is left over."""
    return replace(wanted, owned=(*wanted.owned, *(root for item in found for root in item.going)))


def _native(wanted: Desired, running: ConfigTree, uses: _Uses) -> Iterator[Leftover]:
    profiles = {entry: running.text(entry / "profile") for entry in running.entries(PKI, "certificate-auto-update")}
    going: dict[Path, str] = {}
    for entry, profile in profiles.items():
        file = entry.last.keys[0][1]
        name = uses.certificate(file)
        if entry in wanted.tree or not _is_our_profile(profile, name, file, running):
            continue
        if name and wanted.renewal_methods[name][0] == "native":
            continue  # an entry of an earlier pair: it moves with the files
        if used_by := uses.place(file):
            yield Leftover("native", name, file, (), {}, used_by)
        else:
            going[entry] = name
    for entry, name in going.items():
        at = PKI.entry("certificate-update-profile", name=profiles[entry])
        others = [other for other, profile in profiles.items() if profile == profiles[entry] and other not in going]
        kept = {at: f"{_place(others[0])} names it"} if others else {}
        roots = (entry,) if others or at in wanted.tree else (entry, at)
        yield Leftover("native", name, entry.last.keys[0][1], roots, kept)


def _is_our_profile(profile: str, certificate: str, file: str, running: ConfigTree) -> bool:
    """Tell whether a certificate-update-profile is called and filled as we do it for a certificate."""
    at = PKI.entry("certificate-update-profile", name=profile)
    leaves = {path.last.name for path in running.subtree(at) if path != at and path.last.name != "cmpv2"}
    names = {certificate} if certificate else {file, re.sub(r"-g\d+$", "", file)}
    return profile in map(ehs.shortened, names) and leaves - {"name"} == _UPDATE


def _handled(wanted: Desired, running: ConfigTree, uses: _Uses) -> Iterator[Leftover]:
    for handler in running.entries(LOG / "event-handling", "handler"):
        name = handler.last.keys[0][1]
        if handler in wanted.tree or not _is_ours(name, running):
            continue
        entries = [path for path in running.entries(TRIGGER, "entry") if running.text(path / "handler") == name]
        ours = [path for path in entries if _file(running.text(path / "filter"), running)]
        file = next((_file(running.text(path / "filter"), running) for path in ours), "")
        certificate = uses.certificate(file)
        if used_by := uses.place(file) if file else "":
            yield Leftover("ehs", certificate, file, (), {}, used_by)
        else:
            yield _group(name, ours, certificate, file, wanted, running)


def _group(
    name: str, ours: list[Path], certificate: str, file: str, wanted: Desired, running: ConfigTree
) -> Leftover:
    """Sort the objects of one handler into those that go and those that somebody else uses."""
    handler, policy = _objects(name)
    sorting = _Sorting()
    own = next(entry for entry, run in policies(running, name).items() if run == policy)
    mine = [path for path in ours if path not in wanted.tree]
    callers = [path for path in _naming("handler", name, wanted, running, _TRIGGERS) if path.parent not in mine]
    more = [entry for entry in running.entries(handler, "entry") if entry != own]
    if more:
        sorting.kept[handler] = f"it has an entry {more[0].last.keys[0][1]} besides"
        sorting.kept |= dict.fromkeys(mine, "it sets off that entry")
        sorting.going.append(own)
    elif callers:
        sorting.kept[handler] = f"{_place(callers[0].parent)} calls it"
        sorting.going += mine
    else:
        sorting.going += [*mine, handler]
    if own in sorting.going or handler in sorting.going:
        sorting.put(policy, "runs", [entry for entry in _runners(policy, running) if not sorting.takes(entry)])
    else:
        sorting.kept[policy] = f"handler {name} runs it"
    script = script_of(running, policy)
    sorting.put(script, "runs", [at for at in _policies_of(script, running) if at not in sorting.going])
    for log_filter in dict.fromkeys(running.text(path / "filter") for path in ours):
        at = next(path for path in running.entries(LOG, "filter") if path.last.keys[0][1] == log_filter)
        if at not in wanted.tree:
            users = [path.parent for path in _naming("filter", log_filter, wanted, running, LOG.names)]
            sorting.put(at, "names", [user for user in users if user not in sorting.going])
    return Leftover("ehs", certificate, file, tuple(sorting.going), sorting.kept)


@dataclass
class _Sorting:
    """The objects of one handler: those that go, and of each other one why it stays."""

    going: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)

    def takes(self, path: Path) -> bool:
        """Tell whether a path goes, by itself or with what it is in."""
        return any(path.is_within(root) for root in self.going)

    def put(self, path: Path, use: str, users: Sequence[Path]) -> None:
        """Have an object go, unless there are others that use it: that run it, or name it."""
        if users:
            self.kept[path] = f"{_place(users[0])} {use} it"
        else:
            self.going.append(path)


def _is_ours(name: str, running: ConfigTree) -> bool:
    """Tell whether a handler and what it runs is called as we do it, and filled as we do it."""
    if name != ehs.NAME and not name.startswith(f"{ehs.NAME}-"):
        return False
    _, policy = _objects(name)
    results = running.text(policy / "results").replace("\\", "/").lower()
    return (
        policy in policies(running, name).values()
        and running.text(policy / "max-completed") == str(ehs.KEPT_RUNS)
        and running.text(policy / "expire-time") == str(ehs.KEPT_SECONDS)
        and results.startswith(f"cf3:/{ehs.RESULTS}")
        and _is_our_script(script_of(running, policy), name, running)
    )


def _is_our_script(script: Path, name: str, running: ConfigTree) -> bool:
    """Tell whether a script, of a CLI engine or of Python, is called as we do it and lies where we put it."""
    if script == _python_script(name):
        urls = running.get(script / "urls")
        names = [file_name(url) for url in urls] if isinstance(urls, tuple) else []
        return len(names) == 1 and ehs_scripts.is_python_file(names[0])
    location = running.text(script / "location").replace("\\", "/").lower()
    return script == _cli_script(name) and location == f"cf3:/{name}.txt".lower()


def _objects(name: str) -> tuple[Path, Path]:
    return (
        (LOG / "event-handling").entry("handler", name=name),
        SCRIPT_CONTROL.entry("script-policy", policy_name=name, owner=OWNER),
    )


def _cli_script(name: str) -> Path:
    return SCRIPT_CONTROL.entry("script", script_name=name, owner=OWNER)


def _python_script(name: str) -> Path:
    return PYTHON.entry("python-script", name=name)


def _scripts_of_before(wanted: Desired, running: ConfigTree, uses: _Uses) -> Iterator[Leftover]:
    """Yield scripts of the other kind, of renewals that are wanted: a CLI script where a Python handler runs now."""
    for handler in running.entries(LOG / "event-handling", "handler"):
        name = handler.last.keys[0][1]
        _, policy = _objects(name)
        if handler not in wanted.tree or policy not in wanted.tree:
            continue
        now = script_of(wanted.tree, policy)
        for script in (_cli_script(name), _python_script(name)):
            if script == now or script in wanted.tree or not _is_our_script(script, name, running):
                continue
            if not [at for at in _policies_of(script, running) if at != policy]:
                entries = [at for at in running.entries(TRIGGER, "entry") if running.text(at / "handler") == name]
                file = next((found for at in entries if (found := _file(running.text(at / "filter"), running))), "")
                yield Leftover("ehs", uses.certificate(file), file, (script,), {})


def _file(log_filter: str, running: ConfigTree) -> str:
    """Return the file whose warning a filter of ours looks for; empty for a filter that is not as we write it."""
    for at in (path for path in running.entries(LOG, "filter") if path.last.keys[0][1] == log_filter):
        named, numbered = running.entries(at, "named-entry"), running.entries(at, "entry")
        entries = (*named, *numbered)
        called = not named or named[0].last.keys[0][1] == ehs.ENTRY
        if len(entries) != 1 or not called or running.text(at / "default-action") != "drop":
            return ""
        match = _PATTERN.fullmatch(running.text(entries[0] / "match" / "message" / "eq"))
        return match[1].replace("[.]", ".") if match else ""
    return ""


def _naming(
    leaf: str, name: str, wanted: Desired, running: ConfigTree, within: tuple[str, ...]
) -> list[Path]:
    """Return the leaves that name an object and will go on to."""
    return [
        path
        for path, value in running.items()
        if path.last.name == leaf and value == name and path.names[: len(within)] == within
        and wanted.tree.text(path, name) == name
    ]


def _runners(policy: Path, running: ConfigTree) -> list[Path]:
    """Return the handlers' entries that run a script policy."""
    handlers = (path.last.keys[0][1] for path in running.entries(LOG / "event-handling", "handler"))
    return [entry for name in handlers for entry, run in policies(running, name).items() if run == policy]


def _policies_of(script: Path, running: ConfigTree) -> list[Path]:
    return [
        path
        for path in running.entries(SCRIPT_CONTROL, "script-policy")
        if script_of(running, path) == script
    ]


def _with_empty_trigger(found: list[Leftover], wanted: Desired, running: ConfigTree) -> list[Leftover]:
    """Take the whole trigger away where nothing but our entries was in it."""
    going = {path for item in found for path in item.going if path.parent == TRIGGER}
    bare = {path for path in running.subtree(TRIGGER) if not any(path.is_within(entry) for entry in going)}
    if not going or bare - {TRIGGER, TRIGGER / "admin-state"} or TRIGGER in wanted.tree:
        return found
    first = next(item for item in found if going & set(item.going))
    return [replace(item, going=(*item.going, TRIGGER)) if item is first else item for item in found]


def _place(path: Path) -> str:
    return " ".join(
        word for segment in path.segments[1:] for word in (segment.name, *(key for _, key in segment.keys[:1]))
    )
