"""Drive yanglint (libyang 2.1): is this XML what Nokia's models of a release allow?

Configuration and state go through one long-lived interactive process a release, since loading the models takes
seconds and a validation milliseconds. Actions take a process each: in interactive mode yanglint does not find the
targets of an action's leafrefs in the operational data, and dies of an invalid action without any.
"""

from __future__ import annotations

import collections
import os
import pathlib
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType

from lxml import etree

from tests.yang import counter, models

DEADLINE_S = 90.0

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
STATE = "urn:nokia.com:sros:ns:yang:sr:state"
NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"

_MODULES = ("ietf-netconf", "nokia-conf", "nokia-state")
_PROFILES = {
    "ca-profile": ("ca-profile", "ca-profile-name"), "with-ca": ("ca-profile", "ca-profile-name"),
    "est-profile": ("est-profile", "name"),
    "update-certificate/certificate": ("certificate-auto-update", "certificate-file-name"),
}
"""Leaves of actions → the list in state that they refer to, and its key."""
_Pair = tuple[etree._Element, etree._Element]
"""What is to be validated, and the request that it is or answers."""
_ENVELOPES = frozenset({"config", "data", "filter", "rpc-reply", "rpc", "action", "edit-config"})
_HARMLESS = re.compile(r"expects all includes|may be referencing (?:deprecated|obsolete) node|No saved history|"
                       r"Configuration directory")
_OWN_WARNING = re.compile(r"XPath subexpression|Invalid enumeration value")
"""Said while 19.5, 19.7 and 20.2 load: a must expression of Nokia's own compares with a value that its type lacks."""
_OBSOLETE = re.compile(r'Obsolete schema node "([^"]+)" instantiated')
_BAD_FILE = re.compile(r'(?:rpc|reply)-(\d+)\.xml"')
_ACTION = re.compile(r'^\s*action\s+"?([\w.-]+)', re.MULTILINE)


class YanglintError(Exception):
    """yanglint itself failed: it did not start, load the models, or answer."""


