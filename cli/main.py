"""The terminal: which commands there are, and the last line of defence.

A command's module is imported when the command is called, so that checking a
record does not wait for what deciding needs. Whatever goes wrong ends here, in
one line, a hint and an exit code, and never in a permit.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperGroup

from cli import output
from cli.exits import Exit, UsageError, exit_for
from concordat import __version__
from engine.errors import ConcordatError

if TYPE_CHECKING:
    from collections.abc import Callable

DEBUG = "CONCORDAT_DEBUG"
"""Set to anything, it shows where an unexpected failure came from."""

_TRY, _AGREEMENTS, _DECISIONS, _EVIDENCE, _OFFICE = (
    "See it work",
    "Agreements",
    "Decisions",
    "Evidence",
    "The office",
)


class _Command(NamedTuple):
    """Where a command lives, and under which heading it is listed."""

    module: str
    name: str
    panel: str


COMMANDS = {
    "demo": _Command("demo", "demo", _TRY),
    "new": _Command("agreement", "new", _AGREEMENTS),
    "check": _Command("agreement", "check", _AGREEMENTS),
    "show": _Command("agreement", "show", _AGREEMENTS),
    "test": _Command("trials", "run_scenarios", _AGREEMENTS),
    "sign": _Command("publish", "sign", _AGREEMENTS),
    "publish": _Command("publish", "publish", _AGREEMENTS),
    "status": _Command("publish", "status", _AGREEMENTS),
    "ask": _Command("decide", "ask", _DECISIONS),
    "explain": _Command("decide", "explain", _DECISIONS),
    "verify": _Command("record", "verify", _EVIDENCE),
    "replay": _Command("record", "replay", _EVIDENCE),
    "log": _Command("log", "log", _EVIDENCE),
    "init": _Command("office", "init", _OFFICE),
    "keys": _Command("keys", "keys", _OFFICE),
    "doctor": _Command("office", "doctor", _OFFICE),
}
"""Every command, in the order in which help lists them."""


class _Lazily(TyperGroup):
    """Imports a command when it is asked for."""

    # The types of contexts and commands are private to Typer, hence `Any`.
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- Typer asks so.
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 -- as above.
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            near = get_close_matches(cmd_name, COMMANDS, n=1)
            meant = f"did you mean `concordat {near[0]}`?" if near else "`concordat --help`"
            raise UsageError(f"there is no command `{cmd_name}`", hint=meant)
        found = getattr(importlib.import_module(f"cli.{entry.module}"), entry.name)
        group = isinstance(found, typer.Typer)
        command: Any = typer.main.get_command(found) if group else _single(found)
        command.name = cmd_name
        command.rich_help_panel = entry.panel
        return command


def _single(function: "Callable[..., object]") -> Any:  # As in `_Lazily`.
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    alone.command(context_settings={"help_option_names": ["-h", "--help"]})(function)
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Lazily,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, permitted, verified · 1 unexpected failure · 2 usage"
    " · 3 not permitted · 4 not verified · 5 invalid agreement or failed scenario · 6 differences"
    " · 7 not found · 8 service unavailable.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        output.say(f"concordat {__version__}")
        raise typer.Exit


@app.callback()
def concordat(
    *,
    version: bool = typer.Option(
        False,  # noqa: FBT003 -- Typer's first argument is the default.
        "--version",
        help="Show the version and exit.",
        is_eager=True,
        callback=lambda value: _version(wanted=value),
    ),
) -> None:
    """Information-sharing agreements as law a machine can apply.

    Every command takes `--help`; every result takes `--json`. Commands that need an office look in
    the current folder and those above it, unless `--office` or `CONCORDAT_OFFICE` names one.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say with what exit code to end."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except ConcordatError as error:
        return _failed(error, as_json="--json" in given)
    except typer.TyperException as error:
        return _misused(error)
    except BrokenPipeError:
        return _unheard()
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\n")
        return Exit.INTERRUPTED
    except Exception as error:  # The last line of defence is closed.
        if os.environ.get(DEBUG):
            raise
        return _unexpected(error)


def _run(given: list[str]) -> int:
    for number, argument in enumerate(given, start=1):
        if any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError(f"argument {number} is not UTF-8 text", hint="look at its spelling")
    command = typer.main.get_command(app)
    ended = command.main(given, prog_name="concordat", standalone_mode=False)
    sys.stdout.flush()
    return int(ended) if isinstance(ended, int) else Exit.DONE


def _failed(error: ConcordatError, *, as_json: bool) -> int:
    line, step = getattr(error, "line", 0), getattr(error, "step", "")
    told = f":{line}:" in str(error)
    place = f" (line {line}, column {getattr(error, 'column', 0)})" if line and not told else ""
    output.error(f"{step}: {error}" if step else f"{error}{place}", error.hint)
    if as_json:
        # Any: JSON.
        said: dict[str, Any] = {"code": error.code, "message": str(error), "hint": error.hint}
        said |= {"step": step} if step else {}
        said |= {"line": line, "column": getattr(error, "column", 0)} if line else {}
        output.document_json({"error": said})
    return exit_for(error)


def _misused(error: typer.TyperException) -> int:
    """Say what a call lacked; without arguments at all, help has been shown instead."""
    message = " ".join(error.format_message().split()).partition(" (Possible")[0].rstrip(".")
    message = message.replace("'", "`")
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "concordat") or "concordat"
    near = getattr(error, "possibilities", None)
    hint = f"did you mean `{near[0]}`? `{path} --help` shows all" if near else f"`{path} --help`"
    if message:
        output.error(message[:1].lower() + message[1:], hint)
    return Exit.USAGE


def _unheard() -> int:
    """Whoever read the result has gone; keep Python from complaining of it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return Exit.UNEXPECTED


def _unexpected(error: Exception) -> int:
    said = " ".join(str(error).split())[:200]
    output.error(
        f"unexpected failure: {type(error).__name__}{f': {said}' if said else ''}",
        f"nothing was permitted by it; run it again with {DEBUG}=1 and report what that prints",
    )
    return Exit.UNEXPECTED
