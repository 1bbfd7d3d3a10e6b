"""What is asked around a router before a change: the CA's own clock, the router's way to it, and what the operator puts
aside.

The checks themselves are pure and in ``plan``; most of them are made with the plan, from what was observed anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sroscert.commands.operations import Ping
from sroscert.device.cahttp import CAContact, CAContacts
from sroscert.errors import CommandError, RPCRejectedError
from sroscert.intent import RouterIntent
from sroscert.plan.findings_pki import ca_clock
from sroscert.plan.overrides import overridden
from sroscert.plan.plan import Plan
from sroscert.plan.reach import Reach, Way, has_answered, not_reached, way_to
from sroscert.plan.steps import Enrol
from sroscert.schema import Schema
from sroscert.workflow.link import RouterLink
from sroscert.workflow.settings import Settings

_LONGEST_S = 3.0
"""A CA that does not answer us is no fault, and must not hold up a plan."""

_contacts = CAContacts()


def preflight(plan: Plan, settings: Settings, link: RouterLink) -> Plan:
    """Return the plan with what keeps it from being carried out as far as the plan alone does not show it.

    The CA is contacted only where the router will be made to ask it, and pinged by the router only where no answer of
    the CA to it is known.
    """
    profiles = {step.ca_profile for step in plan.steps if isinstance(step, Enrol)}
    unknown = {name for name in profiles if not has_answered(plan.observed, name)}
    found = [item for name, reach in reaches(plan, unknown, link).items() for item in not_reached(name, reach)]
    plan = replace(plan, findings=(*plan.findings, *found))
    return with_contacts(plan, contacts(plan.router, profiles, settings), settings)


def reaches(plan: Plan, profiles: Collection[str], link: RouterLink) -> dict[str, Reach]:
    """Have the router ping the hosts of CAs, each once from each routing instance that it would ask from, until an
    answer comes. What cannot be sent is told as that, and stops nothing."""
    if plan.observed.backend in {"", "none"}:
        return {}
    ways = {name: way for name in sorted(profiles) if (way := way_to(plan.router, name)) is not None}
    tried = {way: _tried(way, plan.schema, link) for way in dict.fromkeys(ways.values())}
    return {name: tried[way] for name, way in ways.items()}


def _tried(way: Way, schema: Schema, link: RouterLink) -> Reach:
    words, answered = "", None
    for instance in way.instances:
        ping = Ping(way.host, instance)
        longest = ping.count * (ping.timeout_s + 1) + link.settings.connect_timeout_s
        try:
            reply = link.executor(schema).run(ping, longest)
        except (CommandError, RPCRejectedError) as error:
            words = error.message
            continue
        if reply.outcome == "done":
            return Reach(way, True, instance)
        answered = False if reply.outcome == "failed" else answered
        words = " ".join(reply.text.split())
    return Reach(way, answered, words=words)


def with_contacts(plan: Plan, seen: Mapping[str, CAContact], settings: Settings) -> Plan:
    """Return the plan with what the answers of CAs, by CA profile, say; and with the operator's word on the guards."""
    found = [
        finding
        for profile, contact in seen.items()
        for finding in ca_clock(plan.observed, contact.ahead, url_of(plan.router, profile), plan.steps)
    ]
    return replace(plan, findings=overridden((*plan.findings, *found), settings.overrides))


def contacts(router: RouterIntent, profiles: set[str], settings: Settings) -> dict[str, CAContact]:
    """Ask the CA of each profile that has a CMP URL."""
    timeout_s = min(settings.connect_timeout_s, _LONGEST_S)
    return {name: _contacts.ask(url, timeout_s) for name in sorted(profiles) if (url := url_of(router, name))}


def url_of(router: RouterIntent, profile: str) -> str:
    """Return the CMP URL of a CA profile; empty where it has none."""
    known = router.ca_profiles.get(profile)
    cmp = known.cmpv2 if known is not None else None
    return (cmp.url.url_string or "") if cmp is not None and cmp.url is not None else ""
