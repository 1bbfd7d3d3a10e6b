"""Where the text templates are, and the environment that they are rendered with.

Templates arrange; every value is made a finished word before it reaches one, so a template cannot get quoting wrong.
Those of HTML pages have an environment of their own, which escapes every value.
"""

from __future__ import annotations

import functools
import pathlib
import unicodedata

import jinja2

from sroscert.errors import RenderError

_PACKAGE = pathlib.Path(__file__).resolve().parent.parent


def template_folder() -> pathlib.Path:
    """Return the folder ``templates``: of the installed package, or of the checkout. Raises RenderError."""
    for folder in (_PACKAGE / "_data" / "templates", _PACKAGE.parent / "templates"):
        if folder.is_dir():
            return folder
    raise RenderError("the folder with the templates is missing", hint="install sroscert again")


@functools.cache
def environment() -> jinja2.Environment:
    """Return the one environment; an undefined name in a template is an error, never an empty text."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - nothing here is HTML; words come quoted for MD-CLI
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def page_environment() -> jinja2.Environment:
    """Return the environment of HTML pages: every value is escaped, and characters that hide or turn text are shown."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: object) -> object:
    """Write out control, format, surrogate and separator characters: a name cannot turn the text around it."""
    if hasattr(value, "__html__"):
        return value
    return "".join(_shown(character) for character in str(value))


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    return f"\\u{ord(character):04x}"
