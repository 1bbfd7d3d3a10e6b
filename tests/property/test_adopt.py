"""Importing a configuration and comparing it with itself yields no change, whatever the configuration."""

from __future__ import annotations

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sroscert.intent import loads
from sroscert.intent.desired import desired
from sroscert.plan.adopt import Adopted, adopt, common, document
from sroscert.plan.ownership import ownership
from sroscert.render.diff import diff
from sroscert.render.mdcli import to_braces, to_lines
from sroscert.render.mdcli_read import from_saved
from sroscert.render.mdcli_tokens import MdCliSyntaxError
from sroscert.render.saved import pick
from sroscert.schema import Schema
from sroscert.values import ConfigTree
from sroscert.workflow.observe import readable
from tests.property.strategies import SCHEMAS, members, planted, schemas

BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
OURS = (
    ("configure", "system", "security", "pki"), ("configure", "system", "security", "tls"),
    ("configure", "system", "grpc"), ("configure", "system", "script-control"), ("configure", "log", "filter"),
    ("configure", "log", "event-handling"), ("configure", "log", "event-trigger"),
)


@st.composite
def ours(draw: st.DrawFn, schema: Schema) -> ConfigTree:
    """Draw a tree of what an intent can own, legal but seldom sensible."""
    items = [item for _ in range(3) for item in draw(members(schema))]
    return planted([item for item in items if any(item[0].names[: len(root)] == root for root in OURS)], schema)


ANY = schemas.flatmap(lambda schema: st.tuples(st.just(schema), ours(schema)))


def check(adopted: Adopted, tree: ConfigTree, schema: Schema) -> None:
    """The intent loads, wants no change, and with what was left out accounts for every member."""
    text = yaml.safe_dump(document(adopted.sections), sort_keys=False, allow_unicode=True)
    wanted = desired(next(iter(loads(text).routers.values())), schema, running=tree)
    left = [item.path for item in adopted.left_out]

    assert diff(wanted.tree, tree, schema, owned=ownership(wanted)) == ()
    for path, value in tree.items():
        node = schema.node(path)
        said = path in wanted.tree or (node is not None and node.default == value)
        assert said or any(path.is_within(root) for root in left), path
    assert all(item.reason for item in adopted.left_out)


@BOUNDED
@given(ANY)
def test_importing_and_comparing_yields_no_change(drawn: tuple[Schema, ConfigTree]) -> None:
    """No change, and nothing is dropped without a word."""
    schema, tree = drawn

    check(adopt(tree, schema), tree, schema)


@BOUNDED
@given(ANY, st.booleans())
def test_the_same_through_a_file(drawn: tuple[Schema, ConfigTree], flat: bool) -> None:
    """A saved configuration in either form, read back and imported, wants no change of itself."""
    schema, tree = drawn
    if not tree:
        return
    text = "\n".join([*to_lines(tree, schema), ""]) if flat else to_braces(tree, schema)
    read, skipped = from_saved(pick(text, readable(schema)).text, schema)

    assert skipped == ()
    check(adopt(read, schema), read, schema)


@BOUNDED
@given(schemas.flatmap(lambda schema: st.tuples(st.just(schema), ours(schema), ours(schema))))
def test_what_two_have_in_common_is_said_once(drawn: tuple[Schema, ConfigTree, ConfigTree]) -> None:
    """The common part and a router's own part together are the router's sections."""
    schema, one, other = drawn
    several = [adopt(one, schema), adopt(planted([*one.items(), *other.items()], schema), schema)]
    shared, rest = common(several)

    for adopted, own in zip(several, rest, strict=True):
        assert _merged(shared, own) == adopted.sections


def _merged(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    result = dict(one)
    for name, value in other.items():
        there = result.get(name)
        result[name] = _merged(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return result


@BOUNDED
@given(ANY, st.booleans(), st.data())
def test_a_part_of_a_file_is_the_whole_or_an_error(
    drawn: tuple[Schema, ConfigTree], flat: bool, data: st.DataObject
) -> None:
    """Cut anywhere, or with a piece cut out or put in: never a tree of the whole file that lacks something silently."""
    schema, tree = drawn
    body = "\n".join([*to_lines(tree, schema), ""]) if flat and tree else to_braces(tree, schema) if tree else ""
    text = f"# TiMOS-B-{schema.release}.R1\n# Generated X\n\n{body}\n# Finished X\n"
    end = data.draw(st.integers(0, text.rindex("# Finished") - 2))
    try:
        read, _ = from_saved(pick(text[:end], readable(schema)).text, schema)
    except MdCliSyntaxError:
        return
    assert read == tree


@BOUNDED
@given(st.lists(st.sampled_from([
    "/configure", "configure", "{", "}", "[", "]", '"', "#", "\n", "system", "security", "tls", "pki", "router", "echo",
    "exit all", "cert-profile", "x", "\\", "A:admin@sr# ", "[/]", "log", "filter", "\r\n", "persistent-indices",
])).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is in a file, the answer is a tree or an error with a place."""
    try:
        picked = pick(text, readable(SCHEMAS[1]))
        from_saved(picked.text, SCHEMAS[1])
    except MdCliSyntaxError as error:
        assert error.line >= 1
        assert error.column >= 1
    else:
        assert picked.text.count("\n") == text.replace("\r\n", "\n").count("\n")


def test_the_walk_meets_what_can_be_said() -> None:
    """The trees are no empty promise: objects of most sections are imported, and some are refused."""
    sections: set[str] = set()
    refused: set[str] = set()

    @settings(max_examples=120, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(ANY)
    def collect(drawn: tuple[Schema, ConfigTree]) -> None:
        adopted = adopt(drawn[1], drawn[0])
        sections.update(adopted.sections)
        refused.update(item.reason for item in adopted.left_out)

    collect()
    assert {"ca_profiles", "tls", "grpc"} <= sections
    assert len(refused) > 3


