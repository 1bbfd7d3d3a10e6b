"""PKI and file commands by each of the three backends: making the one that was chosen, sending, and what came back.

Which backend is chosen is ``commands.backend``'s; how an operation is spelled and what a reply means is in
``commands``. This module resolves the secrets at the moment of sending, and takes them out of a session's errors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from sroscert.commands import action, raw, replies
from sroscert.commands import operations as op
from sroscert.commands.action import ENGINE_LINES, RawLine
from sroscert.commands.backend import NOTHING_OBSERVED, Choice, Offer, choose
from sroscert.commands.operations import Operation, SaveConfiguration
from sroscert.commands.raw import Engine
from sroscert.commands.replies import Reply
from sroscert.device.ports import CLIPort, ConfigPort, ExecPort
from sroscert.errors import CommandError, GuardError, Outcome
from sroscert.schema import Schema

_ONLY_LOOK = (
    op.ShowRequest, op.DisplayCertificate, op.DisplayCRL, op.DisplayRequest, op.ListFiles, op.Checksum, op.Ping,
    op.ShowLog,
)


def choose_backend(schema: Schema, offer: Offer = NOTHING_OBSERVED) -> Choice:
    """Return how commands are given, and why; decided by what the release has and the router offers."""
    return choose(schema, offer)


def make_exec(
    config: ConfigPort, schema: Schema, resolve: Callable[[str], str], *, offer: Offer = NOTHING_OBSERVED,
    connect: Callable[[], CLIPort] | None = None,
) -> ExecPort:
    """Return the backend for a router over an open NETCONF session.

    ``resolve`` turns a secret reference into the secret; ``connect`` opens a CLI session, and is called when the first
    command needs one. Raises GuardError where no way is left, with what an operator would type to open one.
    """
    choice = choose(schema, offer)
    needs_cli = choice.lines == "cli"
    if not choice.name or (needs_cli and connect is None):
        raise GuardError(
            f"PKI commands cannot be given to this router: {choice.reason}",
            hint=f"type on the router: {' ; '.join(choice.to_type)}" if choice.to_type
            else "type them on the router's CLI",
        )
    lines: RawExec | CLIExec
    if needs_cli and connect is not None:
        lines = CLIExec(connect, resolve, schema, offer.engines)
    else:
        lines = RawExec(config, resolve, schema, offer.engines)
    return ActionExec(config, schema, resolve, lines) if choice.name == "action" else lines


class _Secrets:
    """Resolves references and remembers what came out, so that it can be taken out of texts again."""

    def __init__(self, resolve: Callable[[str], str]) -> None:
        self._resolve = resolve
        self.seen: set[str] = set()

    def resolve(self, reference: str) -> str:
        secret = self._resolve(reference)
        self.seen.add(secret)
        return secret

    def hidden(self, error: CommandError) -> CommandError:
        """Return the error without secrets."""
        return CommandError(
            replies.redact(error.message, self.seen), text=replies.redact(error.text, self.seen),
            operation=error.operation, outcome=error.outcome, hint=error.hint, state=error.state, code=error.code,
            router=error.router,
        )


class RawExec:
    """Gives commands as lines by md-cli-raw-command (20.10 and later); implements ``ports.ExecPort``."""

    name = "raw"

    def __init__(
        self, config: ConfigPort, resolve: Callable[[str], str], schema: Schema,
        engines: Collection[Engine] | None = None,
    ) -> None:
        self._config = config
        self._schema = schema
        self._resolve = resolve
        self._engines = engines

    def run(self, operation: Operation, timeout_s: float) -> Reply:
        """Send one operation and read the reply.

        Raises CommandError where the router refused to begin it or its words show nothing that we know;
        SessionLostError with an unknown outcome when the session ends or ``timeout_s`` passes.
        """
        if isinstance(operation, SaveConfiguration):
            return _save(self._config)
        secrets = _Secrets(self._resolve)
        try:
            engine = action.line_engine(operation, self._schema, self._engines)
            line = raw.to_line(operation, secrets.resolve, engine)
            return _read(operation, self._config.raw_command(line, timeout_s), secrets.seen)
        except CommandError as error:
            return _read_failure(operation, secrets.hidden(error))

    def close(self) -> None:
        """Do nothing: the NETCONF session belongs to the caller."""


class CLIExec:
    """Gives commands as lines in a CLI session over SSH (every release); implements ``ports.ExecPort``.

    A session is opened when there is none; one that was left in doubt is not used again.
    """

    name = "cli"

    def __init__(
        self, connect: Callable[[], CLIPort], resolve: Callable[[str], str], schema: Schema,
        engines: Collection[Engine] | None = None,
    ) -> None:
        self._connect = connect
        self._resolve = resolve
        self._schema = schema
        self._engines = engines
        self._session: CLIPort | None = None

    def run(self, operation: Operation, timeout_s: float) -> Reply:
        """Type one operation and read the reply. Raises as ``RawExec.run`` does."""
        secrets = _Secrets(self._resolve)
        try:
            session = self._opened()
            engine = action.line_engine(operation, self._schema, self._allowed(session))
            line = raw.to_line(operation, secrets.resolve, engine, session=session.engine, interactive=True)
            changes = not isinstance(operation, _ONLY_LOOK)
            return _read(operation, session.run(line, timeout_s, changes=changes), secrets.seen)
        except CommandError as error:
            raise secrets.hidden(error) from None

    def _opened(self) -> CLIPort:
        if self._session is None or not self._session.is_open:
            self.close()
            self._session = self._connect()
        return self._session

    def _allowed(self, session: CLIPort) -> Collection[Engine] | None:
        """Return the engines that may be used; a router that greets in the classic engine need have no other."""
        if self._engines is None and session.engine is Engine.CLASSIC:
            return (Engine.CLASSIC,)
        return self._engines

    def close(self) -> None:
        """End the session; the next command opens another."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


