"""What `init` writes works: a router of the lab goes from nothing to a served certificate by it."""

from __future__ import annotations

import yaml

from sroscert.errors import ExitCode
from tests.support.fleet import MakeFleet
from tests.support.saved import run


def test_the_first_intent_can_be_applied(lab_fleet: MakeFleet) -> None:
    """Options in, an intent out; it lints clean, apply brings the router there, and a second one has nothing to do."""
    fleet = lab_fleet(release="25.10")
    address, target = fleet.router().address, fleet.folder / "first.yaml"

    made = run(
        "init", "--out", str(target), "--router", f"sr1={address}", "--password-ref", "file:password",
        "--ca-certificate", "ManagementCA.pem", "--cmp-url", fleet.cmp.url, "--subject", "C=NL,ST=ZH,O=Nokia",
        "--reference", "{router}", "--unprotected", "yes", "--yes",
    )
    linted = fleet.run("lint", "-f", str(target), "--strict", "--release", "25.10")
    document = yaml.safe_load(target.read_text())
    ports = fleet.router().ports
    document["routers"]["sr1"]["login"] = {"ports": {"netconf": ports.netconf, "ssh": ports.ssh, "gnmi": ports.gnmi}}
    target.write_text(yaml.safe_dump(document, sort_keys=False))
    applied = fleet.run("apply", "--yes", "-f", str(target))
    again = fleet.run("plan", "-f", str(target))

    assert (made.code, linted.code) == (ExitCode.OK, ExitCode.OK), made.err + linted.text
    assert applied.code == ExitCode.OK, applied.text
    assert (again.code, "in sync" in again.out) == (ExitCode.OK, True), again.text
