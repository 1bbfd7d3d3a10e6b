"""``sroscert init``: a first intent, by asking. Contacts no router, and writes over no file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sroscert.cli import init_questions as asked
from sroscert.cli.files import is_there, write_new
from sroscert.cli.init_questions import Answers, Question
from sroscert.cli.init_text import SCHEMA_FILE, intent_text
from sroscert.cli.options import Output
from sroscert.cli.output import print_json
from sroscert.errors import UsageError
from sroscert.homes import expanded
from sroscert.intent import loads
from sroscert.intent.jsonschema import intent_json_schema

Ask = Callable[[str], str]
"""Shows a question and returns what was typed; raises UsageError where nobody answers."""


def run(
    target: Path, routers: Sequence[str], given: Mapping[str, str | None], yes: bool, output: Output
) -> int:
    """Ask for what was not given, and write the intent and its schema for editors. Returns 0. Raises UsageError."""
    if target.exists():
        raise is_there(target)
    base = target.absolute().parent
    answers = interview(base, routers, given, None if yes or not sys.stdin.isatty() else _asked_here)
    text = intent_text(answers)
    loads(text, str(target), base)
    write_new(target, text)
    schema = target.with_name(SCHEMA_FILE)
    written = not schema.exists()
    if written:
        write_new(schema, intent_json_schema())
    steps = next_steps(target, base, answers)
    if output is Output.JSON:
        print_json({
            "command": "init", "exit_code": 0, "written": str(target), "schema": str(schema), "next": steps,
        })
        return 0
    sys.stdout.write(f"written: {target}{f' and {schema}' if written else ''}\nNext:\n")
    sys.stdout.writelines(f"  {step}\n" for step in steps)
    return 0


def interview(base: Path, routers: Sequence[str], given: Mapping[str, str | None], ask: Ask | None) -> Answers:
    """Return the answers: what was given, else what is answered, else the usual. Raises UsageError.

    Without ``ask`` nobody is asked, and an answer that must be given is an error that names all its options.
    """
    questions = asked.questions(base)
    texts = {question.name: _given(question, given.get(question.name)) for question in questions}
    named = _named(routers)
    if ask is None:
        lacking = [*([] if named else ["--router NAME=ADDRESS"])]
        lacking += [one.option for one in questions if texts[one.name] is None and one.usual is None]
        if lacking:
            raise UsageError(f"nobody can be asked, and these have no default: {', '.join(lacking)}", hint="give them")
        return Answers(named, {one.name: _or_usual(one, texts[one.name]) for one in questions})
    named = named or _asked_routers(ask)
    return Answers(
        named, {one.name: _answer(one, ask) if texts[one.name] is None else str(texts[one.name]) for one in questions}
    )


def _given(question: Question, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return question.check(text)
    except ValueError as error:
        raise UsageError(f"{question.option}: {error}", hint=question.more or f"e.g. {question.usual}") from None


def _or_usual(question: Question, text: str | None) -> str:
    usual = _given(question, question.usual) if text is None else text
    return usual if usual is not None else ""


def _named(routers: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in routers:
        try:
            name, address = asked.router(text)
        except ValueError as error:
            raise UsageError(f"--router {text}: {error}", hint="e.g. --router pe1=192.0.2.1") from None
        if name in named:
            raise UsageError(f"--router {text}: {name} is there already", hint="each name once")
        named[name] = address
    return named


def _asked_routers(ask: Ask) -> dict[str, str]:
    named: dict[str, str] = {}
    while True:
        more = " (empty: no more)" if named else ""
        name = _until(f"Name of a router{more}: ", lambda text: asked.router_name(text) if text else "", ask)
        if not name and named:
            return named
        if not name:
            ask_again("at least one router is needed: a name, which becomes the CN, pe1 for example")
            continue
        if name in named:
            ask_again(f"{name} is there already: each router has a name of its own")
            continue
        named[name] = _until(f"Address of {name}: ", asked.router_address, ask)


def _answer(question: Question, ask: Ask) -> str:
    more = f" ({question.more})" if question.more else ""
    usual = f" [{question.usual}]" if question.usual else ""
    return _until(
        f"{question.text}{more}{usual}: ", lambda text: question.check(text or question.usual or ""), ask
    )


def _until(prompt: str, check: Callable[[str], str], ask: Ask) -> str:
    while True:
        try:
            return check(ask(prompt).strip())
        except ValueError as error:
            ask_again(str(error))


def ask_again(why: str) -> None:
    """Say why an answer is not taken."""
    sys.stderr.write(f"  {why}\n")


def _asked_here(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise UsageError("the answers ended before the questions did", hint="give the rest as options")
    return line


def next_steps(target: Path, base: Path, answers: Answers) -> list[str]:
    """Say what is to be done now, in order."""
    steps = []
    if not (base / expanded(Path(answers["ca_certificate"]))).exists():
        steps.append(f"fetch the CA's certificate to {answers['ca_certificate']}")
    for what, name in (("password", "password_ref"), ("enrolment code", "code_ref")):
        kind, _, rest = answers[name].partition(":")
        if kind == "env":
            steps.append(f"export {rest}; read -rs {rest}    # the {what}")
        elif kind == "file":
            files = dict.fromkeys(rest.replace("{router}", router) for router in answers.routers)
            missing = [file for file in files if not (base / expanded(Path(file))).exists()]
            steps += [f"put the {what} into {file} (mode 600)" for file in missing]
    return [
        *steps, f"sroscert lint -f {target}", f"sroscert trust -f {target} --write", f"sroscert plan -f {target}"
    ]
