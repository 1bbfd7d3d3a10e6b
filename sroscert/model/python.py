"""Python scripts: ``/configure/python/python-script``, from 21.10."""

from __future__ import annotations

import pathlib
import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from sroscert.model.base import Entry, Listed, Local
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
    source: Annotated[pathlib.Path | None, Local()] = Field(
        default=None, strict=False, description="local file that is put at the first of the urls"
    )
    content: Annotated[SkipJsonSchema[bytes | None], Local()] = Field(default=None, validation_alias="(content)")

    @model_validator(mode="after")
    def _put_on_a_card(self) -> Self:
        if self.source is not None and re.match(r"cf[1-3](-[ab])?:", self.urls[0], re.IGNORECASE) is None:
            why = "source is put on a card of the router: the first of urls is not on one"
            raise PydanticCustomError("bad-value", why)
        return self
