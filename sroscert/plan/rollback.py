"""Rollback: an earlier pair of a certificate is put back into use. Pure.

Owns which pair that is, whether it may be, and what the next ``apply`` will make of it. The change is a flip like any
other: what names the files moves along (``plan.flip``), the served serial decides. Nothing else of the router is
brought to the intent by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sroscert.intent import CertificateIntent
from sroscert.intent.desired import Phase
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import Mismatch, renewal_due
from sroscert.plan.build import assemble
from sroscert.plan.certificate import Decision, Need, decide, pair_in_use, shortcomings
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import Generation, generation, number_of
from sroscert.plan.held import held
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import Renewing
from sroscert.plan.service import after
from sroscert.plan.steps import Commit, Save, Step
from sroscert.render.diff import Change

_FORBIDDING = frozenset({"file", "display", "issuer", "issuer-key", "not-before", "not-after"})
"""What a pair may not lack: it must be there, valid, and of the intent's CA. Names may have changed since."""
_ANY: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a certificate cannot go back."""

    certificate: str
    why: str


def targets(
    plan: Plan, cas: Mapping[str, LocalCA], now: datetime, names: Collection[str] = (), number: int | None = None,
    numbers: Mapping[str, int] = _ANY,
) -> tuple[dict[str, Generation], list[Refusal]]:
    """Return the pair that each certificate goes back to, by name, and why others cannot.

    ``names`` chooses certificates, all without. It is the highest pair below the one in use that may be used, or the
    one of generation ``number``, or of that which ``numbers`` has for the certificate.
    """
    found: dict[str, Generation] = {}
    refused = []
    for item in plan.router.certificates.values():
        if names and item.name not in names:
            continue
        local = cas.get(item.ca_profile)
        chosen = _choose(item, plan, local.info if local is not None else None, now, numbers.get(item.name, number))
        if isinstance(chosen, Generation):
            found[item.name] = chosen
        else:
            refused.append(Refusal(item.name, chosen))
    return found, refused


def _choose(
    item: CertificateIntent, plan: Plan, ca: CertificateInfo | None, now: datetime, number: int | None
) -> Generation | str:
    """Return the pair to go back to, or why there is none."""
    current = pair_in_use(plan.router, item, plan.observed)
    if current is None:
        return "no pair of it is in use"
    at = number_of(current.certificate, item.name)
    numbers = {found for entry in plan.observed.system_pki if (found := number_of(entry.name, item.name)) is not None}
    if number is not None:
        numbers = {number}
    elif at is None:
        return f"{current.certificate} is in use, which is no generation of ours: say which one is meant (--to)"
    else:
        numbers = {found for found in numbers if found < at}
    reasons = []
    for found in sorted(numbers, reverse=True):
        pair = generation(item.name, item.key.file, found)
        if pair.certificate.lower() == current.certificate.lower():
            return current  # it was asked for: what is left of a rollback that was broken off is taken up
        wrong = [lack for lack in shortcomings(item, pair, plan.observed, ca, now) if lack.field in _FORBIDDING]
        if not wrong:
            return pair
        reasons.append(f"{pair.certificate}: {'; '.join(map(_words, wrong))}")
    return "; ".join(reasons) or f"system-pki has no pair earlier than {current.certificate}"


def _words(lack: Mismatch) -> str:
    if lack.field == "file":
        return f"{lack.wanted} is not in system-pki"
    if lack.field == "display":
        return "its display could not be read"
    return f"{lack.field} is {lack.found}, wanted {lack.wanted}"


def rolling_back(
    plan: Plan, chosen: Mapping[str, Generation], refused: Sequence[Refusal], cas: Mapping[str, LocalCA], now: datetime,
    others: bool = False,
) -> Plan:
    """Return the plan that puts the pairs of ``chosen`` into use and does nothing else of ``plan``.

    With ``others`` entries outside the intent that name the pair in use go back with it.
    """
    decisions = []
    for decision in plan.decisions:
        item = decision.certificate
        current = pair_in_use(plan.router, item, plan.observed)
        pair = chosen.get(item.name) or current or decision.generation
        used = current is not None and pair.certificate == current.certificate
        why = "it stays" if current is None or used else f"{item.name} goes back from {current.certificate}"
        decisions.append(Decision(item, pair, Need.NOTHING, why, in_use=used))
    only = Renewing(only=True, names=tuple(chosen), due=False, restoring=True, others=others)
    going = assemble(plan.router, plan.observed, plan.schema, cas, now, tuple(decisions), only)
    findings = [item for item in going.findings if item.code not in _OF_RENEWAL]
    findings += [
        Finding(Severity.STOP, "no-earlier-pair", f"{item.certificate} cannot go back: {item.why}", hint=_HINT)
        for item in refused
    ]
    findings += _outlook(plan, chosen, going.changes, cas, now)
    steps = tuple(_explained(step, decisions) for step in going.steps) if chosen else ()
    running, user = plan.observed.datastore("running"), plan.router.login.username
    if chosen and not steps and running.unsaved and running.modified_by == user:
        steps = (Save(reason=f"running was changed by {user} and is not saved"),)
    return replace(going, steps=steps, findings=tuple(findings))


_HINT = "name the certificates that can (--certificate), or let sroscert apply enrol a new pair"
_OF_RENEWAL = frozenset({"renewal-due", "generation-unused", "not-enrolled"})
"""What is said of renewals in a plan that only renews."""


def _explained(step: Step, decisions: Sequence[Decision]) -> Step:
    """Give the flip the reason of a rollback."""
    if not isinstance(step, Commit) or step.phase is not Phase.TLS:
        return step
    moves = [f"{item.reason} to {item.generation.certificate}" for item in decisions if not item.in_use]
    return replace(step, reason="; ".join(moves)) if moves else step


def _outlook(
    plan: Plan, chosen: Mapping[str, Generation], changes: Sequence[Change], cas: Mapping[str, LocalCA], now: datetime
) -> Iterator[Finding]:
    """Say where the next ``apply`` would leave the pair again, or it must soon be renewed."""
    then: Observed = replace(plan.observed, running=after(plan.observed.running, changes))
    for name, pair in chosen.items():
        item = plan.router.certificates[name]
        local = cas.get(item.ca_profile)
        decision = decide(plan.router, item, then, local.info if local is not None else None, now)
        if decision.need is not Need.NOTHING or decision.generation.certificate != pair.certificate:
            yield Finding(
                Severity.WARNING,
                "rollback-not-kept",
                f"the next apply would leave {pair.certificate} again: {decision.reason}",
                hint="take back in the intent what was changed since, then it stays",
            )
        yield from _turned_away(plan, then, cas, name, now)
        info = plan.observed.displayed.get(pair.certificate)
        if info is not None and renewal_due(info, item.renewal.before, now):
            yield Finding(
                Severity.WARNING,
                "renewal-due",
                f"{pair.certificate} is valid until {info.not_after:%Y-%m-%d %H:%M} UTC and due for renewal",
            )


def _turned_away(plan: Plan, then: Observed, cas: Mapping[str, LocalCA], name: str, now: datetime) -> list[Finding]:
    """Say what becomes of a newer pair that is left: nothing on the router tells that it was turned away."""
    return [one.finding for one in held(plan.router, then, plan.schema, cas, now) if one.certificate == name]
