"""Everything that is wrong or doubtful about intent files: what ``load`` finds, what a release cannot do, and findings
with a grade.

A router is checked against the release that it declares, or the one given, or else against every known release. What
is found at one place for many routers or releases is one problem that names them all.
"""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as Many
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from sroscert import schema
from sroscert.errors import Grade, IntentError, Problem, SchemaError, SroscertError
from sroscert.intent.accepting import accept_problems, accepted, unused
from sroscert.intent.catalogue import grade_of
from sroscert.intent.desired import Desired, Loc, desired
from sroscert.intent.findings import (
    Carriage,
    Finding,
    carriage,
    release_findings,
    router_findings,
    secret_findings,
    shared_secrets,
)
from sroscert.intent.layers import locate
from sroscert.intent.loading import Loaded, load_all
from sroscert.intent.rules.secrets import peeking
from sroscert.intent.source import KeyMark, Mapping, Node, Sequence
from sroscert.intent.values import RouterIntent
from sroscert.schema import Schema
from sroscert.values import Path, Release

SchemaFor = Callable[[Release], Schema]
Check = Callable[[RouterIntent], Iterable[Finding]]
ReleaseCheck = Callable[[RouterIntent, Schema], Iterable[Finding]]


def lint(
    paths: Many[pathlib.Path], schema_for: SchemaFor = schema.load, release: Release | None = None,
    checks: Many[Check] = (), *, release_checks: Many[ReleaseCheck] = (), clients: Many[str] = (),
) -> list[Problem]:
    """Return all problems and findings of the files, by place. Never raises for what is in the files.

    ``release`` counts for routers that declare none; ``clients`` are asked about besides those of the intent.
    ``checks`` and ``release_checks`` are further ones, which need to know certificates or commands.
    """
    loaded = load_all(paths)
    known, peek = schema.known_releases(), peeking(loaded.base)
    found = [*loaded.problems]
    checked = _Checked(schema_for, clients, release_checks)
    for router in loaded.routers.values():
        scope = loaded.scopes[router.name]
        found += accept_problems(router, scope)
        declared = router.release or release
        releases = (declared,) if declared else known
        found += _placed(secret_findings(router, peek, checked.carriage(releases)), router, scope)
        for check in (router_findings, *checks):
            found += _placed(check(router), router, scope)
        checked.add(router, scope, releases)
    found += checked.problems()
    for name, finding in shared_secrets(loaded.routers.values(), peek):
        found += _placed([finding], loaded.routers[name], loaded.scopes[name])
    merged = _once(found)
    return _by_place([*merged, *unused(loaded, merged)])


def standing_errors(loaded: Loaded, routers: Iterable[str], checks: Many[Check] = ()) -> list[Problem]:
    """Return the findings of grade error that hold on every release, for the named routers; by place.

    What the release of a router adds is found when it is known: in its plan.
    """
    peek = peeking(loaded.base)
    found: list[Problem] = []
    for name in routers:
        router, scope = loaded.routers[name], loaded.scopes[name]
        findings = [*secret_findings(router, peek), *router_findings(router)]
        findings += [finding for check in checks for finding in check(router)]
        errors = [finding for finding in findings if finding.severity is Grade.ERROR]
        found += [*accept_problems(router, scope), *_placed(errors, router, scope)]
    return _by_place([problem for problem in _once(found) if problem.severity == Grade.ERROR])


SECTIONS = (
    "ca_profiles", "tls", "grpc", "log", "script_control", "expiration_warning", "crl_expiration_warning",
    "common_name_lists", "certificate_update_profiles", "certificate_auto_update", "transmission_profiles",
    "est_profiles", "verify", "lint",
)
_SECRETS = frozenset({"password", "secret"})


class _Shapes:
    """What the configuration of a router depends on: the same for all that differ in address or secrets only.

    A section without placeholders is one object for all routers that share it, and looked into once. What stands in
    another place of the files is another shape: its problems have another line.
    """

    def __init__(self) -> None:
        self.plain: dict[int, tuple[object, object]] = {}

    def of(self, router: RouterIntent, scope: Mapping) -> tuple[object, ...]:
        """Return the shape, to be compared with others."""
        own = tuple(
            (item.name, item.ca_profile, item.key, item.enrolment.reference, item.renewal)
            for item in router.certificates.values()
        )
        return (*((id(scope.entries.get(name)), self._plain(getattr(router, name))) for name in SECTIONS), own)

    def _plain(self, section: object) -> object:
        if id(section) not in self.plain:
            # The section is kept, so that no other object can have its id meanwhile.
            self.plain[id(section)] = (section, _without_secrets(section))
        return self.plain[id(section)][1]


def _without_secrets(value: object) -> object:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return tuple((name, None if name in _SECRETS else _without_secrets(getattr(value, name))) for name in fields)
    if isinstance(value, MappingABC):
        return tuple((key, _without_secrets(item)) for key, item in value.items())
    return value


@dataclass
class _Shape:
    """The first router of a shape, and the names of all."""

    router: RouterIntent
    scope: Node
    releases: tuple[Release, ...]
    names: list[str] = field(default_factory=list)


