"""YANG is compiled into facts: the same ones each time, from those files only that hold them."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from sroscert import schema
from sroscert.errors import SchemaError
from sroscert.schema.compiler import compile_folder
from sroscert.schema.dump import dump
from tests.yang import models
from tests.yang.plugin import unavailable

CONF = """
module nokia-conf {
    yang-version "1.1"; namespace "urn:conf"; prefix "conf";
    import nokia-types-x { prefix "types-x"; }
    include nokia-conf-system; include nokia-conf-broken; include nokia-conf-groups;
    revision "2020-01-02";
    container configure { uses conf-broken; uses conf-groups; uses conf-system; }
}
"""
SYSTEM = """
submodule nokia-conf-system {
    yang-version "1.1"; belongs-to nokia-conf { prefix "conf"; }
    import nokia-types-x { prefix "t"; } import nokia-sros-yang-extensions { prefix "ext"; }
    grouping conf-system { container system {
        description "never to be seen";
        uses conf-grpc { refine "grpc" { presence "refined"; } }
        leaf name { type t:short { length "1..4"; pattern "a.*"; } }
        container other { leaf name { type string; } }
        container script-control {
            leaf secret { type t:encrypted-leaf-hex; }
            leaf either { type union { type t:encrypted-leaf; type empty; } }
            leaf level { type t:level; ext:immutable; }
            leaf given { type t:level; mandatory true; }
            leaf group { type leafref { path "../../../groups/group/name"; } }
            leaf here { type leafref { path "../list/id"; } }
            leaf policy { type leafref { path "../list[id=current()/../here]/extra"; } }
            leaf ratio { type decimal64 { fraction-digits 2; range "0 .. 1 | 5"; } units "percent"; }
            leaf-list flags { type bits { bit a; bit b; } min-elements 1; max-elements 3; ordered-by user; }
            leaf-list levels { type t:level; default low; default high; }
            list list { key "id extra"; max-elements unbounded;
                leaf id { type uint8; } leaf extra { type t:level; } }
            choice way { default one; mandatory false;
                case one { leaf a { type t:yes; } choice inner { mandatory true; leaf b { type empty; } } }
                leaf c { type string { pattern "x" { modifier invert-match; } } status obsolete; } }
        }
    } }
    grouping conf-grpc { container grpc { ext:auto-restart-to-modify;
        leaf admin-state { type t:level { enum low; } } } }
}
"""
GROUPS = """
submodule nokia-conf-groups {
    yang-version "1.1"; belongs-to nokia-conf { prefix "conf"; }
    grouping conf-groups {
        container groups { list group { key "name"; leaf name { type string { length "1..9"; } } } }
    }
}
"""
STATE = """
module nokia-state { yang-version "1.1"; namespace "urn:state"; prefix "state"; revision "2020-01-03";
    container state { config false; container system { leaf oper-name { type string; } } } }
