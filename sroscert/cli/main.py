"""Where the process begins: an interrupt ends it in one line, from the first moment on.

Imports nothing of ours but what takes care of interrupts; the commands come after that.
"""

from __future__ import annotations

import signal

from sroscert.cli.interrupts import importing, leave


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (also raised as SystemExit when run as a script)."""
    try:
        with importing():
            from sroscert.cli.running import main as run
        return run(arguments)
    except KeyboardInterrupt:
        if arguments is None:
            leave()
        raise
    finally:
        if arguments is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # The interpreter takes its time to end, and would show where it was.
            signal.signal(signal.SIGINT, leave)


if __name__ == "__main__":
    main()