class Yanglint:
    """Validates documents. Every method returns yanglint's complaints; an empty list means valid."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="sroscert-yanglint-")
        self._sessions: dict[str, _Session] = {}

    def __enter__(self) -> Yanglint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes and remove the work files."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        self._folder.cleanup()

    def validate_config(self, release: str, xml: bytes) -> list[str]:
        """Validate a whole configuration: ``<configure>``, or an envelope around it.

        References must lead to something in the document, and nodes that are obsolete are complaints too.
        """
        return self._session(release).validate("config", _contents(xml), obsolete=True)

    def validate_edit(self, release: str, xml: bytes) -> list[str]:
        """Validate the content of an edit-config: names, types and operations, not whether it is complete.

        libyang wants a value even in a leaf that is deleted, where RFC 6241 does not: such empty leaves are left out.
        """
        elements = _contents(xml)
        for element in elements:
            _drop_empty_deletions(element)
        return self._session(release).validate("edit", elements, obsolete=True)

    def validate_state(self, release: str, xml: bytes) -> list[str]:
        """Validate a reply to ``<get>``: ``<configure>`` and ``<state>``, which may be parts of the whole."""
        return self._session(release).validate("get", _contents(xml), obsolete=False)

    def validate_rpc(self, release: str, xml: bytes) -> list[str]:
        """Validate an action's invocation: what stands below ``<action>``, or the envelope too.

        The CA and EST profiles that it names are taken to exist.
        """
        return self.validate_rpcs(release, [xml])[0]

    def validate_rpcs(self, release: str, documents: Sequence[bytes]) -> list[list[str]]:
        """Validate invocations in one process; complaints for each."""
        found: list[list[str]] = [[] for _ in documents]
        known: list[tuple[int, _Pair]] = []
        for number, xml in enumerate(documents):
            counter.count("rpc")
            (element,) = _contents(xml)
            if self._module_file(release, element).is_file():
                known.append((number, (element, element)))
            else:
                found[number] = [f"SR OS {release} has no {_module_of(element)}"]
        for (number, _), complaints in zip(known, self._each(release, "rpc", [pair for _, pair in known]), strict=True):
            found[number] = complaints
        return found

    def validate_reply(self, release: str, xml: bytes, request: bytes) -> list[str]:
        """Validate an action's ``<rpc-reply>`` (or its ``<data>``) against the request that it answers."""
        return self.validate_replies(release, [(xml, request)])[0]

    def validate_replies(self, release: str, replies: Sequence[tuple[bytes, bytes]]) -> list[list[str]]:
        """Validate replies, each with its request, in one process; complaints for each."""
        pairs: list[_Pair] = []
        for xml, request in replies:
            counter.count("reply")
            outputs = [child for child in etree.fromstring(xml) if _name(child) not in ("ok", "rpc-error")]
            (invocation,) = _contents(request)
            action = self._action(release, invocation)
            for child in list(action):
                action.remove(child)
            action.extend(outputs)
            pairs.append((invocation, _contents(request)[0]))
        return self._each(release, "reply", pairs)

    def validate_notification(self, release: str, xml: bytes) -> list[str]:
        """Validate what a ``<notification>`` says, its eventTime aside."""
        counter.count("notification")
        content = etree.fromstring(xml)[-1]
        file = pathlib.Path(self._folder.name) / "notification.xml"
        file.write_bytes(etree.tostring(content))
        paths = [part for place in search_path(release) for part in ("-p", str(place))]
        done = subprocess.run(
            [self._program, *paths, "-t", "notif", str(self._module_file(release, content)), str(file)],
            capture_output=True, text=True, timeout=DEADLINE_S, check=False, env=_environment(file.parent),
        )
        # A must expression of the IETF's own names what is not there.
        complaints = [line for line in _complaints(done.stderr.splitlines()) if "confirm-event" not in line]
        return complaints or ([f"yanglint ended with {done.returncode}"] if done.returncode else [])

    def _each(self, release: str, kind: str, pairs: Sequence[_Pair]) -> list[list[str]]:
        """Validate all in one process; as yanglint ends at the first fault, again without each that it has named."""
        found: list[list[str]] = [[] for _ in pairs]
        left = list(range(len(pairs)))
        while left and (complaints := self._operations(release, kind, [pairs[number] for number in left])):
            named = _BAD_FILE.search(" ".join(complaints))
            if named is None and len(left) > 1:
                raise YanglintError(f"the {kind}s of SR OS {release} cannot be judged: {complaints[:3]}")
            found[left.pop(int(named[1]) if named else 0)] = complaints
        return found

    def _session(self, release: str) -> _Session:
        session = self._sessions.get(release)
        if session is None:
            folder = pathlib.Path(self._folder.name) / release
            folder.mkdir()
            session = _Session(self._program, release, folder)
            self._sessions[release] = session
        return session

    def _operations(self, release: str, kind: str, pairs: Sequence[_Pair]) -> list[str]:
        folder = pathlib.Path(self._folder.name)
        operational = folder / "operational.xml"
        operational.write_bytes(self._operational(release, [request for _, request in pairs]))
        contents = []
        for number, (document, _) in enumerate(pairs):
            contents.append(str(folder / f"{kind}-{number}.xml"))
            pathlib.Path(contents[-1]).write_bytes(etree.tostring(document))
        source = models.release_folder(release)
        modules = sorted({str(self._module_file(release, document)) for document, _ in pairs})
        state = next(path for path in (source / "nokia-submodule", source) if (path / "nokia-state.yang").is_file())
        paths = [part for place in search_path(release) for part in ("-p", str(place))]
        done = subprocess.run(
            [self._program, *paths, "-t", kind, "-O", str(operational), str(state / "nokia-state.yang"), *modules,
             *contents],
            capture_output=True, text=True, timeout=DEADLINE_S, check=False, env=_environment(folder),
        )
        complaints = _complaints(done.stderr.splitlines())
        return complaints or ([f"yanglint ended with {done.returncode}"] if done.returncode else [])

    def _module_file(self, release: str, document: etree._Element) -> pathlib.Path:
        return models.release_folder(release) / f"{_module_of(document)}.yang"

    def _action(self, release: str, invocation: etree._Element) -> etree._Element:
        """Return the action's own element below the containers that lead to it."""
        source = self._module_file(release, invocation)
        names = set(_ACTION.findall(source.read_text(encoding="utf-8")))
        found = next((element for element in invocation.iter("*") if _name(element) in names), None)
        if found is None:
            raise YanglintError(f"no action of {source.stem} in the request")
        return found

    def _operational(self, release: str, requests: Sequence[etree._Element]) -> bytes:
        """Return the data that actions refer to: the containers that they stand in and the profiles that they name."""
        state = etree.Element(f"{{{STATE}}}state")
        pki = state
        for name in ("system", "security", "pki"):
            pki = etree.SubElement(pki, f"{{{STATE}}}{name}")
        for name, (listed, key) in _PROFILES.items():
            steps = len(name.split("/"))
            words = (
                element.text or "" for one in requests for element in one.iter("*")
                if "/".join(map(_name, [*reversed(list(element.iterancestors())), element][-steps:])) == name
            )
            for word in sorted(set(words) - {found.text or "" for found in pki.iterfind(f"{{*}}{listed}/*")}):
                etree.SubElement(etree.SubElement(pki, f"{{{STATE}}}{listed}"), f"{{{STATE}}}{key}").text = word
        tops: dict[str, etree._Element] = {}
        for request in requests:
            action = self._action(release, request)
            place: etree._Element | None = None
            for tag in reversed([element.tag for element in action.iterancestors() if _is_model(element)]):
                inside = tops.get(tag) if place is None else place.find(tag)
                if inside is None:
                    inside = etree.Element(tag) if place is None else etree.SubElement(place, tag)
                if place is None:
                    tops[tag] = inside
                place = inside
        return b"".join(etree.tostring(element) for element in (state, *tops.values()))


