"""PKI and file commands over a NETCONF session: the choice of the backend, sending, and what came back.

How an operation is spelled and what a reply means is in ``commands``; this module resolves the secrets at the moment
of sending, and takes them out of the errors of the session.
"""

from __future__ import annotations

from collections.abc import Callable

from sroscert.commands import action, raw, replies
from sroscert.commands.action import KnowsActions, RawLine
from sroscert.commands.operations import Operation, SaveConfiguration
from sroscert.commands.replies import Reply
from sroscert.device.ports import ConfigPort, ExecPort
from sroscert.errors import CommandError, GuardError, Outcome

_IMPORT = "/admin/system/security/pki/import"
_RAW = "/global-operations/md-cli-raw-command"


def choose_backend(schema: KnowsActions) -> tuple[str, str]:
    """Return ``action``, ``raw`` or ``cli``, and the reason; decided by what the release's models have."""
    if schema.action(_IMPORT) is not None:
        return "action", f"the release has the YANG action {_IMPORT}"
    if schema.action(_RAW) is not None:
        return "raw", f"the release has no YANG actions for PKI (since 23.3), but {_RAW}"
    return "cli", f"the release has neither YANG actions for PKI (since 23.3) nor {_RAW} (since 20.10)"


def make_exec(config: ConfigPort, schema: KnowsActions, resolve: Callable[[str], str]) -> ExecPort:
    """Return the backend for a release over an open session.

    ``resolve`` turns a secret reference into the secret. Raises GuardError where only the router's CLI would do.
    """
    name, why = choose_backend(schema)
    if name == "action":
        return ActionExec(config, schema, resolve)
    if name == "raw":
        return RawExec(config, resolve, schema)
    raise GuardError(f"PKI commands cannot be given over NETCONF: {why}", hint="type them on the router's CLI")


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
        self, config: ConfigPort, resolve: Callable[[str], str], schema: KnowsActions | None = None
    ) -> None:
        self._config = config
        self._schema = schema
        self._resolve = resolve

    def run(self, operation: Operation, timeout_s: float) -> Reply:
        """Send one operation and read the reply.

        Raises CommandError where the router refused to begin it or its words show nothing that we know;
        SessionLostError with an unknown outcome when the session ends or ``timeout_s`` passes.
        """
        if isinstance(operation, SaveConfiguration):
            return _save(self._config)
        secrets = _Secrets(self._resolve)
        try:
            line = self._line(operation, secrets)
            return replies.read_raw(operation, self._config.raw_command(line, timeout_s), secrets=secrets.seen)
        except CommandError as error:
            return _read_failure(operation, secrets.hidden(error))

    def _line(self, operation: Operation, secrets: _Secrets) -> str:
        if self._schema is None:
            return raw.to_line(operation, secrets.resolve)
        chosen = action.spelling(operation, self._schema)
        engine = chosen.engine if isinstance(chosen, RawLine) else raw.Engine.CLASSIC
        return raw.to_line(operation, secrets.resolve, engine)


class ActionExec:
    """Gives commands as YANG actions (23.3 and later), as lines where there is none; implements ``ports.ExecPort``."""

    name = "action"

    def __init__(self, config: ConfigPort, schema: KnowsActions, resolve: Callable[[str], str]) -> None:
        self._config = config
        self._schema = schema
        self._resolve = resolve
        self._lines = RawExec(config, resolve, schema)

    def run(self, operation: Operation, timeout_s: float) -> Reply:
        """Send one operation and read the reply. Raises as ``RawExec.run`` does."""
        if isinstance(action.spelling(operation, self._schema), RawLine):
            return self._lines.run(operation, timeout_s)
        secrets = _Secrets(self._resolve)
        try:
            content = action.to_action(operation, self._schema, secrets.resolve)
            reply = self._config.action(content, timeout_s)
        except CommandError as error:
            return _read_failure(operation, secrets.hidden(error))
        return replies.read_action(operation, reply, secrets=secrets.seen)


def _save(config: ConfigPort) -> Reply:
    config.save()
    return Reply(outcome="done", text="")


def _read_failure(operation: Operation, error: CommandError) -> Reply:
    """Read what the router said when it answered with an error.

    Raises the error itself where nothing was begun, and where its words would read as success: an rpc-error is none.
    """
    if error.outcome is Outcome.NOT_APPLIED or not error.text:
        raise error from None
    reply = replies.read_raw(operation, error.text)
    if reply.outcome == "done":
        raise error from None
    return reply
