"""What should be known of who renews a certificate: what is left over, what others do, that nobody does. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired, declares_handling
from sroscert.plan.certificate import Decision
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import generation
from sroscert.plan.leftover import Leftover, of_router
from sroscert.plan.observed import Observed
from sroscert.plan.renewers import Reach, Renewer, renewers
from sroscert.plan.service import service_of
from sroscert.render.diff import Change
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path


def renewed_by(
    wanted: Desired, router: RouterIntent, decisions: tuple[Decision, ...], observed: Observed, schema: Schema,
    changes: Sequence[Change], future: ConfigTree,
) -> list[Finding]:
    """Say what is left over of renewals of ours, what of others' renews, and what nobody renews that is not ours."""
    return [
        *left_over(of_router(wanted, router, decisions, observed), wanted, changes),
        *of_others(wanted, decisions, future, schema),
        *of_strangers(decisions, future, schema),
    ]


def left_over(found: Iterable[Leftover], wanted: Desired, changes: Iterable[Change]) -> list[Finding]:
    """Name what is left over and what it would do, what of it stays, and why."""
    gone = {change.path for change in changes if change.after is None}
    return list(chain.from_iterable(_of_leftover(item, wanted, gone) for item in found))


def _of_leftover(item: Leftover, wanted: Desired, gone: set[Path]) -> Iterator[Finding]:
    file = item.file or "a certificate"
    by = item.used_by
    if by:
        yield Finding(
            Severity.NOTE,
            "renewal-kept",
            f"renewal of {file} ({item.method}), left over, is not taken away: {by} names it"
            f"{'' if item.certificate else ', though the intent does not have it'}",
            hint="it goes once nothing names the file",
        )
        return
    if item.going:
        here = all(any(root.is_within(path) for path in gone) for root in item.going)
        yield Finding(
            Severity.WARNING,
            "renewal-left-over",
            f"{', '.join(_outermost(item.going))}: left over of renewal by {item.method}"
            f"{_still(item, file, wanted)}; {'apply takes it away' if here else 'it stays for now'}",
            hint="" if here else "sroscert apply takes it away",
        )
    for path, why in item.kept.items():
        yield Finding(
            Severity.NOTE,
            "renewal-kept",
            f"{words(path)} is left over of renewal by {item.method} and stays: {why}",
            hint="remove it on the router when nobody needs it",
        )


def _still(item: Leftover, file: str, wanted: Desired) -> str:
    if all(path.last.name in {"script", "python-script"} for path in item.going):
        return "; nothing will run it"
    return f", and would still renew {file}{_beside(item, wanted)}"


def _beside(item: Leftover, wanted: Desired) -> str:
    if not item.certificate:
        return ", which the intent does not have any more"
    method = wanted.renewal_methods[item.certificate][0]
    if method == item.method:
        return ", under other names now"
    if method == "none":
        return " besides whoever should (none)"
    return f" besides {'sroscert' if method == 'external' else method}"


def words(path: Path) -> str:
    """Name an object of the configuration: its list and its key, a trigger's or handler's entry with what it is in."""
    named = [segment for segment in path.segments if segment.keys]
    above = path.names[-3:-1] if len(named) > 1 else path.names[-2:-1]
    text = " ".join(f"{segment.name} {segment.keys[0][1]}" for segment in named[-2:])
    return f"event trigger {text.partition(' ')[2]}" if "event-trigger" in above else text


def _outermost(roots: Iterable[Path]) -> list[str]:
    """Name what goes, without what is inside something else that goes."""
    paths = tuple(roots)
    return [words(path) for path in paths if not any(path != root and path.is_within(root) for root in paths)]


