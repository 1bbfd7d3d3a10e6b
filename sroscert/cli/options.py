"""The options that several commands share, each spelled once. Imports typer only.

An option of one command stands with that command; both are made by ``option``, so that each has its variable.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer


class Output(enum.StrEnum):
    """Forms of output."""

    TEXT = "text"
    JSON = "json"


class StatusOutput(enum.StrEnum):
    """Forms of the status of routers."""

    TEXT = "text"
    JSON = "json"
    PROMETHEUS = "prometheus"


class LintOutput(enum.StrEnum):
    """Forms of the findings of lint."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class Format(enum.StrEnum):
    """Forms of a rendered configuration."""

    MD_CLI = "md-cli"
    XML = "xml"
    JSON = "json"


def option(text: str, name: str, *others: str, **more: Any) -> typer.models.OptionInfo:
    """Return an option with its help ``text``; its environment variable is ``SROSCERT_`` and its long ``name``.

    ``others`` are its other spellings; ``more`` goes to typer: the limits of a number, ``metavar`` for its value.
    """
    variable = "SROSCERT_" + name.removeprefix("--").upper().replace("-", "_")
    made: typer.models.OptionInfo = typer.Option(name, *others, envvar=variable, help=text, **more)
    return made


_FILE = option("Intent file; may be given several times.", "--file", "-f", metavar="FILE")
_OUTPUT = option("Form of the output.", "--output", "-o")
Files = Annotated[list[Path], _FILE]
FilesOrPlan = Annotated[list[Path] | None, _FILE]
OutputOption = Annotated[Output, _OUTPUT]
LintForm = Annotated[LintOutput, _OUTPUT]
StatusForm = Annotated[StatusOutput, _OUTPUT]
PlanOutput = Annotated[
    str,
    option(
        "Form of the output; a FILE.plan or FILE.json is as with --save.", "--output", "-o", metavar="text|json|FILE"
    ),
]
Limit = Annotated[
    list[str] | None, option("Only routers of this name or pattern.", "--limit", "-l", "--router", metavar="PATTERN")
]
Certificates = Annotated[
    list[str] | None, option("Only this certificate; several times.", "--certificate", metavar="NAME")
]
Workers = Annotated[int, option("Routers worked on at once.", "--jobs", "-j", metavar="N", min=1, max=512)]
Yes = Annotated[bool, option("Do not ask before changing anything.", "--yes", "-y")]
DryRun = Annotated[bool, option("Show the plan only.", "--dry-run", "-n")]
Full = Annotated[bool, option("Show every line of configuration.", "--full")]
ReleaseOption = Annotated[
    str | None, option("SR OS release, e.g. 21.2, for routers without.", "--release", metavar="RELEASE")
]
NoRenew = Annotated[bool, option("Leave certificates that are due for another time.", "--no-renew")]
Save = Annotated[
    Path | None, option("Write the plan into this file, for apply FILE; do nothing else.", "--save", metavar="FILE")
]
MoveOthers = Annotated[
    bool, option("Move entries outside the intent that name the old files, too.", "--move-others")
]
SetSecrets = Annotated[bool, option("Set secrets again that are on the router.", "--set-secrets")]
MaxFail = Annotated[
    int | None, option("Begin no further router after this many failures.", "--max-fail", metavar="N", min=1)
]
AllowInterrupt = Annotated[
    bool,
    option("Go on when this ends open gRPC sessions or restarts a profile that others use.", "--allow-interrupt"),
]
Override = Annotated[
    list[str] | None,
    option(
        "Put a guard aside by its code, e.g. certificate-ends; may be given several times.",
        "--override", metavar="CODE",
    ),
]
ConnectTimeout = Annotated[
    float, option("Seconds to connect.", "--connect-timeout", metavar="SECONDS", min=0.1, max=600)
]
ConfirmTimeout = Annotated[
    int,
    option(
        "Seconds after which the router undoes an unconfirmed commit.",
        "--confirm-timeout", metavar="SECONDS", min=10, max=3600,
    ),
]
VerifyTimeout = Annotated[
    float,
    option(
        "Seconds that the checks after a commit may take to hold.",
        "--verify-timeout", metavar="SECONDS", min=0.1, max=600,
    ),
]
SettleTimeout = Annotated[
    float,
    option(
        "Seconds to poll a request that the CA has not decided on.",
        "--settle-timeout", metavar="SECONDS", min=0, max=86400,
    ),
]
