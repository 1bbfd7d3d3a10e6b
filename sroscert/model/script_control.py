"""Scripts and script policies: ``/configure/system/script-control``; and the users that scripts run as."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from sroscert.model.base import Entry, Item, Local, Named, Node, Strict
from sroscert.model.python import PythonScript
from sroscert.model.scalars import OWNER, AdminState, Description
from sroscert.values import Path

SCRIPT_CONTROL = Path.of("configure", "system", "script-control")

CLI_SCRIPT_USER = Path.of("configure", "system", "security", "cli-script", "authorization", "event-handler", "cli-user")
"""The user that CLI scripts of event handling run as; scripts may do everything where it is not set."""

PYTHON_SCRIPT_USER = Path.of(
    "configure", "system", "security", "python-script", "authorization", "event-handler", "cli-user"
)
"""The same of Python handlers, from 21.10."""

SCRIPT_USERS: Mapping[str, Path] = {"cli": CLI_SCRIPT_USER, "python": PYTHON_SCRIPT_USER}
"""Kinds of scripts, as an intent calls them, and where the user of each is."""

UserName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"\S")]

Seconds = Annotated[int, Field(ge=0, le=21474836)] | Literal["forever"]


class Owned(Entry):
    """A list entry whose second key is its owner."""

    owner: Annotated[str | None, Local()] = Field(default=None, description=f'second key; "{OWNER}" when left out')

    @property
    def owner_key(self) -> str:
        """The owner that is written."""
        return self.owner or OWNER


class Script(Owned):
    """A script file on the router."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    description: Description | None = Field(default=None)
    location: str = Field(min_length=1, max_length=255, description="where the router finds it, e.g. cf3:\\\\renew.txt")
    source: Annotated[pathlib.Path | None, Local()] = Field(
        default=None, strict=False, description="local file that is put there"
    )
    content: Annotated[SkipJsonSchema[bytes | None], Local()] = Field(default=None, validation_alias="(content)")


class ScriptReference(Node):
    """The script that a policy runs."""

    name: str
    owner: str | None = Field(default=None)


class PythonReference(Node):
    """The Python script that a policy runs."""

    name: str


class ScriptPolicy(Owned):
    """How a script is run and where its results go."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    expire_time: Seconds | None = Field(default=None)
    lifetime: Seconds | None = Field(default=None)
    max_completed: int | None = Field(default=None, ge=1, le=1500)
    results: str | None = Field(default=None, min_length=1, max_length=255, description="prefix of the result files")
    lock_override: bool | None = Field(default=None)
    script: ScriptReference | None = Field(default=None, description="the CLI script that is run")
    python_script: PythonReference | None = Field(default=None, description="the Python script that is run instead")
    python_lifetime: int | None = Field(default=None, ge=30, le=86400, description="seconds")

    @model_validator(mode="after")
    def _one_script(self) -> Self:
        if (self.script is None) == (self.python_script is None):
            raise PydanticCustomError("missing-key", "a script policy runs either script or python_script")
        return self


class ScriptUsers(Strict):
    """The local users whose rights scripts of event handling have; one for all handlers of a router."""

    cli: UserName | None = Field(
        default=None, description="of CLI scripts (cli-script authorization); left out, it stays as it is"
    )
    python: UserName | None = Field(
        default=None, description="of Python handlers (python-script authorization); left out, it stays as it is"
    )

    def items(self) -> Iterator[Item]:
        """Yield the leaves that are wanted."""
        for kind, path in SCRIPT_USERS.items():
            if (name := getattr(self, kind)) is not None:
                yield path, name


class ScriptControlSection(Strict):
    """Everything below ``script_control`` in an intent."""

    scripts: Annotated[Mapping[str, Script], Named] = Field(default_factory=dict)
    python_scripts: Annotated[Mapping[str, PythonScript], Named] = Field(default_factory=dict)
    policies: Annotated[Mapping[str, ScriptPolicy], Named] = Field(default_factory=dict)
