"""What is said about a command line that cannot be understood. Imports nothing but the standard library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def text(error: Any, arguments: Sequence[str]) -> str:
    """Return the text for standard error; ``error`` is what the parser of the command line raised."""
    message = str(error.format_message())
    if type(error).__name__ == "NoArgsIsHelpError":
        return f"{message}\n"
    command = getattr(getattr(error, "ctx", None), "command_path", "") or "sroscert"
    advice = f"{command} --help"
    if "'--file'" in message and message.startswith("Missing"):
        # The usual slip: the file without its option.
        given = [word for word in arguments if word.endswith((".yaml", ".yml"))]
        message = "no intent file is given (-f, --file or SROSCERT_FILE)"
        advice = f"{command} {' '.join(f'-f {word}' for word in given) or '-f intent.yaml'}"
    return f"error: {message.replace('Value error, ', '')} [usage]\n  do: {advice}\n"
