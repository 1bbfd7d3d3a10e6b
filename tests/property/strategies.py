"""Random configuration trees over a real schema, for the property tests. Trees are legal but need not make sense."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from sroscert.schema import Node, Schema, Type, load
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path, Segment, Value

SCHEMAS = (load("21.2"), load("25.10"))
schemas = st.sampled_from(SCHEMAS)
LINE = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
"""Every character that an MD-CLI line can carry."""
NUMBERS = tuple(str(number) for number in (0, 1, 2, 5, 10, 24, 30, 60, 100, 255, 720, 1024, 3600, 57400, 86400))
WORDS = (
    "a", "sr-cert", "sr key", 'the "name"', "back\\slash\\", "{", "}", "[", "]", "[a b]", "#note", "true", "event", "",
    "10.0.0.1", "10.0.0.0/8", "2001:db8::1", "::1", "http://172.20.20.6:8080/x", "cf3:/a.txt", "cf3:\\a", "Base",
    "management", "2021-03-31T07:15:20.0Z", "_tmnx_x", "é ü 漢字", "<file:x>", " lead and trail ", "aa:bb:cc:dd:ee:ff",
    "0x1f", "user@host", "running", "candidate", "00:00", "UTC", "-5.0", "1.5",
)
STEMS = (
    (), ("system",), ("system", "security"), ("system", "grpc"), ("log", "filter"), ("system", "script-control"),
    ("log", "filter", "named-entry"), ("log", "filter", "named-entry", "match"), ("system", "security", "pki"),
    ("system", "security", "pki", "ca-profile"), ("system", "security", "tls"), ("log", "log-id", "destination"),
    ("system", "grpc", "tls-server-profile"), ("system", "grpc", "allow-unsecure-connection"), ("log",),
    ("system", "time", "zone"), ("system", "security", "pki", "certificate-update-profile"),
    ("system", "script-control", "script-policy"), ("system", "login-control", "motd"),
)
"""Where a walk to a random leaf starts: half of the schema is event numbers, and they are all alike."""
_PROBES = ("x", "x y", 'q"\\q', "é", "#{[")


@dataclass
class _Twig:
    node: Node
    value: Value | None = None
    twigs: dict[Segment, _Twig] = field(default_factory=dict)


def values(kind: Type) -> st.SearchStrategy[str] | None:
    """Return canonical values of a type, or None where none is known."""
    return _values(id(kind), kind)


_CACHE: dict[int, st.SearchStrategy[str] | None] = {}


def _values(key: int, kind: Type) -> st.SearchStrategy[str] | None:
    if key not in _CACHE:
        _CACHE[key] = _made(kind)
    return _CACHE[key]


def _made(kind: Type) -> st.SearchStrategy[str] | None:
    if kind.base == "enumeration":
        return st.sampled_from(sorted(kind.enum))
    if kind.base == "bits":
        bits = st.lists(st.sampled_from(kind.bits), min_size=1, unique=True)
        return bits.map(lambda names: kind.canonical(" ".join(names)))
    known = [text for text in (*WORDS, *NUMBERS, *kind.values()) if _is_canonical(kind, text)]
    free = all(_is_canonical(kind, probe) for probe in _PROBES)
    if free:
        text = st.text(LINE, min_size=1, max_size=20).filter(lambda text: _is_canonical(kind, text))
        return st.one_of(text, st.sampled_from(known))
    return st.sampled_from(known) if known else None


def _is_canonical(kind: Type, text: str) -> bool:
    return kind.accepts(text) and kind.canonical(text) == text


def clash(one: Node, other: Node) -> bool:
    """Tell whether two siblings lie in different cases of one choice (RFC 7950 section 7.9)."""
    for (choice, case), (other_choice, other_case) in zip(one.choice, other.choice, strict=False):
        if choice != other_choice or case != other_case:
            return choice == other_choice
    return False


@st.composite
def members(draw: st.DrawFn, schema: Schema, root: str = "configure") -> list[tuple[Path, Value]]:
    """Draw leaves all over the tree, each with its path; entries and presence containers are not listed."""
    found: list[tuple[Path, Value]] = []
    for _ in range(draw(st.integers(1, 8))):
        node = schema.node((root,))
        assert node is not None
        trail: tuple[Segment, ...] = (Segment(root),)
        stem = list(draw(st.sampled_from(STEMS))) if root == "configure" else []
        while not node.is_leaf:
            names = [name for name in node.children if name not in node.keys and _has_keys(node.children[name])]
            if stem and stem[0] not in names:
                break  # the release does not have it
            if not names or (not stem and node.keys and draw(st.integers(0, 9)) == 0):
                break
            node = node.children[stem.pop(0) if stem else draw(st.sampled_from(names))]
            keys = tuple((name, draw(_key(node.children[name]))) for name in node.keys)
            trail = (*trail, Segment(node.name, keys))
        value = draw(_value(node))
        if value is not None:
            found.append((Path(trail), value))
    return found


def _key(node: Node) -> st.SearchStrategy[str]:
    assert node.type is not None
    few = [text for text in ("a", "b", "c", "1", "2", "10.0.0.1") if _is_canonical(node.type, text)]
    found = values(node.type)
    assert found is not None
    return st.one_of(st.sampled_from(few), st.sampled_from(few), found) if few else found


def _has_keys(node: Node) -> bool:
    """Tell whether a value is known for each key; exotic forms of text are left to the other tests."""
    kinds = [node.children[name].type for name in node.keys]
    return all(kind is not None and values(kind) is not None for kind in kinds)


def _value(node: Node) -> st.SearchStrategy[Value | None]:
    if node.type is None:
        return st.just(PRESENT if node.kind == "list" or node.presence else None)
    if node.secret:
        return st.sampled_from(["env:CODE", "file:codes/sr", 'file:a "b"'])
    if node.type.base == "empty":
        return st.just(EMPTY)
    found = values(node.type)
    if found is None:
        return st.none()
    if node.kind == "leaf-list":
        return st.lists(found, min_size=1, max_size=4, unique=True).map(tuple)
    return found


def planted(items: Iterable[tuple[Path, Value]], schema: Schema) -> ConfigTree:
    """Return a tree in document order with entries and presence containers; later rivals of a choice are dropped."""
    top: dict[Segment, _Twig] = {}
    for path, value in items:
        _plant(top, path, value, schema)
    flat: list[tuple[Path, Value]] = []
    _flatten(top, (), flat)
    return ConfigTree(tuple(flat))


def _plant(top: dict[Segment, _Twig], path: Path, value: Value, schema: Schema) -> None:
    twigs, node = top, None
    for segment in path.segments:
        node = schema.node((segment.name,)) if node is None else node.children[segment.name]
        assert node is not None
        if any(clash(node, other.node) for other in twigs.values()):
            return
        twig = twigs.setdefault(segment, _Twig(node, PRESENT if node.kind == "list" or node.presence else None))
        twigs = twig.twigs
    twig.value = value


def _flatten(twigs: dict[Segment, _Twig], trail: tuple[Segment, ...], flat: list[tuple[Path, Value]]) -> None:
    for segment, twig in twigs.items():
        here = (*trail, segment)
        if twig.value is not None:
            flat.append((Path(here), twig.value))
        _flatten(twig.twigs, here, flat)


@st.composite
def trees(draw: st.DrawFn, schema: Schema, root: str = "configure") -> ConfigTree:
    """Draw one tree."""
    return planted(draw(members(schema, root)), schema)


@st.composite
def pairs(draw: st.DrawFn, schema: Schema) -> tuple[ConfigTree, ConfigTree]:
    """Draw a desired and an observed tree that have much in common, in different orders."""
    shared, mine, other = draw(members(schema)), draw(members(schema)), draw(members(schema))
    desired = planted(draw(st.permutations([*shared, *mine])), schema)
    observed = planted(draw(st.permutations([*shared, *other])), schema)
    return desired, observed
