"""Where the text templates are, and the environment that they are rendered with.

Templates arrange; every value is made a finished word before it reaches one, so a template cannot get quoting wrong.
"""

from __future__ import annotations

import functools
import pathlib

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
