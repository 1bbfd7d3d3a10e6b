"""Everything that is wrong or doubtful about intent files: what ``load`` finds, what a release cannot do, and findings
with a grade.

A router is checked against the release that it declares, or the one given, or else against every known release.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Many

from sroscert import schema
from sroscert.errors import Problem, SchemaError, SroscertError
from sroscert.intent.desired import Desired, Loc, desired
from sroscert.intent.findings import Finding, release_findings, router_findings, shared_secrets
from sroscert.intent.layers import locate
from sroscert.intent.loading import Loaded, load_all
from sroscert.intent.source import KeyMark, Mapping, Node, Sequence
from sroscert.intent.values import RouterIntent
from sroscert.schema import Schema
from sroscert.values import Path, Release

SchemaFor = Callable[[Release], Schema]
Check = Callable[[RouterIntent], Iterator[Finding]]


def lint(
    paths: Many[pathlib.Path], schema_for: SchemaFor = schema.load, release: Release | None = None,
    checks: Many[Check] = (),
) -> list[Problem]:
    """Return all problems and findings of the files, by place. Never raises for what is in the files.

    ``release`` counts for routers that declare none; ``checks`` are further ones, of what the intent names.
    """
    loaded = load_all(paths)
    found = [*loaded.problems]
    checked = _Checked(schema_for)
    for router in loaded.routers.values():
        scope = loaded.scopes[router.name]
        for check in (router_findings, *checks):
            found += _placed(check(router), scope)
        for one in _releases(router, release):
            found += checked.problems(router, scope, one)
    found += _placed_shared(loaded)
    return _once(found)


def _releases(router: RouterIntent, given: Release | None) -> tuple[Release, ...]:
    declared = router.release or given
    return (declared,) if declared else schema.known_releases()


def _shape(router: RouterIntent) -> tuple[object, ...]:
    """Return what the configuration of a router depends on: the same for all that differ in address or code only.

    Sections without placeholders are one object for all routers that share them.
    """
    shared = (
        router.ca_profiles, router.tls, router.grpc, router.log, router.script_control, router.expiration_warning,
        router.crl_expiration_warning, router.common_name_lists, router.certificate_update_profiles,
        router.certificate_auto_update, router.transmission_profiles, router.est_profiles,
    )
    own = tuple(
        (item.name, item.ca_profile, item.key, item.enrolment.reference, item.renewal)
        for item in router.certificates.values()
    )
    return (*map(id, shared), own)


class _Checked:
    """Checks desired trees; the same shape is checked once a release."""

    def __init__(self, schema_for: SchemaFor) -> None:
        self.schema_for = schema_for
        self.seen: set[tuple[object, ...]] = set()

    def problems(self, router: RouterIntent, scope: Node, release: Release) -> Iterator[Problem]:
        """Yield what ``release`` makes of the router's intent."""
        key = (release.train, *_shape(router))
        if key in self.seen:
            return
        self.seen.add(key)
        try:
            one = self.schema_for(release)
            wanted = desired(router, one)
        except SchemaError as error:
            mark, _ = locate(scope, ("release",))
            yield _problem(error.code, error.message, "release", mark, error.hint, "error")
            return
        except SroscertError as error:
            mark, _ = locate(scope, ("certificates",))
            yield _problem(error.code, error.message, "certificates", mark, error.hint, "error")
            return
        if one.standing_in:
            mark, _ = locate(scope, ("release",))
            yield _problem("release-stands-in", one.standing_in, "release", mark, "sroscert schema add", "warning")
        yield from _violations(wanted, one, scope)
        yield from _placed(release_findings(router, one), scope)


def _violations(wanted: Desired, one: Schema, scope: Node) -> Iterator[Problem]:
    for violation in one.check(wanted.tree):
        loc, rest = origin(wanted, violation.path)
        mark, where = follow(scope, loc, rest)
        suggestion = f"did you mean {violation.suggestion}?" if violation.suggestion else ""
        message = violation.message
        named = one.release.train
        if named not in message:
            message = f"{message} (SR OS {named})"
        yield _problem(violation.code, message, where, mark, suggestion, "error")


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


def _placed(findings: Iterator[Finding], scope: Node) -> Iterator[Problem]:
    for finding in findings:
        mark, _ = locate(scope, finding.loc)
        path = ".".join(map(str, finding.loc))
        yield _problem(finding.code, finding.message, path, mark, finding.suggestion, finding.severity)


def _placed_shared(loaded: Loaded) -> Iterator[Problem]:
    for router, finding in shared_secrets(loaded.routers.values()):
        yield from _placed(iter([finding]), loaded.scopes[router])


def _problem(code: str, message: str, path: str, mark: KeyMark, suggestion: str, severity: str) -> Problem:
    return Problem(
        code, message, file=mark.file, line=mark.line, column=mark.column, path=path, suggestion=suggestion,
        severity=severity,
    )


def _once(problems: list[Problem]) -> list[Problem]:
    """Keep one of those at the same place with the same code; errors before warnings there."""
    seen: dict[tuple[str, str, int, int, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.file, problem.line, problem.column, problem.path), problem)
    return sorted(seen.values(), key=lambda item: (item.file, item.line, item.column, item.severity))