class ActionExec:
    """Gives commands as YANG actions (23.3 and later), as lines where there is none; implements ``ports.ExecPort``."""

    name = "action"

    def __init__(
        self, config: ConfigPort, schema: Schema, resolve: Callable[[str], str], lines: RawExec | CLIExec
    ) -> None:
        self._config = config
        self._schema = schema
        self._resolve = resolve
        self._lines = lines

    def run(self, operation: Operation, timeout_s: float) -> Reply:
        """Send one operation and read the reply. Raises as ``RawExec.run`` does."""
        if isinstance(operation, SaveConfiguration):
            return _save(self._config)
        if isinstance(action.spelling(operation, self._schema), RawLine):
            return self._lines.run(operation, timeout_s)
        secrets = _Secrets(self._resolve)
        try:
            content = action.to_action(operation, self._schema, secrets.resolve)
            reply = self._config.action(content, timeout_s)
        except CommandError as error:
            return _read_failure(operation, secrets.hidden(error))
        return replies.read_action(operation, reply, secrets=secrets.seen)

    def close(self) -> None:
        """End the CLI session, if there is one."""
        self._lines.close()


def _save(config: ConfigPort) -> Reply:
    config.save()
    return Reply(outcome="done", text="")


def _read(operation: Operation, text: str, secrets: Iterable[str]) -> Reply:
    """Read what a line printed. Raises CommandError ``cli-engine`` where its engine is not allowed."""
    if replies.engine_refused(text):
        raise _engine_refused(operation, text)
    return replies.read_raw(operation, text, secrets=secrets)


def _engine_refused(operation: Operation, text: str) -> CommandError:
    return CommandError(
        f"the router does not allow the CLI engine that {raw.describe(operation)} needs", text=text.strip(),
        operation=type(operation).__name__, outcome=Outcome.NOT_APPLIED, code="cli-engine",
        state="the command was not begun",
        hint=f"type on the router: {' ; '.join(ENGINE_LINES)} ; then run again (a new login is needed)",
    )


def _read_failure(operation: Operation, error: CommandError) -> Reply:
    """Read what the router said when it answered with an error.

    Raises the error itself where nothing was begun, and where its words would read as success: an rpc-error is none.
    """
    if replies.engine_refused(error.text):
        raise _engine_refused(operation, error.text) from None
    if error.outcome is Outcome.NOT_APPLIED or not error.text:
        raise error from None
    reply = replies.read_raw(operation, error.text)
    if reply.outcome == "done":
        raise error from None
    return reply
