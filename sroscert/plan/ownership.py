"""What of a router an intent owns, and what it leaves to others inside the objects that are its own (law 12). Pure."""

from __future__ import annotations

from sroscert.intent.desired import SHARED, Desired
from sroscert.plan.findings import Finding, Severity
from sroscert.render.diff import Ownership
from sroscert.values import ConfigTree, Path


def ownership(wanted: Desired) -> Ownership:
    """Return what a comparison with ``wanted`` may take away."""
    return Ownership(wanted.owned, SHARED)


def left_to_others(wanted: Desired, running: ConfigTree) -> list[Finding]:
    """Say which entries of others stay in our objects, and where others had the place that ours would have."""
    found: dict[Path, list[str]] = {}
    for path in running:
        for kind in SHARED:
            entry = Path(path.segments[: len(kind)])
            if entry.names == kind and entry not in wanted.tree and _is_in_ours(entry, wanted):
                names = found.setdefault(entry.parent, [])
                name = entry.last.keys[0][1]
                names += [name] if name not in names else []
    notes = [
        Finding(
            Severity.NOTE,
            "entry-of-others",
            f"{_words(at)} also has {', '.join(names)}, which the intent does not name: left alone",
            hint="remove it on the router when nobody needs it",
        )
        for at, names in found.items()
    ]
    return notes + [Finding(Severity.NOTE, "place-taken", text) for text in wanted.notes]


def _is_in_ours(entry: Path, wanted: Desired) -> bool:
    return any(entry.is_within(root) for root in wanted.owned if root not in wanted.retiring)


def _words(at: Path) -> str:
    """Name the object and the list in it, e.g. "CA profile lab-ca: key-list"."""
    words = [segment.keys[0][1] if segment.keys else segment.name for segment in at.segments[4:]]
    return " ".join([at.segments[4].name, *words] if at.segments[4].keys else words)
