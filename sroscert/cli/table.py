"""Tables for a terminal, drawn by rich: columns line up whatever letters are in them, and nothing is cut or broken.

Owns the drawing only; what stands in a cell, and where the lines go, is the caller's. rich is loaded with the first
table, so that commands without one do not wait for it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Literal

_WIDEST = 10_000
"""A table may be wider than the terminal, which wraps by itself: a cell that is shortened cannot be copied."""


def table_lines(
    head: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str], styled_column: int
) -> list[str]:
    """Return a table without a frame, a line a row.

    ``styles`` has a rich style for each row, "" for none; it colours the cell in ``styled_column``, on a terminal only.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in head:
        table.add_column(no_wrap=True)
    table.add_row(*(Text(title) for title in head))
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*(Text(cell, style if column == styled_column else "") for column, cell in enumerate(row)))
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    system: Literal["standard"] | None = "standard" if coloured else None
    console = Console(file=io.StringIO(), width=_WIDEST, force_terminal=coloured, color_system=system, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]