"""
TYPES = """
module nokia-types-x { yang-version "1.1"; namespace "urn:types"; prefix "x";
    typedef short { type string { length "0..8"; pattern ".*b"; } }
    typedef encrypted-leaf { type string; }
    typedef encrypted-leaf-hex { type encrypted-leaf { pattern "[0-9a-f]+"; } }
    typedef level { type enumeration { enum low; enum high; enum gone { status obsolete; } } default low; }
    typedef yes { type x:once; } typedef once { type int8; }
}
"""
GLOBAL = """
module nokia-oper-global { yang-version "1.1"; namespace "urn:global"; prefix "g"; import nokia-state { prefix "s"; }
    container global-operations { config false;
        action other { }
        action md-cli-raw-command {
            input { leaf md-cli-input-line { type string; mandatory true; } leaf old-password { type string; }
                choice how { mandatory true; leaf x { type empty; } } }
            output { leaf name { type leafref { path "/s:state/s:system/s:oper-name"; } } } } } }
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Write a small release; one file of it is not YANG, and nothing that is wanted stands in it."""
    release = tmp_path / "sros-21.2"
    (release / "nokia-submodule").mkdir(parents=True)
    files = {
        "nokia-submodule/nokia-conf": CONF, "nokia-submodule/nokia-conf-system": SYSTEM, "nokia-state": STATE,
        "nokia-types-x": TYPES, "nokia-oper-global": GLOBAL,
        "nokia-conf-broken": "submodule nokia-conf-broken { belongs-to nokia-conf { prefix c; } grouping conf-broken {",
    }
    for name, text in files.items():
        (release / f"{name}.yang").write_text(text)
    (tmp_path / "nokia-conf-groups.yang").write_text(GROUPS)
    return release


@pytest.fixture
def compiled(folder: pathlib.Path) -> dict[str, Any]:
    """Compile the small release."""
    return compile_folder(folder, folder.parent / "nokia-conf-groups.yang")


def script_control(compiled: dict[str, Any]) -> Any:
    """Return the children of the container that has one of everything."""
    return compiled["roots"]["configure"]["children"]["system"]["children"]["script-control"]["children"]


def test_only_what_the_table_names_is_compiled(compiled: dict[str, Any]) -> None:
    """What leads to a subtree of the table is there, its neighbours are not."""
    system = compiled["roots"]["configure"]["children"]["system"]["children"]

    assert list(compiled["roots"]["configure"]["children"]) == ["system"]
    assert sorted(system) == ["grpc", "name", "script-control"]
    assert compiled["roots"]["state"] == {"kind": "container", "config": False, "children": {
        "system": {"kind": "container", "children": {"oper-name": {"kind": "leaf", "type": {"base": "string"}}}}}}
    assert compiled["modules"]["nokia-conf"] == {"namespace": "urn:conf", "revision": "2020-01-02"}
    assert "never to be seen" not in dump(compiled)


def test_restrictions_of_typedefs_add_up(compiled: dict[str, Any]) -> None:
    """A narrower length replaces the wider one, and patterns hold together."""
    system = compiled["roots"]["configure"]["children"]["system"]["children"]

    assert system["name"]["type"] == {"base": "string", "length": ["1..4"], "pattern": [".*b", "a.*"]}
    assert system["grpc"]["children"]["admin-state"]["type"] == {"base": "enumeration", "enum": {"low": {}}}
    assert script_control(compiled)["ratio"]["type"] == {
        "base": "decimal64", "range": ["0..1", "5"], "fraction_digits": 2}


def test_groupings_are_dissolved_and_refined(compiled: dict[str, Any]) -> None:
    """A grouping's nodes stand where it is used, as refined there, with their extensions."""
    grpc = compiled["roots"]["configure"]["children"]["system"]["children"]["grpc"]

    assert grpc["presence"] is True
    assert grpc["restart"] is True


def test_facts_about_nodes(compiled: dict[str, Any]) -> None:
    """Secrets, defaults, limits, order, keys, units and extensions are kept."""
    nodes = script_control(compiled)

    assert nodes["secret"]["secret"] is True
    assert nodes["either"]["secret"] is True
    assert nodes["level"]["default"] == "low"
    assert nodes["level"]["immutable"] is True
    assert "default" not in nodes["given"]
    assert nodes["levels"]["default"] == ["low", "high"]
    assert nodes["flags"] == {
        "kind": "leaf-list", "min": 1, "max": 3, "user_ordered": True, "type": {"base": "bits", "bits": ["a", "b"]}}
    assert nodes["list"]["keys"] == ["id", "extra"]
    assert "max" not in nodes["list"]
    assert nodes["ratio"]["units"] == "percent"


def test_choices_are_dissolved_and_remembered(compiled: dict[str, Any]) -> None:
    """A node knows its cases, the nearest last, and the parent knows what is to be said of the choices."""
    parent = compiled["roots"]["configure"]["children"]["system"]["children"]["script-control"]

    assert parent["choices"] == {"way": {"default": "one"}, "inner": {"mandatory": True}}
    assert parent["children"]["a"]["choice"] == [["way", "one"]]
    assert parent["children"]["b"]["choice"] == [["way", "one"], ["inner", "b"]]
    assert parent["children"]["c"]["choice"] == [["way", "c"]]
    assert parent["children"]["c"]["status"] == "obsolete"
    assert parent["children"]["c"]["type"]["pattern"] == [{"not": "x"}]


