"""What is carried out is exactly the plan that was shown and agreed to."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tests.support.fleet import Fleet, MakeFleet, Result

FAST = ("--verify-timeout", "10", "--confirm-timeout", "10", "--settle-timeout", "0")


class Terminal(io.StringIO):
    """A keyboard: `meanwhile` happens while the plan is on the screen, then somebody agrees."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def isatty(self) -> bool:
        """Somebody sits there."""
        return True

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]  # as StringIO itself
        """The answer to the one question."""
        self._meanwhile()
        return "y\n"


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run apply without --yes: the plans are shown, something happens, and somebody says y."""

    def run(fleet: Fleet, meanwhile: Callable[[], object] = lambda: None, *options: str) -> Result:
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdin", Terminal(meanwhile))
            return fleet.run("apply", *FAST, *options)

    return run


def disable_grpc(fleet: Fleet, router: str) -> None:
    """An operator takes gRPC away and saves."""
    fleet.operator("/configure", "system", "grpc", "admin-state", "disable", router=router)
    fleet.router(router).save_configuration()


def change_hours(fleet: Fleet, router: str) -> None:
    """An operator changes a leaf that the intent owns."""
    words = ("/configure", "system", "security", "pki", "certificate-expiration-warning", "hours", "100")
    fleet.operator(*words, router=router)
    fleet.router(router).save_configuration()


def two_to_change(make: MakeFleet) -> Fleet:
    """Two routers that were finished, and lost their gRPC since."""
    fleet = make(routers=2, release="25.10")
    fleet.applied()
    for name in fleet.names:
        disable_grpc(fleet, name)
    return fleet


def grpc(fleet: Fleet, router: str) -> str:
    """The admin-state of gRPC in running."""
    return fleet.router(router).running().findtext(".//{*}grpc/{*}admin-state") or ""


@pytest.mark.law(10)
def test_a_router_that_moved_since_its_plan_was_shown_is_left_alone(
    lab_fleet: MakeFleet, agreed: Callable[..., Result]
) -> None:
    """Of two routers the one that changed while the plans were on the screen is not touched, the other is done."""
    fleet = two_to_change(lab_fleet)

    result = agreed(fleet, lambda: change_hours(fleet, "sr2"), "-j", "2")

    assert result.code == 5, result.text
    assert "[plan-changed]" in result.text
    assert "sr2 has changed since its plan was shown" in " ".join(result.text.split())
    assert (grpc(fleet, "sr1"), grpc(fleet, "sr2")) == ("enable", "disable")
    again = agreed(fleet)
    assert again.code == 0, again.text
    assert grpc(fleet, "sr2") == "enable"


def test_a_router_whose_plan_was_never_shown_is_left_alone(
    lab_fleet: MakeFleet, agreed: Callable[..., Result]
) -> None:
    """A router that could not be planned when the others were shown is not changed by that agreement."""
    fleet = two_to_change(lab_fleet)
    password = (fleet.folder / "password").read_text()
    with fleet.editing() as document:
        document["routers"]["sr2"]["login"]["password"] = "file:password2"
    (fleet.folder / "password2").write_text("wrong\n")
    (fleet.folder / "password2").chmod(0o600)

    result = agreed(fleet, lambda: (fleet.folder / "password2").write_text(password))

    assert result.code == 5, result.text
    assert "[not-approved]" in result.text
    assert (grpc(fleet, "sr1"), grpc(fleet, "sr2")) == ("enable", "disable")
