"""Python scripts: ``/configure/python/python-script``, from 21.10."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sroscert.model.base import Entry, Listed
from sroscert.model.scalars import AdminState, Description
from sroscert.values import Path

PYTHON = Path.of("configure", "python")

URL = Annotated[str, Field(min_length=1, max_length=180)]


class PythonScript(Entry):
    """A Python application; the router reads and compiles it when this is committed, and not again by itself."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    description: Description | None = Field(default=None)
    urls: Annotated[tuple[URL, ...], Listed] = Field(
        min_length=1, max_length=3,
        description="where the router finds it, e.g. cf3:\\\\renew.py; the first that works counts",
    )
    version: Literal["python2", "python3"] = Field(default="python3")
    run_as_user: str | None = Field(default=None, min_length=1, max_length=32)
