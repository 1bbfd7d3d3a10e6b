"""`import --router`: a finished router is read over NETCONF, and the intent that comes of it wants no change of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.fleet import PASSWORD, Fleet, open_fleet
from tests.support.saved import run


@pytest.fixture(scope="module", params=["21.2", "25.10"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A router on which the tutorial's intent was applied and saved."""
    folder = tmp_path_factory.mktemp("import")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab", release=request.param) as made:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        environment.setenv("SROS_PASSWORD", PASSWORD)
        made.applied()
        yield made


def words(fleet: Fleet, target: Path, known_hosts: Path) -> list[str]:
    """The command line of an import of the one router."""
    router = fleet.router("")
    return [
        "import", "--router", router.address, "--port", str(router.ports.netconf), "--username", "admin",
        "--password-ref", "env:SROS_PASSWORD", "--known-hosts", str(known_hosts), "--out", str(target),
    ]


def filled_in(fleet: Fleet, target: Path) -> None:
    """Fill in what the file asks for, the CA's certificate, and the ports that this machine had free."""
    (target.parent / "ManagementCA.pem").write_bytes((fleet.folder / "ManagementCA.pem").read_bytes())
    text = yaml.safe_load(target.read_text().replace("# certificate: Man", "certificate: Man"))
    ports = fleet.router("").ports
    (router,) = text["routers"].values()
    router["login"]["ports"] |= {"ssh": ports.ssh, "gnmi": ports.gnmi}
    target.write_text(yaml.safe_dump(text, sort_keys=False))


def test_import_then_drift_and_plan_find_nothing(fleet: Fleet, tmp_path: Path) -> None:
    """Apply, import, drift: in sync; plan: nothing to do. Import itself writes nothing on the router."""
    target = tmp_path / "imported.yaml"
    before = fleet.snapshot()

    result = run(*words(fleet, target, fleet.folder / "known_hosts"))
    filled_in(fleet, target)
    drift = fleet.run("drift", "-f", str(target), "-o", "json")
    plan = fleet.run("plan", "-f", str(target), "-o", "json")

    assert result.code == 0, (result.out + result.err)
    left = [line for line in result.err.splitlines() if "left alone" in line]
    assert len(left) == 2, left  # what the lab's routers have of others
    assert "foreign-ca" in left[0]
    assert "filter-name=10" in left[1]
    assert (drift.code, plan.code) == (0, 0), drift.text + plan.text
    assert fleet.snapshot() == before
    secret = next((fleet.folder / "codes").iterdir()).read_text().strip()
    assert secret not in target.read_text() + (result.out + result.err)
    assert PASSWORD not in target.read_text() + (result.out + result.err)


def test_an_unknown_host_key_is_an_error(fleet: Fleet, tmp_path: Path) -> None:
    """Nothing is sent to a router whose key nobody has accepted, and nothing is written."""
    empty = tmp_path / "known_hosts"
    empty.write_text("")

    result = run(*words(fleet, tmp_path / "imported.yaml", empty))

    assert result.code == 3
    assert "host-key" in result.err
    assert "--known-hosts" in result.err
    assert not (tmp_path / "imported.yaml").exists()
