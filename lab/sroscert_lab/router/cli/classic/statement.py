"""One line of classic configuration, read against the table and the models of the release.

Owns the grammar: contexts along the line, keys, `create`, `no`, unambiguous abbreviations. What comes out is an edit
for the datastores and the context that the line leads to. Does not own whether the edit is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from ...authorization import Step
from ...schema import Node, Schema
from ...tree import add, find_entry
from ...valuetypes import canonical
from ..statement import Place
from ..words import LineFault, Word
from . import eventnumbers
from .edits import delete, new_edit, remove_leaf, step_to, switch, turn_on
from .forms import BAD_COMMAND, BAD_VALUE, Form, Reader, Said, quoted, read_form
from .table import TREE
from .tree import Context, Flag, Found, State, items_in, target

# ASSUMPTION: both texts.
CREATE = "MINOR: CLI '{}' does not exist - 'create' must be specified."
NO_ENTRY = "MINOR: CLI '{}' does not exist."


@dataclass(frozen=True, slots=True)
class Frame:
    """One context of the working context.

    Attributes:
        item: what the table says of it.
        node: of the models.
        places: where it is below `configure`.
        is_new: it was made by the line that entered it, or is below one that was.
        command: the words that lead to it, in full.
        typed: what was typed to enter it from the context above.
    """

    item: Context
    node: Node
    places: tuple[Place, ...] = ()
    is_new: bool = False
    command: tuple[Step, ...] = (Step("configure"),)
    typed: str = field(default="configure", compare=False)


#: The working context: the empty one is the root, the first of any other is `configure`.
Frames = tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one line says.

    Attributes:
        frames: where it ends, when it ends at a context; else where it started.
        edit: a `config` element; None when the line only moves.
        command: its words in full, from `configure` to the name of what is set; without `no`.
        secrets: columns of the words that are secrets in clear text.
    """

    frames: Frames
    edit: etree._Element | None = None
    command: tuple[Step, ...] = ()
    secrets: frozenset[int] = frozenset()


def root_frame(schema: Schema) -> Frame:
    """`configure`."""
    return Frame(TREE, schema.roots["configure"])


def find(tree: etree._Element, places: Sequence[Place]) -> etree._Element | None:
    """The element at a place; None when it is not there."""
    found: etree._Element | None = tree
    for place in places:
        found = None if found is None else find_entry(found, place.name, dict(place.keys))
    return found


def knows(schema: Schema, frame: Frame, word: str) -> bool:
    """Whether a line in this context may begin with that word."""
    return word == "no" or bool(_named(list(items_in(schema, frame.node, frame.item.items)), word))


def read_statement(schema: Schema, running: etree._Element, frames: Frames, words: Sequence[Word]) -> Statement:
    """Read a line that stands in a context; LineFault for what is not understood.

    Args:
        schema: of the release.
        running: to know what is there already.
        frames: where the line begins; not the root.
        words: of the line, without `configure`.
    """
    line = _Line(schema, running, frames, Reader(words))
    return replace(line.read(), secrets=frozenset(word.start for word in line.reader.secrets))


