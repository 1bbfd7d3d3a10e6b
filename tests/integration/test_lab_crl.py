"""The lab router fetches CRLs from the lab's CA, by command and by itself."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.router.errors import CommandFailed

from tests.support.lab_bench import Bench, Tree, ca_profile, configuration
from tests.support.minting import CA, key_usage
from tests.yang.yanglint import Yanglint

CA_HOST = "127.53.0.6"
ENABLED = {"admin-state": "enable"}
FILE = "cf3:/system-pki/ca.crl"
UPDATE = "//admin certificate crl-update ca ejbca"
STATE = "security/pki/ca-profile"
STATUS = f"{STATE}/auto-crl-update/current-crl-update"


@dataclass
class Lab:
    """A CA, a router, and a web server for what a CA does not give."""

    ca: CertificationAuthority
    server: CMPServer
    bench: Bench
    web: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)

    def configure(self, *urls: str, **leaves: str) -> None:
        """A CA profile that needs a CRL, from these URLs."""
        update: Tree = {name.replace("_", "-"): text for name, text in leaves.items()}
        entries: list[Tree] = [{"entry-id": str(number), "url": url} for number, url in enumerate(urls, 1)]
        update["crl-urls"] = {"url-entry": entries}
        profile = ca_profile(revocation_check="crl", crl_file="ca.crl") | {"auto-crl-update": update}
        self.bench.apply(configuration({"ca-profile": [profile]}))

    def due(self) -> datetime | None:
        """When the next update is due, to the second."""
        seconds = int(self.bench.state(f"{STATE}/auto-crl-update/next-scheduled-auto-crl-update-time"))
        return datetime.fromtimestamp(seconds, UTC) if seconds else None

    def texts(self) -> list[str]:
        """What the router logged, oldest first."""
        return [entry.event.text for entry in self.bench.host.log()]

    def said(self, command: str) -> str:
        """What a command prints and has logged, whether it fails or not."""
        before = len(self.texts())
        try:
            printed = self.bench.run(command)
        except CommandFailed as error:
            printed = error.text
        return printed + "".join(self.texts()[before:])

    def states(self) -> tuple[str, str]:
        """State and flags of the CA profile."""
        return self.bench.state(f"{STATE}/oper-state"), self.bench.state(f"{STATE}/oper-flags")


@pytest.fixture
def lab(tmp_path: Path, release: str) -> Iterator[Lab]:
    """A router with the CA's certificate, and no CRL."""
    pages: dict[str, bytes] = {}

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, format: str, *args: object) -> None:
            pass

    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "ManagementCA", lambda: datetime.now(UTC))
    bench = Bench(tmp_path / "router", release)
    with CMPServer(ca, CA_HOST) as server, http.server.ThreadingHTTPServer((CA_HOST, 0), Page) as web:
        threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        bench.put("ca.pem", ca.certificate_pem())
        bench.run("//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem")
        yield Lab(ca, server, bench, f"http://{CA_HOST}:{web.server_port}", pages)
        web.shutdown()
        bench.close()
    ca.close()


@pytest.mark.parametrize("release", ["21.2"])
def test_a_crl_is_fetched_by_command(lab: Lab, tmp_path: Path, yanglint: Yanglint) -> None:
    """The command brings the profile up; whatever else it is given afterwards leaves the CRL that is there."""
    url = lab.server.crl_url
    lab.configure(url)
    assert lab.states() == ("down", "invalid-crl")
    first = lab.ca.crl_der()
    assert lab.bench.run(UPDATE) == ""
    assert lab.states() == ("up", "")
    assert lab.bench.host.numbers()[-3:] == [2105, 2045, 2106]
    held = lab.bench.host.flash.read(FILE)

    other = CertificationAuthority.create_or_load(tmp_path / "other", "OtherCA", lambda: datetime.now(UTC))
    lab.ca.faults.set(stale_crl=True)
    lab.pages |= {"/page": b"<html>", "/other": other.crl_der(), "/same": first, "/expired": lab.ca.crl_der()}
    other.close()
    lab.ca.faults.set(stale_crl=False)
    for wrong in (f"{url}.gone", *(lab.web + page for page in lab.pages), "http://127.53.0.6:1/nobody"):
        lab.configure(wrong)
        assert "failed" in lab.bench.run(UPDATE), wrong
        assert lab.bench.host.flash.read(FILE) == held, wrong
        assert lab.states() == ("up", ""), wrong
        assert lab.bench.host.numbers()[-2:] == [2105, 2108], wrong
        assert f'"{wrong}"' in lab.texts()[-1]
    lab.configure(lab.web + "/page", lab.web + "/same")
    lab.bench.run(UPDATE)
    assert lab.bench.host.numbers()[-3:] == [2105, 2107, 2108]
    assert "not a CRL" in lab.texts()[-2] and "not newer" in lab.texts()[-1]
    assert lab.bench.state(f"{STATUS}/status") == "stopped"
    assert yanglint.validate_state("21.2", etree.tostring(lab.bench.pki.state())) == []

    lab.configure(url, admin_state="enable")
    assert "must be disabled" in lab.bench.run(UPDATE)


