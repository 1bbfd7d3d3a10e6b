"""Renewal by event handling from one line of intent: what is worked out, and what lint holds against it."""

from __future__ import annotations

import pathlib
import re

import pytest

from sroscert import schema
from sroscert.intent import RouterIntent, loads, window
from sroscert.intent.desired import desired
from sroscert.intent.rules.renewal import on_release, windows
from sroscert.model.pki import ExpirationWarning

_TEXT = (pathlib.Path(__file__).parents[3] / "lab" / "intents" / "tutorial.yaml").read_text()
BARE = re.sub(r"expiration_warning: .*\n", "", _TEXT)
assert BARE != _TEXT


def router(renewal: str, *, warning: str = "", life: str = "", text: str = BARE) -> RouterIntent:
    """The tutorial's router with this renewal, warning and lifetime."""
    lines = f"    renewal: {{{renewal}}}\n" + (f"    lifetime: {life}\n" if life else "")
    text = re.sub(r"    renewal: .*\n", lines, text)
    return loads(text + (f"expiration_warning: {{{warning}}}\n" if warning else "")).routers["sr"]


def found(one: RouterIntent, release: str = "21.2") -> list[str]:
    """The codes that lint has about its renewal."""
    return [item.code for item in (*windows(one), *on_release(one, schema.load(release)))]


def leaf(one: RouterIntent, *names: str) -> str:
    """One leaf of what is desired on a router of 21.2."""
    tree = desired(one, schema.load("21.2")).tree
    (value,) = [value for path, value in tree.items() if path.names[-len(names) :] == names]
    return str(value)


@pytest.mark.parametrize("renewal", ["method: ehs", "method: auto"])
def test_one_line_is_enough(renewal: str) -> None:
    """The method alone: warnings from 30 days before the end, each day, one run an hour; lint is content."""
    one = router(renewal)

    assert desired(one, schema.load("21.2")).renewal_methods["sr-cert"][0] == "ehs"
    assert leaf(one, "certificate-expiration-warning", "hours") == "720"
    assert leaf(one, "certificate-expiration-warning", "repeat-hours") == "24"
    assert leaf(one, "handler", "entry", "min-delay") == "3600"
    assert found(one) == []
    assert schema.load("21.2").check(desired(one, schema.load("21.2")).tree) == []


@pytest.mark.parametrize(
    ("before", "hours", "repeat", "delay", "tries"),
    [
        ("30d", 720, 24, 3600, 30), ("6d", 144, 24, 3600, 6), ("5d", 120, 20, 3600, 6), ("2d", 48, 8, 3600, 6),
        ("12h", 12, 2, 3600, 6), ("11h", 11, 1, 1800, 11), ("90m", 2, 1, 1800, 2), ("10m", 1, 1, 1800, 1),
        ("365d", 8760, 24, 3600, 365), ("400d", 8760, 24, 3600, 365),
    ],
)
def test_what_is_worked_out_of_the_window(before: str, hours: int, repeat: int, delay: int, tries: int) -> None:
    """The first warning comes no later than the window opens, six tries fit where hours allow, none is dropped."""
    one = router(f"method: ehs, before: {before}")
    warning = window.warning_of(one, ["sr-cert"])

    assert warning == ExpirationWarning(hours=hours, repeat_hours=repeat)
    assert window.delay_of(one.certificates["sr-cert"], warning) == delay
    assert window.tries_of(warning, delay) == tries
    assert delay < repeat * 3600
    assert schema.load("21.2").check(desired(one, schema.load("21.2")).tree) == []


@pytest.mark.parametrize(
    ("hours", "repeat", "delay", "tries"),
    [
        (0, 24, 60, 0), (24, 0, 60, 1), (24, 24, 60, 1), (25, 24, 60, 2), (48, 24, 60, 2), (49, 24, 60, 3),
        (48, 24, 86400, 2), (48, 24, 86401, 1), (720, 24, 604800, 5),
    ],
)
def test_the_tries_are_counted(hours: int, repeat: int, delay: int, tries: int) -> None:
    """A warning at the very end is no try; those within the delay after a run are none either."""
    assert window.tries_of(ExpirationWarning(hours=hours, repeat_hours=repeat), delay) == tries


