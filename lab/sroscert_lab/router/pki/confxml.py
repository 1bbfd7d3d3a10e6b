"""How the readers of the configuration look into it: children, descendants, texts and switches of nokia-conf."""

from __future__ import annotations

from lxml.etree import _Element

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"


def children(element: _Element | None, name: str) -> list[_Element]:
    """The entries of a list, in their order."""
    return [] if element is None else element.findall(f"{{{CONF}}}{name}")


def descend(element: _Element | None, *names: str) -> _Element | None:
    """What stands at a path; None when it is not there."""
    for name in names:
        element = None if element is None else element.find(f"{{{CONF}}}{name}")
    return element


def text(element: _Element | None, *names: str, default: str = "") -> str:
    """The text of the leaf at a path."""
    leaf = descend(element, *names)
    return default if leaf is None else (leaf.text or "").strip()


def texts(element: _Element | None, name: str) -> tuple[str, ...]:
    """The values of a leaf-list."""
    return tuple((leaf.text or "").strip() for leaf in children(element, name))


def is_true(element: _Element | None, *names: str) -> bool:
    """Whether a boolean leaf is there and true."""
    return text(element, *names) == "true"


def is_enabled(element: _Element | None, default: str = "disable") -> bool:
    """`admin-state`."""
    return text(element, "admin-state", default=default) == "enable"