class _Checked:
    """Checks desired trees; the same shape is checked once a release."""

    def __init__(self, schema_for: SchemaFor, clients: Many[str], checks: Many[ReleaseCheck]) -> None:
        self.schema_for = functools.cache(schema_for)
        self.clients = clients
        self.checks = checks
        self.carriages: dict[tuple[Release, ...], Carriage] = {}
        self.kinds = _Shapes()
        self.shapes: dict[tuple[object, ...], _Shape] = {}

    def add(self, router: RouterIntent, scope: Mapping, releases: tuple[Release, ...]) -> None:
        """Take in a router."""
        key = (*(release.train for release in releases), *self.kinds.of(router, scope))
        self.shapes.setdefault(key, _Shape(router, scope, releases)).names.append(router.name)

    def carriage(self, releases: tuple[Release, ...]) -> Carriage:
        """Return how the pickiest of the releases takes an enrolment secret."""
        if releases not in self.carriages:
            self.carriages[releases] = max(map(self._carriage, releases))
        return self.carriages[releases]

    def _carriage(self, release: Release) -> Carriage:
        try:
            return carriage(self.schema_for(release))
        except SchemaError:
            # Said where the release is checked.
            return Carriage.ACTION

    def problems(self) -> Iterator[Problem]:
        """Yield what the releases make of the intents."""
        for shape in self.shapes.values():
            names = tuple(shape.names)
            for release in shape.releases:
                for problem in self._on(shape.router, shape.scope, release):
                    yield replace(problem, routers=names, releases=(release.train,))

    def _on(self, router: RouterIntent, scope: Node, release: Release) -> Iterator[Problem]:
        try:
            one = self.schema_for(release)
            wanted = desired(router, one)
        except SchemaError as error:
            mark, _ = locate(scope, ("release",))
            yield _problem(error.code, error.message, "release", mark, error.hint)
            return
        except IntentError as error:
            for problem in error.problems:
                mark, _ = locate(scope, ("certificates",))
                yield _problem(problem.code, problem.message, "certificates", mark, problem.suggestion)
            return
        except SroscertError as error:
            mark, _ = locate(scope, ("certificates",))
            yield _problem(error.code, error.message, "certificates", mark, error.hint)
            return
        if one.standing_in:
            mark, _ = locate(scope, ("release",))
            yield _problem("release-stands-in", one.standing_in, "release", mark, "sroscert schema add")
        yield from _violations(wanted, one, scope)
        yield from _placed(release_findings(router, one, self.clients), router, scope)
        for check in self.checks:
            yield from _placed(check(router, one), router, scope)


def _violations(wanted: Desired, one: Schema, scope: Node) -> Iterator[Problem]:
    for violation in one.check(wanted.tree):
        loc, rest = origin(wanted, violation.path)
        mark, where = follow(scope, loc, rest)
        suggestion = f"did you mean {violation.suggestion}?" if violation.suggestion else ""
        message = violation.message
        named = one.release.train
        if named not in message:
            message = f"{message} (SR OS {named})"
        yield _problem(violation.code, message, where, mark, suggestion)


def origin(wanted: Desired, path: Path) -> tuple[Loc, Path]:
    """Return where in the intent ``path`` comes from, and the part of it below that object."""
    for depth in range(len(path.segments), 0, -1):
        root = Path(path.segments[:depth])
        if root in wanted.origins:
            return wanted.origins[root], Path(path.segments[depth:])
    return (), path


def follow(scope: Node, loc: Loc, rest: Path) -> tuple[KeyMark, str]:
    """Return the mark of the value in the intent that became the member ``rest`` below ``loc``, and its name."""
    steps: list[str | int] = list(loc)
    mark, node = locate(scope, steps)
    for segment in rest.segments:
        for part in (segment.name.replace("-", "_"), segment.name, *(value for _, value in segment.keys)):
            if isinstance(node, Mapping) and part in node.entries:
                steps.append(part)
            elif isinstance(node, Sequence) and part.isdigit() and 0 < int(part) <= len(node.items):
                steps.append(int(part) - 1)
            else:
                continue
            mark, node = locate(scope, steps)
    return mark, ".".join(map(str, steps))


def _placed(findings: Iterable[Finding], router: RouterIntent, scope: Node) -> Iterator[Problem]:
    for finding in findings:
        mark, _ = locate(scope, finding.loc)
        problem = _problem(
            finding.code, finding.message, ".".join(map(str, finding.loc)), mark, finding.suggestion
        )
        yield replace(problem, routers=(router.name,), accepted=accepted(router, finding.code))


def _problem(code: str, message: str, path: str, mark: KeyMark, suggestion: str) -> Problem:
    return Problem(
        code, message, file=mark.file, line=mark.line, column=mark.column, path=path, suggestion=suggestion,
        severity=grade_of(code),
    )


def _once(problems: list[Problem]) -> list[Problem]:
    """Make one of those at the same place with the same code: for all their routers and releases."""
    seen: dict[tuple[str, str, int, int, str, str], list[Problem]] = {}
    for problem in problems:
        key = (problem.code, problem.file, problem.line, problem.column, problem.path, problem.accepted)
        seen.setdefault(key, []).append(problem)
    return [_merged(group) for group in seen.values()]


def _merged(group: list[Problem]) -> Problem:
    if len(group) == 1:
        return group[0]
    routers = dict.fromkeys(name for problem in group for name in problem.routers)
    releases = dict.fromkeys(train for problem in group for train in problem.releases)
    return replace(group[0], routers=tuple(routers), releases=tuple(releases))


def _by_place(problems: list[Problem]) -> list[Problem]:
    weights = list(Grade)
    return sorted(
        problems, key=lambda item: (item.file, item.line, item.column, weights.index(Grade(item.severity)))
    )
