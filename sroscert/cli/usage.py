"""What is said about a command line that cannot be understood. Imports nothing heavy."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from typing import Any

from sroscert.cli.output import print_error
from sroscert.errors import UsageError


def print_usage(error: Any, arguments: Sequence[str], json_output: bool) -> None:
    """Print what the parser of the command line raised; help that was asked for without a word is help as it is."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.format_message()}\n")
    else:
        print_error(usage_error(error, arguments), json_output)


def usage_error(error: Any, arguments: Sequence[str]) -> UsageError:
    """Return what the parser raised as an error of ours, with the line to type."""
    message = str(error.format_message())
    command = getattr(getattr(error, "ctx", None), "command_path", "") or "sroscert"
    advice = f"{command} --help"
    if "'--file'" in message and message.startswith("Missing"):
        # The usual slip: the file without its option.
        given = [word for word in arguments if word.endswith((".yaml", ".yml"))]
        message = "no intent file is given (-f, --file or SROSCERT_FILE)"
        advice = f"{command} {' '.join(f'-f {word}' for word in given) or '-f intent.yaml'}"
    if "'--output'" in message and (named := [word for word in arguments if _follows(word, arguments)]):
        # The other usual slip: -o is the form of the output everywhere.
        advice = f"to write a file: --out {named[0]}"
    if "No such option: --json" in message:
        message, advice = "No such option: --json", "-o json is the form of the output everywhere"
    return UsageError(message.replace("Value error, ", ""), hint=advice)


def _follows(word: str, arguments: Sequence[str]) -> bool:
    """Tell whether a word stands behind -o and looks like a file."""
    return "." in word and any(pair == ("-o", word) for pair in itertools.pairwise(arguments))
