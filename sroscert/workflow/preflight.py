"""What is asked around a router before a change: the CA's own clock, and what the operator puts aside.

The checks themselves are pure and in ``plan``; most of them are made with the plan, from what was observed anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sroscert.device.cahttp import CAContact, CAContacts
from sroscert.intent import RouterIntent
from sroscert.plan.build import Plan
from sroscert.plan.findings_pki import ca_clock
from sroscert.plan.overrides import overridden
from sroscert.plan.steps import Enrol
from sroscert.workflow.settings import Settings

_LONGEST_S = 3.0
"""A CA that does not answer us is no fault, and must not hold up a plan."""

_contacts = CAContacts()


def preflight(plan: Plan, settings: Settings) -> Plan:
    """Return the plan with what keeps it from being carried out as far as the plan alone does not show it.

    The CA is contacted only where the router will be made to ask it.
    """
    profiles = {step.ca_profile for step in plan.steps if isinstance(step, Enrol)}
    return with_contacts(plan, contacts(plan.router, profiles, settings), settings)


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
