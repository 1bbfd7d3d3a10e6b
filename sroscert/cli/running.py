"""Run the command line: how errors, interrupts and bugs become a message and an exit code.

The commands are in ``commands``; this is imported at the start of the process and imports nothing heavy.
"""

from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Callable

import typer

from sroscert.cli import streams
from sroscert.cli.commands import app
from sroscert.cli.interrupts import interrupted, wants_json
from sroscert.errors import ExitCode, OutputLostError, SroscertError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (also raised as SystemExit when run as a script)."""
    if arguments is None and isinstance(sys.stdout, io.TextIOWrapper):
        streams.prepare()
    code = _run(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        code = _told(code)
        if code == ExitCode.INTERRUPTED:
            # Threads that wait for a router would keep the process; nothing that they do needs to be finished.
            os._exit(code)
        sys.exit(code)
    return code


def _told(code: int) -> int:
    """Say where standard output is not complete; the exit code then is not that of a success."""
    lost = streams.lost()
    if lost is None:
        return code
    from sroscert.cli.output import print_error

    error = OutputLostError(
        f"standard output cannot be written: {lost.strerror}",
        state="what was done is done; only what was to be said of it is lost",
        hint="make room and look again; of a command that changes routers: sroscert run show last",
    )
    print_error(error, json_output=False)
    sys.stderr.flush()
    return error.exit_code if code in {ExitCode.OK, ExitCode.CHANGES} else code


@functools.cache
def _command() -> Callable[..., object]:
    """The command with all that is below it: made once, which takes as long as half of `--help`."""
    return typer.main.get_command(app)


def _run(arguments: list[str]) -> int:
    try:
        result = _command()(args=arguments, prog_name="sroscert", standalone_mode=False)
        if result == ExitCode.INTERRUPTED and not isinstance(result, ExitCode):
            # What typer makes of an interrupt; a command that was interrupted has said so, and gives an ExitCode.
            return _interrupted(arguments)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except typer.Exit as error:
        return int(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted(arguments)
    except typer.TyperException as error:
        from sroscert.cli.usage import print_usage

        print_usage(error, arguments, wants_json(arguments))
        return ExitCode.USAGE
    except SroscertError as error:
        from sroscert.cli.output import print_error

        print_error(error, json_output=wants_json(arguments))
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the top of the command line: a bug of ours is exit 1
        from sroscert.cli.logfile import report_bug

        report_bug(error)
        return ExitCode.BUG


def _interrupted(arguments: list[str]) -> int:
    if wants_json(arguments):
        sys.stdout.write(interrupted(json_output=True))
    else:
        sys.stderr.write(interrupted(json_output=False))
    return ExitCode.INTERRUPTED
