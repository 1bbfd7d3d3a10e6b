"""What is written can be read back, whatever the text: XML, MD-CLI lines, MD-CLI braces."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from sroscert.errors import RenderError
from sroscert.render.json import to_json
from sroscert.render.mdcli import MdCliSyntaxError, from_text, quote, to_braces, to_lines
from sroscert.render.mdcli_tokens import tokens
from sroscert.render.xml import from_xml, to_xml, unknown_nodes
from sroscert.schema import Schema
from sroscert.values import PRESENT, ConfigTree, Path
from tests.property.strategies import LINE, SCHEMAS, schemas, trees

BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ANY_TREE = schemas.flatmap(lambda schema: st.tuples(st.just(schema), trees(schema)))
STATE_TREE = schemas.flatmap(lambda schema: st.tuples(st.just(schema), trees(schema, "state")))
XML_TEXT = st.text(
    st.one_of(st.sampled_from("\t\n\r<>&]'\""), st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="￾￿"))
)
UNCARRIED = st.one_of(
    st.characters(max_codepoint=31, exclude_characters="\t\n\r"),
    st.characters(categories=["Cs"]),
    st.just("\ufffe"),
)
SOUP = st.lists(st.sampled_from([
    "/configure", "system", "security", "pki", "ca-profile", '"x"', "x", "{", "}", "[", "]", "\n", "#", '"', "log", "1",
    "filter", "100", "named-entry", "cmpv2", "admin-state", "enable", "apply-groups", "true", "event-trigger", "event",
    "(pr)[/configure log]", "A:admin@sr# ", "tls", "entry", "/state", "INFO: CLI #2054: x",
])).map(" ".join)
DESCRIPTION = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name="x") / "description"
CA_PROFILE = DESCRIPTION.parent


class TestXml:
    """RFC 6241 section 3: payloads are well-formed XML 1.0; what is sent is what was meant."""

    @BOUNDED
    @given(st.one_of(ANY_TREE, STATE_TREE))
    def test_reading_what_was_written_gives_the_tree_back(self, drawn: tuple[Schema, ConfigTree]) -> None:
        """Rendering, serialising, parsing and reading is the identity."""
        schema, tree = drawn
        sent = etree.tostring(to_xml(tree, schema, resolve=str))
        element = etree.fromstring(sent)

        assert from_xml(element, schema) == tree
        assert unknown_nodes(element, schema) == ()

    @BOUNDED
    @given(XML_TEXT)
    @example("]]>")
    @example("a\r\nb")
    def test_any_xml_text_survives_in_a_string_leaf(self, text: str) -> None:
        """A string leaf carries every character that XML has, white space and line ends included."""
        tree = ConfigTree.from_items([(CA_PROFILE, PRESENT), (DESCRIPTION, text)])
        element = etree.fromstring(etree.tostring(to_xml(tree, SCHEMAS[0])))

        assert from_xml(element, SCHEMAS[0]).text(DESCRIPTION) == text

    @BOUNDED
    @given(st.text(), UNCARRIED)
    def test_text_that_xml_cannot_carry_is_refused_with_its_path(self, text: str, character: str) -> None:
        """A control character or lone surrogate is an error that names the leaf and does not repeat the text."""
        tree = ConfigTree.from_items([(CA_PROFILE, PRESENT), (DESCRIPTION, text + character)])

        with pytest.raises(RenderError) as caught:
            to_xml(tree, SCHEMAS[0])
        assert caught.value.path == str(DESCRIPTION)


class TestMdCli:
    """No text from an intent may end a token or a line."""

    @BOUNDED
    @given(ANY_TREE)
    def test_lines_read_back(self, drawn: tuple[Schema, ConfigTree]) -> None:
        """Flat lines read back as the same tree; secrets as their references."""
        schema, tree = drawn
        lines = to_lines(tree, schema)

        assert from_text("\n".join(lines), schema) == tree
        assert not any(character in line for line in lines for character in "\r\n\t")

    @BOUNDED
    @given(st.one_of(ANY_TREE, STATE_TREE))
    def test_braces_read_back(self, drawn: tuple[Schema, ConfigTree]) -> None:
        """The nested form reads back as the same tree."""
        schema, tree = drawn

        assert from_text(to_braces(tree, schema), schema) == tree

    @BOUNDED
    @given(st.text(LINE), st.text(LINE, max_size=5))
    @example("\\", "")
    @example('" # {', "")
    def test_a_quoted_text_is_exactly_one_token(self, text: str, follower: str) -> None:
        """Between two words, a quoted text is one string token that holds the text; the words stay as they are."""
        read = [token for token in tokens(f"first {quote(text)} {quote(follower)}") if token.kind != "end"]

        assert [token.kind for token in read] == ["word", "string", "string"]
        assert [token.text for token in read] == ["first", text, follower]

    @BOUNDED
    @given(st.text())
    def test_quoting_refuses_or_keeps_to_one_line(self, text: str) -> None:
        """Whatever the text, quoting gives one line or a ValueError."""
        try:
            quoted = quote(text)
        except ValueError:
            return
        assert len(quoted.splitlines()) == 1

    @BOUNDED
    @given(st.one_of(st.text(), SOUP, st.text(st.sampled_from('/configure system{}[]"\\#\n \t@A:'))), st.booleans())
    def test_no_text_crashes_the_reader(self, text: str, skip_unknown: bool) -> None:
        """Any text gives a tree or a syntax error with a place, nothing else."""
        try:
            tree = from_text(text, SCHEMAS[1], skip_unknown=skip_unknown)
        except MdCliSyntaxError as error:
            assert error.line >= 1 and error.column >= 1
            return
        to_lines(tree, SCHEMAS[1])


class TestJson:
    @BOUNDED
    @given(ANY_TREE)
    def test_it_is_json_below_one_qualified_name(self, drawn: tuple[Schema, ConfigTree]) -> None:
        """Every tree becomes one JSON object whose only member is qualified (RFC 7951 section 4)."""
        schema, tree = drawn

        assert list(json.loads(to_json(tree, schema))) == ["nokia-conf:configure"]
