"""The prompts of both engines, per release (facts/sros-mgmt.md §4.1)."""

from __future__ import annotations

from dataclasses import dataclass

#: `[/]` came with 21.x; before, contexts are written without the leading slash.
_FIRST_WITH_SLASH = (21, 2)


@dataclass(frozen=True, slots=True)
class ModeMark:
    """The configuration mode as the prompt shows it.

    Attributes:
        letters: `ex`, `gl`, `pr`, `ro`; empty in operational mode.
        implicit: entered by `configure exclusive` and the like, shown inside the brackets.
        changed: the candidate has uncommitted changes (`*`).
        stale: the candidate is not based on what is running now (`!`).
    """

    letters: str = ""
    implicit: bool = False
    changed: bool = False
    stale: bool = False


def md_prompt(
    release: tuple[int, int], user: str, name: str, context: str, mode: ModeMark, *, newline: bool = True,
    slot: str = "A",
) -> str:
    """The empty line (`environment prompt newline`), the line with mode and context, and the one that is typed on."""
    place = ("/" if release >= _FIRST_WITH_SLASH else "") + context
    marks = ("!" if mode.stale else "") + ("*" if mode.changed else "")
    if not mode.letters:
        shown = f"{marks}[{place}]"
    elif mode.implicit:
        shown = f"{marks}[{mode.letters}:{place}]"
    else:
        shown = f"{marks}({mode.letters})[{place}]"
    return ("\n" if newline else "") + f"{shown}\n{slot}:{user}@{name}# "


def classic_prompt(
    name: str, contexts: tuple[str, ...], *, unsaved: bool, is_new: bool = False, slot: str = "A"
) -> str:
    """`*A:name>config>system# `, with `$` in a context that was just made."""
    place = "".join(f">{item}" for item in contexts)
    return f"{'*' if unsaved else ''}{slot}:{name}{place}{'$' if is_new else '#'} "
