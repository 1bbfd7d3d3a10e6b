"""A diff is exactly what is missing: sent and applied, nothing is left."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sroscert.plan.service import after
from sroscert.render.diff import Change, Ownership, change_lines, diff
from sroscert.render.xml import BASE_NAMESPACE, edit_payload, from_xml, to_xml
from sroscert.schema import Node, Schema
from sroscert.values import PRESENT, ConfigTree, Path, Value
from tests.property.strategies import clash, pairs, schemas, trees

BOUNDED = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
OPERATION = f"{{{BASE_NAMESPACE}}}operation"
PAIRS = schemas.flatmap(lambda schema: st.tuples(st.just(schema), pairs(schema), st.floats(0, 1)))
Drawn = tuple[Schema, tuple[ConfigTree, ConfigTree], float]


@BOUNDED
@given(schemas.flatmap(lambda schema: st.tuples(st.just(schema), trees(schema))))
def test_a_tree_does_not_differ_from_itself(drawn: tuple[Schema, ConfigTree]) -> None:
    """The diff of a tree with itself is empty, whatever is owned."""
    schema, tree = drawn

    assert diff(tree, tree, schema, owned=Ownership((Path.of("configure"),))) == ()


@BOUNDED
@given(PAIRS)
def test_applied_changes_leave_nothing_to_do(drawn: Drawn) -> None:
    """Applying the listed changes to the observed tree gives a tree without a difference."""
    schema, (desired, observed), share = drawn
    owned = _owned(desired, observed, share)
    result = _apply(observed, diff(desired, observed, schema, owned=owned))

    assert diff(desired, result, schema, owned=owned) == ()
    assert _orders(result, desired, schema) == _orders(desired, desired, schema)


@BOUNDED
@given(PAIRS)
def test_changes_can_be_taken_back(drawn: Drawn) -> None:
    """What a diff changed, the diff the other way round of the two trees changes back (``plan.reverse``)."""
    schema, (desired, observed), share = drawn
    result = after(observed, diff(desired, observed, schema, owned=_owned(desired, observed, share)))
    whole = Ownership((Path.of("configure"),))

    back = after(result, diff(observed, result, schema, owned=whole))
    assert diff(observed, back, schema, owned=whole) == ()


@BOUNDED
@given(PAIRS)
def test_the_payload_does_what_the_changes_say(drawn: Drawn) -> None:
    """Edited with the payload by the rules of RFC 6241 and RFC 7950, the observed tree has no difference left."""
    schema, (desired, observed), share = drawn
    owned = _owned(desired, observed, share)
    changes = diff(desired, observed, schema, owned=owned)
    payload = etree.fromstring(etree.tostring(edit_payload(changes, schema, str)))
    running = to_xml(observed, schema, resolve=str)
    root = schema.node(("configure",))
    assert root is not None
    _edit(running, payload, root)

    result = from_xml(running, schema)
    assert diff(desired, result, schema, owned=owned) == ()
    assert _orders(result, desired, schema) == _orders(desired, desired, schema)


@BOUNDED
@given(PAIRS)
def test_every_change_has_one_line(drawn: Drawn) -> None:
    """The lines for people are single lines with a sign, one at most for each change."""
    schema, (desired, observed), share = drawn
    changes = diff(desired, observed, schema, owned=_owned(desired, observed, share))
    lines = change_lines(changes, schema)

    assert len(lines) <= len(changes)
    assert all(sign in "+-~" and len(line.splitlines()) == 1 for sign, line in lines)


def _owned(desired: ConfigTree, observed: ConfigTree, share: float) -> Ownership:
    """Own some of the entries, or with a share of one the whole configuration."""
    if share == 1:
        return Ownership((Path.of("configure"),))
    entries = [path for path, value in (*desired.items(), *observed.items()) if value is PRESENT]
    return Ownership(tuple(entries[: int(len(entries) * share)]))


def _orders(tree: ConfigTree, desired: ConfigTree, schema: Schema) -> dict[tuple[Path, str], list[Path]]:
    """Return the desired entries of each user-ordered list in the order that ``tree`` has them in."""
    orders: dict[tuple[Path, str], list[Path]] = {}
    for path in tree:
        node = schema.node(path)
        if node is not None and node.user_ordered and node.kind == "list" and path in desired:
            orders.setdefault((path.parent, path.last.name), []).append(path)
    return orders


def _apply(observed: ConfigTree, changes: tuple[Change, ...]) -> ConfigTree:
    items: dict[Path, Value] = dict(observed)
    for change in changes:
        if change.kind == "remove" or (change.before is PRESENT and change.after is PRESENT):
            items = {path: value for path, value in items.items() if not path.is_within(change.path)}
        if change.after is not None:
            items[change.path] = change.after
    return ConfigTree(tuple(items.items()))


def _edit(running: etree._Element, payload: etree._Element, node: Node) -> None:
    """Apply an edit-config payload: merge, remove and replace; a set node ends the other cases of its choice."""
    for child in payload:
        name = etree.QName(child).localname
        below = node.children[name]
        there = _find(running, child, below)
        operation = child.get(OPERATION, "merge")
        if operation in {"remove", "replace"} and there is not None:
            running.remove(there)
            there = None
        if operation == "remove":
            continue
        for rival in list(running):
            if clash(below, node.children[etree.QName(rival).localname]):
                running.remove(rival)
        if there is None:
            there = etree.SubElement(running, child.tag)
            for key in below.keys:
                etree.SubElement(there, _in(child, key)).text = _text(child, key)
        if below.is_leaf:
            there.text = child.text
        else:
            _edit_inside(there, child, below)


def _edit_inside(there: etree._Element, child: etree._Element, node: Node) -> None:
    inner = etree.Element(child.tag)
    inner.extend([part for part in child if etree.QName(part).localname not in node.keys])
    _edit(there, inner, node)


def _find(running: etree._Element, child: etree._Element, node: Node) -> etree._Element | None:
    for candidate in running.findall(str(child.tag)):
        if node.kind == "leaf-list":
            if candidate.text == child.text:
                return candidate
        elif all(_text(candidate, key) == _text(child, key) for key in node.keys):
            return candidate
    return None


def _in(element: etree._Element, name: str) -> str:
    return f"{{{etree.QName(element).namespace}}}{name}"


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(_in(element, name)) or ""


