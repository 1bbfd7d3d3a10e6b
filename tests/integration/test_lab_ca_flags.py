"""Each flag that keeps a CA profile down, on a whole router: in its state over NETCONF, and in what `show` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from sroscert_lab.router.pki import make_behaviour
from sroscert_lab.router.statetree import router_state

from tests.support.lab import lab_router
from tests.support.lab_bench import CONF, Tree, to_xml
from tests.support.minting import CA, key_usage
from tests.support.netconf_client import NS, STATE, connect, data_of
from tests.yang.yanglint import Yanglint

DAY = timedelta(days=1)
#: From when to when, from now: over, in force, to come.
SPANS = {"over": (-9 * DAY, -DAY), "good": (-DAY, 9 * DAY), "to-come": (DAY, 9 * DAY)}
SIGNING = "response-signing-cert"


@dataclass(frozen=True)
class Case:
    """A CA profile and its flags; the files are named after their spans, and none is called `missing`."""

    name: str
    flags: str
    cert: str = "good"
    crl: str = "good"
    signing: str = "good"
    check: str = "crl"
    admin: str = "enable"


CASES = (
    Case("all-good", ""),
    Case("no-crl", "invalid-crl", crl="missing"),
    Case("crl-over", "expired-crl", crl="over"),
    Case("crl-to-come", "not-yet-valid-crl", crl="to-come"),
    Case("no-cert", "invalid-crl invalid-cert", cert="missing"),
    Case("cert-over", "expired-cert", cert="over"),
    Case("cert-to-come", "not-yet-valid-cert", cert="to-come"),
    Case("no-signing", "invalid-cmpv2-signing-cert", signing="missing"),
    Case("signing-over", "expired-cmpv2-signing-cert", signing="over"),
    Case("signing-to-come", "not-yet-valid-cmpv2-signing-cert", signing="to-come"),
    Case("all-over", "expired-crl expired-cert expired-cmpv2-signing-cert", "over", "over", "over"),
    Case("optional", "", crl="over", check="crl-optional"),
    Case("down", "admin-down", admin="disable"),
)


def files() -> dict[tuple[str, str], bytes]:
    """What the routers are given, in DER: the CA with one key throughout, its CRLs, and what signs its messages."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    made: dict[tuple[str, str], bytes] = {}
    for name, (start, stop) in SPANS.items():
        begin, end = now + start, now + stop
        authority = CA.make(key=key, usage=key_usage("key_cert_sign", "crl_sign"), not_before=begin, not_after=end)
        made["cert", name] = authority.der
        made["cert", f"signing-{name}"] = authority.issue(key=key, not_before=begin, not_after=end)
        made["crl", f"crl-{name}"] = authority.crl(begin, end)
    return made


def profile(case: Case) -> Tree:
    """The configuration of one case."""
    return {
        "ca-profile-name": case.name,
        "admin-state": case.admin,
        "cert-file": case.cert,
        "crl-file": f"crl-{case.crl}",
        "revocation-check": case.check,
        "cmpv2": {SIGNING: f"signing-{case.signing}"},
    }


def shown(client: Any) -> dict[str, tuple[str, str]]:
    """State and flags of each CA profile."""
    tree = "<system><security><pki/></security></system>"
    answer = data_of(client.get(("subtree", f'<state xmlns="{STATE}">{tree}</state>')))
    return {
        entry.findtext("s:ca-profile-name", "", NS): (
            entry.findtext("s:oper-state", "", NS), entry.findtext("s:oper-flags", "", NS)
        )
        for entry in answer.iterfind(".//s:ca-profile", NS)
    }


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_each_flag_of_a_ca_profile_is_shown(tmp_path: Path, release: str, yanglint: Yanglint) -> None:
    """Also several at once, in the order of their bits; a CRL that is optional leaves no flag and the profile up."""
    with lab_router(tmp_path, release, make_behaviour=make_behaviour) as router:
        core = router.core
        for (kind, name), der in files().items():
            core.flash.write("cf3:/new", der)
            line = f"//admin certificate import type {kind} input cf3:/new output {name} format der"
            assert core.behaviour.raw_command(line, "admin") == ""
        tree: Tree = {"system": {"security": {"pki": {"ca-profile": [profile(case) for case in CASES]}}}}
        with connect(core) as client:
            config = etree.Element("{urn:ietf:params:xml:ns:netconf:base:1.0}config")
            config.append(to_xml("configure", tree, CONF))
            client.edit_config(target="candidate", config=config)
            client.commit()
            down = "admin-down" if release == "25.10" else "adminDown"
            flags = {case.name: down if case.name == "down" else case.flags for case in CASES}
            states = shown(client)
        assert {name: states[name] for name in flags} == {
            name: ("down" if flag else "up", flag) for name, flag in flags.items()
        }
        for name, flag in flags.items():
            table = core.behaviour.raw_command(f'/show certificate ca-profile "{name}"', "admin")
            found = dict(re.findall(r"^(Oper \w+) +: (.+)$", table, re.MULTILINE))
            assert found == {"Oper State": "down" if flag else "up", "Oper Flags": flag or "<none>"}
        assert yanglint.validate_state(release, etree.tostring(router_state(core))) == []
        events = [entry.event for entry in core.log() if entry.event.number in (2094, 2114, 2115)]
        assert sorted((event.number, event.text.split()[1]) for event in events) == [
            (2094, "profile"), (2114, "signing-to-come"), (2114, "to-come"), (2115, "crl-to-come")
        ]