class _Session:
    """One interactive yanglint with the models of one release loaded."""

    def __init__(self, program: str, release: str, folder: pathlib.Path) -> None:
        self._program = program
        self._release = release
        self._folder = folder
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._usual: collections.Counter[str] = collections.Counter()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def validate(self, kind: str, elements: list[etree._Element], *, obsolete: bool) -> list[str]:
        counter.count("state" if kind == "get" else kind)
        if self._process is None or self._process.poll() is not None:
            self._start()
        lines = self._data(kind, elements)
        complaints = _complaints(lines)
        if obsolete and not complaints:
            # Default nodes give warnings in any document; one more, of a name that the document has, is our doing.
            written = {_name(element) for root in elements for element in root.iter("*")}
            seen = collections.Counter(match[1] for line in lines if (match := _OBSOLETE.search(line)))
            usual = self._usual if kind == "config" else collections.Counter[str]()
            complaints = [f"{name} is obsolete" for name in sorted(seen - usual) if name in written]
        return complaints

    def _start(self) -> None:
        self.close()
        self._process = subprocess.Popen(
            [self._program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=_environment(self._folder), cwd=self._folder,
        )
        lines: list[str] = []
        for place in search_path(self._release):
            lines += self._command(f"searchpath {place}")
        for module in _MODULES:
            lines += self._command(f"load {module}")
        problems = [line for line in _complaints(lines) if not _OWN_WARNING.search(line)]
        if problems:
            raise YanglintError(f"the models of SR OS {self._release} do not load: {problems[:3]}")
        empty = etree.Element(f"{{{CONF}}}configure")
        usual = (_OBSOLETE.search(line) for line in self._data("config", [empty]))
        self._usual = collections.Counter(match[1] for match in usual if match)

    def _data(self, kind: str, elements: list[etree._Element]) -> list[str]:
        self._number += 1
        file = self._folder / f"{self._number}.xml"
        file.write_bytes(b"\n".join(etree.tostring(element) for element in elements))
        try:
            return self._command(f"data -t {kind} {file}")
        finally:
            file.unlink()

    def _command(self, line: str) -> list[str]:
        """Send a command and return what it printed: all that comes before the complaint about an unknown command."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        self._number += 1
        mark = f"end-{self._number}"
        process.stdin.write(f"{line}\n{mark}\n".encode())
        process.stdin.flush()
        output = b""
        deadline = time.monotonic() + DEADLINE_S
        while f'Unknown command "{mark}"'.encode() not in output:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
            if not chunk:
                self.close()
                words = output.decode(errors="replace").splitlines()
                raise YanglintError(f"yanglint {'ended' if ready else 'did not answer'} at {line!r}: {words[-3:]}")
            output += chunk
        return [text for text in output.decode(errors="replace").splitlines() if mark not in text]


def search_path(release: str) -> list[pathlib.Path]:
    """Return the folders with a release's models, the stand-in's first; a folder that is missing would be fatal."""
    folder = models.release_folder(release)
    places = [models.stand_in_folder(), folder / "nokia-submodule", folder / "ietf", folder]
    return [place for place in places if place.is_dir()]


def _complaints(lines: list[str]) -> list[str]:
    """Return what yanglint says beyond its harmless warnings."""
    kept = [line.strip() for line in lines if line.strip() and not _HARMLESS.search(line)]
    return [line for line in kept if not _OBSOLETE.search(line)]


def _environment(home: pathlib.Path) -> dict[str, str]:
    """Return an environment in which yanglint makes its settings folder among our work files."""
    return {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _contents(xml: bytes) -> list[etree._Element]:
    """Return the elements inside of NETCONF's envelopes."""
    pending = [etree.fromstring(xml)]
    while pending and all(_name(element) in _ENVELOPES and not _is_model(element) for element in pending):
        pending = [child for element in pending for child in element.iterchildren("*")]
    return pending


def _is_model(element: etree._Element) -> bool:
    return (etree.QName(element).namespace or "").startswith("urn:nokia.com:")


def _module_of(element: etree._Element) -> str:
    return "nokia-" + (etree.QName(element).namespace or "").rpartition(":")[2]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _drop_empty_deletions(element: etree._Element) -> None:
    for child in list(element.iterchildren("*")):
        operation = child.get(f"{{{NETCONF}}}operation", "")
        if operation in ("delete", "remove") and not len(child) and not (child.text or "").strip():
            element.remove(child)
        else:
            _drop_empty_deletions(child)
