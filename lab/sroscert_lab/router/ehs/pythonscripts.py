"""The Python scripts of the configuration: read and compiled when they are committed, and not again by themselves.

Source: Nokia's System Management Guide, "Provisioning and precompiling Python applications": the router reads the files
of `urls` in their order when the application is committed; the first that is valid Python counts, and with none of them
its oper-state is down. Nokia's own workshop material: the version in memory is not updated when a file changes.

A limit of the lab: files of the flash only, and no `perform python python-script reload`: a commit that changes the
script, or a boot, reads it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from ..tree import add, ensure
from .conf import PythonConf

if TYPE_CHECKING:
    from ..core import RouterCore

_ACTIVE = ("primary", "secondary", "tertiary")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A script as it was when it was committed; no text where none could be loaded."""

    conf: PythonConf
    text: str | None = None
    location: str = ""
    active: str = "none"


class PythonScripts:
    """What one router has loaded."""

    def __init__(self, core: RouterCore) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._loaded: dict[str, Loaded] = {}

    def reset(self) -> None:
        """A boot: nothing is loaded."""
        with self._lock:
            self._loaded.clear()

    def configure(self, scripts: Mapping[str, PythonConf]) -> None:
        """These are configured now; what is new or changed is loaded."""
        with self._lock:
            there = dict(self._loaded)
        found = {
            name: there[name] if name in there and there[name].conf == conf else self._load(conf)
            for name, conf in scripts.items()
        }
        with self._lock:
            self._loaded = found

    def get(self, name: str) -> Loaded | None:
        """The script of that name."""
        with self._lock:
            return self._loaded.get(name)

    def _load(self, conf: PythonConf) -> Loaded:
        for number, url in enumerate(conf.urls if conf.enabled else ()):
            try:
                text = self._core.flash.read(url).decode("utf-8")
                compile(text, url, "exec")
            except (OSError, ValueError, SyntaxError):
                continue
            return Loaded(conf, text, url, _ACTIVE[number])
        return Loaded(conf)

    def add_state(self, root: etree._Element) -> None:
        """Add /state/python."""
        with self._lock:
            loaded = dict(self._loaded)
        if not loaded or self._core.schema.node("state", "python", "python-script") is None:
            return
        shown = ensure(root, "/state/python")
        for name, script in loaded.items():
            item = add(shown, "python-script")
            add(item, "name", name)
            add(item, "oper-state", "up" if script.text is not None else "down")
            add(item, "code-size", str(len(script.text or "")))
            add(item, "active-url", script.active)
