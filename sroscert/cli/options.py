"""The options that several commands share, each spelled once. Imports typer only."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

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


Files = Annotated[
    list[Path],
    typer.Option("--file", "-f", envvar="SROSCERT_FILE", help="Intent file; may be given several times."),
]
FilesOrPlan = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", envvar="SROSCERT_FILE", help="Intent file; may be given several times."),
]
PlanArgument = Annotated[
    Path | None,
    typer.Argument(metavar="PLAN", help="A plan that plan --save wrote: do exactly that, or nothing."),
]
PlanOutput = Annotated[
    str,
    typer.Option(
        "--output", "-o", envvar="SROSCERT_OUTPUT", metavar="text|json|FILE",
        help="Form of the output; a FILE.plan or FILE.json is as with --save.",
    ),
]
SavePlan = Annotated[
    Path | None, typer.Option("--save", envvar="SROSCERT_SAVE", help="Write the plan into this file, for apply FILE.")
]
Reverse = Annotated[
    bool, typer.Option("--reverse", envvar="SROSCERT_REVERSE", help="Show what would undo the plan instead.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option("--limit", "-l", "--router", envvar="SROSCERT_LIMIT", help="Only routers of this name or pattern."),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", envvar="SROSCERT_OUTPUT", help="Form of the output.")]
Workers = Annotated[
    int, typer.Option("--jobs", "-j", envvar="SROSCERT_JOBS", min=1, max=512, help="Routers worked on at once.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", envvar="SROSCERT_YES", help="Do not ask before changing anything.")]
NoRenew = Annotated[
    bool,
    typer.Option("--no-renew", envvar="SROSCERT_NO_RENEW", help="Leave certificates that are due for another time."),
]
SetSecrets = Annotated[
    bool,
    typer.Option("--set-secrets", envvar="SROSCERT_SET_SECRETS", help="Set secrets again that are on the router."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", envvar="SROSCERT_DRY_RUN", help="Show the plan only.")]
MaxFail = Annotated[
    int | None,
    typer.Option(
        "--max-fail", envvar="SROSCERT_MAX_FAIL", min=1, help="Begin no further router after this many failures."
    ),
]
AllowInterrupt = Annotated[
    bool,
    typer.Option(
        "--allow-interrupt",
        envvar="SROSCERT_ALLOW_INTERRUPT",
        help="Go on when this ends open gRPC sessions or restarts a profile that others use.",
    ),
]
Override = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        envvar="SROSCERT_OVERRIDE",
        help="Put a guard aside by its code, e.g. certificate-ends; may be given several times.",
    ),
]
ConfirmTimeout = Annotated[
    int,
    typer.Option(
        "--confirm-timeout",
        envvar="SROSCERT_CONFIRM_TIMEOUT",
        min=10,
        max=3600,
        help="Seconds after which the router undoes an unconfirmed commit.",
    ),
]
VerifyTimeout = Annotated[
    float,
    typer.Option(
        "--verify-timeout",
        envvar="SROSCERT_VERIFY_TIMEOUT",
        min=0.1,
        max=600,
        help="Seconds that the checks after a commit may take to hold.",
    ),
]
SettleTimeout = Annotated[
    float,
    typer.Option(
        "--settle-timeout",
        envvar="SROSCERT_SETTLE_TIMEOUT",
        min=0,
        max=86400,
        help="Seconds to poll a request that the CA has not decided on.",
    ),
]
ConnectTimeout = Annotated[
    float,
    typer.Option("--connect-timeout", envvar="SROSCERT_CONNECT_TIMEOUT", min=0.1, max=600, help="Seconds to connect."),
]
ReleaseOption = Annotated[
    str | None,
    typer.Option("--release", envvar="SROSCERT_RELEASE", help="SR OS release, e.g. 21.2, for routers without."),
]
Full = Annotated[bool, typer.Option("--full", envvar="SROSCERT_FULL", help="Show every line of configuration.")]
SavedConfig = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="SROSCERT_CONFIG",
        help="Saved configuration that stands in for a router, or a folder of <router>.cfg; no network is used.",
    ),
]