@pytest.mark.parametrize(
    ("renewal", "warning", "life", "codes"),
    [
        # the first warning against the window
        ("before: 10d", "hours: 240, repeat_hours: 24", "", []),
        ("before: 10d", "hours: 239, repeat_hours: 24", "", ["warning-window-short"]),
        ("before: 10d", "hours: 241, repeat_hours: 24", "", ["warning-window-long"]),
        ("before: 365d", "hours: 8760, repeat_hours: 24", "", []),
        ("before: 366d", "", "", ["warning-window-short"]),
        ("before: 2d", "hours: 48, repeat_hours: 8", "", []),
        # repeats against the first warning
        ("before: 3d", "hours: 72, repeat_hours: 71", "", ["renewal-few-tries"]),
        ("before: 3d", "hours: 72, repeat_hours: 72", "", ["renewal-single-try"]),
        ("before: 3d", "hours: 72, repeat_hours: 36", "", ["renewal-few-tries"]),
        ("before: 3d", "hours: 73, repeat_hours: 36", "", ["warning-window-long"]),
        ("before: 3d", "hours: 72", "", ["warning-once"]),
        # repeats against the delay
        ("before: 3d, min_delay: 86399", "hours: 72, repeat_hours: 24", "", []),
        ("before: 3d, min_delay: 86400", "hours: 72, repeat_hours: 24", "", ["renewal-delayed"]),
        ("before: 3d", "hours: 72, repeat_hours: 1", "", []),
        # the certificate's life
        ("before: 10d", "", "11d", []),
        ("before: 10d", "", "10d", ["renewal-before-lifetime"]),
        ("before: 10d", "hours: 240, repeat_hours: 24", "241h", []),
        ("before: 9d", "hours: 240, repeat_hours: 24", "240h", ["renewal-before-lifetime", "warning-window-long"]),
        ("before: 10d", "hours: 0", "", ["renewal-never"]),
        ("before: 47h", "", "", ["renewal-late"]),
    ],
)
def test_the_window_is_held_against_warnings_and_life(renewal: str, warning: str, life: str, codes: list[str]) -> None:
    """One hour, or one second, on either side of each border."""
    assert found(router(f"method: ehs, {renewal}", warning=warning, life=life)) == codes


def test_the_tries_are_stated() -> None:
    """Whoever is warned of few tries is told how many."""
    for renewal, warning, words in (
        ("before: 3d", "hours: 72, repeat_hours: 36", "2 tries before expiry: 72 hours, one each 36"),
        ("before: 3d, min_delay: 86400", "hours: 72, repeat_hours: 24", "3 tries before expiry"),
        ("before: 3d, min_delay: 90000", "hours: 72, repeat_hours: 24", "2 tries before expiry"),
    ):
        (item,) = on_release(router(f"method: ehs, {renewal}", warning=warning), schema.load("21.2"))
        assert words in item.message


def test_one_warning_for_all_certificates_is_held_against_each() -> None:
    """The widest window counts for all: one that lives no longer than that would be renewed without end."""
    (section,) = re.findall(r"(?ms)^  sr-cert:\n.*?(?=^\S)", BARE)
    short, long = (
        re.sub(r"    renewal: .*\n", f"    renewal: {{{words}}}\n", section)
        for words in ("before: 10d, method: ehs}\n    lifetime: {40d", "before: 60d, method: ehs")
    )
    short = short.replace("lifetime: {40d}", "lifetime: 40d")
    text = BARE.replace(section, short + long.replace("sr-cert", "other").replace("sr-key", "other-key"))
    codes = [(item.code, item.loc) for item in on_release(loads(text).routers["sr"], schema.load("21.2"))]

    at = ("certificates", "sr-cert", "renewal", "before")
    assert codes == [("renewal-before-lifetime", at), ("warning-window-long", at)]


@pytest.mark.parametrize(("before", "codes"), [("2d", []), ("3601s", ["renewal-late"]),
                                               ("3600s", ["renewal-late", "renewal-single-try"])])
def test_native_renewal_is_tried_again_in_time(before: str, codes: list[str]) -> None:
    """Its second try comes after the router's hour; a window of that hour has none."""
    assert found(router(f"method: native, before: {before}"), "25.10") == codes