@dataclass(slots=True)
class _Line:
    schema: Schema
    running: etree._Element
    start: Frames
    reader: Reader
    made: bool = False

    def read(self) -> Statement:
        frames, negated = self.start, False
        while self.reader.word is not None:
            if not negated and self.reader.takes("no"):
                negated = True
                continue
            frame, begins = frames[-1], self.reader.position
            candidates = self._candidates(frame)
            if not isinstance(candidates[0].item, Context):
                command = (*frame.command, Step(candidates[0].form.words[0]))
                return Statement(self.start, self._leaves(frame, candidates, negated=negated), command)
            if negated:
                return self._removal(frame, candidates)
            entered = self._enter(frame, candidates)
            typed = retyped(self.reader.words[begins : self.reader.position])
            frames = (*frames, replace(entered, typed=typed))
        if negated:
            raise LineFault(BAD_COMMAND)
        edit = new_edit(frames[-1].places)[0] if self.made else None
        return Statement(frames, edit, frames[-1].command)

    def _candidates(self, frame: Frame) -> list[Found]:
        """The items that the next words name, several where the first word is the name of several; reads nothing."""
        word = self.reader.need()
        found = _named(list(items_in(self.schema, frame.node, frame.item.items)), "" if word.quoted else word.text)
        if not found:
            raise LineFault.at(word, BAD_COMMAND)
        return found

    # --- contexts -----------------------------------------------------------------------------------------------------

    def _enter(self, frame: Frame, candidates: list[Found]) -> Frame:
        found, place = self._place(candidates)
        item = found.context
        places = (*frame.places, *place)
        is_there = find(self.running, places) is not None
        can_be_new = found.is_entry or found.node.presence
        creates = item.create and self.reader.takes("create")
        is_new = can_be_new and not is_there
        if is_new and item.create and not creates:
            raise LineFault(CREATE.format(item.shown if not item.prompt else found.form.words[0]))
        # ASSUMPTION: what the models have mandatory leaves for is there with the first line that sets them.
        self.made = self.made or (is_new and not _demands(found.node))
        return Frame(item, found.node, places, frame.is_new or is_new, (*frame.command, *_steps(found, place)))

    def _place(self, candidates: list[Found]) -> tuple[Found, tuple[Place, ...]]:
        """The context that the words name, with its keys; the first whose form fits."""
        found, said = self._fitting([(item, item.form) for item in candidates])
        if not found.is_entry:
            return found, tuple(Place(name) for name in found.steps)
        keys = {}
        for path, words in said.values.items():
            leaf, _ = target(found.node, path)
            keys[leaf.name] = self._value(leaf, words[0])
        ordered = tuple((key, keys[key]) for key in found.node.keys if key in keys)
        return found, (*(Place(name) for name in found.steps[:-1]), Place(found.steps[-1], ordered))

    def _fitting(self, candidates: list[tuple[Found, Form]]) -> tuple[Found, Said]:
        start = self.reader.position
        faults: list[LineFault] = []
        for found, form in candidates:
            self.reader.position = start
            known = len(self.reader.secrets)
            try:
                said = read_form(form, self.reader, _secrets(found.node, form), done=1)
            except LineFault as fault:
                faults.append(fault)
                del self.reader.secrets[known:]
                continue
            return found, said
        # What came furthest says best what is wrong.
        raise max(faults, key=lambda fault: fault.start)

    def _removal(self, frame: Frame, candidates: list[Found]) -> Statement:
        word = self.reader.words[self.reader.position - 1]
        found, place = self._place(candidates)
        item = found.context
        self._must_end()
        places = (*frame.places, *place)
        if not (found.is_entry or found.node.presence or item.goes):
            raise LineFault.at(word, BAD_COMMAND)
        if find(self.running, places) is None:
            raise LineFault(NO_ENTRY.format(found.form.words[0]))
        config, element = new_edit(places)
        delete(element)
        return Statement(self.start, config, (*frame.command, *_steps(found, place)))

    def _must_end(self) -> None:
        if self.reader.word is not None:
            raise LineFault.at(self.reader.word, BAD_COMMAND)

    # --- leaves -------------------------------------------------------------------------------------------------------

    def _leaves(self, frame: Frame, candidates: list[Found], *, negated: bool) -> etree._Element:
        first = candidates[0]
        if isinstance(first.item, Flag | State):
            self._must_end()
            config, element = new_edit((*frame.places, *(Place(name) for name in first.steps)))
            switch(element, first, self.schema, on=negated == isinstance(first.item, State))
            return config
        if any(found.is_entry for found in candidates):
            return self._row(frame, candidates, negated=negated)
        if negated:
            return self._unset(frame, candidates)
        found, said = self._fitting([(item, item.form) for item in candidates])
        self._must_end()
        places = (*frame.places, *(Place(name) for name in found.steps))
        config, element = new_edit(places)
        self._set(find(self.running, places), element, found, said)
        return config

    def _row(self, frame: Frame, candidates: list[Found], *, negated: bool) -> etree._Element:
        """One entry of a list that is a line."""
        forms = [(found, found.no_form if negated else found.form) for found in candidates]
        found, said = self._fitting(forms)
        self._must_end()
        keys = {path: self._value(target(found.node, path)[0], said.values[path][0]) for path in found.node.keys}
        places = (
            *frame.places, *(Place(name) for name in found.steps[:-1]), Place(found.steps[-1], tuple(keys.items())),
        )
        existing = find(self.running, places)
        config, element = new_edit(places)
        if not negated:
            self._set(existing, element, found, said)
        elif existing is None:
            raise LineFault(NO_ENTRY.format(found.form.words[0]))
        else:
            delete(element)
        return config

    def _unset(self, frame: Frame, candidates: list[Found]) -> etree._Element:
        """`no url`: everything that a line of this name sets. Further words of the name choose among them."""
        reader = self.reader
        chosen = candidates
        if reader.word is not None:
            chosen = [found for found in candidates if reader.word.text in found.form.words[1:2]] or candidates
        reader.position = len(reader.words) if chosen is not candidates else reader.position
        self._must_end()
        config, place = new_edit(frame.places)
        for found in chosen:
            below = tuple(Place(name) for name in found.steps)
            existing = find(self.running, (*frame.places, *below))
            for path in found.form.paths:
                remove_leaf(step_to(place, below), found.node, path, existing)
        return config

    def _set(self, existing: etree._Element | None, element: etree._Element, found: Found, said: Said) -> None:
        """Say every leaf of a line; those that it leaves out go."""
        for path in found.form.paths:
            if path not in said.values:
                remove_leaf(element, found.node, path, existing)
        for path, words in said.values.items():
            if found.is_entry and path in found.node.keys:
                continue
            node, names = target(found.node, path)
            place = step_to(element, tuple(Place(name) for name in names[:-1]))
            if not words:
                turn_on(place, node, self.schema)
            elif node.kind == "leaf-list":
                remove_leaf(element, found.node, path, existing)
                for word in words:
                    add(place, node.name, self._value(node, word))
            else:
                add(place, node.name, self._value(node, words[0]))

    def _value(self, node: Node, word: Word) -> str:
        try:
            return canonical(self.schema, node.type, eventnumbers.name_of(node, word.text))
        except ValueError as exc:
            raise LineFault.at(word, BAD_VALUE) from exc


def retyped(words: Sequence[Word]) -> str:
    """Words as they can be typed again."""
    return " ".join(quoted(word.text) if word.quoted else word.text for word in words)


def _steps(found: Found, place: tuple[Place, ...]) -> tuple[Step, ...]:
    """The words of a context with its keys."""
    keys = place[-1].keys if place else ()
    return (*(Step(word) for word in found.form.words), *(Step(value, is_key=True) for _, value in keys))


def _demands(node: Node) -> bool:
    return any(below.mandatory and name not in node.keys for name, below in node.children.items())


def _named(items: list[Found], word: str) -> list[Found]:
    """The items of that name, or of the only name that begins so."""
    exact = [found for found in items if found.form.words[0] == word]
    if exact or not word:
        return exact
    begun = [found for found in items if found.form.words[0].startswith(word)]
    return begun if len({found.form.words[0] for found in begun}) == 1 else []


def _secrets(node: Node, form: Form) -> frozenset[str]:
    return frozenset(path for path in form.paths if target(node, path)[0].secret)