def of_others(
    wanted: Desired, decisions: Iterable[Decision], future: ConfigTree, schema: Schema
) -> list[Finding]:
    """Tell what will renew a certificate of the intent and is not of the intent: never taken away unasked (law 12)."""
    found = []
    for decision in decisions:
        method = wanted.renewal_methods[decision.certificate.name][0]
        file = decision.generation.certificate
        for item in renewers(future, schema, file):
            if item.path in wanted.origins or not item.acts:
                continue
            sure = item.reach is Reach.FILE and method != "none"
            found.append(
                Finding(
                    Severity.WARNING if sure else Severity.NOTE,
                    "renewal-of-others",
                    f"{item.words} is not the intent's and {_does(item)} {file}{_too(method)}",
                    hint="two parties that renew one certificate undo each other's work: take one of them away "
                    "(renewal.method in the intent, or the entry on the router)" if sure else "",
                )
            )
    return found


def _does(item: Renewer) -> str:
    if item.method == "native":
        return "renews"
    return "is set off by every expiry warning, also that of" if item.reach is Reach.ANY else "is set off to renew"


def _too(method: str) -> str:
    return {"none": "", "external": ", as sroscert does"}.get(method, f", as renewal by {method} does")


def orphaned(
    wanted: Desired, router: RouterIntent, decisions: Iterable[Decision], future: ConfigTree, schema: Schema
) -> list[Finding]:
    """Stop where a certificate would be served that no renewal names (law 1), by what the router will have configured.

    What sroscert renews it names itself. With ``none`` nobody does, on purpose, unless somebody's own renewal names
    another file of the certificate.
    """
    found = []
    for decision in decisions:
        file, name = decision.generation.certificate, decision.certificate.name
        method = wanted.renewal_methods[name][0]
        acting = [item for item in renewers(future, schema, file) if item.acts]
        other = ""
        if method == "native":
            named = any(item.method == "native" for item in acting)
        elif method == "ehs" and declares_handling(router):
            named = any(item.method == "ehs" for item in acting) and _a_script_names(file, router)
        elif method == "none":
            other = "" if acting else _renews_another(decision, future, schema)
            named = not other
        else:
            continue  # renewed by sroscert, or by a script that is worked out from this very name
        if not named:
            found.append(_orphan(file, name, method, other))
    return found


def _orphan(file: str, name: str, method: str, other: str) -> Finding:
    if other:
        return Finding(
            Severity.STOP,
            "renewal-orphaned",
            f"{file} is or will be in use, and what renews {name} on the router names another file: {other}",
            hint=f"have it name {file} as well, or give the renewal to sroscert (renewal.method: auto or external)",
        )
    return Finding(
        Severity.STOP,
        "renewal-orphaned",
        f"{file} is or will be in use, and the renewal of {name} ({method}) names other files",
        hint="let sroscert work the renewal out (method: auto, without declared scripts), or name "
        f"{file} where the intent declares it",
    )


def _renews_another(decision: Decision, future: ConfigTree, schema: Schema) -> str:
    """Return what renews another generation of a certificate and nothing else; empty where nothing does."""
    plain, number = decision.certificate.name, decision.generation.number
    for other in range(number + 1, 0, -1):
        file = generation(plain, decision.certificate.key.file, other).certificate
        if file != decision.generation.certificate:
            for item in renewers(future, schema, file):
                if item.acts and item.reach is Reach.FILE:
                    return item.words
    return ""


def of_strangers(decisions: Iterable[Decision], future: ConfigTree, schema: Schema) -> list[Finding]:
    """Tell of certificates that the gNMI port serves, that the intent does not make, and that no renewal names."""
    service = service_of(future)
    ours = {decision.generation.certificate for decision in decisions}
    return [
        Finding(
            Severity.WARNING,
            "renewal-orphaned",
            f"{file} is served at the gNMI port; the intent does not make it, and nothing on the router renews it",
            hint="have the intent make it (certificates), or see to it that somebody renews it",
        )
        for file in (service.files if service is not None else ())
        if file not in ours and not any(item.acts for item in renewers(future, schema, file))
    ]


def _a_script_names(file: str, router: RouterIntent) -> bool:
    """Tell whether a declared script names the file as a word; a script whose text we do not have may."""
    word = re.compile(rf"(?<![\w.-]){re.escape(file)}(?![\w-])".encode())
    section = router.script_control
    texts = [script.content for script in section.scripts.values()]
    texts += [script.content for script in section.python_scripts.values()]
    return not texts or any(text is None or word.search(text) is not None for text in texts)