@pytest.mark.parametrize("release", ["25.10"])
def test_a_url_is_asked_through_its_routing_instance(lab: Lab) -> None:
    """A CRL by its transmission profile, CMP by profile or service; without one either management or Base will do."""
    order = "//admin certificate cmpv2 initial-registration ca ejbca key-to-certify sr-key protection-alg password "
    code = lab.ca.codes.issue("1", subject="CN=sr").secret
    lab.bench.run("//admin certificate gen-keypair cf3:/sr-key")
    lab.bench.run("//admin certificate import type key input cf3:/sr-key output sr-key format der")
    ways: tuple[tuple[Tree, Tree, str], ...] = (
        ({}, {}, ""),
        ({"transmission-profile": "t"}, {"transmission-profile": "t"}, "management"),
        ({"transmission-profile": "t"}, {"service-name": "ca"}, "ca"),
    )
    for crl, cmp, needed in ways:
        url: Tree = {**crl, "entry-id": "1", "url": lab.server.crl_url}
        profile: Tree = {
            **ca_profile(revocation_check="crl-optional", crl_file="ca.crl"),
            "auto-crl-update": {"crl-urls": {"url-entry": [url]}},
            "cmpv2": {"url": {**cmp, "url-string": lab.server.url}},
        }
        way: Tree = {"transmission-profile": [{"name": "t", "router-instance": "management"}]}
        lab.bench.apply(configuration({"ca-profile": [profile]}, system=way))
        for broken in ("Base", "management", "ca"):
            lab.bench.host.faults.set("host-unreachable", broken)
            assert ("no route" in lab.said(UPDATE)) == (bool(crl) and broken == "management"), broken
            asked = lab.said(f"{order}{code} reference 1 subject-dn CN=other save-as cf3:/x.der")
            assert ("no way to its host" in asked) == (broken == needed), (cmp, broken, asked)
            lab.bench.host.faults.clear()


@pytest.mark.parametrize("release", ["25.10"])
def test_a_crl_is_fetched_in_time(lab: Lab, yanglint: Yanglint) -> None:
    """Enabled without a CRL it is fetched at once, and after a failure at the next retry; then before its end."""
    clock = lab.bench.host.clock
    lab.ca.faults.set(down=True)
    lab.configure(f"{lab.server.crl_url}.gone", lab.server.crl_url, admin_state="enable", retry_interval="7200")
    clock.advance(timedelta(seconds=1))
    assert lab.states() == ("down", "invalid-crl")
    assert lab.bench.state(f"{STATUS}/last-failed-update/cause") == "download-failed"
    assert lab.bench.state(f"{STATUS}/status") == "auto-scheduled"
    success = f"{STATE}/auto-crl-update/last-success-auto-crl-update"
    assert (lab.bench.state(f"{success}-url-id"), lab.bench.state(f"{success}-time-end")) == ("not-applicable", "0")
    lab.ca.faults.set(down=False)
    clock.advance(timedelta(hours=1))
    assert lab.states() == ("down", "invalid-crl")
    clock.advance(timedelta(hours=1))
    assert lab.states() == ("up", "")
    assert lab.bench.state(f"{success}-url-id") == "2"
    end = x509.load_der_x509_crl(lab.ca.crl_der()).next_update_utc
    assert end is not None
    assert lab.due() == end - timedelta(hours=1)
    assert yanglint.validate_state("25.10", etree.tostring(lab.bench.pki.state())) == []

    lab.configure(lab.server.crl_url, admin_state="enable", schedule_type="periodic")
    before = lab.bench.host.numbers().count(2105)
    clock.advance(timedelta(days=3, minutes=1))
    assert lab.bench.host.numbers().count(2105) == before + 3
    # The CA has nothing newer, for its own clock did not move.
    assert lab.bench.state(f"{STATUS}/last-failed-update/cause") == "invalid-crl"
    lab.configure(lab.server.crl_url)
    with pytest.raises(CommandFailed, match="failed"):
        lab.bench.act("crl-update", ca_profile="ejbca")
    assert lab.states() == ("up", "")


@pytest.mark.parametrize("release", ["25.10"])
def test_updates_that_cannot_be_planned_say_so(lab: Lab, yanglint: Yanglint) -> None:
    """No retry, no nextUpdate, an end too near, no room: each with its event, its state and its next time."""
    now, web, clock = lab.bench.host.clock(), f"{lab.web}/crl", lab.bench.host.clock
    authority = CA.make(usage=key_usage("key_cert_sign", "crl_sign"), not_after=now + timedelta(days=99))
    lab.bench.put("ca.pem", authority.pem)
    lab.bench.run("//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem")
    lab.configure(web, admin_state="enable", retry_interval="0")
    clock.advance(timedelta(seconds=1))
    assert lab.bench.host.numbers()[-3:] == [2105, 2108, 2110]
    assert (lab.bench.state(f"{STATUS}/status"), lab.due()) == ("stopped", None)
    assert yanglint.validate_state("25.10", etree.tostring(lab.bench.pki.state())) == []

    lab.bench.host.faults.set("flash-full")
    lab.pages["/crl"] = authority.crl(now, None)
    lab.configure(web, admin_state="enable")
    clock.advance(timedelta(seconds=1))
    assert lab.bench.host.numbers()[-3:] == [2105, 2109, 2108]
    assert lab.bench.state(f"{STATUS}/last-failed-update/cause") == "download-failed"
    lab.bench.host.faults.clear()
    clock.advance(timedelta(hours=1, seconds=1))
    assert lab.states() == ("up", "")
    assert lab.bench.host.numbers()[-4:] == [2105, 2045, 2106, 2110]
    assert (lab.bench.state(f"{STATUS}/status"), lab.due()) == ("stopped", None)

    lab.pages["/crl"] = authority.crl(now + timedelta(seconds=1), now + timedelta(hours=3))
    lab.configure(web)
    assert lab.bench.run(UPDATE) == ""
    lab.configure(web, admin_state="enable", pre_update_time="86400")
    before = clock()
    due = lab.due()
    assert lab.bench.host.numbers()[-1] == 2113
    assert due is not None
    assert timedelta(minutes=59) < due - before <= timedelta(hours=1)