def test_leafrefs_are_resolved(compiled: dict[str, Any]) -> None:
    """A reference has an absolute target, its type where that is not compiled, and the leaf that it depends on."""
    nodes = script_control(compiled)
    prefix = "/configure/system/script-control/list"

    assert nodes["group"]["type"] == {
        "base": "leafref", "target": "/configure/groups/group/name", "of": {"base": "string", "length": ["1..9"]}}
    assert nodes["here"]["type"] == {"base": "leafref", "target": f"{prefix}/id"}
    assert nodes["policy"]["type"] == {"base": "leafref", "target": f"{prefix}/extra", "where": {"id": "here"}}


def test_types_used_once_stand_in_place(compiled: dict[str, Any]) -> None:
    """A typedef that several nodes use is shared; one that is used once is written where it is used."""
    nodes = script_control(compiled)

    assert nodes["level"]["type"] == nodes["given"]["type"] == {"ref": "types-x:level"}
    assert compiled["types"] == {"types-x:level": {
        "base": "enumeration", "enum": {"low": {}, "high": {}, "gone": {"status": "obsolete"}}}}
    assert nodes["a"]["type"] == {"base": "int8"}
    assert nodes["secret"]["type"] == {"base": "string", "pattern": ["[0-9a-f]+"]}


def test_actions_are_compiled(compiled: dict[str, Any]) -> None:
    """An action of the table has input and output, its passwords marked as secrets; others are left out."""
    action = compiled["actions"]["/global-operations/md-cli-raw-command"]

    assert list(compiled["actions"]) == ["/global-operations/md-cli-raw-command"]
    assert action["namespace"] == "urn:global"
    assert action["input"]["choices"] == {"how": {"mandatory": True}}
    assert action["input"]["children"]["old-password"]["secret"] is True
    assert action["output"]["children"]["name"]["type"]["target"] == "/state/system/oper-name"


def test_the_text_is_the_same_each_time_and_reads_back(folder: pathlib.Path, compiled: dict[str, Any]) -> None:
    """Compiling twice gives the same bytes, ASCII with a node a line, and reading them gives the same content."""
    again = compile_folder(folder, folder.parent)
    text = dump(compiled)

    assert text == dump(again)
    assert text.isascii()
    assert json.loads(text) == compiled
    assert text.count("\n") >= text.count('"kind"')


@pytest.mark.parametrize(("name", "old", "new"), [
    ("nokia-oper-global.yang", "s:oper-name", "s:no-such-leaf"),
    ("nokia-oper-global.yang", "type empty", "type no-such-type"),
    ("nokia-oper-global.yang", "type empty", "type no-such-prefix:type"),
    ("nokia-submodule/nokia-conf-system.yang", "uses conf-grpc", "uses no-such-grouping"),
    ("nokia-state.yang", "module", "module {"),
    ("nokia-types-x.yang", "module", "modul"),
], ids=["leafref", "type", "prefix", "grouping", "syntax", "keyword"])
def test_damaged_models_are_an_error(folder: pathlib.Path, name: str, old: str, new: str) -> None:
    """What the models lack or get wrong is a SchemaError, not half a schema."""
    file = folder / name
    file.write_text(file.read_text().replace(old, new, 1))

    with pytest.raises(SchemaError):
        compile_folder(folder, folder.parent)


def test_a_folder_must_be_a_release(tmp_path: pathlib.Path, folder: pathlib.Path) -> None:
    """A folder without models, and one whose name is no release, are refused; the release can be given instead."""
    with pytest.raises(SchemaError, match=r"nokia-conf\.yang"):
        compile_folder(tmp_path, release="21.2")
    renamed = folder.rename(folder.parent / "latest")
    with pytest.raises(SchemaError, match="which release"):
        compile_folder(renamed)
    assert compile_folder(renamed, folder.parent, release="22.7")["release"] == "22.7"


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_the_files_in_the_repository_are_what_the_models_say(release: str) -> None:
    """Compiling Nokia's models again gives the file in schemas/ byte by byte."""
    try:
        text = dump(compile_folder(models.release_folder(release), models.stand_in_folder()))
    except models.ModelsMissingError as error:
        unavailable(str(error))

    assert (schema.data_folder() / "sros" / f"{release}.json").read_text(encoding="utf-8") == text
