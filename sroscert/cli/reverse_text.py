"""What would undo a plan, as text and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sroscert.plan.document import change_documents
from sroscert.plan.plan import Plan
from sroscert.plan.reverse import Reversal, Way, reverse
from sroscert.render.diff import change_lines

_SHOWN = 6


def reverse_lines(plan: Plan, full: bool) -> list[str]:
    """Return what would undo the plan of one router, in order; what cannot be undone comes last, with a cross."""
    back = reverse(plan)
    head = f"{plan.router.name}  {plan.router.address}  "
    if not back:
        return [f"{head}nothing would have to be undone"]
    lines = [f"{head}to take plan {plan.digest} back, once it is done:"]
    for number, item in enumerate(_possible(back), 1):
        lines.append(f"  {number:>2}  {item.text}")
        shown = [f"        {sign} {line}" for sign, line in change_lines(item.changes, plan.schema)]
        hidden = 0 if full else max(0, len(shown) - _SHOWN)
        lines += shown[: len(shown) - hidden]
        if hidden:
            lines.append(f"          … {hidden} more lines (--full)")
    lines += [f"   x  cannot be undone: {item.text}" for item in back if item.way is Way.IMPOSSIBLE]
    return lines


def reverse_document(plan: Plan) -> dict[str, Any]:
    """Return the same as JSON data."""
    return {
        "release": str(plan.observed.release),
        "digest": plan.digest,
        "reverse": [
            {
                "undoes": item.of,
                "way": item.way.value,
                "text": item.text,
                "changes": change_documents(item.changes, plan.schema),
            }
            for item in reverse(plan)
        ],
    }


def _possible(back: Sequence[Reversal]) -> list[Reversal]:
    return [item for item in back if item.way is not Way.IMPOSSIBLE]
