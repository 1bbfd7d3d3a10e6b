"""Prompts against the expressions that client software waits with (facts/sros-mgmt.md §4.6)."""

from __future__ import annotations

import re

import pytest
from sroscert_lab.router.cli.prompts import ModeMark, classic_prompt, md_prompt

OLD, NEW = (19, 10), (21, 2)
#: scrapli_community's levels; scrapli takes carriage returns out and ignores case.
EXEC = r"^(?!\(ex\)|\(ro\)|\(gl\)|\(pr\))\[.*\]\n[abcd]:[\w\._]+@[\w\s_.-]+#\s?$"
CONFIGURATION = r"^(?:!|\*)?\((ex|ex:bof)\)\[\/?\]\n\*?[abcd]:[\w\._]+@[\w\s_.-]+#\s?$"
WITH_PATH = r"^(?:!|\*)?\((ex|ex:bof)\)\[(\S|\s){2,}\]\n\*?[abcd]:[\w\._]+@[\w\s_.-]+#\s?$"
CLASSIC = r"^\*?[abcd]:[\w\s_.-]+#\s?$"
CLASSIC_CONFIGURATION = r"^\*?[abcd]:[\w\s_.-]+>config[\w>]*(#|\$)\s?$"
SCRAPLI = {"exec": EXEC, "config": CONFIGURATION, "path": WITH_PATH, "classic": CLASSIC, "cconf": CLASSIC_CONFIGURATION}
NAPALM = r"[\r\n]*\!?\*?(\((ex|gl|pr|ro)\))?\[.*\][\r\n]+[ABCD]\:\S+\@\S+\#\s$"
NETMIKO_BASE = r"\*?(.*?)(>.*)*#"

EX = ModeMark("ex")
CASES = [
    (md_prompt(OLD, "admin", "sr", "", ModeMark()), "\n[]\nA:admin@sr# ", {"exec"}),
    (md_prompt(NEW, "admin", "sr", "", ModeMark()), "\n[/]\nA:admin@sr# ", {"exec"}),
    (md_prompt(OLD, "admin", "sr", "", EX), "\n(ex)[]\nA:admin@sr# ", {"config"}),
    (md_prompt(NEW, "admin", "sr", "", ModeMark("ex", changed=True)), "\n*(ex)[/]\nA:admin@sr# ", {"config"}),
    (md_prompt(OLD, "admin", "sr", "configure", EX), "\n(ex)[configure]\nA:admin@sr# ", {"path"}),
    (
        md_prompt(NEW, "admin", "sr", 'configure router "Base"', EX),
        '\n(ex)[/configure router "Base"]\nA:admin@sr# ',
        {"path"},
    ),
    (
        md_prompt(NEW, "admin", "sr", "configure", ModeMark("pr", implicit=True, changed=True, stale=True)),
        "\n!*[pr:/configure]\nA:admin@sr# ",
        set(),
    ),
    (classic_prompt("sr", (), unsaved=False), "A:sr# ", {"classic"}),
    (classic_prompt("sr", (), unsaved=True), "*A:sr# ", {"classic"}),
    (classic_prompt("sr", ("config", "system"), unsaved=True), "*A:sr>config>system# ", {"cconf"}),
    (classic_prompt("sr", ("config", "log"), unsaved=False, is_new=True), "A:sr>config>log$ ", {"cconf"}),
]


@pytest.mark.parametrize(("prompt", "text", "levels"), CASES)
def test_a_prompt_is_recognised_as_its_level_and_no_other(prompt: str, text: str, levels: set[str]) -> None:
    """Each of scrapli's expressions finds exactly the prompts of its level."""
    found = {name for name, pattern in SCRAPLI.items() if re.search(pattern, prompt, re.MULTILINE | re.IGNORECASE)}

    assert text == prompt
    assert levels == found


@pytest.mark.parametrize("prompt", [prompt for prompt, _, levels in CASES if levels & {"exec", "config", "path"}])
def test_napalm_recognises_the_md_prompts(prompt: str) -> None:
    """The expression of napalm-sros's shell, over the wire's line ends."""
    assert re.search(NAPALM, prompt.replace("\n", "\r\n"))


@pytest.mark.parametrize("prompt", [prompt for prompt, _, _ in CASES if prompt.endswith("# ")])
def test_netmiko_finds_the_same_base_in_all(prompt: str) -> None:
    """What netmiko keeps of the last line does not change with context and mode."""
    match = re.search(NETMIKO_BASE, prompt.rpartition("\n")[2])

    assert match is not None
    assert match[1] in ("A:admin@sr", "A:sr")
